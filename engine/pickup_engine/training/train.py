"""Train the embedded model: `python -m pickup_engine.training.train --out DIR [--resume]`.

Scenes are drawn on the fly from a seed; the checkpoint holds everything that the next step depends
on, so a resumed run gives the same weights as one that was never stopped.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from pickup_engine.training.augment import augment
from pickup_engine.training.batches import Batches
from pickup_engine.training.objective import ask, loss, track_error
from pickup_engine.worker.backends.motion.model import MotionDiT

_WARM_UP = 60
_MATRIX_RATE, _OTHER_RATE = 2e-3, 1.2e-3
_LAST_RATE = 0.02
_DECAY = 0.01
_AVERAGE = 0.998
"""Weight of the past in the average that is shipped."""

CHECKPOINT = "checkpoint.pt"


@dataclass(frozen=True)
class Settings:
    """A run. tiny: small scenes and network, for tests."""

    out: Path
    steps: int = 20000
    batch: int = 16
    seed: int = 0
    workers: int = 0
    device: str = "cpu"
    save_every: int = 200
    tiny: bool = False


class Trainer:
    """Network, average, optimisers and step of a run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.device = torch.device(settings.device)
        torch.manual_seed(settings.seed)
        self.network = make_network(settings.tiny).to(self.device)
        self.average = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.optimisers = _optimisers(self.network)
        self.step = 0

    def run(self, until: int) -> float:
        """Train up to a step; returns the last loss."""
        batches = Batches(
            self.settings.seed, self.settings.batch, self.settings.workers, self.settings.tiny
        )
        last = math.nan
        try:
            started = time.monotonic()
            while self.step < until:
                last = self.learn(batches)
                if self.step % self.settings.save_every == 0:
                    self.save()
                    print(f"step {self.step}: loss {last:.4f}, {time.monotonic() - started:.0f} s")
                    sys.stdout.flush()
        finally:
            batches.close()
        self.save()
        return last

    def learn(self, batches: Batches) -> float:
        """One step."""
        chance = torch.Generator().manual_seed(self.settings.seed * 2**32 + self.step)
        question = ask(augment(batches.at(self.step), chance), chance)
        self._set_rate()
        inputs = [
            value.to(self.device)
            for value in (question.motion, question.sigma, question.features, question.code)
        ]
        with torch.autocast(self.device.type, torch.bfloat16):
            output = self.network(*inputs)
        error = loss(output.float(), question.answer.to(self.device))
        error.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        self.step += 1
        self._average()
        return float(error.detach())

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
        stored = torch.load(self.settings.out / CHECKPOINT, map_location=self.device)
        if (stored["seed"], stored["steps"]) != (self.settings.seed, self.settings.steps):
            raise SystemExit("The checkpoint is from a run with another --seed or --steps.")
        self.step = int(stored["step"])
        self.network.load_state_dict(stored["network"])
        self.average = stored["average"]
        for optimiser, state in zip(self.optimisers, stored["optimisers"], strict=True):
            optimiser.load_state_dict(state)

    @torch.no_grad()
    def validate(self, groups: int = 4) -> tuple[float, float]:
        """Track error of the averaged network and of the classical estimate on unseen scenes."""
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self.average)
        batches = Batches(self.settings.seed + 1, self.settings.batch, 0, self.settings.tiny)
        found = []
        for group in range(groups):
            question = ask(batches.at(group), torch.Generator().manual_seed(group))
            code = question.code.clone()
            code[:, -1] = 1
            output = self.network(
                torch.zeros_like(question.motion).to(self.device),
                torch.ones(len(code), device=self.device),
                question.features.to(self.device),
                code.to(self.device),
            )
            found.append(track_error(output, question.answer.to(self.device)))
        self.network.load_state_dict(own)
        return sum(a for a, _ in found) / groups, sum(b for _, b in found) / groups

    def _set_rate(self) -> None:
        part = self.step / self.settings.steps
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, part)))
        factor = min(1.0, (self.step + 1) / _WARM_UP) * (_LAST_RATE + (1 - _LAST_RATE) * cosine)
        for optimiser, rate in zip(self.optimisers, (_MATRIX_RATE, _OTHER_RATE), strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(_AVERAGE, 1 - 1 / (self.step + 1))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value, 1 - keep)


def make_network(tiny: bool) -> MotionDiT:
    """The shipped network, or one small enough for tests."""
    if tiny:
        return MotionDiT(stem=8, width=24, layers=2, heads=2)
    return MotionDiT()


def _optimisers(network: MotionDiT) -> tuple[torch.optim.Optimizer, torch.optim.Optimizer]:
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
    return first, second


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="pickup_engine.training.train", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on from its checkpoint")
    parser.add_argument("--steps", type=int, default=Settings.steps)
    parser.add_argument("--batch", type=int, default=Settings.batch)
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--workers", type=int, default=1, help="processes that draw scenes")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--tiny", action="store_true", help="a small network on small scenes")
    given = parser.parse_args(arguments)
    trainer = Trainer(
        Settings(
            out=given.out,
            steps=given.steps,
            batch=given.batch,
            seed=given.seed,
            workers=given.workers,
            device=given.device,
            tiny=given.tiny,
        )
    )
    if given.resume:
        trainer.resume()
    trainer.run(given.steps)
    network, classical = trainer.validate()
    print(f"track error: network {network:.4f}, classical {classical:.4f} clip scales")
    return 0


if __name__ == "__main__":
    sys.exit(main())
