"""Measure restyling: `python -m pickup_engine.training.evaluate_restyle FOLDER`.

FOLDER is a footage folder with `video/` and `images/`. Each of some clips takes the look of each of
some images. Edges: correlation of the edge strengths with the source. Palette: sliced Wasserstein
distance in CIE Lab to the image, after over before. Flicker: mean second difference of luma in
time, after over before.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from pickup.protocol import JobPhase, Operation
from pickup_engine.training.evaluate_inpaint import read_middle
from pickup_engine.training.footage import SUFFIXES
from pickup_engine.worker.backends.base import Bytes, Conditioning, Floats, Look
from pickup_engine.worker.backends.motion.look import restyle
from pickup_engine.worker.backends.motion.look_measure import (
    cielab,
    edge_correlation,
    flicker,
    luma,
    palette_distance,
    restyled,
    unit,
)

_CLIPS, _IMAGES, _FRAMES = 10, 3, 32
_MEASURED = 12
_EVERY = 29
"""Every so many pixels enter the palette: prime, so that no column is preferred."""


@dataclass(frozen=True)
class Effect:
    """What a look did to a clip; before and after are palette distances in CIE Lab."""

    clip: str
    image: str
    edges: float
    before: float
    after: float
    flicker: float

    @property
    def palette(self) -> float:
        """Share of the palette distance that is left."""
        return self.after / max(self.before, 1e-6)

    @property
    def within(self) -> bool:
        """Edges at least 0.8, palette distance at most half, flicker at most 1.2 times."""
        return self.edges >= 0.8 and self.palette <= 0.5 and self.flicker <= 1.2


class _Silent:
    """A `Report` for nobody."""

    def phase(self, phase: JobPhase, steps: int) -> None:
        """Nothing."""

    def step(self) -> None:
        """Nothing."""


def restyle_effects(
    folder: Path, told: Callable[[str], None], clips: int = _CLIPS, images: int = _IMAGES
) -> list[Effect]:
    """Evenly chosen clips times evenly chosen images."""
    videos = [p for p in sorted((folder / "video").iterdir()) if p.suffix.lower() in SUFFIXES]
    pictures = sorted(p for p in (folder / "images").iterdir() if p.suffix in (".jpg", ".png"))
    found = []
    for path in _evenly(videos, clips):
        shot, _ = read_middle(path, _FRAMES)
        for image in _evenly(pictures, images):
            reference = np.asarray(cv2.imread(str(image), cv2.IMREAD_COLOR_RGB), np.uint8)
            found.append(effect(path.stem, shot, image.stem, reference))
            told(_line(found[-1]))
    return found


def effect(clip: str, shot: Bytes, image: str, reference: Bytes) -> Effect:
    """Restyle a shot and measure."""
    count = len(shot)
    made = restyle(
        Conditioning(
            Operation.RESTYLE,
            count,
            Fraction(25),
            shot,
            tuple(range(count)),
            references=(reference,),
        ),
        _Silent(),
    )
    table = cast(Look, made.output).tables[0]
    part = shot[:_MEASURED]
    old, new = luma(unit(part)), luma(restyled(table, part))
    edges = float(np.mean([edge_correlation(old[k], new[k]) for k in range(0, len(old), 4)]))
    scale = 256 / max(reference.shape[:2])
    small = cv2.resize(reference, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    wanted = cielab(_pixels(np.asarray(small, np.uint8)[None]))
    pixels = _pixels(shot)
    before = palette_distance(cielab(pixels), wanted, seed=1)
    after = palette_distance(cielab(restyled_pixels(table, pixels)), wanted, seed=1)
    unrest = flicker(new) / max(flicker(old), 1e-6)
    return Effect(clip, image, edges, before, after, unrest)


def restyled_pixels(table: Floats, pixels: Floats) -> Floats:
    """Colours (n, 3) in 0..1 through a table."""
    eight = np.rint(pixels * 255).astype(np.uint8)
    return restyled(table, eight)


def _pixels(pictures: Bytes) -> Floats:
    return unit(pictures.reshape(-1, 3)[::_EVERY])


def _evenly(paths: Sequence[Path], count: int) -> list[Path]:
    places = np.unique(np.linspace(0, len(paths) - 1, min(count, len(paths))).astype(int))
    return [paths[n] for n in places]


def text(found: Sequence[Effect]) -> str:
    """Means, how many stay within all targets, and the worst five palettes."""
    if not found:
        return "restyle: nothing could be measured."
    columns = np.array([[e.edges, e.palette, e.flicker] for e in found])
    means, low, high = columns.mean(0), columns.min(0), columns.max(0)
    lines = [
        f"restyle: {len(found)} pairs, {sum(e.within for e in found)} within all targets",
        f"edges   mean {means[0]:.3f}, worst {low[0]:.3f} (target: at least 0.8)",
        f"palette mean {means[1]:.3f}, worst {high[1]:.3f} (target: at most 0.5)",
        f"flicker mean {means[2]:.3f}, worst {high[2]:.3f} (target: at most 1.2)",
        "worst palettes:",
    ]
    return "\n".join(lines + [_line(e) for e in sorted(found, key=lambda e: -e.palette)[:5]])


def _line(found: Effect) -> str:
    return (
        f"  edges {found.edges:.3f}  palette {found.palette:.3f}  flicker {found.flicker:.3f}"
        f"  {found.clip} <- {found.image}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="pickup_engine.training.evaluate_restyle", description=__doc__
    )
    parser.add_argument("folder", type=Path, help="footage folder with video/ and images/")
    parser.add_argument("--clips", type=int, default=_CLIPS)
    parser.add_argument("--images", type=int, default=_IMAGES, help="reference images per clip")
    given = parser.parse_args(arguments)
    print(text(restyle_effects(given.folder, _to_stderr, given.clips, given.images)))
    return 0


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
