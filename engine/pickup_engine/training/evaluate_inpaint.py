"""Measure object removal.

An object is pasted over real clips, moves, and is removed again; sequences with a clean plate are
measured against the plate. PSNR inside the matte and SSIM in its box, for Telea's fast marching,
the plain median over time and the product. Whether the camera moves is what the product found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import cast

import cv2
import numpy as np

from pickup.protocol import Operation
from pickup_engine.finishing.membrane import fit_to_surroundings
from pickup_engine.finishing.render import render_warp
from pickup_engine.training.footage import Footage
from pickup_engine.training.inpaint_cases import Case, composites, plates
from pickup_engine.training.limits import Limit, over
from pickup_engine.training.tables import Measure, Table, text, versus
from pickup_engine.worker.backends.base import Bytes, Conditioning, Floats, Generated, Silent, Warp
from pickup_engine.worker.backends.motion.inpaint import remove
from pickup_engine.worker.backends.motion.quality import ssim

OURS, MEDIAN, TELEA = "ours", "temporal median", "telea"
_MOVING = "camera moves"
_GAIN, _LOSS = 1.5, -0.2
"""dB over the median where the camera moves, and where it stands."""
_SSIM_EVERY = 3


def inpaint_table(footage: Footage, folder: Path, told: Callable[[str], None]) -> Table:
    """A pasted object in every clip of `footage`, and the plates of `folder`/masks of its half."""
    measures: list[Measure] = []
    skipped: list[str] = []
    for case in chain(composites(footage, skipped.append), plates(folder, footage.half)):
        measures.append(measure(case))
        told(_line(measures[-1]))
    return Table("inpaint, inside the matte", OURS, measures, MEDIAN, skipped)


def inpaint_text(table: Table) -> str:
    """One table where the camera moves, one where it stands."""
    return "\n\n".join(text(part) for part in _parts(table))


def inpaint_limits(table: Table) -> list[Limit]:
    """The product against the median over time."""
    names = ("moving camera, over the median (dB)", "still camera, over the median (dB)")
    return [
        over("inpaint", name, versus(part, OURS, MEDIAN), least)
        for name, part, least in zip(names, _parts(table), (_GAIN, _LOSS), strict=True)
        if part.measures
    ]


def _parts(table: Table) -> tuple[Table, Table]:
    moving = [m for m in table.measures if m.traits[_MOVING]]
    still = [m for m in table.measures if not m.traits[_MOVING]]
    return (
        replace(table, title=f"{table.title}, moving camera", measures=moving),
        replace(table, title=f"{table.title}, still camera", measures=still, skipped=()),
    )


def measure(case: Case) -> Measure:
    """Fill by every method."""
    telea = np.stack([_telea(p, m) for p, m in zip(case.pictures, case.matte, strict=True)])
    started = monotonic()
    generated = remove(_conditioning(case), Silent())
    ours = finished(case, generated)
    seconds = monotonic() - started
    filled = {TELEA: telea.astype(np.float32), MEDIAN: _median(case, telea), OURS: ours}
    values = {name: (_psnr(case, made), _ssim(case, made)) for name, made in filled.items()}
    details = generated.details
    note = f"{details['camera']}, {details['method']}, never seen {details['never_seen']}"
    traits = {
        _MOVING: float(details["camera"] == "moving"),
        "never seen": cast(float, details["never_seen"]),
        "seconds": seconds,
    }
    return Measure(case.clip, case.window, values, note, traits)


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


def _conditioning(case: Case) -> Conditioning:
    count = len(case.pictures)
    times = tuple(range(count))
    return Conditioning(
        Operation.INPAINT, count, Fraction(25), case.pictures, times, matte=case.matte
    )


def _telea(picture: Bytes, inside: np.ndarray) -> Bytes:
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
    for k in range(0, len(made), _SSIM_EVERY):
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
    values = "  ".join(f"{name} {value[0]:.2f}" for name, value in found.values.items())
    seconds = found.traits["seconds"]
    return f"inpaint  {found.clip} @ {found.window}: {values}  ({found.note}, {seconds:.1f} s)"
