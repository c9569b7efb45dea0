"""What a job is, in this order and nowhere else.

decode → conform in → generate → render → composite → encode → measure → sidecar → publish
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

from pickup.errors import ModelError
from pickup.protocol import JobPhase, JobSubmission, RenderPlan
from pickup_engine.models.catalogue import found, rules_for
from pickup_engine.models.entry import Family
from pickup_engine.worker.backends.base import Backend, Report
from pickup_engine.worker.material import gather, open_runs
from pickup_engine.worker.pipe import JobEvents
from pickup_engine.worker.publish import Publisher

_State: TypeAlias = tuple[str, tuple[tuple[str, int, int], ...]]


class Backends:
    """The model that this worker holds: loaded once, kept between jobs until another is asked for,
    or until its files on the disk are others.

    Two of the large ones would not fit.
    """

    def __init__(self) -> None:
        self._made: dict[str, tuple[_State, Backend]] = {}

    def ready(self, model: str, report: Report) -> Backend:
        """The backend of a catalogue id or folder, loaded. Raises ModelError."""
        report.phase(JobPhase.LOADING, 1)
        for name, (_, other) in self._made.items():
            if name != model:
                other.unload()
        backend = self._backend(model)
        backend.load(report)
        report.step()
        return backend

    def _backend(self, model: str) -> Backend:
        one = found(model)
        if one.folder is None:
            raise ModelError(
                f"The model “{model}” is not installed.",
                f"Get it with `pickup models pull {model}`, or use another one.",
                code="model.not_installed",
            )
        state = _state_of(one.folder)
        before = self._made.pop(model, None)
        if before is not None and before[0] != state:
            # Pulled again, mended or replaced: nothing of what was held may be mixed with it.
            before[1].unload()
            before = None
        self._made[model] = before or (state, _make(model, one.family, one.folder))
        return self._made[model][1]


def _state_of(folder: Path) -> _State:
    """Where a model lies, and the size and time of its files."""
    found = sorted(path for pattern in ("*", "*/*") for path in folder.glob(pattern))
    stats = [(path.relative_to(folder).as_posix(), path.stat()) for path in found if path.is_file()]
    return str(folder), tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def _make(model: str, family: str, folder: Path) -> Backend:
    # Imported here: a worker loads the code of the families that it is asked for.
    match family:
        case Family.MOTION:
            from pickup_engine.worker.backends.motion.backend import MotionBackend

            return MotionBackend(folder)
        case Family.WAN_VACE:
            from pickup_engine.worker.backends.wan_vace.backend import WanVaceBackend
            from pickup_engine.worker.backends.wan_vace.helpers import Helpers

            return WanVaceBackend(folder, Helpers(model))
    raise ModelError(
        f"The model “{model}” is in the catalogue but has no engine here.",
        "Reinstall Pickup.",
        code="model.no_backend",
    )


def run_job(
    submission: JobSubmission,
    plan: RenderPlan,
    attempt: int,
    events: JobEvents,
    backends: Backends,
) -> None:
    """Carry out one attempt of a job. Raises PickupError; what was half made is removed.

    Takes that an earlier attempt published are not made again.
    """
    request = submission.request
    spent: dict[str, float] = {}
    wanted = [take for take in range(request.takes) if take not in events.finished_takes]
    with _timed(events, spent, "loading"):
        backend = backends.ready(request.model, events)
    with open_runs(request) as runs:
        with _timed(events, spent, "decoding"):
            material = gather(request, plan, rules_for(request.model), runs, events)
        publisher = Publisher(submission, plan, attempt, backend, material, events)
        made = backend.expand(material.conditioning, wanted, events)
        for take in wanted:
            with _timed(events, spent, "generating"):
                generated = next(made)
            with ExitStack() as unless_told:
                unless_told.callback(publisher.withdraw, take)
                with _timed(events, spent, "rendering"):
                    written = publisher.render(take, generated)
                with _timed(events, spent, "publishing"):
                    finished = publisher.publish(take, generated, written, spent)
                unless_told.pop_all()
            events.take(finished)


@contextmanager
def _timed(events: JobEvents, spent: dict[str, float], name: str) -> Iterator[None]:
    """Tell how long a part took, and keep it for the recipes: seconds of this attempt so far."""
    started = time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    spent[name] = round(spent.get(name, 0.0) + seconds, 3)
    events.timing(name, seconds)
