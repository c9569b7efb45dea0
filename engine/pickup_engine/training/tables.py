"""One way to compare methods over clips, for every task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

_DRAWS = 4000
_TIE = 0.05
"""dB within which two results count as equal."""


@dataclass(frozen=True)
class Measure:
    """One window of a clip: method -> (PSNR in dB, SSIM), a word on what was chosen, and whatever
    else was measured on the window, by name."""

    clip: str
    window: str
    values: Mapping[str, tuple[float, float]]
    note: str = ""
    traits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """Measures of one task.

    subject: the method that is judged against all others. against: the method that the worst are
    ranked by, the first where it is empty. skipped: what could not be measured, and why.
    """

    title: str
    subject: str
    measures: Sequence[Measure]
    against: str = ""
    skipped: Sequence[str] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """All methods, in order."""
        return tuple(self.measures[0].values) if self.measures else ()

    @property
    def rival(self) -> str:
        """The method that the worst are ranked by."""
        return self.against or self.methods[0]

    @property
    def clips(self) -> tuple[str, ...]:
        """The clip of each measure."""
        return tuple(measure.clip for measure in self.measures)

    def psnr(self, method: str) -> np.ndarray:
        """One value for each measure, in dB."""
        return np.array([measure.values[method][0] for measure in self.measures])

    def ssim(self, method: str) -> np.ndarray:
        """One value for each measure."""
        return np.array([measure.values[method][1] for measure in self.measures])

    def trait(self, name: str) -> np.ndarray:
        """One value for each measure."""
        return np.array([measure.traits[name] for measure in self.measures])


@dataclass(frozen=True)
class Gain:
    """One method over another: mean in dB with its 95 % interval, mean SSIM difference, windows won
    and lost by more than 0.05 dB, and the mean of each clip in dB."""

    mean: float
    low: float
    high: float
    ssim: float
    wins: int
    losses: int
    by_clip: Mapping[str, float]

    @property
    def worst_clip(self) -> tuple[str, float]:
        """Where it is least, and how much."""
        return min(self.by_clip.items(), key=lambda item: item[1])

    def __str__(self) -> str:
        return f"{self.mean:+6.2f} [{self.low:+.2f}, {self.high:+.2f}]"


def versus(table: Table, subject: str, other: str) -> Gain:
    """How much better `subject` is than `other`; the table has a measure at least."""
    gain = table.psnr(subject) - table.psnr(other)
    clips = np.array(table.clips)
    low, high = interval(gain, table.clips)
    return Gain(
        float(gain.mean()),
        low,
        high,
        float((table.ssim(subject) - table.ssim(other)).mean()),
        int((gain > _TIE).sum()),
        int((gain < -_TIE).sum()),
        {str(clip): float(gain[clips == clip].mean()) for clip in np.unique(clips)},
    )


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
    gain = table.psnr(table.subject) - table.psnr(against)
    order = np.argsort(gain, kind="stable")[:count]
    return [
        (f"{measure.clip} @ {measure.window}", float(gain[index]), measure.note)
        for index, measure in ((i, table.measures[i]) for i in map(int, order))
    ]


def summary(table: Table) -> dict[str, object]:
    """All that `text` says and every window, as plain values for JSON."""
    if not table.measures:
        return {"title": table.title, "windows": 0, "skipped": list(table.skipped)}
    rows: dict[str, object] = {}
    for method in table.methods:
        row: dict[str, object] = {
            "psnr": float(table.psnr(method).mean()),
            "ssim": float(table.ssim(method).mean()),
        }
        if method != table.subject:
            gain = versus(table, table.subject, method)
            row["gain"] = gain.mean
            row["interval"] = [gain.low, gain.high]
            row["ssim_gain"] = gain.ssim
            row["wins"], row["losses"] = gain.wins, gain.losses
            row["by_clip"] = dict(gain.by_clip)
        rows[method] = row
    return {
        "title": table.title,
        "windows": len(table.measures),
        "clips": len(set(table.clips)),
        "methods": rows,
        "against": table.rival,
        "worst": worst(table, table.rival),
        "skipped": list(table.skipped),
        "measures": [
            {
                "clip": measure.clip,
                "window": measure.window,
                "note": measure.note,
                "values": {name: list(value) for name, value in measure.values.items()},
                "traits": dict(measure.traits),
            }
            for measure in table.measures
        ],
    }


def text(table: Table) -> str:
    """The table for a terminal."""
    left_out = [f"  skipped: {line}" for line in table.skipped]
    if not table.measures:
        return "\n".join([f"{table.title}: no window could be measured.", *left_out])
    lines = [
        f"{table.title}: {len(table.measures)} windows of {len(set(table.clips))} clips",
        f"{'':24} {'PSNR':>7} {'SSIM':>7}   {table.subject} minus it [95 %]        W/L   SSIM"
        "  worst clip",
    ]
    lines += [_row(table, method) for method in table.methods]
    lines.append(f"worst windows against {table.rival}:")
    lines += [
        f"  {gain:+6.2f} dB  {name}  ({note})" for name, gain, note in worst(table, table.rival)
    ]
    lines.append(f"worst clips against {table.rival}:")
    clips = versus(table, table.subject, table.rival).by_clip
    ranked = sorted(clips.items(), key=lambda item: item[1])[:5]
    lines += [f"  {gain:+6.2f} dB  {clip}" for clip, gain in ranked]
    return "\n".join(lines + left_out)


def _row(table: Table, method: str) -> str:
    line = f"{method:24} {table.psnr(method).mean():7.2f} {table.ssim(method).mean():7.4f}"
    if method == table.subject:
        return line
    gain = versus(table, table.subject, method)
    return (
        f"{line}   {gain} {gain.wins:10d}/{gain.losses:<3d} {gain.ssim:+.4f} "
        f"{gain.worst_clip[1]:+10.2f}"
    )
