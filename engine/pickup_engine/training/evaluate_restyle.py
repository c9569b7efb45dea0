"""Measure restyling: `python -m pickup_engine.training.evaluate_restyle FOLDER`.

FOLDER is a footage folder with `video/` and `images/`. Each of some clips takes the look of each of
some images, and each preset, through the renderer that finishing uses. Edges: correlation of the
edge strengths with the source. Flicker: mean second difference of luma in time, after over before.
Palette: sliced Wasserstein distance in CIE Lab to the image. Texture: mean difference of the band
energies of luma to the image's, in octaves. Told: how often the image is nearer than each of the
others, which it was not made after; for both together each distance counts in units of the mean
one between two images of the folder. The few that are used are too few for a unit: where they are
of like texture by chance, the least difference of texture would outweigh any palette. What that
unit would give is stated too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from pickup.protocol import Operation
from pickup_engine.training.footage import Footage, read_middle
from pickup_engine.training.halves import Half
from pickup_engine.training.limits import Limit, limits_text
from pickup_engine.training.tables import interval
from pickup_engine.worker.backends.base import Bytes, Conditioning, Floats, Look, Silent
from pickup_engine.worker.backends.motion.bars import find_bars
from pickup_engine.worker.backends.motion.look import restyle
from pickup_engine.worker.backends.motion.look_fit import reference_for
from pickup_engine.worker.backends.motion.look_measure import (
    cielab,
    edge_correlation,
    flicker,
    luma,
    palette_distance,
    unit,
)
from pickup_engine.worker.backends.motion.look_texture import (
    band_energies,
    looked,
    texture_distance,
)
from pickup_engine.worker.backends.motion.presets import NAMES

_CLIPS, _IMAGES, _FRAMES = 10, 4, 24
_MEASURED = 9
_FOR_UNITS = 24
"""Images, evenly over the folder, that the units of both distances come from."""

_EVERY = 29
"""Every so many pixels enter the palette: prime, so that no column is preferred."""

_EDGES, _FLICKER, _TOLD = 0.85, 1.1, 0.95
_FILTERS = ("line", "sketch", "paint")
"""Presets that redraw the picture: their edges and flicker are stated, not limited."""


@dataclass(frozen=True)
class Signs:
    """What a reference is recognised by: colours (n, 3) in CIE Lab, band energies (4,)."""

    colours: Floats
    bands: Floats


@dataclass(frozen=True)
class Effect:
    """What a look did to a clip. before and after are distances to the reference, 0 for a preset;
    told_*: shares of the other references that are farther than its own; told_among: as `told`, but
    in units of the references that are used."""

    clip: str
    look: str
    preset: bool
    edges: float
    flicker: float
    palette_before: float = 0.0
    palette_after: float = 0.0
    texture_before: float = 0.0
    texture_after: float = 0.0
    told_palette: float = 1.0
    told_texture: float = 1.0
    told: float = 1.0
    told_among: float = 1.0

    @property
    def steady(self) -> bool:
        """Whether edges and flicker keep their limits."""
        return self.edges >= _EDGES and self.flicker <= _FLICKER


def restyle_effects(
    folder: Path,
    told: Callable[[str], None],
    clips: int = _CLIPS,
    images: int = _IMAGES,
    half: Half = Half.ALL,
) -> list[Effect]:
    """Evenly chosen clips of a half, times evenly chosen images and all presets."""
    pictures = sorted(p for p in (folder / "images").iterdir() if p.suffix in (".jpg", ".png"))
    references = {path.stem: _read(path) for path in _evenly(pictures, images)}
    units = mean_apart([signs_of(_read(path)) for path in _evenly(pictures, _FOR_UNITS)])
    found = []
    for path in _evenly(Footage(folder / "video", half).clips(), clips):
        shot, _ = read_middle(path, _FRAMES)
        for effect in [
            *by_references(path.stem, shot, references, units),
            *by_presets(path.stem, shot),
        ]:
            found.append(effect)
            told(_line(effect))
    return found


def _read(path: Path) -> Bytes:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.uint8)


def signs_of(reference: Bytes) -> Signs:
    """What a reference picture (h, w, 3) is recognised by."""
    return _signs(unit(reference_for(reference)[None]))


def mean_apart(signs: Sequence[Signs]) -> Floats:
    """(2,): mean distance of two of some pictures in palette and in texture; 1 of a single one."""
    pairs = [_apart(one, other) for one, other in combinations(signs, 2)]
    return np.mean(pairs, axis=0) if pairs else np.ones(2, np.float32)


def by_references(
    clip: str, shot: Bytes, references: Mapping[str, Bytes], units: Floats | None = None
) -> list[Effect]:
    """Give a shot (n, h, w, 3) the look of each image, and compare the result to all of them.

    units: (2,) see `mean_apart`; None = of these references.
    """
    signs = {name: signs_of(picture) for name, picture in references.items()}
    among = mean_apart(list(signs.values()))
    units = among if units is None else units
    part = shot[:_MEASURED]
    rows, columns = _inside(shot)
    plain = _signs(unit(part[:, rows, columns]))
    found = []
    for name, reference in references.items():
        made = _made(shot, part, reference=reference)
        now = _signs(made[:, rows, columns])
        own = _apart(now, signs[name])
        before = _apart(plain, signs[name])
        farther = [_apart(now, other) - own for key, other in signs.items() if key != name]
        wins = np.array(
            [[*(gap > 0), (gap / units).sum() > 0, (gap / among).sum() > 0] for gap in farther]
        )
        # One reference alone cannot be mistaken.
        told = wins.mean(axis=0) if farther else np.ones(4)
        edges, unrest = _steadiness(part, made)
        found.append(
            Effect(
                clip,
                name,
                False,
                edges,
                unrest,
                float(before[0]),
                float(own[0]),
                float(before[1]),
                float(own[1]),
                *map(float, told),
            )
        )
    return found


def by_presets(clip: str, shot: Bytes) -> list[Effect]:
    """Every preset on a shot (n, h, w, 3)."""
    part = shot[:_MEASURED]
    return [
        Effect(clip, name, True, *_steadiness(part, _made(shot, part, preset=name)))
        for name in NAMES
    ]


def _made(shot: Bytes, part: Bytes, reference: Bytes | None = None, preset: str = "") -> Floats:
    """`part` of a shot with the look that the whole shot gets, float32 0..1."""
    count = len(shot)
    made = restyle(
        Conditioning(
            Operation.RESTYLE,
            count,
            Fraction(25),
            shot,
            tuple(range(count)),
            references=() if reference is None else (reference,),
            preset=preset,
        ),
        Silent(),
    )
    return looked(cast(Look, made.output), part)


def _inside(shot: Bytes) -> tuple[slice, slice]:
    """Rows and columns of the picture between black bars, which no look changes."""
    bars, (height, width) = find_bars(shot), shot.shape[1:3]
    return slice(bars.top, height - bars.bottom), slice(bars.left, width - bars.right)


def _signs(pictures: Floats) -> Signs:
    colours = cielab(pictures.reshape(-1, 3)[::_EVERY])
    return Signs(colours, band_energies(luma(pictures)))


def _apart(first: Signs, second: Signs) -> Floats:
    """(2,): distance of palettes and of textures."""
    palette = palette_distance(first.colours, second.colours, seed=1)
    return np.array([palette, texture_distance(first.bands, second.bands)], np.float32)


def _steadiness(part: Bytes, made: Floats) -> tuple[float, float]:
    """Edge correlation and relative flicker."""
    old, new = luma(unit(part)), luma(made)
    edges = float(np.mean([edge_correlation(old[k], new[k]) for k in range(0, len(old), 4)]))
    return edges, flicker(new) / max(flicker(old), 1e-6)


def _evenly(paths: Sequence[Path], count: int) -> list[Path]:
    places = np.unique(np.linspace(0, len(paths) - 1, min(count, len(paths))).astype(int))
    return [paths[n] for n in places]


def restyle_limits(found: Sequence[Effect]) -> list[Limit]:
    """The task's numbers: means over references with intervals clustered by clip, worst cases, and
    how many keep every limit."""
    shown = [e for e in found if not e.preset]
    if not shown:
        return []
    steady = [*shown, *(e for e in found if e.preset and e.look not in _FILTERS)]
    return [
        _limit("edges, mean", shown, lambda e: e.edges, least=_EDGES),
        _limit("flicker over the source's, mean", shown, lambda e: e.flicker, most=_FLICKER),
        _limit("keep edges and flicker, share", steady, lambda e: float(e.steady)),
        _limit("palette distance left, share", shown, lambda e: e.palette_after / e.palette_before),
        _limit("texture distance before, octaves", shown, lambda e: e.texture_before),
        _limit("texture distance after, octaves", shown, lambda e: e.texture_after),
        _limit("told by palette", shown, lambda e: e.told_palette),
        _limit("told by texture", shown, lambda e: e.told_texture),
        _limit("told by palette and texture", shown, lambda e: e.told, least=_TOLD),
        _limit("told, in units of the few images", shown, lambda e: e.told_among),
    ]


def _limit(
    name: str,
    found: Sequence[Effect],
    of: Callable[[Effect], float],
    least: float | None = None,
    most: float | None = None,
) -> Limit:
    values = np.array([of(effect) for effect in found])
    spread = interval(values, [effect.clip for effect in found])
    return Limit("restyle", name, float(values.mean()), least, most, spread)


def text(found: Sequence[Effect]) -> str:
    """One table: references, presets, and the worst five."""
    if not found:
        return "restyle: nothing could be measured."
    shown = [e for e in found if not e.preset]
    clips, looks = len({e.clip for e in found}), len({e.look for e in shown})
    lines = [
        f"restyle: {len(shown)} pairs of {clips} clips and {looks} images,"
        f" {sum(e.steady for e in shown)} with edges and flicker within limits",
        f"{'':24} {'edges':>6} {'worst':>6}  {'flicker':>7} {'worst':>6}  {'steady':>8}",
        _row("references", shown),
    ]
    names = list(dict.fromkeys(e.look for e in found if e.preset))
    lines += [_row(name, [e for e in found if e.preset and e.look == name]) for name in names]
    lines.append("worst references:")
    ranked = sorted(shown, key=lambda e: (e.steady, e.told, e.edges - e.flicker))
    return "\n".join(lines + [_line(e) for e in ranked[:5]])


def _row(name: str, found: Sequence[Effect]) -> str:
    if not found:
        return f"{name:24} none"
    edges, unrest = (np.array([getattr(e, key) for e in found]) for key in ("edges", "flicker"))
    steady = f"{sum(e.steady for e in found)}/{len(found)}"
    return (
        f"{name:24} {edges.mean():6.3f} {edges.min():6.3f}  {unrest.mean():7.2f}"
        f" {unrest.max():6.2f}  {steady:>8}"
    )


def _line(found: Effect) -> str:
    line = f"  edges {found.edges:.3f}  flicker {found.flicker:.2f}"
    if not found.preset:
        line += (
            f"  palette {found.palette_before:.1f} -> {found.palette_after:.1f}"
            f"  texture {found.texture_before:.2f} -> {found.texture_after:.2f}"
            f"  told {found.told_palette:.2f} {found.told_texture:.2f} {found.told:.2f}"
        )
    return f"{line}  {found.clip} <- {found.look}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="pickup_engine.training.evaluate_restyle", description=__doc__
    )
    parser.add_argument("folder", type=Path, help="footage folder with video/ and images/")
    parser.add_argument("--clips", type=int, default=_CLIPS)
    parser.add_argument("--images", type=int, default=_IMAGES, help="reference images per clip")
    parser.add_argument("--half", type=Half, choices=list(Half), default=Half.ALL)
    given = parser.parse_args(arguments)
    found = restyle_effects(given.folder, _to_stderr, given.clips, given.images, given.half)
    print(text(found))
    print(limits_text(restyle_limits(found)))
    return 0


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
