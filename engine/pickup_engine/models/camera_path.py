"""A camera move over the new frames: eased, at rest wherever a real picture adjoins."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from pickup_engine.models.camera import Moves

FAR = 0.25
"""Share of a dolly or truck that the farthest things show: rooms and streets end somewhere."""

_SWAY = 0.008
"""Root mean square of a hand-held camera's wander, in widths, at amount 1: 15 pixels in HD."""

_ROLL = math.radians(0.25)
_SLOWEST, _FASTEST, _WAVES = 0.2, 6.0, 14
"""Hertz, and their number: posture sways slowly, muscles tremble up to some 6 Hz visibly."""

_FALL = 0.9
"""Amplitude falls with frequency to this power: between the walk of the body and its jerk."""

_SETTLING = 0.6
"""Seconds over which the hand settles into, or out of, a real picture."""


@dataclass(frozen=True)
class Pose:
    """Where things are in the picture against where they would be without the move.

    What would be at q, counted from the middle, is at zoom x rotation(roll) (s q + (truck g, 0)) +
    shift, where s = dolly ** g and g = FAR + (1 - FAR) x nearness in 0..1. shift_x and truck are
    in widths, shift_y in heights, roll in radians clockwise.
    """

    shift_x: float = 0.0
    shift_y: float = 0.0
    zoom: float = 1.0
    roll: float = 0.0
    dolly: float = 1.0
    truck: float = 0.0

    @property
    def at_rest(self) -> bool:
        """Whether nothing is moved at all."""
        return self == Pose()

    def unseen(self) -> float:
        """Share of the picture, 0..1, that lies outside what was filmed (without roll)."""
        size = self.zoom * min(self.dolly, self.dolly**FAR)
        across = _overlap(self.shift_x, size), _overlap(self.shift_x + self.zoom * self.truck, size)
        return 1.0 - min(across) * _overlap(self.shift_y, size)


def camera_path(
    moves: Moves,
    frames: int,
    anchors: Sequence[int],
    rate: Fraction,
    seed: int,
    asked: range | None = None,
) -> tuple[Pose, ...]:
    """The pose at each of `frames` new frames.

    asked: those that the move is meant for (None = all of them). It is at rest in a handle beyond
    them, as an eased move ends; a hand goes on.

    anchors: times of real pictures (-1 = just before, `frames` = just after, keyframes between):
    there the pose is at rest and so is its speed. After the last one the move goes its whole way;
    before the first it arrives from its whole way; between two it goes there and back.
    """
    meant = range(frames) if asked is None else asked
    shares = [_share(time, meant, anchors) for time in range(frames)]
    waves = [_Waves(random.Random(f"{seed} {axis}")) for axis in ("x", "y", "roll")]
    return tuple(
        _pose(moves, shares[time], _hand(moves, waves, time, meant.start, anchors, rate))
        for time in range(frames)
    )


def anchors_of(before: bool, after: bool, frames: int, keyframes: Sequence[int]) -> tuple[int, ...]:
    """Times of the real pictures that the new ones touch."""
    inside = sorted({time for time in keyframes if 0 <= time < frames})
    return (*((-1,) if before else ()), *inside, *((frames,) if after else ()))


def _pose(moves: Moves, share: float, hand: tuple[float, float, float]) -> Pose:
    return Pose(
        # A camera that turns right sees things go left; one that turns up sees them go down.
        shift_x=-moves.pan * share + hand[0],
        shift_y=moves.tilt * share + hand[1],
        zoom=moves.zoom**share,
        roll=hand[2],
        dolly=moves.dolly**share,
        truck=-moves.truck * share,
    )


def _share(time: int, asked: range, anchors: Sequence[int]) -> float:
    """How far the move has come: 0 at anchors, 1 from a free last frame on, -1 up to a free first
    one."""
    before = max((anchor for anchor in anchors if anchor <= time), default=None)
    after = min((anchor for anchor in anchors if anchor >= time), default=None)
    if time in anchors:
        return 0.0
    if before is not None and after is not None:
        part = (time - before) / (after - before)
        return 16 * part**2 * (1 - part) ** 2
    if after is not None:
        way = after - asked.start
        return _eased((time - asked.start) / way) - 1.0 if way > 0 else 0.0
    start, last = asked.start if before is None else before, asked.stop - 1
    return _eased((time - start) / (last - start)) if last > start else 0.0


def _eased(part: float) -> float:
    """0..1 with no speed at both ends."""
    part = min(max(part, 0.0), 1.0)
    return part * part * (3 - 2 * part)


class _Waves:
    """Smooth noise with a root mean square of 1: waves with random phases, slow ones larger."""

    def __init__(self, chance: random.Random) -> None:
        ratio = (_FASTEST / _SLOWEST) ** (1 / (_WAVES - 1))
        self._waves: list[tuple[float, float, float]] = []
        for index in range(_WAVES):
            hertz = _SLOWEST * ratio ** (index + chance.uniform(-0.4, 0.4))
            self._waves.append((float(hertz**-_FALL), float(hertz), chance.uniform(0, math.tau)))
        power = sum(amplitude**2 / 2 for amplitude, _, _ in self._waves)
        self._scale = 1 / math.sqrt(power)

    def at(self, seconds: float) -> float:
        return self._scale * sum(
            amplitude * math.sin(math.tau * hertz * seconds + phase)
            for amplitude, hertz, phase in self._waves
        )


def _hand(
    moves: Moves,
    waves: Sequence[_Waves],
    time: int,
    first: int,
    anchors: Sequence[int],
    rate: Fraction,
) -> tuple[float, float, float]:
    """Seconds count from time `first`: with a handle before it the hand is the same."""
    if not moves.handheld:
        return 0.0, 0.0, 0.0
    away = min((abs(time - anchor) for anchor in anchors), default=math.inf)
    amount = moves.handheld * _eased(away / (_SETTLING * float(rate)))
    x, y, roll = (wave.at((time - first) / float(rate)) for wave in waves)
    return amount * _SWAY * x, amount * _SWAY * y, amount * _ROLL * roll


def _overlap(shift: float, size: float) -> float:
    low, high = 0.5 + shift - size / 2, 0.5 + shift + size / 2
    return max(0.0, min(1.0, high) - max(0.0, low))
