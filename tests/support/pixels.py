"""A cut of burnt-in media, edited by Pickup and rendered by melt: what is seen at each frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import opentimelineio as otio

from pickup.protocol import (
    Delivery,
    InpaintRequest,
    MediaRef,
    Proposal,
    Source,
    Take,
    frames_of,
)
from pickup.timeline import Document, place
from pickup_engine.finishing.conform import SourceRun
from pickup_engine.media.colour import eight_bit
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from support.burnt import Grey, Halves, Mark, read_halves, weight_of, write_shot, write_take
from support.melt import render
from support.timeline import span, time

TAKE: Final = 31
"""The number of the file that stands for a take."""

Seen = Mark | Halves | None
"""What a frame shows: one picture, another one in the left half than in the right, or black."""


@dataclass(frozen=True)
class Mix:
    """A frame of a dissolve from one picture to another."""

    first: Mark
    second: Mark


@dataclass(frozen=True)
class Filmed:
    """A shot: `total` frames at `rate`, made as file number `number`."""

    name: str
    number: int
    total: int
    rate: Fraction
    timecode: str = ""


def marks(number: int, first: int, frames: int, step: int = 1) -> list[Seen]:
    """What `frames` record frames from frame `first` of a file on show."""
    return [Mark(number, first + k * step) for k in range(frames)]


def made(frames: int, first: int = 0) -> list[Seen]:
    """The same of a take."""
    return marks(TAKE, first, frames)


def timeline_of(*tracks: list[Any]) -> Any:
    """Picture tracks, bottom first."""
    timeline = otio.schema.Timeline("pixels")
    for items in tracks:
        track = otio.schema.Track(kind=otio.schema.TrackKind.Video)
        track.extend(items)
        timeline.tracks.append(track)
    return timeline


@dataclass
class Studio:
    """Writes shots, once each, and measures them with the engine's own probe."""

    folder: Path
    _media: dict[Filmed, MediaRef] = field(default_factory=dict)

    def media(self, shot: Filmed) -> MediaRef:
        if shot not in self._media:
            path = self.folder / f"{len(self._media)} {shot.name}.mov"
            write_shot(path, shot.number, shot.total, shot.rate, shot.timecode)
            self._media[shot] = probe(str(path))
        media = self._media[shot]
        assert (media.frames, media.rate) == (shot.total, shot.rate)
        return media

    def clip(
        self, shot: Filmed, first: int, frames: int, rate: Fraction, speed: float = 1.0
    ) -> Any:
        """A clip of `frames` record frames at `rate` from file frame `first` on."""
        media = self.media(shot)
        reference = otio.schema.ExternalReference(
            Path(media.path).as_uri(), span(media.timecode, media.frames, media.rate)
        )
        begin = time(media.timecode + first, media.rate)
        source = otio.opentime.TimeRange(begin, time(frames, rate))
        clip = otio.schema.Clip(shot.name, reference, source)
        if speed != 1:
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
        return clip


def take_of(folder: Path, proposal: Proposal, number: int = TAKE) -> Take:
    """The file that the engine would make: frame k of it says that it is frame k of the take."""
    request = proposal.request
    assert request is not None
    patch = isinstance(request, InpaintRequest) and request.delivery is Delivery.PATCH
    job = f"job-pixels{number}"
    path = folder / f"{request.output.name}.{job}.t1.mov"
    pictures = [Mark(number, k) for k in range(frames_of(request))]
    write_take(path, pictures, request.source.rate, patch=patch)
    return Take(job, 0, probe(str(path)), "", seed=1, learned=False, draft=True)


def carry_out(
    document: Document, folder: Path, proposal: Proposal, media: MediaRef, number: int = TAKE
) -> list[Grey]:
    """Place the proposal, save, and render what any other program would read from the file."""
    take = take_of(folder, proposal, number) if proposal.request else None
    place(document, proposal.placement, take, media=media)
    return film_of(document, folder)


def film_of(document: Document, folder: Path) -> list[Grey]:
    """The pictures of the saved file."""
    path = document.save(folder / "edited.otio")
    return render(otio.adapters.read_from_file(str(path)), document.rate, folder)


def engine_sees(source: Source, offsets: Iterable[int]) -> list[Seen]:
    """What the engine decodes for record frames of a request's source."""
    with open_reader(source.media) as reader:
        run = SourceRun(source, reader)
        greys = [eight_bit(run.picture(k))[:, :, 1] for k in offsets]
    return seen(greys)


def seen(film: Sequence[Grey]) -> list[Seen]:
    """The marks of all pictures."""
    halves = [read_halves(picture) for picture in film]
    return [both[0] if both[0] == both[1] else both for both in halves]


def assert_shows(film: Sequence[Grey], expected: Sequence[Seen | Mix]) -> None:
    """Fail at the first frame that does not show what is expected, naming it."""
    assert len(film) == len(expected)
    least = -0.02
    for frame, (picture, wanted) in enumerate(zip(film, expected, strict=True)):
        if isinstance(wanted, Mix):
            weight = weight_of(picture, wanted.first, wanted.second)
            assert least < weight < 1, f"frame {frame}"
            least = weight + 0.02
            continue
        least = -0.02
        assert seen([picture]) == [wanted], f"frame {frame}"
