"""Through every format and back: what the losses do not name is identical, frame by frame.

Hypothesis draws cuts of every construct with an edit of ours in them. They are written, read again,
and compared by the oracle, which knows nothing of how the losses were found.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from pickup.errors import PickupError
from pickup.protocol import ItemKind, MediaRef
from pickup.timeline import Document, media_path, snapshot
from pickup.timeline.files.convert import read, write
from pickup.timeline.files.export import FROM_ZERO
from pickup.timeline.files.formats import FOREIGN
from pickup.timeline.files.from_zero import counted_from_zero
from pickup.timeline.files.losses import losses
from support.any_cut import any_cut
from support.attempts import Bench, attempts, spot_of
from support.oracle import NOISE, Item, exact_rate, read_cut
from support.timeline import text_of

EXAMPLES = 40
OTHERWISE = (
    *("Lost clips", "Moved clips", "Another length", "Other pictures", "The media file"),
    *("Compound clips", "Lost retimes", "The image sequence"),
)
"""How sentences begin that say of a clip that other frames are shown; the rest is no excuse."""
SUFFIXES = [form.suffix for form in FOREIGN.values() if form.writes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


@dataclass(frozen=True)
class Clip:
    """A clip of one of two cuts: its name in the losses, which of the tracks with clips of its kind
    it lies on, and what it shows at each record frame."""

    label: str
    track: tuple[str, int]
    start: int
    shown: tuple[object, ...]


def clips_of(text: str, rate: Fraction, media: dict[str, MediaRef]) -> list[Clip]:
    found = []
    count, filled = Counter[str](), Counter[str]()
    for track in read_cut(text, rate):
        items = [item for item in track.items if item.frames]
        count[track.kind] += bool(track.items)
        filled[track.kind] += any(item.kind != "Gap" for item in items)
        label = f"{track.kind[0]}{count[track.kind]}"
        for number, item in enumerate(track.items, 1):
            if item.kind != "Gap" and item.frames:
                name = f"“{item.data.get('name') or ''}” ({label}:{number})"
                shown = tuple(_file_frame(item, k, media) for k in range(item.frames))
                found.append(Clip(name, (track.kind, filled[track.kind]), item.start, shown))
    return found


def _file_frame(item: Item, offset: int, media: dict[str, MediaRef]) -> object:
    """(file, frame of it) at a record offset; what has no file shows itself."""
    picture = item.picture(offset)
    assert picture is not None
    if item.kind != "Clip" or not isinstance(picture[1], int):
        return ("opaque", item.frames)
    reference = item.data["media_references"][item.data["active_media_reference_key"]]
    path = media_path(reference.get("target_url") or "") or "none"
    own = media.get(path)
    if own is None or own.kind == "still":
        return path
    start = item.data["source_range"]["start_time"]
    speed = math.prod(
        Fraction(str(effect["time_scalar"])) if "time_scalar" in effect else 0
        for effect in item.data["effects"]
        if effect["OTIO_SCHEMA"].startswith(("LinearTimeWarp", "FreezeFrame"))
        and effect.get("enabled", True)
    )
    first, rate = Fraction(start["value"]), exact_rate(start["rate"])
    steady = (speed * rate / item.rate).denominator == 1
    if steady and abs(first - round(first)) <= Fraction(1, 50):
        first = Fraction(round(first))
    seconds = first / rate + offset * speed / item.rate
    return (path, math.floor(seconds * own.rate + NOISE * 100))


def there_and_back(document: Document, folder: Path, suffix: str) -> tuple[Any, Any, list[str]]:
    """The cut as it was meant, as the format brings it back, and the losses that are told: what
    `Document.export` does, without a process."""
    form = FOREIGN[suffix]
    meant = document.timeline
    if form.adapter in FROM_ZERO:
        meant = counted_from_zero(meant)
    path = folder / f"out{suffix}"
    notes = write(path, meant, document.rate)
    again, _ = read(path, document.rate if suffix == ".edl" else None)
    back = Document(again, path)
    return meant, back, [*notes, *losses(meant, back.timeline, document.rate, "")]


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_what_no_loss_names_is_identical(folder: Path, suffix: str, data: st.DataObject) -> None:
    cut = data.draw(any_cut(folder))
    document = Document(cut.timeline, folder / "any.otio")
    edit_somewhere(data.draw, document, folder, cut.media)
    before = text_of(document)
    try:
        meant, again, lost = there_and_back(document, folder, suffix)
    except PickupError as error:
        event(f"refused {error.code}")
        return
    assert text_of(document) == before, "an export changes nothing"
    if again.rate != document.rate:
        event("another rate: export refuses it")
        return
    mine = clips_of(meant.to_json_string(), document.rate, cut.media)
    theirs = clips_of(text_of(again), document.rate, cut.media)
    shift = shift_of(document, again, mine, theirs)
    told = " ".join(text for text in lost if text.startswith(OTHERWISE))
    if " more." in told:
        event("some losses are only counted")
        return
    came = [clip for clip in mine if clip.label not in told]
    tracks = set[tuple[tuple[str, int], tuple[str, int]]]()
    for clip in came:
        place = (clip.track[0], clip.start, clip.shown)
        there = [c for c in theirs if (c.track[0], c.start + shift, c.shown) == place]
        near = [(c.label, c.shown[:3], len(c.shown)) for c in theirs if c.start + shift == place[1]]
        assert there, f"{clip.label} {clip.shown[:3]} {len(clip.shown)}: {near} {told}"
        tracks.add((clip.track, there[0].track))
        event("a clip came through")
    assert_in_order(tracks, lost)


def assert_in_order(tracks: set[tuple[tuple[str, int], tuple[str, int]]], lost: object) -> None:
    """What covers what is as it was, whichever tracks are left out."""
    pairs = sorted(tracks)
    for one, other in pairwise(pairs):
        assert one[0] < other[0] and one[1] < other[1], (pairs, lost)


def shift_of(document: Document, again: Document, mine: list[Clip], theirs: list[Clip]) -> int:
    """A leading gap may come back as a later start timecode: the places are the same."""
    starts = [
        min((c.start for c in side if c.track[0] == "Video"), default=0) for side in (mine, theirs)
    ]
    moved = again.start - document.start
    return moved if document.start + starts[0] == again.start + starts[1] else 0


def edit_somewhere(
    draw: st.DrawFn, document: Document, folder: Path, media: dict[str, MediaRef]
) -> None:
    """An edit of ours on a drawn clip, where one is possible."""
    bench = Bench(document, folder, lambda uid: media[names[uid]])
    bench.look()
    found = [
        (number, item)
        for number, track in enumerate(snapshot(document).tracks)
        for item in track.items
        if track.kind == "video" and item.kind is ItemKind.CLIP and item.media in media
    ]
    names = {item.uid: item.media for _, item in found}
    if not found:
        return
    number, item = draw(st.sampled_from(found))
    attempt = draw(st.sampled_from(list(attempts(spot_of(bench, number, item)))))
    try:
        attempt.run(bench)
        event(f"with {attempt.kind}")
    except PickupError:
        event("without an edit")
    for path in folder.glob("*.mov"):
        media.setdefault(str(path), MediaRef(str(path), "video", 999, document.rate, 64, 64))
