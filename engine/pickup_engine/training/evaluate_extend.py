"""Extensions and their takes against what really followed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np

from pickup.protocol import Operation
from pickup_engine.training.evaluate_classical import ESTIMATES, going_on
from pickup_engine.training.evaluate_compare import (
    Compared,
    apart,
    compare,
    compared_times,
    drawn,
    sharpness,
    ways,
)
from pickup_engine.training.footage import Window
from pickup_engine.training.limits import Limit, over
from pickup_engine.training.tables import Table, versus
from pickup_engine.worker.backends.base import Bytes, Conditioning, Generated, Silent
from pickup_engine.worker.backends.motion.extend import Network, extend
from pickup_engine.worker.backends.motion.features import Analysis
from pickup_engine.worker.backends.motion.mixture import Prediction

OURS, OFF = "ours", "ours, network off"
STILL_GRAIN = "ours, grain stands still"
"""What is predicted, before finishing gives it noise that lives but is not the true one: the other
methods have none either."""

TAKES = tuple(f"take {number}" for number in range(1, 5))
CLIPS = 24
"""Fewer clips say little about the next one."""


class NoNetwork:
    """No network: what is left are the classical ways."""

    def mean(self, analysis: Analysis, mode: int = 0) -> Prediction | None:
        """Nothing."""
        return None

    def draw(self, analysis: Analysis, seed: int) -> Prediction | None:
        """Nothing."""
        return None


@dataclass(frozen=True)
class Shot:
    """A window whose last pictures are to be made. What takes long is made once."""

    window: Window
    network: Network

    @property
    def past(self) -> Bytes:
        """The known pictures."""
        return self.window.pictures[: self.window.known]

    @property
    def frames(self) -> int:
        """How many are to be made."""
        return len(self.window.pictures) - self.window.known

    @property
    def times(self) -> list[int]:
        """The new frames that are compared."""
        return compared_times(self.frames)

    @property
    def conditioning(self) -> Conditioning:
        """What the product is asked for."""
        return Conditioning(
            operation=Operation.EXTEND,
            frames=self.frames,
            rate=Fraction(25),
            known=self.past,
            known_times=tuple(range(-self.window.known, 0)),
        )

    @cached_property
    def ours(self) -> Generated:
        """The product's first take."""
        return extend(self.conditioning, self.network, Silent())

    @cached_property
    def drawn(self) -> list[Bytes]:
        """Its pictures."""
        return drawn(self.ours, self.conditioning, self.times)

    def take(self, number: int) -> list[Bytes]:
        """The pictures of a take, counted from 0."""
        if number == 0:
            return self.drawn
        asked = replace(self.conditioning, take=number)
        return drawn(extend(asked, self.network, Silent()), asked, self.times)

    def without(self) -> list[Bytes]:
        """The pictures with the network switched off."""
        # `learned` is false only where the network changed nothing: then there is nothing to make.
        if not self.ours.learned:
            return self.drawn
        made = extend(self.conditioning, NoNetwork(), Silent())
        return drawn(made, self.conditioning, self.times)


def measure_extend(shot: Shot) -> Compared:
    """All methods: the frames after `known` from those before."""
    last = shot.past[-1:]
    truth = shot.window.pictures[[shot.window.known + time for time in shot.times]]
    traits = {
        "sharpness": sharpness(shot.drawn, truth),
        "join": apart(shot.drawn[:1], last) / max(apart(truth[:1], last), 1e-3),
        "learned": float(shot.ours.learned),
    }
    made = {
        **going_on(shot.past, shot.times),
        OFF: shot.without(),
        STILL_GRAIN: drawn(shot.ours, shot.conditioning, shot.times, grained=False),
        OURS: shot.drawn,
    }
    return compare(shot.window, shot.frames, made, ways(shot.ours), traits)


def measure_takes(shot: Shot) -> Compared:
    """Four takes: how good each is, and how far apart they are."""
    takes = {name: shot.take(number) for number, name in enumerate(TAKES)}
    still = [shot.past[-1]] * len(shot.times)
    truth = shot.window.pictures[[shot.window.known + time for time in shot.times]]
    pairs = combinations(takes.values(), 2)
    traits = {
        "apart": float(np.mean([apart(one, other) for one, other in pairs])),
        "motion": apart(truth, still),
        "made": float(np.mean([apart(take, still) for take in takes.values()])),
    }
    return compare(shot.window, shot.frames, {"freeze": still, **takes}, ways(shot.ours), traits)


def best_estimate(table: Table) -> str:
    """The single classical estimate with the best mean."""
    return max(ESTIMATES, key=lambda name: float(table.psnr(name).mean()))


def extend_limits(table: Table) -> list[Limit]:
    """What an extension must be."""
    best = best_estimate(table)
    gain = versus(table, OURS, best)
    own = versus(table, OURS, OFF)
    clip, least = gain.worst_clip
    used = int(table.trait("learned").sum())
    return [
        Limit("extend", "clips", len(set(table.clips)), CLIPS, digits=0),
        over("extend", f"ours - best single estimate ({best}), dB", gain, 0.3, sure=True),
        over("extend", "  before living grain, dB", versus(table, STILL_GRAIN, best)),
        Limit("extend", "  its SSIM difference", gain.ssim, 0.0, digits=4),
        Limit("extend", f"  its worst clip ({clip[-32:]}), dB", least, -0.7),
        Limit("extend", "sharpness, made / true", _mean(table, "sharpness"), 0.95, 1.05),
        Limit("extend", "join jump, median of made / true", _median(table, "join"), 0.6, 1.5),
        over(
            "extend",
            f"ours - network off (used in {used} of {len(table.measures)}), dB",
            own,
            sure=True,
        ),
    ]


def takes_limits(table: Table) -> list[Limit]:
    """What four takes must be."""
    motion, made = (table.trait(name) for name in ("motion", "made"))
    difference = table.trait("apart")
    share = float((difference >= 0.2 * motion).mean())
    shares = (float(difference.sum() / max(total.sum(), 1e-9)) for total in (motion, made))
    return [
        Limit("takes", "mean difference / true motion (truth - freeze)", next(shares), 0.2),
        Limit("takes", "  / made motion (take - freeze)", next(shares)),
        Limit("takes", "  windows where it is a fifth of the true motion, share", share),
        *(
            over("takes", f"{take} - freeze, dB", versus(table, take, "freeze"), 0.0)
            for take in TAKES
        ),
    ]


def takes_text(table: Table) -> str:
    """The takes for a terminal."""
    lines = [
        f"{table.title}: {len(table.measures)} windows of {len(set(table.clips))} clips",
        f"{'':24} {'PSNR':>7} {'SSIM':>7}   minus freeze [95 %]        W/L   SSIM  worst clip",
    ]
    for name in table.methods:
        line = f"{name:24} {table.psnr(name).mean():7.2f} {table.ssim(name).mean():7.4f}"
        if name != "freeze":
            gain = versus(table, name, "freeze")
            line += f"   {gain} {gain.wins:10d}/{gain.losses:<3d} {gain.ssim:+.4f}"
            line += f" {gain.worst_clip[1]:+10.2f}"
        lines.append(line)
    lines.append("least different takes, of the true motion:")
    order = np.argsort(table.trait("apart") / np.maximum(table.trait("motion"), 1e-9))
    for measure in (table.measures[index] for index in map(int, order[:5])):
        part = measure.traits["apart"] / max(measure.traits["motion"], 1e-9)
        lines.append(f"  {part:6.2f}  {measure.clip} @ {measure.window}  ({measure.note})")
    return "\n".join(lines)


def _mean(table: Table, trait: str) -> float:
    return float(table.trait(trait).mean())


def _median(table: Table, trait: str) -> float:
    return float(np.median(table.trait(trait)))
