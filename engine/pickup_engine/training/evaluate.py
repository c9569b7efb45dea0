"""Measure the draft model on real clips: `python -m pickup_engine.training.evaluate FOLDER`.

One table per task: means, the product against simple methods with intervals clustered by clip, wins
and losses, and the worst five windows.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
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


def evaluate(
    folder: Path,
    task: Task,
    weights: Path,
    new: int,
    per_clip: int,
    told: Callable[[str], None],
) -> Table:
    """Measure one task over the clips of a folder."""
    match task:
        case Task.EXTEND:
            found = windows(folder, KNOWN, LEAST_KNOWN, new, per_clip)
            network = MotionNetwork(weights)
            measures = measure_all(found, network, measure_extend, told)
            return Table(f"extend, {new} frames", "ours", measures)
        case Task.BRIDGE:
            found = windows(folder, LEAST_KNOWN, LEAST_KNOWN, SPAN + _BEYOND, per_clip)
            network = MotionNetwork(weights)
            measures = measure_all(found, network, measure_bridge, told)
            return Table(f"bridge, {SPAN} frames", "ours", measures)
        case Task.INPAINT:
            from pickup_engine.training.evaluate_inpaint import inpaint_table

            return inpaint_table(folder, told)
        case Task.RESTYLE:
            from pickup_engine.training.evaluate_restyle import restyle_table

            return restyle_table(folder, told)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="pickup_engine.training.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of video files")
    parser.add_argument("--json", action="store_true", help="one JSON object a task on stdout")
    parser.add_argument("--only", type=Task, choices=list(Task), action="append")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of another model")
    parser.add_argument("--frames", type=int, default=24, help="new frames of an extension")
    parser.add_argument("--windows", type=int, default=2, help="windows of each clip")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)
    for task in given.only or list(Task):
        table = evaluate(given.folder, task, given.weights, given.frames, given.windows, _to_stderr)
        if given.json:
            found = {**summary(table), "worst": worst(table, table.methods[0])}
            print(json.dumps(found, default=float))
        else:
            print(text(table))
        sys.stdout.flush()
    return 0


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
