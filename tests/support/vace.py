"""A Wan VACE of the real classes with random weights, and what tests ask of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pickup.errors import Cancelled
from pickup.protocol import Execution, JobPhase, Operation
from pickup_engine.worker.backends.base import Bytes, Conditioning, Frames, Generated
from pickup_engine.worker.backends.wan_vace.backend import WanVaceBackend
from pickup_engine.worker.backends.wan_vace.helpers import Helpers
from pickup_engine.worker.backends.wan_vace.random_model import make_random_model

WIDTH, HEIGHT = 48, 32
STEPS = 2


@pytest.fixture(scope="session")
def random_vace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model; tests must not change it."""
    return make_random_model(tmp_path_factory.mktemp("vace") / "tiny")


@pytest.fixture(scope="session")
def random_experts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with two experts; tests must not change it."""
    return make_random_model(tmp_path_factory.mktemp("vace") / "experts", experts=2)


def backend_of(folder: Path) -> WanVaceBackend:
    return WanVaceBackend(folder, Helpers(str(folder)))


class Told:
    """A `Report` that writes down what it hears, and cancels after a step of a phase."""

    def __init__(self, cancel_at: tuple[JobPhase, int] | None = None) -> None:
        self.phases: list[tuple[JobPhase, int, int]] = []
        """Phase, steps announced, steps done."""
        self.looks: list[Bytes] = []
        self._cancel_at = cancel_at

    def phase(self, phase: JobPhase, steps: int) -> None:
        self.phases.append((phase, steps, 0))
        self._check()

    def step(self) -> None:
        phase, steps, done = self.phases[-1]
        self.phases[-1] = (phase, steps, done + 1)
        self._check()

    def look(self, picture: Bytes) -> None:
        self.looks.append(picture)

    def _check(self) -> None:
        phase, _, done = self.phases[-1]
        if self._cancel_at is not None and (phase, done) == self._cancel_at:
            raise Cancelled("the user stopped the job")


def shot(frames: int, width: int = WIDTH, height: int = HEIGHT, seed: int = 1) -> Bytes:
    """Smooth moving colours with hard edges."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rng = np.random.default_rng(seed)
    a, b, c = rng.uniform(0.1, 0.4, 3)
    made = []
    for k in range(frames):
        bars = 80 * (np.sin(a * (x + k)) > 0)
        planes = (120 + 90 * np.sin(b * x + c * y + k / 4), bars + 60, (5 * y + 3 * k) % 255)
        made.append(np.stack(planes, axis=-1))
    return np.clip(np.stack(made), 0, 255).astype(np.uint8)


def box(frames: int, left: int, top: int, right: int, bottom: int) -> NDArray[np.bool_]:
    matte = np.zeros((frames, HEIGHT, WIDTH), np.bool_)
    matte[:, top:bottom, left:right] = True
    return matte


def extend(frames: int, known: int, head: bool = False, **more: object) -> Conditioning:
    """Extend a shot of `known` pictures by `frames`."""
    times = range(frames, frames + known) if head else range(-known, 0)
    return _conditioning(Operation.EXTEND, frames, shot(known), tuple(times), more)


def bridge(frames: int, before: int, after: int, **more: object) -> Conditioning:
    """Lead from the last of `before` pictures of a shot to the first of `after` of another."""
    known = np.concatenate([shot(before), shot(after, seed=4)])
    times = (*range(-before, 0), *range(frames, frames + after))
    return _conditioning(Operation.BRIDGE, frames, known, times, more)


def over(operation: Operation, frames: int, **more: object) -> Conditioning:
    """Fill or restyle a shot of `frames`."""
    return _conditioning(operation, frames, shot(frames), tuple(range(frames)), more)


def pictures(generated: Generated) -> NDArray[np.int16]:
    """The frames of a take, wide enough to be subtracted."""
    assert isinstance(generated.output, Frames)
    return generated.output.pictures.astype(np.int16)


def _conditioning(
    operation: Operation,
    frames: int,
    known: Bytes,
    times: tuple[int, ...],
    more: dict[str, object],
) -> Conditioning:
    told: dict[str, object] = {"execution": Execution(steps=STEPS, guidance=3.0), **more}
    return Conditioning(operation, frames, Fraction(24), known, times, **told)  # type: ignore[arg-type]
