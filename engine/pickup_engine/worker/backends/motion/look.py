"""Restyle: one colour table and one texture for the whole shot, after a reference picture or a
named preset; or the edits of keyframes, followed.

One look for all frames cannot flicker by itself; how strong it may be is measured on the shot: of
the transfers that keep its edges and do not amplify its flicker, the one nearest to the reference
wins. Nothing here is learned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.finishing.texture import MODEL_SIDE
from pickup_engine.worker.backends.base import (
    Bytes,
    Conditioning,
    Floats,
    Generated,
    Look,
    Report,
    Texture,
)
from pickup_engine.worker.backends.motion.bars import find_bars
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
    fitted_bands,
    joined,
    looked,
    noise_of,
    texture_distance,
)
from pickup_engine.worker.backends.motion.look_transfer import Limits, transfer
from pickup_engine.worker.backends.motion.presets import preset_table, preset_texture
from pickup_engine.worker.backends.motion.propagate import follow_edits

_FRAMES = 24
_COARSE = 17
_GREYS = 513
_LEAST_STEP = 1e-5
_PIXELS = 8000
_PROBES = 4
_EDGES = 0.88
_FLICKER = 1.06
"""What must hold on the probes: some room is left for what they do not show."""

_ROOM = 0.08
"""Flicker that a table leaves for a texture that makes detail stronger."""

_FULL = (1.0, 0.8, 0.6, 0.4, 0.2)
"""Shares of a texture that are tried, the most first."""

_NEAR = 0.4
"""Share of the palette distance below which a nearer table is worth less than better edges."""
_CHOICES = (
    Limits(slope=2.2, sliced=True, smooth=2.0),
    Limits(slope=1.5, sliced=True, smooth=3.0),
    Limits(slope=1.1, sliced=True, smooth=4.0),
    Limits(slope=1.5, sliced=False, smooth=1.0),
    Limits(slope=1.05, sliced=False, smooth=1.0),
)
_CALM = 1e-6
"""Flicker of a run that stands still: nothing can be compared to it."""

_GOOD = 0.11
"""A cost (see `_cost`) that needs no further search."""
_SHARES = (1.0, 0.85, 0.7, 0.55)
_MILDER = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25)
"""Shares of the chosen table that are tried until edges and flicker hold, the most first."""

_PLAIN = Texture()


@dataclass(frozen=True)
class Fitted:
    """A table and what it does to the shot: palette distance (CIE Lab), edges, flicker."""

    table: Floats
    before: float
    after: float
    edges: float
    flicker: float
    texture: Texture = _PLAIN


def restyle(conditioning: Conditioning, report: Report) -> Generated:
    """A look after `references[0]`, the `preset`, or the first followed by the second; with
    `keyframes`, these followed.

    `strength` 0 gives the exact identity, 1 the full look, between them a mix.
    Raises `ModelError` ("model.cannot" without both, "model.preset" for an unknown name).
    """
    if conditioning.keyframes is not None and len(conditioning.keyframes):
        return follow_edits(conditioning, report)
    if not conditioning.references and not conditioning.preset:
        raise ModelError(
            "The draft model cannot change a look by words alone.",
            "Give a reference image or a preset.",
            code="model.cannot",
        )
    report.phase(JobPhase.ANALYSING, _search_steps(conditioning))
    table, texture, details = identity(), _PLAIN, dict[str, object]()
    fitted: Fitted | None = None
    if conditioning.references:
        fitted = fit(conditioning.known, conditioning.references[0], conditioning.seed, report)
        table, texture = fitted.table, fitted.texture
    report.step()
    if conditioning.preset:
        table = apply_table(preset_table(conditioning.preset), table)
        texture = joined(texture, preset_texture(conditioning.preset))
        details["preset"] = conditioning.preset
    strength = float(np.clip(conditioning.strength, 0, 1))
    plain = identity()
    mixed = plain if strength == 0 else plain + strength * (table - plain)
    report.step()
    table = np.clip(mixed, 0, 1)[None].astype(np.float32)
    look = Look(table, faded(texture, strength), _bar_shares(conditioning.known))
    if fitted is not None:
        if strength < 1 or conditioning.preset:
            fitted = _shown(look, conditioning, fitted.before)
        details |= {
            "palette_before": round(fitted.before, 2),
            "palette_after": round(fitted.after, 2),
            "edges": round(fitted.edges, 3),
            "flicker": round(fitted.flicker, 3),
            "bands": [round(gain, 3) for gain in fitted.texture.bands],
        }
    return Generated(look, learned=False, details=details)


def _shown(look: Look, conditioning: Conditioning, before: float) -> Fitted:
    """What the look that is used does: at less than full strength, or with a preset after it, not
    what was fitted."""
    random = np.random.default_rng(conditioning.seed)
    known = _without_bars(conditioning.known)
    have = _pixels(known[_picked(known)], random)
    wanted = cielab(_pixels(reference_for(conditioning.references[0])[None], random))
    edges, unrest = _effect(Look(look.tables, look.texture), _probes(known))
    after = palette_distance(cielab(apply_table(look.tables[0], have)), wanted)
    return Fitted(look.tables[0], before, after, edges, unrest, look.texture)


def _picked(known: Bytes) -> NDArray[np.int64]:
    """Pictures, evenly over the run, that colours are read from."""
    return np.unique(np.linspace(0, len(known) - 1, min(len(known), _FRAMES)).astype(np.int64))


def _bar_shares(known: Bytes) -> tuple[float, float, float, float]:
    bars, (height, width) = find_bars(known), known.shape[1:3]
    return bars.top / height, bars.bottom / height, bars.left / width, bars.right / width


def _without_bars(known: Bytes) -> Bytes:
    bars, (height, width) = find_bars(known), known.shape[1:3]
    return known[:, bars.top : height - bars.bottom, bars.left : width - bars.right]


def _search_steps(conditioning: Conditioning) -> int:
    return len(_CHOICES) * len(_SHARES) + 3 if conditioning.references else 2


def fit(known: Bytes, reference: Bytes, seed: int, report: Report) -> Fitted:
    """The best allowed look from pictures (k, h, w, 3) to a reference (h', w', 3).

    The search runs on a coarse table; only the winner is made at full size.
    """
    random = np.random.default_rng(seed)
    known = _without_bars(known)
    picked = _picked(known)
    have = _pixels(known[picked], random)
    want = _pixels(reference_for(reference)[None], random)
    source, target, points = to_lab(have), to_lab(want), to_lab(identity(_COARSE).reshape(-1, 3))
    probes = _probes(known)
    wanted = cielab(want)
    before = palette_distance(cielab(have), wanted)
    most = _FLICKER - _ROOM if _is_busier(reference, known[picked]) else _FLICKER
    best, chosen, share_of_best = None, _CHOICES[0], 1.0
    for limits in _CHOICES:
        moved = transfer(source, target, points, limits, seed)
        for share in _SHARES:
            report.step()
            found = _judged(_mixed(points, moved, share, _COARSE), probes, have, wanted, before)
            if best is None or _cost(found, most) < _cost(best, most):
                best, chosen, share_of_best = found, limits, share
        if best is not None and _cost(best, most) < _GOOD:
            break
    fine = to_lab(identity().reshape(-1, 3))
    moved = transfer(source, target, fine, chosen, seed)
    table = _mixed(fine, moved, share_of_best, identity().shape[0])
    report.step()
    plain = identity()
    for share in _MILDER:
        milder = np.asarray(plain + np.float32(share) * (table - plain), np.float32)
        judged = _judged(milder, probes, have, wanted, before)
        if judged.edges >= _EDGES and judged.flicker <= _FLICKER:
            break
    return _with_texture(judged, probes, reference)


def _with_texture(found: Fitted, probes: list[Bytes], reference: Bytes) -> Fitted:
    """The table with as much of the reference's texture as edges and flicker allow."""
    firsts = np.concatenate([run[:1] for run in probes])
    want = band_energies(luma(unit(reference_for(reference)[None])))
    tables = found.table[None]

    def strength_of(texture: Texture) -> Floats:
        return band_energies(luma(looked(Look(tables, texture), firsts)))

    noise = noise_of([luma(looked(Look(tables), run)) for run in probes])
    both = fitted_bands(strength_of, want, noise)
    finest, fine, coarse, coarsest = (min(1.0, gain) for gain in both)
    best, left = found, texture_distance(strength_of(_PLAIN), want)
    # Softer detail costs no flicker: where stronger detail is too much, that alone may pass.
    for bands in (both, (finest, fine, coarse, coarsest)):
        for share in _FULL:
            texture = faded(Texture(bands, noise), share)
            edges, unrest = _effect(Look(tables, texture), probes)
            if edges < min(_EDGES, found.edges) or unrest > max(_FLICKER, found.flicker):
                continue
            away = texture_distance(strength_of(texture), want)
            if away < left:
                best, left = replace(found, texture=texture, edges=edges, flicker=unrest), away
            break
    return best


def reference_for(reference: Bytes) -> Bytes:
    """A reference picture with its longer side as long as the model's."""
    scale = MODEL_SIDE / max(reference.shape[:2])
    size = [max(8, round(side * scale)) for side in reference.shape[1::-1]]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(reference, size, interpolation=method), np.uint8)


def _mixed(points: Floats, moved: Floats, share: float, size: int) -> Floats:
    """The table (size, size, size, 3) that moves OKLab points by a share of their way."""
    table = to_rgb(points + np.float32(share) * (moved - points))
    return _rising(table.reshape(size, size, size, 3))


def _judged(
    table: Floats, probes: list[Bytes], have: Floats, wanted: Floats, before: float
) -> Fitted:
    edges, unrest = _effect(Look(table[None]), probes)
    after = palette_distance(cielab(apply_table(table, have[::2])), wanted)
    return Fitted(table, before, after, edges, unrest)


def _is_busier(reference: Bytes, pictures: Bytes) -> bool:
    """Whether a reference has stronger detail than pictures of the shot, on the whole."""
    want = band_energies(luma(unit(reference_for(reference)[None])))
    have = band_energies(luma(unit(pictures)))
    return float(np.log((want + 1e-6) / (have + 1e-6)).mean()) > 0


def _cost(found: Fitted, most: float) -> float:
    """Palette distance left, less and less important, and heavily what breaks a limit."""
    ratio = found.after / max(found.before, 1e-6)
    broken = max(0.0, _EDGES - found.edges) * 12 + max(0.0, found.flicker - most) * 5
    return max(0.0, ratio - _NEAR) * 3 + 0.3 * ratio + broken


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


def _rising(table: Floats) -> Floats:
    """Mixed with the identity just so far that the luma of greys rises everywhere."""
    plain = identity(table.shape[0])
    ramp = np.repeat(np.linspace(0, 1, _GREYS, dtype=np.float32)[:, None], 3, 1)
    for share in (1.0, 0.9, 0.8, 0.65, 0.5, 0.3):
        mixed = plain + np.float32(share) * (table - plain)
        if np.diff(luma(apply_table(mixed, ramp))).min() > _LEAST_STEP:
            return np.asarray(mixed, np.float32)
    return plain
