"""A shot that is put into a cut by itself, a generated take or any other file, and its new clip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any

import opentimelineio as otio

from pickup.errors import MediaError, RequestError
from pickup.protocol import (
    Delivery,
    InpaintRequest,
    MediaKind,
    MediaRef,
    Origin,
    Piece,
    Recipe,
    Take,
    asked_of,
)
from pickup.timeline.edits.clips import take_clip
from pickup.timeline.identity import store
from pickup.timeline.rates import rational, same_rate, time_range
from pickup.timeline.takes.recipes import SUFFIX, Sidecar, read_recipe
from pickup.timeline.takes.taken import check_take, take_from, take_record
from pickup.timeline.urls import UrlStyle, target_url

_NUMBER = re.compile(r"%0?(\d*)d")


@dataclass(frozen=True)
class Shot:
    """`frames` record frames of a take or of a measured file, from its frame `first` on (0-based).

    `first` None: from the beginning, or after the handle of a take. `frames` 0: all that is left, a
    take's handle aside. `name` "": that of the file.
    """

    source: Take | MediaRef
    frames: int = 0
    first: int | None = None
    name: str = ""

    @property
    def media(self) -> MediaRef:
        """The file."""
        return self.source.media if isinstance(self.source, Take) else self.source


def take_of_file(path: str) -> Take | None:
    """The take in a file (absolute path), by the recipe beside it; None where there is none."""
    recipe = read_recipe(path + SUFFIX)
    return take_from(Sidecar(path + SUFFIX, recipe)) if recipe else None


@dataclass(frozen=True)
class Cutting:
    """A shot whose ends are settled: `frames` record frames from media frame `first` on.

    `most`: the record frames that the file holds from there on. `is_patch`: it is transparent
    outside a matte.
    """

    shot: Shot
    name: str
    first: int
    frames: int
    most: int
    is_patch: bool

    @property
    def path(self) -> str:
        """The file, for sentences."""
        return self.shot.media.path


def settle(shot: Shot, rate: Fraction) -> Cutting:
    """What of a shot is shown in a cut at `rate`.

    Raises MediaError where the file is missing, runs at another rate than the cut (a take), or does
    not hold it; RequestError where it is not told.
    """
    media = shot.media
    recipe = read_recipe(shot.source.sidecar) if isinstance(shot.source, Take) else None
    wanted = _wanted(media, recipe)
    first = wanted.start if shot.first is None else shot.first
    if shot.frames < 0 or first < 0:
        raise RequestError(
            f"{shot.frames} frames from frame {first} on are no part of {media.path}.",
            "Count from 0, and ask for one frame or more.",
            code="request.length",
        )
    if media.kind is MediaKind.STILL and not shot.frames:
        raise RequestError(
            f"{media.path} is a still picture, which has no length of its own.",
            "Say how many frames it is shown.",
            code="request.length",
        )
    step = own_rate(media, rate) / rate
    frames = shot.frames or max(0, int((wanted.stop - first) // step))
    _check(shot, first, frames, rate)
    most = frames if media.kind is MediaKind.STILL else int((media.frames - first) // step)
    request = recipe.request if recipe else None
    is_patch = isinstance(request, InpaintRequest) and request.delivery is Delivery.PATCH
    return Cutting(shot, shot.name or _name(shot, recipe), first, frames, most, is_patch)


def _wanted(media: MediaRef, recipe: Recipe | None) -> range:
    """The frames of a file that were asked for: of a take all but its handle."""
    whole = range(media.frames)
    asked = asked_of(recipe.request) if recipe else whole
    return asked if asked and asked[-1] in whole else whole


def _name(shot: Shot, recipe: Recipe | None) -> str:
    if recipe and recipe.request.output.name:
        return recipe.request.output.name
    stem = _NUMBER.sub("", PurePath(shot.media.path).stem)
    if isinstance(shot.source, Take):
        stem = stem.removesuffix(f"{shot.source.job}.t{shot.source.index + 1}")
    return stem.rstrip(" ._-") or "shot"


def own_rate(media: MediaRef, rate: Fraction) -> Fraction:
    """The rate that a file's frames count at; a spelling of the cut's own is no other rate, and
    pictures that lie there one by one have none."""
    counted = media.kind is not MediaKind.VIDEO
    return rate if counted or same_rate(media.rate, rate) else media.rate


def _check(shot: Shot, first: int, frames: int, rate: Fraction) -> None:
    media = shot.media
    if isinstance(shot.source, Take):
        check_take(shot.source, 0, rate)
    elif media.kind is not MediaKind.SEQUENCE and not Path(media.path).is_file():
        raise MediaError(f"{media.path} is missing.", "Bring the file back.", code="media.missing")
    is_still = media.kind is MediaKind.STILL
    last = first if is_still else first + (frames - 1) * own_rate(media, rate) // rate
    if frames < 1 or last >= (1 if is_still else media.frames):
        raise MediaError(
            f"{media.path} has {media.frames} frames: {max(1, frames)} of the cut from frame "
            f"{first} on do not fit.",
            "Ask for fewer frames, or begin earlier.",
            code="media.too_short",
        )


def shot_clip(cutting: Cutting, rate: Fraction, style: UrlStyle) -> Any:
    """The new clip: of a take with everything that says who made it, of a file without."""
    source = cutting.shot.source
    if isinstance(source, Take):
        recipe = read_recipe(source.sidecar)
        record = take_record(source, recipe.request.operation.value if recipe else "")
        piece = Piece(Origin.GENERATED, cutting.name, cutting.frames, cutting.first)
        clip = take_clip(piece, source, rate, style, record)
        store(clip, generated=record)
        return clip
    own = own_rate(source, rate)
    return otio.schema.Clip(
        cutting.name,
        _reference(source, own, style),
        time_range(source.timecode + cutting.first, cutting.frames, own, rate),
    )


def _reference(media: MediaRef, rate: Fraction, style: UrlStyle) -> Any:
    frames = 1 if media.kind is MediaKind.STILL else media.frames
    available = otio.opentime.TimeRange(rational(media.timecode, rate), rational(frames, rate))
    if media.kind is not MediaKind.SEQUENCE:
        reference = otio.schema.ExternalReference(target_url(media.path, style), available)
        reference.name = PurePath(media.path).name
        return reference
    folder, name = str(PurePath(media.path).parent), PurePath(media.path).name
    number = _NUMBER.search(name)
    if number is None:
        raise RequestError(
            f"{media.path} does not say where its pictures are numbered.",
            "Name a sequence as name.%04d.png.",
            code="request.sequence",
        )
    return otio.schema.ImageSequenceReference(
        target_url_base=target_url(f"{folder.rstrip('/')}/", style),
        name_prefix=name[: number.start()],
        name_suffix=name[number.end() :],
        start_frame=media.first_number,
        frame_zero_padding=int(number[1] or 0),
        rate=float(rate),
        available_range=available,
    )
