"""Every protocol type has a golden JSON file: a change on the wire is always a visible one.

After an intended change, run with PICKUP_UPDATE_GOLDEN=1, raise `protocol.VERSION` and say so in
ARCHITECTURE.md.
"""

from __future__ import annotations

import dataclasses
import json
import os
from fractions import Fraction
from pathlib import Path

import pytest

from pickup import protocol
from pickup.errors import RequestError
from pickup.protocol import (
    BridgeRequest,
    ClipRecord,
    Colour,
    Control,
    Delivery,
    EditResult,
    Execution,
    ExtendRequest,
    Guidance,
    InpaintRequest,
    ItemKind,
    JobEvent,
    JobPhase,
    JobState,
    JobStatus,
    JobSubmission,
    Keyframe,
    Matte,
    MediaKind,
    MediaRef,
    Mode,
    ModelInfo,
    ModelTransfer,
    Offload,
    Operation,
    Origin,
    Output,
    Piece,
    Placement,
    PlacementState,
    Precision,
    Proposal,
    Quality,
    RationalTime,
    Recipe,
    RenderPlan,
    RestyleRequest,
    Sampling,
    Seam,
    Side,
    Snapshot,
    SnapshotItem,
    SnapshotTrack,
    Source,
    Stroke,
    Take,
    TimeRange,
    TransferKind,
    TransferState,
    decode,
    encode,
)

GOLDEN = Path(__file__).parent / "golden"
NTSC = Fraction(24000, 1001)
COLOUR = Colour("bt2020", "smpte2084", "bt2020nc", "pc")
MEDIA = MediaRef(
    path="/media/shot 12.mov",
    kind=MediaKind.VIDEO,
    frames=240,
    rate=NTSC,
    width=1920,
    height=1080,
    pixel_aspect=Fraction(4, 3),
    bit_depth=10,
    colour=COLOUR,
    variable_rate=True,
    interlaced=True,
    timecode=86400,
    has_audio=True,
    codec="prores",
    first_number=1001,
)
SOURCE = Source(MEDIA, Fraction(100), Fraction(-1, 2), 48, NTSC)
OUTPUT = Output("/media/pickup", "shot 12 tail")
STROKE = Stroke(((100, 80), (140, 60)), 24)
GUIDANCE = Guidance(
    "a dog runs",
    ("/refs/dog.png",),
    (Keyframe(24, "/refs/end.png"),),
    "pan-left 15%",
    (STROKE,),
    "blurred",
)
SAMPLING = Sampling(Quality.DRAFT, 8, 1.0, 480)
EXTEND = ExtendRequest(
    SOURCE, Side.TAIL, 34, OUTPUT, GUIDANCE, seed=7, takes=2, sampling=SAMPLING, handle=12
)
BRIDGE = BridgeRequest(SOURCE, SOURCE, 16, OUTPUT, GUIDANCE, seed=5)
INPAINT = InpaintRequest(SOURCE, Matte(box=(10, 20, 30, 40)), OUTPUT, Delivery.FULL, seed=3)
RESTYLE = RestyleRequest(
    SOURCE, OUTPUT, "noir", 0.8, Control.EDGES, Guidance(references=("/refs/dusk.png",))
)
EXECUTION = Execution(
    "cuda", Precision.BFLOAT16, Offload.BLOCKS, True, 30, 5.0, 81, 2, 10, 3, Control.DEPTH, "few"
)
PLAN = RenderPlan(
    "pickup-draft",
    True,
    34,
    NTSC,
    1920,
    1080,
    256,
    144,
    9.5,
    1 << 30,
    ("It settles.",),
    EXECUTION,
)
PIECES = (
    Piece(Origin.SOURCE, "shot 12 +14", 14, 48),
    Piece(Origin.GENERATED, "shot 12 tail", 34),
)
PLACEMENT = Placement(Operation.EXTEND, Mode.GAP, 2, "uid-1", 148, PIECES, "f00d")
SEAM = Seam(0.6, 1.1, 0.98, 0, 64)
TAKE = Take("j1", 0, MEDIA, "/m.pickup.json", 7, True, True, SEAM, "/s.jpg", PlacementState.PLACED)
SUBMISSION = JobSubmission("j1", EXTEND, PLACEMENT, "/cuts/cut.otio", "Extend shot 12")
RECIPE = Recipe(
    "j1", 0, EXTEND, PLAN, "pickup-draft", "0.1", "aa", True, True, 7, "/m.mov", "bb", "cc",
    {"/refs/dog.png": "dd"},
    {"torch": "2.13.0"}, {"denoising": 0.4}, SEAM, {"chosen": "hint25"}, created="2026-11-21",
)  # fmt: skip
ITEM = SnapshotItem(
    ItemKind.CLIP, "uid-1", 2, "shot 12", 100, 48, MEDIA.path, 100, True, True, "j1", 1,
    Fraction(1, 2), 3, None, "reversed", "extend", 2, "The clip before it ends 3 frames earlier.",
    False, 86500, 86524, NTSC, True, True, True,
)  # fmt: skip
TRACK = SnapshotTrack("V1", "Video 1", "video", True, False, (ITEM,))
STATUS = JobStatus(
    "j1", JobState.RUNNING, SUBMISSION, PLAN, 1, 2, JobPhase.DENOISING, 3, 4, 0.6, 4.5, (TAKE,),
    {"code": "media.missing", "message": "gone", "hint": "relink"}, 1.0, 2.0, 3.0, {"all": 1.5}, "",
)  # fmt: skip

EXAMPLES: tuple[object, ...] = (
    COLOUR, MEDIA, SOURCE, OUTPUT, GUIDANCE, GUIDANCE.keyframes[0], STROKE, EXTEND, BRIDGE, INPAINT,
    INPAINT.matte, RESTYLE, SAMPLING, EXECUTION, PLAN, PIECES[0], PLACEMENT, SEAM, TAKE, SUBMISSION,
    RECIPE, ITEM, TRACK, STATUS,
    RationalTime(12, NTSC),
    TimeRange(100, 48, NTSC),
    Proposal(EXTEND, PLACEMENT, "Fills 48 frames.", ("Copy the grade.",)),
    ClipRecord("V1", 3, "shot 12 tail", 148, 34, "/m.mov", 0, Origin.GENERATED),
    EditResult((), ("Copy the grade.",), "Removed A. B is back."),
    JobEvent(12, STATUS),
    ModelInfo("m", "M", "1", "Apache-2.0", True, (Operation.EXTEND,), True, 9, ("noir",), 480, 1),
    ModelTransfer("m", TransferKind.PULL, TransferState.FAILED, 3, 9, "a.json", {"code": "x"}),
    Snapshot("cut", "/c.otio", NTSC, 86400, True, 500, 3, (TRACK,), "Extend", "", True),
)  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_wire_form_is_the_golden_one_and_comes_back_equal(example: object) -> None:
    file = GOLDEN / f"{type(example).__name__}.json"
    text = json.dumps(encode(example), indent=1, sort_keys=True) + "\n"
    if os.environ.get("PICKUP_UPDATE_GOLDEN"):
        file.write_text(text, "utf-8")
    assert file.read_text("utf-8") == text
    assert decode(type(example), json.loads(text)) == example


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_the_compact_form_comes_back_equal_too(example: object) -> None:
    short = json.loads(json.dumps(protocol.compact(example)))
    assert protocol.decode(type(example), short) == example
    whole = protocol.encode(example)
    assert len(short) < len(whole), "at least the type is left out"
    assert all(whole[name] == value for name, value in short.items())


def test_every_protocol_type_has_an_example() -> None:
    exported = {name: getattr(protocol, name) for name in protocol.__all__}
    records = {name for name, kind in exported.items() if dataclasses.is_dataclass(kind)}
    assert records == {type(example).__name__ for example in EXAMPLES}
    assert records == {file.stem for file in GOLDEN.glob("*.json")}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"frames": "many"}, "ExtendRequest.frames"),
        ({"side": "middle"}, "ExtendRequest.side"),
        ({"source": 3}, "ExtendRequest.source"),
        ({"guidance": {"references": [1]}}, "ExtendRequest.guidance.references[0]"),
        ({"seed": True}, "ExtendRequest.seed"),
        ({"source": {**encode(SOURCE), "first": "1e999999999"}}, "ExtendRequest.source.first"),
        ({"sampling": {"guidance": 10**400}}, "ExtendRequest.sampling.guidance"),
    ],
)
def test_a_misfit_names_its_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(RequestError, match=field.replace("[", r"\[").replace("]", r"\]")):
        decode(ExtendRequest, {**encode(EXTEND), **change})


def test_unknown_fields_are_ignored_and_missing_ones_are_not() -> None:
    data = encode(EXTEND)
    assert decode(ExtendRequest, {**data, "later": 1}) == EXTEND
    del data["side"]
    with pytest.raises(RequestError, match=r"ExtendRequest\.side"):
        decode(ExtendRequest, data)


def test_a_request_is_told_apart_by_its_type() -> None:
    for request in (EXTEND, INPAINT, RESTYLE):
        wire = encode(JobSubmission("j", request))
        assert decode(JobSubmission, wire).request == request
        for nonsense in ("Request", ["ExtendRequest"], {}, 1):
            wire["request"]["type"] = nonsense
            with pytest.raises(RequestError, match=r"JobSubmission\.request\.type"):
                decode(JobSubmission, wire)


def test_a_source_maps_record_frames_to_media_frames() -> None:
    reverse = Source(MEDIA, Fraction(100), Fraction(-1, 2), 4, NTSC)
    assert [reverse.media_frame(k) for k in range(4)] == [100, 99, 99, 98]
