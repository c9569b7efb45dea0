"""Write the sample footage: H.264 clips at 24 frames per second, a matte and a reference."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.protocol import Codec, Colour, MediaRef
from pickup_engine.media.colour import WHITE, Picture, eight_bit
from pickup_engine.media.jpeg import write_jpeg
from pickup_engine.media.probe import probe
from pickup_engine.media.samples.noise import Plane
from pickup_engine.media.samples.scenes import HEIGHT, WIDTH, Lake, Room, Valley, dusk
from pickup_engine.media.storage import write_whole
from pickup_engine.media.writer import TakeWriter

RATE: Final = Fraction(24)
_CLIPS: Final = ("valley.mp4", "room.mp4", "lake.mp4")


@dataclass(frozen=True)
class Sample:
    """What was written. `clips`: valley (a pan), room (a rolling ball), lake (a push in).

    `matte`: folder of PNG files that cover the ball and its shadow in every frame of the room.
    `reference`: a still with a strong palette.
    """

    clips: tuple[MediaRef, MediaRef, MediaRef]
    matte: Path
    reference: Path


class Scene(Protocol):
    """A shot: `frames` pictures of (h, w, 3) float32 in 0..1."""

    frames: int

    def picture(self, k: int) -> Plane:
        """Frame `k`."""


class Grain:
    """Film grain of about one and a half 8-bit codes, softened as in a scan, new every frame."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        field = self._rng.standard_normal((HEIGHT + 256, WIDTH + 256, 3)).astype(np.float32)
        soft = cv2.GaussianBlur(field, (0, 0), 0.7)
        self._field = soft / soft.std() * (1.5 / 255)

    def add(self, picture: Plane) -> Plane:
        """The picture with grain, strongest in the middle tones."""
        y, x = self._rng.integers(0, 256, 2)
        field = self._field[y : y + HEIGHT, x : x + WIDTH]
        return np.asarray(picture + field * (0.5 + 2 * picture * (1 - picture)), dtype=np.float32)


def render_sample(folder: Path, frames: int | None = None) -> Sample:
    """Render everything into `folder` (made where missing); the same pictures every time.

    `frames` limits the length of the clips (None = their full four to five seconds). A folder that
    was rendered before is used as it is: the reference is written last.

    Raises StorageError and, where a file of an earlier rendering is broken, MediaError.
    """
    matte, reference = folder / "ball-matte", folder / "dusk.jpg"
    if reference.exists():
        valley, room_clip, lake = (probe(str(folder / name)) for name in _CLIPS)
        return Sample((valley, room_clip, lake), matte, reference)
    matte.mkdir(parents=True, exist_ok=True)
    room = Room()
    clips = (
        _write_clip(folder / _CLIPS[0], Valley(), 1, frames),
        _write_clip(folder / _CLIPS[1], room, 2, frames),
        _write_clip(folder / _CLIPS[2], Lake(), 3, frames),
    )
    for k in range(min(frames or room.frames, room.frames)):
        _write_png(matte / f"ball.{k:04d}.png", room.matte(k))
    write_jpeg(eight_bit(_sixteen(dusk())), reference)
    return Sample(clips, matte, reference)


def _write_clip(path: Path, scene: Scene, seed: int, frames: int | None) -> MediaRef:
    grain = Grain(seed)
    with TakeWriter(path, WIDTH, HEIGHT, RATE, Codec.H264, Colour(), comment="sample") as writer:
        for k in range(min(frames or scene.frames, scene.frames)):
            writer.write(_sixteen(grain.add(scene.picture(k))))
    return probe(str(path))


def _write_png(path: Path, image: NDArray[np.uint8]) -> None:
    _, data = cv2.imencode(".png", image)
    write_whole(path, data.tobytes(), durable=False)


def _sixteen(picture: Plane) -> Picture:
    return np.rint(np.clip(picture, 0, 1) * WHITE).astype(np.uint16)
