"""Measure object removal: `python -m pickup_engine.training.evaluate_inpaint FOLDER`.

FOLDER is a footage folder with `video/` and perhaps `masks/`. An object is pasted over real clips,
moved, and removed again; sequences with a clean plate are measured against the plate, its exposure
matched to every frame. PSNR inside the matte and SSIM in its box, for Telea's fast marching, the
median over time and the product.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from pickup.protocol import JobPhase, Operation
from pickup_engine.finishing.membrane import fit_to_surroundings
from pickup_engine.finishing.render import render_warp
from pickup_engine.models.draft import model_size
from pickup_engine.training.footage import SUFFIXES
from pickup_engine.training.tables import Measure, Table, text
from pickup_engine.worker.backends.base import Bytes, Conditioning, Floats, Generated, Warp
from pickup_engine.worker.backends.motion.inpaint import remove
from pickup_engine.worker.backends.motion.inpaint_types import Mask, grow
from pickup_engine.worker.backends.motion.quality import ssim

_FRAMES = 42
_CLIPS = 10
_PLATE_FRAMES = 60
_SOFT = 2
_MATTE_LEVEL = 30


@dataclass(frozen=True)
class Case:
    """pictures with the object, the matte (n, h, w), and truth (n, h, w, 3) float32 0..255."""

    clip: str
    window: str
    pictures: Bytes
    matte: Mask
    truth: Floats


class _Silent:
    """A `Report` for nobody."""

    def phase(self, phase: JobPhase, steps: int) -> None:
        """Nothing."""

    def step(self) -> None:
        """Nothing."""


def inpaint_table(folder: Path, told: Callable[[str], None], clips: int = _CLIPS) -> Table:
    """All cases of a folder: `clips` evenly chosen clips with a pasted object, and the plates."""
    measures = []
    for case in [*composites(folder, clips), *plates(folder)]:
        measures.append(measure(case))
        told(f"{case.clip}: {_line(measures[-1])}")
    return Table("inpaint, inside the matte", "ours", measures)


def composites(folder: Path, clips: int) -> Iterator[Case]:
    """An ellipse of coloured noise slides over the middle of each clip."""
    home = folder / "video" if (folder / "video").is_dir() else folder
    paths = [p for p in sorted(home.iterdir()) if p.suffix.lower() in SUFFIXES]
    picked = np.unique(np.linspace(0, len(paths) - 1, min(clips, len(paths))).astype(int))
    for number in picked:
        pictures, start = read_middle(paths[number], _FRAMES)
        if len(pictures) >= 12:
            with_object, matte = paste(pictures, int(number))
            truth = pictures.astype(np.float32)
            yield Case(paths[number].stem, str(start), with_object, matte, truth)


def paste(pictures: Bytes, seed: int) -> tuple[Bytes, Mask]:
    """The pictures with a moving object, and its matte."""
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


def plates(folder: Path) -> Iterator[Case]:
    """Sequences of `masks/` that have a clean plate."""
    for plate in sorted(folder.glob("masks/*/clean_plate.png")):
        pictures, start = read_middle(plate.parent / "video.mp4", _PLATE_FRAMES)
        height, width = pictures.shape[1:3]
        files = sorted((plate.parent / "masks").glob("*.png"))[start : start + len(pictures)]
        size = (width, height)
        small = [_read(f, size).max(2) > _MATTE_LEVEL for f in files]
        matte = np.stack([grow(np.asarray(m), _SOFT) for m in small])
        pictures = pictures[: len(matte)]
        clean = _read(plate, size).astype(np.float32)
        pairs = zip(pictures, matte, strict=True)
        truth = np.stack([_exposed(clean, p, grow(m, 8)) for p, m in pairs])
        if matte.any():
            yield Case(plate.parent.name, str(start), pictures, matte, truth)


def _exposed(clean: Floats, picture: Bytes, gone: Mask) -> Floats:
    """The plate with a line per channel fitted to a picture outside the matte."""
    out = clean.copy()
    if (~gone).sum() > 500:
        for c in range(3):
            slope, base = np.polyfit(clean[..., c][~gone], picture[..., c][~gone], 1)
            out[..., c] = clean[..., c] * slope + base
    return np.clip(out, 0, 255)


def measure(case: Case) -> Measure:
    """Fill by every method."""
    telea = np.stack([_telea(p, m) for p, m in zip(case.pictures, case.matte, strict=True)])
    generated = remove(_conditioning(case), _Silent())
    filled = {
        "telea": telea.astype(np.float32),
        "temporal median": _median(case, telea),
        "ours": finished(case, generated),
    }
    values = {name: (_psnr(case, made), _ssim(case, made)) for name, made in filled.items()}
    note = f"{generated.details['method']}, never seen {generated.details['never_seen']}"
    return Measure(case.clip, case.window, values, note)


def finished(case: Case, generated: Generated) -> Floats:
    """The case's pictures with the matte filled, by the renderer that finishing uses."""
    warp = cast(Warp, generated.output)
    height, width = case.matte.shape[1:]
    deep = case.pictures.astype(np.uint16) * np.uint16(257)
    out = case.pictures.astype(np.float32)
    for k, inside in enumerate(case.matte):
        if inside.any():
            made, _ = render_warp(warp.frames[k], deep.__getitem__, (width, height))
            fitted = fit_to_surroundings(made, deep[k], inside, 1, 3)
            out[k][inside] = fitted[inside].astype(np.float32) / 257
    return out


def read_middle(path: Path, frames: int) -> tuple[Bytes, int]:
    """At most `frames` pictures from the middle of a clip, at the model's size, and their start."""
    capture = cv2.VideoCapture(str(path))
    start = max(0, (int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) - frames) // 2)
    pictures = []
    for k in range(start + frames):
        if not capture.grab():
            break
        if k >= start:
            _, picture = capture.retrieve()
            size = model_size(picture.shape[1], picture.shape[0])
            pictures.append(_shrink(np.asarray(picture, np.uint8), size))
    capture.release()
    return np.stack(pictures), start


def _read(path: Path, size: tuple[int, int]) -> Bytes:
    return _shrink(np.asarray(cv2.imread(str(path)), np.uint8), size)


def _shrink(picture: Bytes, size: tuple[int, int]) -> Bytes:
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)


def _conditioning(case: Case) -> Conditioning:
    count = len(case.pictures)
    times = tuple(range(count))
    return Conditioning(
        Operation.INPAINT, count, Fraction(25), case.pictures, times, matte=case.matte
    )


def _telea(picture: Bytes, inside: Mask) -> Bytes:
    mask = inside.astype(np.uint8) * np.uint8(255)
    return np.asarray(cv2.inpaint(picture, mask, 3, cv2.INPAINT_TELEA), np.uint8)


def _median(case: Case, below: Bytes) -> Floats:
    """Median over time of the unhidden pixels, Telea where there are none."""
    values = np.where(case.matte[..., None], np.nan, case.pictures.astype(np.float32))
    seen = np.asarray(~case.matte.all(0))
    still = np.zeros(values.shape[1:], np.float32)
    still[seen] = np.nanmedian(values[:, seen], axis=0)
    made = np.where(seen[None, ..., None], still[None], below)
    return np.where(case.matte[..., None], made, case.pictures).astype(np.float32)


def _psnr(case: Case, made: Floats) -> float:
    wrong = ((made - case.truth) ** 2).mean(3)[case.matte].mean()
    return float(10 * np.log10(65025 / (wrong + 0.05)))


def _ssim(case: Case, made: Floats) -> float:
    """Mean over every third picture, in the box around its matte; equal outside the matte."""
    values = []
    for k in range(0, len(made), 3):
        inside = case.matte[k]
        if inside.any():
            rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
            box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
            first = np.where(inside[..., None], made[k], case.truth[k])[box]
            values.append(ssim(_eight(first), _eight(case.truth[k][box])))
    return float(np.mean(values)) if values else 1.0


def _eight(picture: Floats) -> Bytes:
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def _line(found: Measure) -> str:
    values = ", ".join(f"{name} {psnr:.2f}" for name, (psnr, _) in found.values.items())
    return f"{values} ({found.note})"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="pickup_engine.training.evaluate_inpaint", description=__doc__
    )
    parser.add_argument("folder", type=Path, help="footage folder with video/ and masks/")
    parser.add_argument("--clips", type=int, default=_CLIPS, help="clips with a pasted object")
    given = parser.parse_args(arguments)
    table = inpaint_table(given.folder, lambda line: print(line, file=sys.stderr), given.clips)
    print(text(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
