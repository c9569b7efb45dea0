"""`pickup update` through the real engine: a remade clip is the one that was made before."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.timeline import Document, snapshot
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from support.command import pickup, refusal
from support.cuts import Cut, make_cut

pytestmark = pytest.mark.usefixtures("shared_engine")


def rewritten(source: object, target: Path, change: int) -> Path:
    """A host's ripple trim of the real handle by `change` frames (negative: shows more)."""
    timeline = otio.adapters.read_from_file(str(source))
    handle = timeline.tracks[0][1]
    old = handle.source_range
    less = otio.opentime.RationalTime(change, old.duration.rate)
    handle.source_range = otio.opentime.TimeRange(old.start_time, old.duration - less)
    otio.adapters.write_to_file(timeline, str(target))
    return target


def pictures(take: dict[str, Any]) -> list[str]:
    """The hash of every decoded picture of a take."""
    media = probe(take["media"]["path"])
    with open_reader(media) as reader:
        return [hashlib.sha256(reader.frame(k).tobytes()).hexdigest() for k in range(media.frames)]


@pytest.fixture
def cut(tmp_path: Path) -> Cut:
    return make_cut(tmp_path, Fraction(24))


def test_the_same_cut_with_the_same_seed_is_the_same_picture(cut: Cut) -> None:
    folder = cut.path.parent
    first = pickup(
        "extend", cut.path, "--clip", "V1:1", "--tail", "14f", "--seed", "5", "--handle", "4f",
        "-o", folder / "first.otio",
    )  # fmt: skip
    shorter = rewritten(first["timeline"], folder / "shorter.otio", 3)
    listed = pickup("timeline", "show", shorter)
    assert "now ends 3 frames earlier" in str(listed["timeline"])
    told = pickup("update", shorter, "-o", folder / "never.otio", "--dry-run")
    assert told["timeline"] == ""
    assert not (folder / "never.otio").exists()
    second = pickup("update", shorter, "-o", folder / "second.otio")
    (done,) = second["updated"]
    assert done["reason"] == "The clip before it now ends 3 frames earlier."
    assert done["remedy"] == "remake"
    (clip,) = second["clips"]
    assert clip["record_frames"] == 8
    assert second["takes"][0]["media"]["frames"] == 12
    assert pictures(second["takes"][0]) != pictures(first["takes"][0])
    again = rewritten(second["timeline"], folder / "again.otio", -3)
    third = pickup("update", again, "--clip", clip["name"], "-o", folder / "third.otio")
    assert third["takes"][0]["seed"] == 5
    assert pictures(third["takes"][0]) == pictures(first["takes"][0])
    tracks = snapshot(Document.open(folder / "third.otio")).tracks
    assert not any(item.stale for track in tracks for item in track.items)
    assert Path(first["takes"][0]["media"]["path"]).exists()


def test_an_edit_alone_needs_no_engine(cut: Cut, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cut.path.parent
    first = pickup(
        "extend", cut.path, "--clip", "V1:1", "--tail", "14f", "-o", folder / "first.otio"
    )
    timeline = otio.adapters.read_from_file(str(first["timeline"]))
    gap = otio.schema.Gap(duration=otio.opentime.RationalTime(5, 24))
    timeline.tracks[0].insert(2, gap)
    otio.adapters.write_to_file(timeline, str(folder / "apart.otio"))
    monkeypatch.setenv("PICKUP_HOME", str(folder / "nowhere"))
    done = pickup("update", folder / "apart.otio", "-o", folder / "together.otio")
    assert [one["remedy"] for one in done["updated"]] == ["move"]
    assert done["takes"] == []
    assert not (folder / "together media").exists()
    nothing = pickup("update", folder / "together.otio", "-o", folder / "same.otio")
    assert nothing["updated"] == []
    assert not (folder / "same.otio").exists()
    error = refusal(
        "update", folder / "together.otio", "--clip", "V1:3", "-o", folder / "same.otio"
    )
    assert error["code"] == "timeline.fits"


def test_a_clip_whose_model_is_gone_does_not_stop_the_others(cut: Cut) -> None:
    folder = cut.path.parent
    first = pickup(
        "extend", cut.path, "--clip", "V1:1", "--tail", "14f", "-o", folder / "first.otio"
    )
    both = pickup(
        "extend", first["timeline"], "--clip", "shot B", "--tail", "6f", "-o", folder / "both.otio"
    )
    shorter = rewritten(both["timeline"], folder / "shorter.otio", 3)
    timeline = otio.adapters.read_from_file(str(shorter))
    at = next(n for n, item in enumerate(timeline.tracks[0]) if item.name == "shot B")
    old = timeline.tracks[0][at].source_range
    timeline.tracks[0][at].source_range = otio.opentime.TimeRange(
        old.start_time, old.duration - otio.opentime.RationalTime(2, 24)
    )
    otio.adapters.write_to_file(timeline, str(shorter))
    recipe = Path(first["takes"][0]["sidecar"])
    recipe.write_text(recipe.read_text("utf-8").replace('"pickup-draft"', '"gone"'), "utf-8")
    done = pickup("update", shorter, "-o", folder / "updated.otio")
    assert [one["name"].partition(" m")[0] for one in done["updated"]] == ["shot B extend"]
    tracks = snapshot(Document.open(folder / "updated.otio")).tracks
    assert sum(bool(item.stale) for track in tracks for item in track.items) == 1
