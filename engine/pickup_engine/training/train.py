"""Train the embedded model:
`python -m pickup_engine.training.train --samples DIR --out DIR [--resume]`, and then its further
takes: the same with `--takes --start WEIGHTS` and another `--out`.

Learns from the files that `prepare` has written. The order of samples follows from seed and step,
the checkpoint holds all the rest: a resumed run gives the same weights as one never stopped.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from pickup_engine.training.objective import denoising_loss, seen_loss
from pickup_engine.training.prepare import REAL, SCENES
from pickup_engine.training.samples import Sample
from pickup_engine.training.takes import only_other_modes, spare_best_guess, takes_loss
from pickup_engine.training.warm_start import start_from
from pickup_engine.worker.backends.motion.model import MotionDiT

_WARM_UP = 40
_MATRIX_RATE, _OTHER_RATE = 6e-4, 6e-4
_LAST_RATE = 0.02
_DECAY = 0.01
_AVERAGE = 0.99
"""Weight of the past in the average that is shipped."""

_REAL_SHARE, _DENOISED_SHARE = 0.6, 0.15
"""Of a batch: guesses on real clips, denoised scenes; the rest are guesses on scenes."""

_DENOISED_WEIGHT = 0.3
_COMPARED = 3
"""Frames of a sample that are rendered each time."""

_JITTER, _SHAKE = 0.08, 0.02

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Settings:
    """A run. start: folder of weights to begin with. without: names of clips left out, to measure
    on. takes: learn the other modes only. tiny: a small network, for tests."""

    samples: Path
    out: Path
    steps: int = 900
    batch: int = 8
    seed: int = 0
    save_every: int = 100
    start: Path | None = None
    without: tuple[str, ...] = ()
    takes: bool = False
    tiny: bool = False


class Trainer:
    """Network, average, optimisers and step of a run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        torch.manual_seed(settings.seed)
        self.network = make_network(settings.tiny)
        if settings.start is not None:
            start_from(self.network, settings.start)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.optimisers = (
            [torch.optim.AdamW(only_other_modes(self.network), lr=_OTHER_RATE, weight_decay=0.0)]
            if settings.takes
            else _optimisers(self.network)
        )
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["initial_lr"] = group["lr"]
        self.step = 0
        self.real = _files(settings.samples / REAL, settings.without)
        self.scenes = _files(settings.samples, (), SCENES)

    def run(self, until: int) -> float:
        """Train up to a step; returns the last mean loss."""
        recent: list[float] = []
        started = time.monotonic()
        while self.step < until:
            recent.append(self.learn())
            if self.step % self.settings.save_every == 0:
                self.save()
                mean = sum(recent) / len(recent)
                recent = recent[-1:]
                print(f"step {self.step}: loss {mean:.3f}, {time.monotonic() - started:.0f} s")
                sys.stdout.flush()
        self.save()
        return recent[-1] if recent else math.nan

    def learn(self) -> float:
        """One step; returns the mean loss of its guesses, in dB below 0."""
        chance = np.random.default_rng([self.settings.seed, 3, self.step])
        losses = []
        for _ in range(self.settings.batch):
            loss, counted = self._sample_loss(chance)
            (loss / self.settings.batch).backward()
            if counted:
                losses.append(float(loss.detach()))
        if self.settings.takes:
            spare_best_guess(self.network)
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._set_rate()
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        self.step += 1
        self._average()
        return sum(losses) / max(1, len(losses))

    def _sample_loss(self, chance: Generator) -> tuple[Tensor, bool]:
        pick = chance.random()
        if self.settings.takes:
            sample = self._load(self.real or self.scenes, chance)
            return takes_loss(self.network, sample, int(chance.integers(len(sample.times)))), True
        if self.scenes and (pick < _DENOISED_SHARE or not self.real):
            sample = self._load(self.scenes, chance)
            source = torch.Generator().manual_seed(int(chance.integers(2**62)))
            return _DENOISED_WEIGHT * denoising_loss(self.network, sample, source), False
        real = self.real and (pick < _DENOISED_SHARE + _REAL_SHARE or not self.scenes)
        sample = self._load(self.real if real else self.scenes, chance)
        count = len(sample.times)
        which = sorted(chance.choice(count, min(_COMPARED, count), replace=False).tolist())
        return seen_loss(self.network, _jittered(sample, chance), which), True

    def _load(self, groups: Sequence[Sequence[Path]], chance: Generator) -> Sample:
        """Any sample of any clip: clips count alike, however long."""
        group = groups[int(chance.integers(len(groups)))]
        return Sample.load(group[int(chance.integers(len(group)))])

    def save(self) -> None:
        """Write the checkpoint at once or not at all."""
        self.settings.out.mkdir(parents=True, exist_ok=True)
        target = self.settings.out / CHECKPOINT
        partial = target.with_suffix(".partial")
        torch.save(
            {
                "step": self.step,
                "steps": self.settings.steps,
                "seed": self.settings.seed,
                "tiny": self.settings.tiny,
                "network": self.network.state_dict(),
                "average": self.average,
                "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            },
            partial,
        )
        partial.replace(target)

    def resume(self) -> None:
        """Go on from the checkpoint in the run's folder."""
        stored = torch.load(self.settings.out / CHECKPOINT, weights_only=True)
        if (stored["seed"], stored["steps"]) != (self.settings.seed, self.settings.steps):
            raise SystemExit("The checkpoint is from a run with another --seed or --steps.")
        self.step = int(stored["step"])
        self.network.load_state_dict(stored["network"])
        self.average = stored["average"]
        for optimiser, state in zip(self.optimisers, stored["optimisers"], strict=True):
            optimiser.load_state_dict(state)

    def _set_rate(self) -> None:
        part = self.step / self.settings.steps
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, part)))
        factor = min(1.0, (self.step + 1) / _WARM_UP) * (_LAST_RATE + (1 - _LAST_RATE) * cosine)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["initial_lr"] * factor

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(_AVERAGE, 1 - 1 / (self.step + 1))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value, 1 - keep)


def _jittered(sample: Sample, chance: Generator) -> Sample:
    """Measured a little differently, so that shots of few clips cannot be known by heart."""
    features = sample.features.astype(np.float32)
    factor, added = (
        chance.normal(1.0, _JITTER, features.shape),
        chance.normal(0.0, _SHAKE, features.shape),
    )
    return replace(sample, features=(features * factor + added).astype(np.float16))


def make_network(tiny: bool) -> MotionDiT:
    """The shipped network, or one small enough for tests."""
    if tiny:
        return MotionDiT(stem=8, width=24, layers=2, heads=2)
    return MotionDiT()


def _files(folder: Path, without: Sequence[str], only: str = "") -> list[list[Path]]:
    """Sample files by clip."""
    if not folder.is_dir():
        return []
    groups = [
        sorted(inner.glob("*.npz"))
        for inner in sorted(folder.iterdir())
        if inner.is_dir() and inner.name not in without and only in ("", inner.name)
    ]
    return [group for group in groups if group]


def _optimisers(network: MotionDiT) -> list[torch.optim.Optimizer]:
    """Muon for the matrices inside the blocks, AdamW for the rest."""
    matrices: list[Tensor] = []
    others: list[Tensor] = []
    for name, value in network.named_parameters():
        inside = name.startswith("blocks.") and name.endswith(".weight") and value.ndim == 2
        (matrices if inside else others).append(value)
    first = torch.optim.Muon(
        matrices, lr=_MATRIX_RATE, weight_decay=_DECAY, adjust_lr_fn="match_rms_adamw"
    )
    second = torch.optim.AdamW(others, lr=_OTHER_RATE, weight_decay=_DECAY, betas=(0.9, 0.98))
    return [first, second]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="pickup_engine.training.train", description=__doc__)
    parser.add_argument("--samples", type=Path, required=True, help="what `prepare` wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on from its checkpoint")
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--batch", type=int, default=Settings.batch)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start", type=Path, help="folder of weights to begin with")
    parser.add_argument("--without", nargs="*", default=[], help="clips to leave out")
    parser.add_argument("--takes", action="store_true", help="learn the further takes only")
    parser.add_argument("--tiny", action="store_true", help="a small network")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    trainer = Trainer(
        Settings(
            samples=given.samples,
            out=given.out,
            steps=given.steps,
            batch=given.batch,
            seed=given.seed,
            start=given.start,
            without=tuple(given.without),
            takes=given.takes,
            tiny=given.tiny,
        )
    )
    if given.resume:
        trainer.resume()
    trainer.run(given.steps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
