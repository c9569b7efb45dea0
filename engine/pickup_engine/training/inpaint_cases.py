"""Shots with something to remove, and what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pickup_engine.training.footage import Footage, Wanted, Window, read_runs
from pickup_engine.training.halves import Half
from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.motion.inpaint_types import Mask, grow

WANTED = Wanted(known=23, least_known=15, new=1, per_clip=1)
"""One window of up to 24 pictures of each clip."""

UNTOUCHED = frozenset(
    {
        "intel_person_man-grey",
        "intel_person_woman-grey-leaving",
        "mdn_elf",
        "mdn_rabbit",
        "sam2_coffee_mug",
    }
)
"""Masked sequences that no number was chosen on; the other half are all others."""

_PLATE_FRAMES = 36
_SOFT = 2
_MATTE_LEVEL = 30
_APART = 8
"""Model pixels from the matte where a picture tells its exposure."""
_TOLD = 500
"""Fewest pixels that tell it."""


@dataclass(frozen=True)
class Case:
    """pictures with the object, the matte (n, h, w), and truth (n, h, w, 3) float32 0..255."""

    clip: str
    window: str
    pictures: Bytes
    matte: Mask
    truth: Floats


def composites(footage: Footage, skipped: Callable[[str], None]) -> Iterator[Case]:
    """An ellipse of coloured noise slides over the middle of each clip."""
    for window in footage.windows(WANTED, skipped):
        with_object, matte = paste(window.pictures, _seed(window))
        yield Case(
            window.clip,
            str(window.start),
            with_object,
            matte,
            window.pictures.astype(np.float32),
        )


def _seed(window: Window) -> int:
    """The same for a clip in every selection of clips."""
    return sum(window.clip.encode()) + window.start


def paste(pictures: Bytes, seed: int) -> tuple[Bytes, Mask]:
    """The pictures (n, h, w, 3) with a moving object, and its matte (n, h, w)."""
    count, height, width = pictures.shape[:3]
    random = np.random.default_rng(seed)
    centre = random.uniform(0.3, 0.7) * width, random.uniform(0.4, 0.6) * height
    speed = float(random.choice([-1, 1]) * random.uniform(0.008, 0.02) * width)
    noise = cv2.GaussianBlur(random.uniform(0, 255, (height, width, 3)), (0, 0), 3.0)
    texture = np.clip((noise - noise.mean()) * 6 + 128, 0, 255).astype(np.uint8)
    out, matte = pictures.copy(), np.zeros(pictures.shape[:3], np.uint8)
    for k in range(count):
        shift = round(speed * (k - count / 2))
        at = (round(centre[0]) + shift, round(centre[1]))
        cv2.ellipse(matte[k], at, (round(width * 0.09), round(height * 0.2)), 0, 0, 360, 1, -1)
        out[k][matte[k] > 0] = np.roll(texture, shift, 1)[matte[k] > 0]
    return out, matte > 0


def plates(folder: Path, half: Half) -> Iterator[Case]:
    """Sequences of `masks/` that have a clean plate, its exposure matched to every picture."""
    for plate in sorted(folder.glob("masks/*/clean_plate.png")):
        if not _belongs(plate.parent.name, half):
            continue
        pictures, matte, start = masked(plate.parent, _PLATE_FRAMES)
        clean = _read(plate, matte.shape[1:]).astype(np.float32)
        pairs = zip(pictures, matte, strict=True)
        truth = np.stack([_exposed(clean, p, grow(m, _APART)) for p, m in pairs])
        if matte.any():
            yield Case(plate.parent.name, str(start), pictures, matte, truth)


def masked(folder: Path, frames: int) -> tuple[Bytes, Mask, int]:
    """At most `frames` pictures from the middle of a masked sequence at the model's size, their
    mattes grown by the soft edge of an object, and the number of the first."""
    files = sorted((folder / "masks").glob("*.png"))
    start = max(0, (len(files) - frames) // 2)
    run = range(start, min(len(files), start + frames))
    pictures = read_runs(folder / "video.mp4", [run])[0]
    files = files[start : start + len(pictures)]
    shape = pictures.shape[1:3]
    matte = np.stack([grow(_read(file, shape).max(2) > _MATTE_LEVEL, _SOFT) for file in files])
    return pictures[: len(matte)], matte, start


def _belongs(name: str, half: Half) -> bool:
    return half is Half.ALL or (name in UNTOUCHED) == (half is Half.UNTOUCHED)


def _exposed(clean: Floats, picture: Bytes, gone: Mask) -> Floats:
    """The plate with a line per channel fitted to a picture outside the matte."""
    out = clean.copy()
    if (~gone).sum() > _TOLD:
        for c in range(3):
            slope, base = np.polyfit(clean[..., c][~gone], picture[..., c][~gone], 1)
            out[..., c] = clean[..., c] * slope + base
    return np.clip(out, 0, 255)


def _read(path: Path, shape: tuple[int, ...]) -> Bytes:
    picture = cv2.imread(str(path))
    if picture is None:
        raise FileNotFoundError(path)
    small = cv2.resize(picture, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)
