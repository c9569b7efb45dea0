"""What a switch of takes refuses, and how command and dock ask for one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pickup.errors import MediaError, PickupError, TimelineError
from pickup.protocol import (
    EditResult,
    MediaRef,
    Mode,
    Side,
    encode,
)
from pickup.timeline import (
    find_clip,
    place,
    switch_take,
)
from pickup.timeline.methods import Methods
from support.command import pickup, refusal
from support.takes import (
    JOB,
    A,
    B,
    R,
    cut_with_takes,
    generated,
    write_take,
)
from support.timeline import (
    make_timeline,
    open_timeline,
    propose,
    span,
    text_of,
    transition,
)

REFUSED = {
    "other job": "timeline.other_job",
    "the same": "timeline.same_take",
    "missing": "media.missing",
    "rate": "media.rate",
    "too short": "media.too_short",
    "too short for the dissolve": "media.too_short",
    "not generated": "timeline.not_ours",
    "gone": "timeline.no_clip",
    "cut down": "timeline.other_file",
}


@pytest.mark.parametrize("why", REFUSED)
def test_refusals_leave_every_byte(tmp_path: Path, why: str) -> None:
    document, takes = cut_with_takes(tmp_path)
    (uid,), take = generated(document), takes[1]

    def media(**changes: Any) -> MediaRef:
        return replace(take.media, **changes)

    match why:
        case "other job":
            take = replace(take, job="mwqvhy2qr4szfm")
        case "the same":
            take = takes[0]
        case "missing":
            Path(take.media.path).unlink()
        case "rate":
            take = replace(take, media=media(rate=Fraction(24)))
        case "too short":
            take = replace(take, media=media(frames=13))
        case "too short for the dissolve":
            document.edit("Mix", lambda t: t.tracks[0].insert(3, transition(4, 4, R)))
            take = replace(take, media=media(frames=17))
        case "not generated":
            uid = find_clip(document, "A").uid
        case "gone":
            uid = "nobody"
        case "cut down":

            def consolidate(timeline: Any) -> None:
                reference = timeline.tracks[0][2].media_reference
                (tmp_path / "managed.mov").touch()
                reference.target_url = str(tmp_path / "managed.mov")
                reference.available_range = span(0, 16, R)

            document.edit("Consolidate", consolidate)
    before, revision = text_of(document), document.revision
    with pytest.raises(PickupError) as caught:
        switch_take(document, uid, take)
    assert caught.value.code == REFUSED[why] and caught.value.hint
    assert isinstance(caught.value, TimelineError | MediaError)
    assert (text_of(document), document.revision) == (before, revision)


def test_placing_a_second_take_says_how_to_switch(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, 60, B]]))
    proposal = propose(document, tmp_path, A, Side.TAIL, 24, Mode.GAP)
    takes = [write_take(proposal, tmp_path / "cut media", index) for index in range(2)]
    place(document, proposal.placement, takes[0])
    with pytest.raises(TimelineError) as caught:
        place(document, proposal.placement, takes[1])
    assert caught.value.code == "timeline.already_placed"
    assert "to take 2" in caught.value.hint and "pickup timeline take" in caught.value.hint
    assert f"A extend {JOB}.t1" in caught.value.message
    with pytest.raises(TimelineError, match="already in the cut") as caught:
        place(document, proposal.placement, takes[0])
    assert "Undo" in caught.value.hint


def test_the_dock_asks_the_timeline_process(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    document.save(tmp_path / "done.otio")
    process = Methods()
    process.call("open", {"path": str(tmp_path / "done.otio")})
    (uid,) = generated(document)
    found = process.call("takes", {"clip": uid})
    assert isinstance(found, tuple) and [take.index for take in found] == [0, 1, 2]
    result = process.call("switch_take", {"clip": uid, "take": encode(found[1])})
    assert isinstance(result, EditResult) and result.clips[0].media == takes[1].media.path
    assert process.call("undo", {}) == "Switch A extend to take 2"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place where no engine runs."""
    monkeypatch.setenv("PICKUP_HOME", str(tmp_path / "home"))


@pytest.mark.usefixtures("home")
def test_the_command_lists_and_switches(tmp_path: Path) -> None:
    document, takes = cut_with_takes(tmp_path)
    source = document.save(tmp_path / "done.otio")
    listed = pickup("timeline", "takes", source, "--clip", "V1:3")
    assert (listed["job"], listed["take"]) == (JOB, 1)
    assert [take["media"]["path"] for take in listed["takes"]] == [t.media.path for t in takes]
    out = tmp_path / "other.otio"
    done = pickup("timeline", "take", source, "--clip", "V1:3", "--use", "2", "-o", out)
    assert done["timeline"] == str(out) and done["clips"][0]["media"] == takes[1].media.path
    assert pickup("timeline", "takes", out, "--clip", "V1:3")["take"] == 2
    assert json.loads(source.read_text("utf-8")) == json.loads(text_of(document))
    no = refusal("timeline", "take", source, "--clip", "V1:3", "--use", "4", "-o", out)
    assert no["code"] == "timeline.no_take" and "1, 2, 3" in no["hint"]
    assert refusal("timeline", "takes", source, "--clip", "A")["code"] == "timeline.not_ours"
    shutil.rmtree(tmp_path / "cut media")
    no = refusal("timeline", "takes", source, "--clip", "V1:3")
    assert no["code"] == "timeline.no_recipe"
