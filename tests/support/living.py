"""Generated clips with recipes in a cut, and the cut as an editor changes it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.protocol import (
    Matte,
    MediaRef,
    Mode,
    Output,
    Proposal,
    Side,
    SnapshotItem,
    Take,
)
from pickup.timeline import (
    Document,
    find_clip,
    place,
    propose_bridge,
    propose_extend,
    propose_inpaint,
    propose_restyle,
    propose_update,
    snapshot,
    update_media,
)
from support.oracle import read_cut
from support.takes import JOB, write_take
from support.timeline import (
    Shot,
    clip_of,
    make_timeline,
    media_of_shot,
    open_timeline,
    span,
    text_of,
    time,
)

R = Fraction(24)
A = Shot("A", 100, first=50, total=164)
B = Shot("B", 80, first=30)
C = Shot("C", 90)
"""A has 14 unused frames after it, and B plenty."""

SHOTS = [
    A,
    replace(A, timecode=86400),
    replace(A, speed=0.5, first=20, total=80),
    replace(A, speed=1.3, total=200),
    replace(A, media_rate=Fraction(60000, 1001), total=400),
    replace(A, media_rate=Fraction(30000, 1001), timecode=108000, total=190),
]
"""Speeds, rates and start timecodes."""

Edit = Callable[[Any], object]
"""What a host does to the objects of a track."""

JOBS = tuple(f"{JOB[:-1]}{letter}" for letter in "abcdefgh")


@dataclass
class Scene:
    """A document in a folder, and the jobs that were made for it."""

    folder: Path
    document: Document
    jobs: int = 0
    probes: dict[str, MediaRef] = field(default_factory=dict)

    @property
    def rate(self) -> Fraction:
        return self.document.rate

    def media(self, shot: Shot) -> MediaRef:
        media = media_of_shot(self.folder, shot, self.rate)
        self.probes[media.path] = media
        return media

    def output(self) -> Output:
        return Output(str(self.folder), "out")

    def extend(
        self, shot: Shot, frames: int, side: Side = Side.TAIL, mode: Mode = Mode.GAP, **how: Any
    ) -> Take:
        clip = find_clip(self.document, shot.name)
        proposal = propose_extend(
            self.document, clip, side=side, frames=frames, mode=mode, media=self.media(shot),
            output=self.output(), **how,
        )  # fmt: skip
        return self.use(proposal)

    def restyle(self, shot: Shot, record_range: tuple[int, int] | None = None) -> Take:
        proposal = propose_restyle(
            self.document, find_clip(self.document, shot.name), media=self.media(shot),
            output=self.output(), preset="noir", record_range=record_range,
        )  # fmt: skip
        return self.use(proposal)

    def inpaint(self, shot: Shot, matte: Matte, **how: Any) -> Take:
        proposal = propose_inpaint(
            self.document, find_clip(self.document, shot.name), media=self.media(shot),
            output=self.output(), matte=matte, **how,
        )  # fmt: skip
        return self.use(proposal)

    def bridge(self, first: Shot, second: Shot, **how: Any) -> Take:
        proposal = propose_bridge(
            self.document, find_clip(self.document, first.name), media=self.media(first),
            after=self.media(second), output=self.output(), **how,
        )  # fmt: skip
        return self.use(proposal)

    def use(self, proposal: Proposal, index: int = 0) -> Take:
        """Pretend that the engine made the request, and place its take."""
        take = write_take(proposal, self.folder, index, job=JOBS[self.jobs])
        self.jobs += 1
        self.probes[take.media.path] = take.media
        place(self.document, proposal.placement, take)
        return take

    def proposed_update(self, clip: SnapshotItem) -> Proposal:
        """The update of a clip, with the files probed that it needs."""
        media, after = (
            self.probes[path] if path else None for path in update_media(self.document, clip)
        )
        return propose_update(self.document, clip, media=media, after=after)

    def update(self, clip: SnapshotItem, index: int = 0) -> Proposal:
        """Plan the update, and carry it out with a take where one is needed."""
        proposal = self.proposed_update(clip)
        if proposal.request:
            self.use(proposal, index)
        else:
            place(self.document, proposal.placement)
        return proposal

    def change(self, edit: Callable[[Any], None], *, bare: bool = False) -> None:
        """Save, let a host `edit` the file with OTIO alone, and open it again; `bare` hosts drop
        all metadata."""
        saved = self.document.save(self.folder / "saved.otio")
        timeline = otio.adapters.read_from_file(str(saved))
        edit(timeline)
        if bare:
            for item in [*timeline.find_children(), *timeline.tracks, timeline]:
                for owner in (item, getattr(item, "media_reference", None)):
                    if owner is not None and "pickup" in owner.metadata:
                        del owner.metadata["pickup"]
        self.document = open_timeline(self.folder, timeline, "edited.otio")

    def generated(self) -> list[SnapshotItem]:
        """The generated clips from the bottom track up, in record order."""
        tracks = snapshot(self.document).tracks
        return [item for track in tracks for item in track.items if item.generated]

    def stale(self) -> list[str]:
        return [item.stale for item in self.generated()]


def scene(folder: Path, timeline: Any) -> Scene:
    return Scene(folder, open_timeline(folder, timeline))


def cut(folder: Path, first: Shot = A, after: int = 60, rate: Fraction = R) -> Scene:
    """V1 = a gap of 80, the first shot, a gap, B, a gap; a song."""
    parts = [80, first, after, B, 200]
    return scene(folder, make_timeline(folder, rate, [parts], [Shot("song", 300)]))


def extended(folder: Path, after: int = 60, shot: Shot = A, **how: Any) -> Scene:
    """A goes on with 14 real and 26 generated frames, from record frame 194 to 220."""
    made = cut(folder, shot, after)
    made.extend(shot, 40, **how)
    assert made.stale() == [""]
    return made


def overlaid(folder: Path, shot: Shot = A, part: tuple[int, int] | None = None) -> Scene:
    """The first shot is restyled."""
    made = cut(folder, shot)
    made.restyle(shot, part)
    assert made.stale() == [""]
    return made


def other_clip(track: Any, name: str, frames: int) -> Any:
    """A clip of another file beside those of the track."""
    folder = Path(track[1].media_reference.target_url).parent
    return clip_of(folder, Shot(name, frames), R)


def changed(before: str, after: str, rate: Fraction = R) -> dict[int, set[int]]:
    """Track -> record frames that show something else, by the oracle."""
    old, new = read_cut(before, rate), read_cut(after, rate)
    assert len(old) == len(new)
    found = {}
    for number, (one, other) in enumerate(zip(old, new, strict=True)):
        length = max(len(one.base), len(other.base))
        padded = [track.base + (None,) * (length - len(track.base)) for track in (one, other)]
        frames = {k for k in range(length) if padded[0][k] != padded[1][k]}
        if frames:
            found[number] = frames
        assert one.mixes.keys() == other.mixes.keys()
    return found


def updated(made: Scene, edit: Edit, index: int = 0) -> tuple[Proposal, dict[int, set[int]]]:
    """Change V1, update the clip; what the update changed. One undo takes it back."""
    made.change(lambda timeline: edit(timeline.tracks[0]))
    (clip,) = made.generated()
    assert clip.stale
    before = text_of(made.document)
    proposal = made.proposed_update(clip)
    assert text_of(made.document) == before
    proposal = made.update(clip, index)
    after = text_of(made.document)
    (new,) = made.generated()
    assert new.stale == ""
    assert new.uid == clip.uid
    assert made.document.undo().startswith("Update ")
    assert text_of(made.document) == before
    made.document.redo()
    assert text_of(made.document) == after
    made.change(lambda timeline: None)
    assert made.stale() == [""]
    return proposal, changed(before, after)


def span_of(made: Scene) -> tuple[int, int]:
    (clip,) = made.generated()
    return clip.record_in, clip.record_in + clip.frames


def trim_tail(item: Any, frames: int) -> None:
    """Take `frames` record frames off the end of an item (negative: show more)."""
    old = item.source_range
    rate = Fraction(old.duration.rate)
    item.source_range = otio.opentime.TimeRange(
        old.start_time, time(int(old.duration.value) - frames, rate)
    )


def trim_head(item: Any, frames: int, media_frames: float | None = None) -> None:
    """Take `frames` record frames off the begin of an item; `media_frames` where that is another
    number of frames of its media."""
    slip(item, frames if media_frames is None else media_frames)
    trim_tail(item, frames)


def slip(item: Any, media_frames: float) -> None:
    """Show what comes `media_frames` later in the media."""
    old = item.source_range
    later = otio.opentime.RationalTime(media_frames, old.start_time.rate)
    item.source_range = otio.opentime.TimeRange(old.start_time + later, old.duration)


def resize(gap: Any, frames: int) -> None:
    """Make a gap `frames` record frames longer (or shorter)."""
    old = gap.source_range.duration
    gap.source_range = span(0, int(old.value) + frames, Fraction(old.rate))
