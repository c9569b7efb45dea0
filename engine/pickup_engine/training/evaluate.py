"""Measure the draft model on real clips: `python -m pickup_engine.training.evaluate FOLDER`.

One table per task: means, the product against simple methods with intervals clustered by clip, wins
and losses, the worst windows and clips; and at the end every number that has a limit.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from time import monotonic, process_time

import torch

from pickup_engine.training import evaluate_inpaint as inpaint
from pickup_engine.training import evaluate_restyle as restyle
from pickup_engine.training.evaluate_bridge import (
    BEYOND,
    FADE,
    FRAMES,
    bridge_limits,
    keyframe_limits,
    measure_bridge,
    measure_keyframes,
)
from pickup_engine.training.evaluate_compare import Compared
from pickup_engine.training.evaluate_extend import (
    OFF,
    OURS,
    TAKES,
    Shot,
    best_estimate,
    extend_limits,
    measure_extend,
    measure_takes,
    takes_limits,
    takes_text,
)
from pickup_engine.training.evaluate_sheet import write_sheet
from pickup_engine.training.footage import Footage, Wanted
from pickup_engine.training.halves import Half
from pickup_engine.training.limits import Limit, limits_data, limits_text
from pickup_engine.training.tables import Measure, Table, summary, text
from pickup_engine.worker.backends.motion.backend import WEIGHTS
from pickup_engine.worker.backends.motion.network import MotionNetwork

KNOWN, LEAST_KNOWN = 33, 17
"""Known pictures that the product reads, and the least to measure with."""


class Task(StrEnum):
    """What is measured."""

    EXTEND = "extend"
    TAKES = "takes"
    BRIDGE = "bridge"
    KEYFRAMES = "keyframes"
    INPAINT = "inpaint"
    RESTYLE = "restyle"


@dataclass(frozen=True)
class Found:
    """A task's result, for people and as a JSON object, and its numbers that have limits."""

    text: str
    data: dict[str, object]
    limits: Sequence[Limit] = ()


@dataclass(frozen=True)
class Options:
    """folder: of clips, or with `video/` beside `masks/` and `images/`. known: pictures before the
    new ones, 0 = as the product does. new: frames of an extension. per_clip: windows of each
    clip. sheets: where contact sheets go. cache: where decoded windows go."""

    folder: Path
    weights: Path = WEIGHTS
    half: Half = Half.ALL
    known: int = 0
    new: int = 24
    per_clip: int = 2
    sheets: Path | None = None
    cache: Path | None = None

    @property
    def footage(self) -> Footage:
        """Where the clips are."""
        inside = self.folder / "video"
        return Footage(inside if inside.is_dir() else self.folder, self.half, self.cache)

    @property
    def extension(self) -> Wanted:
        """Windows to extend in."""
        known = (self.known, self.known) if self.known else (KNOWN, LEAST_KNOWN)
        return Wanted(*known, self.new, self.per_clip)

    @property
    def bridges(self) -> Wanted:
        """Windows to bridge in."""
        known = self.known or LEAST_KNOWN
        return Wanted(known, known, FRAMES + BEYOND, self.per_clip)


Told = Callable[[str], None]


def evaluate(tasks: Sequence[Task], options: Options, told: Told) -> list[Found]:
    """Measure tasks; `told` hears a line for each window. The result holds one entry a task."""
    found: dict[Task, Found] = {}
    network = MotionNetwork(options.weights)
    ahead = [task for task in (Task.EXTEND, Task.TAKES) if task in tasks]
    if ahead:
        found |= _extensions(ahead, options, network, told)
    if Task.BRIDGE in tasks:
        found[Task.BRIDGE] = _bridges(options, network, told)
    if Task.KEYFRAMES in tasks:
        found[Task.KEYFRAMES] = _keyframes(options, network, told)
    if Task.INPAINT in tasks:
        found[Task.INPAINT] = _inpaint(options, told)
    if Task.RESTYLE in tasks:
        found[Task.RESTYLE] = _restyle(options, told)
    return [found[task] for task in Task if task in found]


def _extensions(
    tasks: Sequence[Task], options: Options, network: MotionNetwork, told: Told
) -> dict[Task, Found]:
    """Extension and takes, which share the first take."""
    skipped: list[str] = []
    single: list[Measure] = []
    several: list[Measure] = []
    for window in options.footage.windows(options.extension, skipped.append):
        shot = Shot(window, network)
        if Task.EXTEND in tasks:
            compared = measure_extend(shot)
            _show(compared, ("freeze", OFF, OURS), "extend", options.sheets, told)
            single.append(compared.measure)
        if Task.TAKES in tasks:
            compared = measure_takes(shot)
            _show(compared, TAKES, "takes", options.sheets, told)
            several.append(compared.measure)
    found = {}
    if Task.EXTEND in tasks:
        table = Table(f"extend, {options.new} frames", OURS, single, skipped=skipped)
        if single:
            table = replace(table, against=best_estimate(table))
        found[Task.EXTEND] = _of_table(table, extend_limits)
    if Task.TAKES in tasks:
        table = Table(f"four takes, {options.new} frames", TAKES[0], several, skipped=skipped)
        found[Task.TAKES] = _of_table(table, takes_limits, takes_text)
    return found


def _bridges(options: Options, network: MotionNetwork, told: Told) -> Found:
    skipped: list[str] = []
    measures = []
    for window in options.footage.windows(options.bridges, skipped.append):
        compared = measure_bridge(window, network)
        _show(compared, (FADE, OFF, OURS), "bridge", options.sheets, told)
        measures.append(compared.measure)
    return _of_table(
        Table(f"bridge, {FRAMES} frames", OURS, measures, FADE, skipped), bridge_limits
    )


def _keyframes(options: Options, network: MotionNetwork, told: Told) -> Found:
    skipped: list[str] = []
    measures = []
    # What is pinned is there or not: one window tells it.
    for window in options.footage.windows(replace(options.extension, per_clip=1), skipped.append):
        measures.append(measure_keyframes(Shot(window, network)))
        told(_line("keyframes", measures[-1]))
    title = "keyframes, at their frames and the file's own size"
    return _of_table(Table(title, OURS, measures, skipped=skipped), keyframe_limits)


def _inpaint(options: Options, told: Told) -> Found:
    table = inpaint.inpaint_table(options.footage, options.folder, told)
    return _of_table(table, inpaint.inpaint_limits, inpaint.inpaint_text)


def _restyle(options: Options, told: Told) -> Found:
    effects = restyle.restyle_effects(options.folder, told, half=options.half)
    data = {"title": "restyle", "clips": [asdict(effect) for effect in effects]}
    return Found(restyle.text(effects), {**data}, restyle.restyle_limits(effects))


def _of_table(
    table: Table,
    limits: Callable[[Table], list[Limit]] = lambda table: [],
    told: Callable[[Table], str] = text,
) -> Found:
    if not table.measures:
        return Found(text(table), summary(table))
    return Found(told(table), summary(table), limits(table))


def _show(
    compared: Compared, rows: Sequence[str], task: str, sheets: Path | None, told: Told
) -> None:
    told(_line(task, compared.measure))
    if sheets is not None:
        write_sheet(compared, rows, sheets / task)


def _line(task: str, measure: Measure) -> str:
    values = "  ".join(f"{name} {value[0]:.2f}" for name, value in measure.values.items())
    return f"{task}  {measure.clip} @ {measure.window}: {values}  ({measure.note})"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="pickup_engine.training.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path, help="video files, or a folder with video/ inside")
    parser.add_argument("--json", action="store_true", help="one JSON object a task on stdout")
    parser.add_argument("--only", type=Task, choices=list(Task), action="append")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of another model")
    parser.add_argument(
        "--half", type=Half, choices=list(Half), default=Half.ALL, help="which clips, see halves.py"
    )
    parser.add_argument("--known", type=int, default=0, help="known pictures, 0: as the product")
    parser.add_argument("--frames", type=int, default=Options.new, help="frames of an extension")
    parser.add_argument("--windows", type=int, default=Options.per_clip, help="windows of a clip")
    parser.add_argument("--sheets", type=Path, help="write a contact sheet of each window here")
    parser.add_argument("--cache", type=Path, help="keep decoded windows here for the next run")
    given = parser.parse_args(arguments)
    if given.known and given.known < 2:
        parser.error("--known: motion needs at least 2 pictures")
    torch.set_num_threads(1)
    options = Options(
        given.folder,
        given.weights,
        given.half,
        given.known,
        given.frames,
        given.windows,
        given.sheets,
        given.cache,
    )
    started = monotonic()
    found = evaluate(given.only or list(Task), options, _to_stderr)
    limits = [limit for one in found for limit in one.limits]
    if given.json:
        for one in found:
            print(json.dumps(one.data, default=float))
        print(json.dumps({"title": "limits", "limits": limits_data(limits)}))
    else:
        print("\n\n".join([*(one.text for one in found), limits_text(limits)]))
    _to_stderr(f"{monotonic() - started:.0f} s, {process_time():.0f} s of processor time")
    return 0


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
