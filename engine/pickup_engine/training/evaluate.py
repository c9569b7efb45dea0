"""Measure the draft model on real clips: `python -m pickup_engine.training.evaluate FOLDER`.

One table per task: means, the product against simple methods with intervals clustered by clip, wins
and losses, and the worst five windows.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import torch

from pickup_engine.training.evaluate_extend import (
    KNOWN,
    LEAST_KNOWN,
    measure_all,
    measure_bridge,
    measure_extend,
)
from pickup_engine.training.evaluate_inpaint import inpaint_table
from pickup_engine.training.evaluate_restyle import restyle_effects
from pickup_engine.training.evaluate_restyle import text as restyle_text
from pickup_engine.training.footage import windows
from pickup_engine.training.tables import Table, summary, text, worst
from pickup_engine.worker.backends.motion.backend import WEIGHTS
from pickup_engine.worker.backends.motion.features import SPAN
from pickup_engine.worker.backends.motion.network import MotionNetwork

_BEYOND = 9
"""Known pictures after a bridge."""


class Task(StrEnum):
    """What is measured."""

    EXTEND = "extend"
    BRIDGE = "bridge"
    INPAINT = "inpaint"
    RESTYLE = "restyle"


@dataclass(frozen=True)
class Found:
    """A task's result, for people and as a JSON object."""

    text: str
    data: dict[str, object]


@dataclass(frozen=True)
class Options:
    """folder: of clips, or with `video/` beside `masks/` and `images/`. new: frames of an
    extension. per_clip: windows of each clip."""

    folder: Path
    weights: Path = WEIGHTS
    new: int = 24
    per_clip: int = 2

    @property
    def clips(self) -> Path:
        """Where the clips are."""
        inside = self.folder / "video"
        return inside if inside.is_dir() else self.folder


def evaluate(task: Task, options: Options, told: Callable[[str], None]) -> Found:
    """Measure one task."""
    match task:
        case Task.EXTEND:
            return _table(_extend(options, told))
        case Task.BRIDGE:
            return _table(_bridge(options, told))
        case Task.INPAINT:
            return _table(inpaint_table(options.folder, told))
        case Task.RESTYLE:
            effects = restyle_effects(options.folder, told)
            return Found(
                restyle_text(effects), {"title": "restyle", "clips": [asdict(e) for e in effects]}
            )


def _table(table: Table) -> Found:
    ranked = worst(table, table.methods[0]) if table.measures else []
    return Found(text(table), {**summary(table), "worst": ranked})


def _extend(options: Options, told: Callable[[str], None]) -> Table:
    found = windows(options.clips, KNOWN, LEAST_KNOWN, options.new, options.per_clip)
    measures = measure_all(found, MotionNetwork(options.weights), measure_extend, told)
    return Table(f"extend, {options.new} frames", "ours", measures)


def _bridge(options: Options, told: Callable[[str], None]) -> Table:
    found = windows(options.clips, LEAST_KNOWN, LEAST_KNOWN, SPAN + _BEYOND, options.per_clip)
    measures = measure_all(found, MotionNetwork(options.weights), measure_bridge, told)
    return Table(f"bridge, {SPAN} frames", "ours", measures)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="pickup_engine.training.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, help="video files, or a folder with video/ inside")
    parser.add_argument("--json", action="store_true", help="one JSON object a task on stdout")
    parser.add_argument("--only", type=Task, choices=list(Task), action="append")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of another model")
    parser.add_argument("--frames", type=int, default=Options.new, help="frames of an extension")
    parser.add_argument("--windows", type=int, default=Options.per_clip, help="windows of a clip")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    options = Options(given.folder, given.weights, given.frames, given.windows)
    for task in given.only or list(Task):
        found = evaluate(task, options, _to_stderr)
        print(json.dumps(found.data, default=float) if given.json else found.text)
        sys.stdout.flush()
    return 0


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
