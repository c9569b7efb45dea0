"""Draw the samples that the network learns from, once:
`python -m pickup_engine.training.prepare --footage FOLDER --out DIR`.

Real clips (only those of `halves.TRAINING`) and drawn scenes, each sample one file. Equal for equal
arguments; what is already there is kept, so it can be stopped and started again.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from pickup_engine.training.clips import draw_shots, read_clip
from pickup_engine.training.film import draw_scene
from pickup_engine.training.footage import SUFFIXES
from pickup_engine.training.halves import TRAINING
from pickup_engine.training.scenes import Stock

REAL, SCENES = "real", "scenes"
_PART = 50
"""Samples of a clip that are drawn from one stretch in memory."""

_STRETCHES = (0, 450, 900)
_STOCK_EVERY = 200


def prepare(footage: Path | None, out: Path, per_clip: int, scenes: int, seed: int) -> None:
    """Draw what is missing below `out`."""
    if footage is not None:
        for path in _clips(footage):
            _draw_clip(path, out / REAL / path.stem, per_clip, seed)
    _draw_scenes(out / SCENES, scenes, seed)


def _clips(footage: Path) -> Iterator[Path]:
    folder = footage / "video" if (footage / "video").is_dir() else footage
    seen: set[str] = set()
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES and path.stem in TRAINING and path.stem not in seen:
            seen.add(path.stem)
            yield path


def _draw_clip(path: Path, folder: Path, count: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part in range(count // _PART):
        if (folder / f"{(part + 1) * _PART - 1:05d}.npz").exists():
            continue
        clip = read_clip(path, _STRETCHES[part % len(_STRETCHES)])
        if not len(clip.pictures):
            clip = read_clip(path)
        chance = np.random.default_rng([seed, zlib.crc32(path.stem.encode()), part])
        for index, sample in enumerate(draw_shots(chance, clip, _PART)):
            sample.save(folder / f"{part * _PART + index:05d}.npz")
        print(f"{path.stem}: {(part + 1) * _PART} of {count}", flush=True)


def _draw_scenes(folder: Path, count: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stock: Stock | None = None
    for index in range(count):
        path = folder / f"{index:05d}.npz"
        if stock is None or index % _STOCK_EVERY == 0:
            stock = Stock.make(seed * 1000 + index // _STOCK_EVERY)
        if path.exists():
            continue
        draw_scene(np.random.default_rng([seed, 5, index]), stock).save(path)
        if (index + 1) % 100 == 0:
            print(f"scenes: {index + 1} of {count}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="pickup_engine.training.prepare", description=__doc__)
    parser.add_argument("--footage", type=Path, help="folder of clips; without it only scenes")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--per-clip", type=int, default=150)
    parser.add_argument("--scenes", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    prepare(given.footage, given.out, given.per_clip, given.scenes, given.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
