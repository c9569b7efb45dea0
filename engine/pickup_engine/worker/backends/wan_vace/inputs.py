"""What the model is shown: pictures, masks and references of one window, in its own grammar.

Black in a mask is kept, white is made; what is not known is mid grey. All sizes are made equal
here: the pipeline takes a mismatch without an error and makes garbage of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pickup_engine.models.vace_frames import Span
from pickup_engine.worker.backends.base import Bytes, Conditioning

GREY: Final = 128
"""The unknown. Wan's own code has 127.5 on floats; 8-bit pictures come as close as this."""

CELL: Final = 16
"""Sides must be multiples of it: 8 pixels to a latent, 2 latents to a token."""

MOST_REFERENCES: Final = 4

_KEEP, _MAKE = 0, 255
_GROWN: Final = 12 / 480
"""How far a matte is grown for the model, as a share of the shorter side: 8 to 16 pixels at the
model's usual sizes. Masks are hard, so what the object casts on its edge has to be inside."""

_BEFORE, _BEHIND = 8, 5
"""Kept pictures that are compared with what the model makes of them. Those behind have to be
decoded for it: five are the rest of a latent frame and one more."""

Earlier: TypeAlias = Mapping[int, Bytes]
"""Frames that earlier windows made, by their time: (h, w, 3)."""

Mask: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True)
class VaceInputs:
    """One window as the pipeline takes it; `video` and `mask` have `frames` pictures each.

    video: RGB, mask: "L" of 0 (keep) and 255 (make), references: RGB on white, all of them
    `width` x `height`. Raises ValueError where a number does not fit the others or the model.
    """

    video: list[Image.Image]
    mask: list[Image.Image]
    references: list[Image.Image]
    width: int
    height: int
    frames: int

    def __post_init__(self) -> None:
        if self.width % CELL or self.height % CELL or min(self.width, self.height) < CELL:
            raise ValueError(f"{self.width} x {self.height} is no multiple of {CELL} pixels")
        if self.frames % 4 != 1:
            raise ValueError(f"{self.frames} frames are not 4k+1")
        if (len(self.video), len(self.mask)) != (self.frames, self.frames):
            raise ValueError(
                f"{len(self.video)} pictures and {len(self.mask)} masks for {self.frames} frames"
            )
        if len(self.references) > MOST_REFERENCES:
            raise ValueError(f"{len(self.references)} references, {MOST_REFERENCES} at most")
        size = (self.width, self.height)
        for name, images in (("video", self.video), ("mask", self.mask), ("reference",
                             self.references)):  # fmt: skip
            for k, image in enumerate(images):
                if image.size != size:
                    raise ValueError(f"{name} {k} is {image.size} pixels instead of {size}")


class Shown:
    """A job in the model's grammar. control: (frames, h, w, 3), what a restyle follows."""

    def __init__(self, conditioning: Conditioning, control: Bytes | None = None) -> None:
        self._job = conditioning
        self._control = control
        self._height, self._width = conditioning.known.shape[1:3]
        self._known = dict(zip(conditioning.known_times, conditioning.known, strict=True))
        self._mattes = _grown(conditioning)
        pictures = () if conditioning.keyframes is None else conditioning.keyframes
        self._pinned = dict(zip(conditioning.keyframe_times, pictures, strict=True))
        self._references = [
            letterboxed(picture, self._width, self._height) for picture in conditioning.references
        ]

    def inputs(self, span: Span, made: Earlier) -> VaceInputs:
        """One window. A time that is both pinned and known shows the pinned picture, one that was
        made by an earlier window shows that."""
        pairs = [self._at(time, made) for time in range(span.first, span.first + span.frames)]
        return VaceInputs(
            [Image.fromarray(np.ascontiguousarray(picture)) for picture, _ in pairs],
            [Image.fromarray(region) for _, region in pairs],
            self._references,
            self._width,
            self._height,
            span.frames,
        )

    def kept(self, span: Span, made: Earlier) -> dict[int, Bytes]:
        """The pictures of the shot, or of earlier windows, that are shown whole, by their time:
        those from a little before what is made to a little behind it."""
        found = {}
        for time in range(max(span.first, span.begin - _BEFORE), span.end + _BEHIND):
            if time in self._pinned or time >= span.first + span.frames:
                continue
            if time in made:
                found[time] = self._with_real_pixels(time, made[time])
            elif time in self._known and not self._job.covers:
                found[time] = self._known[time]
        return found

    def source(self, span: Span, made: Earlier) -> list[Image.Image]:
        """The shot itself in that window; in its new look where that is given or was made."""
        last = self._job.frames - 1
        new = {**made, **self._pinned}
        times = range(span.first, span.first + span.frames)
        pictures = [new[t] if t in new else self._known[min(max(t, 0), last)] for t in times]
        return [Image.fromarray(np.ascontiguousarray(picture)) for picture in pictures]

    def _at(self, time: int, made: Earlier) -> tuple[Bytes, Mask]:
        if time in self._pinned:
            return self._pinned[time], self._all(_KEEP)
        if time in made:
            return self._with_real_pixels(time, made[time]), self._all(_KEEP)
        if not self._job.covers:
            if time in self._known:
                return self._known[time], self._all(_KEEP)
            grey = np.full((self._height, self._width, 3), GREY, np.uint8)
            return grey, self._all(_MAKE)
        # Padding holds the last frame: an end that stands still disturbs less than grey.
        inside = min(max(time, 0), self._job.frames - 1)
        if self._control is not None:
            return self._control[inside], self._all(_MAKE)
        matte = self._mattes[inside]
        painted_out = np.where(matte[..., None], np.uint8(GREY), self._known[inside])
        return painted_out, np.where(matte, np.uint8(_MAKE), np.uint8(_KEEP))

    def _with_real_pixels(self, time: int, picture: Bytes) -> Bytes:
        """A made picture as later windows go on from it: errors must not add up where the real
        pixels are known."""
        if time not in self._mattes:
            return picture
        matte = self._mattes[time]
        return np.where(matte[..., None], picture, self._known[time]).astype(np.uint8)

    def _all(self, value: int) -> Mask:
        return np.full((self._height, self._width), value, np.uint8)


def letterboxed(picture: Bytes, width: int, height: int) -> Image.Image:
    """A reference of (h', w', 3) in the middle of a white picture, as large as it fits."""
    scale = min(width / picture.shape[1], height / picture.shape[0])
    size = tuple(max(1, round(side * scale)) for side in (picture.shape[1], picture.shape[0]))
    fitted = Image.fromarray(np.ascontiguousarray(picture)).resize(size, Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", (width, height), (255, 255, 255))
    canvas.paste(fitted, ((width - size[0]) // 2, (height - size[1]) // 2))
    return canvas


def _grown(conditioning: Conditioning) -> dict[int, NDArray[np.bool_]]:
    """An inpaint's mattes with a rim, by their time, (h, w), true = to make."""
    if conditioning.matte is None:
        return {}
    height, width = conditioning.known.shape[1:3]
    radius = int(np.clip(round(min(height, width) * _GROWN), 1, 16))
    return {
        time: _near(matte, radius)
        for time, matte in zip(conditioning.known_times, conditioning.matte, strict=True)
    }


def _near(matte: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """Where the matte is, or is not further than `radius` pixels."""
    if not matte.any():
        return matte
    beside = np.where(matte, 0, 1).astype(np.uint8)
    return cv2.distanceTransform(beside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= radius
