"""One way to compare methods over clips, for every task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

_DRAWS = 4000
_TIE = 0.05
"""dB within which two results count as equal."""


@dataclass(frozen=True)
class Measure:
    """One window of a clip: method -> (PSNR in dB, SSIM), and a word on what was chosen."""

    clip: str
    window: str
    values: Mapping[str, tuple[float, float]]
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Measures of one task; `subject` is the method that is judged against all others."""

    title: str
    subject: str
    measures: Sequence[Measure]

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods, in order."""
        return tuple(self.measures[0].values) if self.measures else ()


def summary(table: Table) -> dict[str, object]:
    """Means, and the subject against each method with a 95 % interval clustered by clip."""
    rows: dict[str, object] = {}
    for method in table.methods:
        psnr = _column(table, method, 0)
        ssim = _column(table, method, 1)
        row: dict[str, object] = {"psnr": psnr.mean(), "ssim": ssim.mean()}
        if method != table.subject:
            gain = _column(table, table.subject, 0) - psnr
            row["gain"] = gain.mean()
            row["interval"] = interval(gain, [m.clip for m in table.measures])
            row["ssim_gain"] = (_column(table, table.subject, 1) - ssim).mean()
            row["wins"] = int((gain > _TIE).sum())
            row["losses"] = int((gain < -_TIE).sum())
        rows[method] = row
    return {"title": table.title, "windows": len(table.measures), "methods": rows}


def interval(values: np.ndarray, clips: Sequence[str]) -> tuple[float, float]:
    """95 % bootstrap interval of the mean, drawing whole clips: windows of a clip are alike."""
    names = sorted(set(clips))
    groups = [values[[index for index, clip in enumerate(clips) if clip == name]] for name in names]
    sums = np.array([group.sum() for group in groups])
    counts = np.array([len(group) for group in groups])
    picks = np.random.default_rng(0).integers(len(names), size=(_DRAWS, len(names)))
    means = sums[picks].sum(axis=1) / counts[picks].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def worst(table: Table, against: str, count: int = 5) -> list[tuple[str, float, str]]:
    """The windows where the subject loses most: name, dB, note."""
    gain = _column(table, table.subject, 0) - _column(table, against, 0)
    order = np.argsort(gain)[:count]
    return [
        (f"{table.measures[i].clip} @ {table.measures[i].window}", gain[i], table.measures[i].note)
        for i in map(int, order)
    ]


def text(table: Table) -> str:
    """The table for a terminal."""
    if not table.measures:
        return f"{table.title}: no window could be measured."
    lines = [
        f"{table.title}: {len(table.measures)} windows of "
        f"{len({m.clip for m in table.measures})} clips",
        f"{'':24} {'PSNR':>7} {'SSIM':>7}   {table.subject} minus it [95 %]        W/L   SSIM",
    ]
    for method in table.methods:
        psnr, ssim = _column(table, method, 0), _column(table, method, 1)
        line = f"{method:24} {psnr.mean():7.2f} {ssim.mean():7.4f}"
        if method != table.subject:
            gain = _column(table, table.subject, 0) - psnr
            low, high = interval(gain, [m.clip for m in table.measures])
            better, less = int((gain > _TIE).sum()), int((gain < -_TIE).sum())
            structure = (_column(table, table.subject, 1) - ssim).mean()
            line += (
                f"   {gain.mean():+6.2f} [{low:+.2f}, {high:+.2f}]"
                f" {better:10d}/{less:<3d} {structure:+.4f}"
            )
        lines.append(line)
    first = table.methods[0]
    lines.append(f"worst against {first}:")
    lines += [f"  {gain:+6.2f} dB  {name}  ({note})" for name, gain, note in worst(table, first)]
    return "\n".join(lines)


def _column(table: Table, method: str, index: int) -> np.ndarray:
    return np.array([measure.values[method][index] for measure in table.measures])
