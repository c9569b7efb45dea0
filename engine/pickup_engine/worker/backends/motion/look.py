"""Restyle: one colour table for the whole shot, after a reference picture or a named preset.

One table for all frames cannot flicker by itself; how strong it may be is measured on the shot: of
the transfers that keep its edges and do not amplify its flicker, the one nearest to the reference
wins.
Nothing here is learned.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.worker.backends.base import Bytes, Conditioning, Floats, Generated, Look, Report
from pickup_engine.worker.backends.motion.look_measure import (
    cielab,
    edge_correlation,
    flicker,
    luma,
    palette_distance,
    restyled,
    unit,
)
from pickup_engine.worker.backends.motion.look_space import apply_table, identity, to_lab, to_rgb
from pickup_engine.worker.backends.motion.look_transfer import Limits, transfer
from pickup_engine.worker.backends.motion.presets import preset_table

_FRAMES = 24
_COARSE = 17
_GREYS = 513
_LEAST_STEP = 1e-5
_PIXELS = 8000
_PROBES = 4
_EDGES = 0.87
_FLICKER = 1.1
_NEAR = 0.4
"""Share of the palette distance below which a nearer table is worth less than better edges."""
_CHOICES = (
    Limits(slope=2.2, sliced=True, smooth=2.0),
    Limits(slope=1.5, sliced=True, smooth=3.0),
    Limits(slope=1.1, sliced=True, smooth=4.0),
    Limits(slope=1.5, sliced=False, smooth=1.0),
    Limits(slope=1.05, sliced=False, smooth=1.0),
)
_GOOD = 0.11
"""A cost (see `_cost`) that needs no further search."""
_SHARES = (1.0, 0.85, 0.7, 0.55)


@dataclass(frozen=True)
class Fitted:
    """A table and what it does to the shot: palette distance (CIE Lab), edges, flicker."""

    table: Floats
    before: float
    after: float
    edges: float
    flicker: float


def restyle(conditioning: Conditioning, report: Report) -> Generated:
    """One table after `references[0]`, the `preset`, or the first followed by the second.

    `strength` 0 gives the exact identity, 1 the full look, between them a mix.
    Raises `ModelError` ("model.cannot" without both, "model.preset" for an unknown name).
    """
    if not conditioning.references and not conditioning.preset:
        raise ModelError(
            "The draft model cannot change a look by words alone.",
            "Give a reference image or a preset.",
            code="model.cannot",
        )
    report.phase(JobPhase.ANALYSING, _search_steps(conditioning))
    table, details = identity(), dict[str, object]()
    if conditioning.references:
        fitted = fit(conditioning.known, conditioning.references[0], conditioning.seed, report)
        table = fitted.table
        details = {
            "palette_before": round(fitted.before, 2),
            "palette_after": round(fitted.after, 2),
            "edges": round(fitted.edges, 3),
            "flicker": round(fitted.flicker, 3),
        }
    report.step()
    if conditioning.preset:
        table = apply_table(preset_table(conditioning.preset), table)
        details["preset"] = conditioning.preset
    strength = float(np.clip(conditioning.strength, 0, 1))
    plain = identity()
    mixed = plain if strength == 0 else plain + strength * (table - plain)
    report.step()
    return Generated(
        Look(np.clip(mixed, 0, 1)[None].astype(np.float32)), learned=False, details=details
    )


def _search_steps(conditioning: Conditioning) -> int:
    return len(_CHOICES) * len(_SHARES) + 2 if conditioning.references else 2


def fit(known: Bytes, reference: Bytes, seed: int, report: Report) -> Fitted:
    """The best allowed table from pictures (k, h, w, 3) to a reference (h', w', 3).

    The search runs on a coarse table; only the winner is made at full size.
    """
    random = np.random.default_rng(seed)
    picked = np.unique(np.linspace(0, len(known) - 1, min(len(known), _FRAMES)).astype(int))
    have = _pixels(known[picked], random)
    want = _pixels(_small(reference)[None], random)
    source, target, points = to_lab(have), to_lab(want), to_lab(identity(_COARSE).reshape(-1, 3))
    probes = _probes(known)
    wanted = cielab(want)
    before = palette_distance(cielab(have), wanted)
    best, chosen, share_of_best = None, _CHOICES[0], 1.0
    for limits in _CHOICES:
        moved = transfer(source, target, points, limits, seed)
        for share in _SHARES:
            report.step()
            found = _judged(_mixed(points, moved, share, _COARSE), probes, have, wanted, before)
            if best is None or _cost(found) < _cost(best):
                best, chosen, share_of_best = found, limits, share
        if best is not None and _cost(best) < _GOOD:
            break
    fine = to_lab(identity().reshape(-1, 3))
    moved = transfer(source, target, fine, chosen, seed)
    table = _mixed(fine, moved, share_of_best, identity().shape[0])
    return _judged(table, probes, have, wanted, before)


def _mixed(points: Floats, moved: Floats, share: float, size: int) -> Floats:
    """The table (size, size, size, 3) that moves OKLab points by a share of their way."""
    table = to_rgb(points + np.float32(share) * (moved - points))
    return _rising(table.reshape(size, size, size, 3))


def _judged(
    table: Floats, probes: list[Bytes], have: Floats, wanted: Floats, before: float
) -> Fitted:
    edges, unrest = _effect(table, probes)
    after = palette_distance(cielab(apply_table(table, have[::2])), wanted)
    return Fitted(table, before, after, edges, unrest)


def _cost(found: Fitted) -> float:
    """Palette distance left, less and less important, and heavily what breaks a limit."""
    ratio = found.after / max(found.before, 1e-6)
    broken = max(0.0, _EDGES - found.edges) * 12 + max(0.0, found.flicker - _FLICKER) * 5
    return max(0.0, ratio - _NEAR) * 3 + 0.3 * ratio + broken


def _pixels(pictures: Bytes, random: np.random.Generator) -> Floats:
    flat = pictures.reshape(-1, 3)
    chosen = random.choice(len(flat), min(len(flat), _PIXELS), replace=False)
    return unit(flat[np.sort(chosen)])


def _small(picture: Bytes) -> Bytes:
    scale = 256 / max(picture.shape[:2])
    if scale >= 1:
        return picture
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _probes(known: Bytes) -> list[Bytes]:
    """Short runs of neighbouring pictures on which edges and flicker are measured."""
    length = min(4, len(known))
    starts = np.unique(np.linspace(0, len(known) - length, _PROBES).astype(int))
    return [known[s : s + length] for s in starts]


def _effect(table: Floats, probes: list[Bytes]) -> tuple[float, float]:
    """Mean edge correlation, and flicker relative to the source."""
    edges, restless, calm = [], 0.0, 0.0
    for run in probes:
        whole, thin = run[:1], run[:, ::2, ::2]
        old, new = luma(unit(whole[0])), luma(restyled(table, whole)[0])
        edges.append(edge_correlation(old, new))
        restless += flicker(luma(restyled(table, thin)))
        calm += flicker(luma(unit(thin)))
    return float(np.mean(edges)), restless / calm if calm > 1e-6 else 1.0


def _rising(table: Floats) -> Floats:
    """Mixed with the identity just so far that the luma of greys rises everywhere."""
    plain = identity(table.shape[0])
    ramp = np.repeat(np.linspace(0, 1, _GREYS, dtype=np.float32)[:, None], 3, 1)
    for share in (1.0, 0.9, 0.8, 0.65, 0.5, 0.3):
        mixed = plain + np.float32(share) * (table - plain)
        if np.diff(luma(apply_table(mixed, ramp))).min() > _LEAST_STEP:
            return np.asarray(mixed, np.float32)
    return plain
