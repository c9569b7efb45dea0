"""Restyle: one colour table and one texture for the whole shot, after a reference picture or a
named preset; or the edits of keyframes, followed.

One look for all frames cannot flicker by itself; how strong it may be is measured on the shot: of
the transfers that keep its edges and do not amplify its flicker, the one nearest to the reference
wins. Nothing here is learned.
"""

from __future__ import annotations

import numpy as np

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.worker.backends.base import (
    Bytes,
    Conditioning,
    Generated,
    Look,
    Report,
    Texture,
)
from pickup_engine.worker.backends.motion.bars import find_bars
from pickup_engine.worker.backends.motion.look_fit import FIT_STEPS, Aim, Fitted, fit
from pickup_engine.worker.backends.motion.look_space import apply_table, identity
from pickup_engine.worker.backends.motion.look_texture import faded, joined
from pickup_engine.worker.backends.motion.presets import preset_table, preset_texture
from pickup_engine.worker.backends.motion.propagate import follow_edits

_PLAIN = Texture()


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
    aim: Aim | None = None
    fitted: Fitted | None = None
    if conditioning.references:
        aim = Aim(conditioning.known, conditioning.references[0], conditioning.seed)
        fitted = fit(aim, report)
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
    if aim is not None and fitted is not None:
        if strength < 1 or conditioning.preset:
            # What is used is told, not what was fitted.
            fitted = aim.shown(look)
        details |= {
            "palette_before": round(fitted.before, 2),
            "palette_after": round(fitted.after, 2),
            "texture_after": round(fitted.away, 2),
            "edges": round(fitted.edges, 3),
            "flicker": round(fitted.flicker, 3),
            "bands": [round(gain, 3) for gain in fitted.texture.bands],
        }
    return Generated(look, learned=False, details=details)


def _bar_shares(known: Bytes) -> tuple[float, float, float, float]:
    bars, (height, width) = find_bars(known), known.shape[1:3]
    return bars.top / height, bars.bottom / height, bars.left / width, bars.right / width


def _search_steps(conditioning: Conditioning) -> int:
    return FIT_STEPS + 2 if conditioning.references else 2
