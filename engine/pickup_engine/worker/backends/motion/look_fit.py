"""The look of a reference for a shot: of the colour tables and textures that keep the shot's edges
and do not amplify its flicker, those nearest to the reference in palette and then in texture.

First the table, which leaves some flicker for detail where the reference has more of it; then the
texture, which takes what edges and flicker still allow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup_engine.finishing.texture import MODEL_SIDE
from pickup_engine.worker.backends.base import Bytes, Floats, Look, Report, Texture
from pickup_engine.worker.backends.motion.bars import find_bars
from pickup_engine.worker.backends.motion.look_bands import Probes
from pickup_engine.worker.backends.motion.look_greys import rising_greys
from pickup_engine.worker.backends.motion.look_measure import (
    cielab,
    edge_correlation,
    flicker,
    luma,
    palette_distance,
    unit,
)
from pickup_engine.worker.backends.motion.look_space import apply_table, identity, to_lab, to_rgb
from pickup_engine.worker.backends.motion.look_texture import (
    band_energies,
    faded,
    looked,
    noise_of,
    texture_distance,
)
from pickup_engine.worker.backends.motion.look_transfer import Limits, transfer

_FRAMES = 24
_COARSE = 17
_PIXELS = 8000
_PROBES = 4
_EDGES = 0.88
_FLICKER = 1.06
"""What must hold on the probes: some room is left for what they do not show."""

_ROOM = 0.08
"""Flicker that a table leaves for a texture that makes detail stronger."""

_PIVOTS = (0.3, 0.6)
"""Amplitudes, in shares of a shot's mean detail, that are tried as the one below which nothing is
made stronger."""

_SLACK = 0.004
"""Edges and flicker by which what is rendered may differ from what was foreseen."""

_FULL = (1.0, 0.8, 0.6, 0.4, 0.2)
"""Shares of a texture that are tried, the most first."""

_NEAR = 0.25
"""Share of the palette distance below which a nearer table is worth less than better edges."""
_CHOICES = (
    Limits(slope=1.5, sliced=True, smooth=4.0, light=0.0),
    Limits(slope=1.05, sliced=True, smooth=4.0, light=0.0),
    Limits(slope=1.5, sliced=True, smooth=3.0),
    Limits(slope=1.1, sliced=True, smooth=4.0),
    Limits(slope=1.05, sliced=False, smooth=1.0),
)
"""Colours alone come first: where they are enough, edges and flicker stay nearly as filmed."""

_CALM = 1e-6
"""Flicker of a run that stands still: nothing can be compared to it."""

_GOOD = 0.08
"""A cost (see `_cost`) that needs no further search."""
_SHARES = (1.0, 0.85, 0.7, 0.55)
_MILDER = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25)
"""Shares of the chosen table that are tried until edges and flicker hold, the most first."""

FIT_STEPS = len(_CHOICES) * len(_SHARES) + 1 + len(_PIVOTS) + 1
"""Steps that `fit` reports at most."""

_PLAIN = Texture()


@dataclass(frozen=True)
class Fitted:
    """A table and what it does to the shot: palette distance (CIE Lab), edges, flicker; after its
    texture, `away`: what is left of the distance of textures, in octaves."""

    table: Floats
    before: float
    after: float
    edges: float
    flicker: float
    texture: Texture = _PLAIN
    away: float = 0.0


class Aim:
    """A shot, the reference that it shall look like, and how near a look comes."""

    def __init__(self, known: Bytes, reference: Bytes, seed: int) -> None:
        """known: (k, h, w, 3); reference: (h', w', 3)."""
        random = np.random.default_rng(seed)
        inside = _without_bars(known)
        self.seed = seed
        self.small = reference_for(reference)
        self.pictures = inside[_picked(inside)]
        self.have = _pixels(self.pictures, random)
        wanted = _pixels(self.small[None], random)
        self.source, self.target = to_lab(self.have), to_lab(wanted)
        self.wanted = cielab(wanted)
        self.bands = band_energies(luma(unit(self.small[None])))
        self.probes = _probes(inside)
        self.before = palette_distance(cielab(self.have), self.wanted)

    @property
    def busier(self) -> bool:
        """Whether the reference has stronger detail than the shot, on the whole."""
        have = band_energies(luma(unit(self.pictures)))
        return float(np.log((self.bands + 1e-6) / (have + 1e-6)).mean()) > 0

    def table(self, limits: Limits, share: float, size: int) -> Floats:
        """(size, size, size, 3): a transfer's share of the way to the reference."""
        points = to_lab(identity(size).reshape(-1, 3))
        return _mixed(points, self.moved(points, limits), share, size)

    def moved(self, points: Floats, limits: Limits) -> Floats:
        """Where a transfer carries OKLab points (m, 3)."""
        return transfer(self.source, self.target, points, limits, self.seed)

    def judged(self, table: Floats) -> Fitted:
        """What a table alone does."""
        edges, unrest = _effect(Look(table[None]), self.probes)
        after = palette_distance(cielab(apply_table(table, self.have[::2])), self.wanted)
        return Fitted(table, self.before, after, edges, unrest)

    def shown(self, look: Look) -> Fitted:
        """What a look does as a whole."""
        edges, unrest = _effect(Look(look.tables, look.texture), self.probes)
        after = palette_distance(cielab(apply_table(look.tables[0], self.have)), self.wanted)
        away = self.away(look)
        return Fitted(look.tables[0], self.before, after, edges, unrest, look.texture, away)

    def away(self, look: Look) -> float:
        """Distance of textures, in octaves."""
        firsts = np.concatenate([run[:1] for run in self.probes])
        made = luma(looked(Look(look.tables, look.texture), firsts))
        return texture_distance(band_energies(made), self.bands)


def fit(aim: Aim, report: Report) -> Fitted:
    """The best allowed look.

    The search for a table runs on coarse ones; only the winner is made at full size.
    """
    limits, share = _coarse_winner(aim, report)
    report.step()
    return _textured(_mild(aim.table(limits, share, identity().shape[0]), aim), aim, report)


def _coarse_winner(aim: Aim, report: Report) -> tuple[Limits, float]:
    """The transfer, and the share of it, that costs least."""
    most = _FLICKER - _ROOM if aim.busier else _FLICKER
    points = to_lab(identity(_COARSE).reshape(-1, 3))
    best, chosen = np.inf, (_CHOICES[0], _SHARES[0])
    for limits in _CHOICES:
        moved = aim.moved(points, limits)
        for share in _SHARES:
            report.step()
            cost = _cost(aim.judged(_mixed(points, moved, share, _COARSE)), most)
            if cost < best:
                best, chosen = cost, (limits, share)
        if best < _GOOD:
            break
    return chosen


def _mild(table: Floats, aim: Aim) -> Fitted:
    """As much of a table as edges and flicker allow."""
    plain = identity()
    for share in _MILDER:
        judged = aim.judged(np.asarray(plain + np.float32(share) * (table - plain), np.float32))
        if judged.edges >= _EDGES and judged.flicker <= _FLICKER:
            break
    return judged


def _textured(found: Fitted, aim: Aim, report: Report) -> Fitted:
    """The table with as much of the reference's texture as edges and flicker allow."""
    tables = found.table[None]
    plain = replace(found, away=aim.away(Look(tables)))
    made = [luma(looked(Look(tables), run)) for run in aim.probes]
    bands = Probes([luma(unit(run)) for run in aim.probes], made, aim.bands)
    noise = noise_of(made)
    pivots = {noise, *(max(noise, part * bands.strength) for part in _PIVOTS)}
    tried = []
    for pivot in sorted(pivots):
        report.step()
        tried.append(bands.nearest(pivot, _EDGES, _FLICKER))
    fullest = min(tried, key=lambda one: one.away)
    # What is clipped was not foreseen: the whole is measured as it is rendered.
    for share in _FULL:
        shown = aim.shown(Look(tables, faded(fullest.texture, share)))
        kept = shown.edges >= min(_EDGES, found.edges) - _SLACK
        if kept and shown.flicker <= max(_FLICKER, found.flicker) + _SLACK:
            return min(shown, plain, key=lambda one: one.away)
    return plain


def reference_for(reference: Bytes) -> Bytes:
    """A reference picture with its longer side as long as the model's."""
    scale = MODEL_SIDE / max(reference.shape[:2])
    size = [max(8, round(side * scale)) for side in reference.shape[1::-1]]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(reference, size, interpolation=method), np.uint8)


def _cost(found: Fitted, most: float) -> float:
    """Palette distance left, less and less important, and heavily what breaks a limit."""
    ratio = found.after / max(found.before, 1e-6)
    broken = max(0.0, _EDGES - found.edges) * 12 + max(0.0, found.flicker - most) * 5
    return max(0.0, ratio - _NEAR) * 3 + 0.3 * ratio + broken


def _picked(known: Bytes) -> NDArray[np.int64]:
    """Pictures, evenly over the run, that colours are read from."""
    return np.unique(np.linspace(0, len(known) - 1, min(len(known), _FRAMES)).astype(np.int64))


def _without_bars(known: Bytes) -> Bytes:
    bars, (height, width) = find_bars(known), known.shape[1:3]
    return known[:, bars.top : height - bars.bottom, bars.left : width - bars.right]


def _pixels(pictures: Bytes, random: np.random.Generator) -> Floats:
    flat = pictures.reshape(-1, 3)
    chosen = random.choice(len(flat), min(len(flat), _PIXELS), replace=False)
    return unit(flat[np.sort(chosen)])


def _probes(known: Bytes) -> list[Bytes]:
    """Short runs of neighbouring pictures on which edges and flicker are measured."""
    length = min(4, len(known))
    starts = np.unique(np.linspace(0, len(known) - length, _PROBES).astype(int))
    return [known[s : s + length] for s in starts]


def _effect(look: Look, probes: list[Bytes]) -> tuple[float, float]:
    """Mean edge correlation, and flicker relative to the source."""
    edges, unrest = [], []
    # A table is a matter of single pixels: every fourth tells its flicker.
    thin = 2 if look.texture == _PLAIN else 1
    for run in probes:
        edges.append(edge_correlation(luma(unit(run[0])), luma(looked(look, run[:1])[0])))
        few = run[:, ::thin, ::thin]
        calm = flicker(luma(unit(few)))
        if calm > _CALM:
            unrest.append(flicker(luma(looked(look, few))) / calm)
    # Every part of the shot counts alike: one cut must not outweigh the rest.
    return float(np.mean(edges)), float(np.mean(unrest)) if unrest else 1.0


def _mixed(points: Floats, moved: Floats, share: float, size: int) -> Floats:
    """The table (size, size, size, 3) that moves OKLab points by a share of their way."""
    table = to_rgb(points + np.float32(share) * (moved - points))
    return rising_greys(table.reshape(size, size, size, 3))
