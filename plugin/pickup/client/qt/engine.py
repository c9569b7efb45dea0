"""The engine for the dock: every answer arrives on the GUI thread, and nothing waits.

Qt's own network classes carry the bytes; `core` says what they are. The event stream is also the
lease that keeps the engine alive, and its end is how a crash is noticed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from pickup.client import core, launcher
from pickup.client.qt.launch import QtLauncher
from pickup.client.qt.link import Ask, Fail, QtLink
from pickup.client.qt.model_requests import Done, ModelRequests, ignore
from pickup.client.qt.stream import JobStream
from pickup.errors import EngineError, PickupError
from pickup.protocol import (
    JobStatus,
    JobSubmission,
    MediaRef,
    PlacementState,
    RenderPlan,
    Request,
    Source,
)

T = TypeVar("T")

STARTING, READY, GONE = "starting", "ready", "gone"

_AGAIN_MS = 250
_CRASHES = 5
_CRASH_WINDOW = 60.0
_TRIES = 3


@dataclass
class _Pending:
    """A call that waits to be sent or answered. What is behind a barrier waits for its answer."""

    call: core.Call[Any]
    done: Callable[[Any], None]
    fail: Fail
    barrier: bool = False
    tries: int = 0


class QtEngine(ModelRequests, QObject):
    """Finds or starts the engine, follows its jobs, and asks it things.

    Requests made before it is `ready` are kept and sent then. `start()` begins; call it again after
    `gone`. Where no `fail` is given, errors go to the signal `failed`.
    """

    state_changed = Signal(str)
    """`starting`, `ready` or `gone`; of the last one `error` says why."""
    job_changed = Signal(object)
    """A JobStatus."""
    resynced = Signal()
    """Every job was just told by `job_changed`; what was not told exists no more."""
    failed = Signal(object)
    """A PickupError of a request that has no handler of its own."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = QtLink(self)
        self._launcher = QtLauncher(self)
        self._launcher.started.connect(lambda: self._look(launch=False))
        self._launcher.failed.connect(self._leave)
        self._stream = JobStream(self._link.stream, self._list_jobs, self)
        self._stream.job_changed.connect(self.job_changed)
        self._stream.resynced.connect(self.resynced)
        self._stream.ended.connect(self._lost)
        self._state = GONE
        self._error: PickupError | None = None
        self._folders: tuple[str, ...] = ()
        self._waiting: deque[_Pending] = deque()
        self._barrier = False
        self._crashes: deque[float] = deque(maxlen=_CRASHES)
        self._stopping = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._look)

    @property
    def state(self) -> str:
        """`starting`, `ready` or `gone`."""
        return self._state

    @property
    def error(self) -> PickupError | None:
        """Why the engine is gone."""
        return self._error

    def start(self) -> None:
        """Find the engine or start it; `state_changed` tells the rest."""
        if self._state == GONE:
            self._crashes.clear()
            self._stopping = False
            self._set_state(STARTING)
            self._look()

    def close(self) -> None:
        """Let go of the engine, which goes on by itself. Pending requests are dropped."""
        self._state = GONE
        self._again.stop()
        self._stream.drop()
        self._waiting.clear()
        self._link.forget()
        self._launcher.stop()

    # Requests

    def health(self, done: Done[core.Health], fail: Fail | None = None) -> None:
        """Who answers."""
        self._ask(core.health(), done, fail)

    def allow(
        self, folders: Sequence[str], done: Done[object] = ignore, fail: Fail | None = None
    ) -> None:
        """Register project folders, now and after every restart of the engine. What is asked
        afterwards is sent afterwards."""

        def registered(roots: object) -> None:
            self._folders = tuple(dict.fromkeys((*self._folders, *folders)))
            done(roots)

        self._ask(core.allow(folders), registered, fail, barrier=True)

    def probe_each(
        self,
        paths: Sequence[str],
        done: Done[list[MediaRef | PickupError]],
        fail: Fail | None = None,
    ) -> None:
        """Measure media files: a MediaRef or the reason why not, in order."""
        self._ask(core.probe(paths), done, fail)

    def preview(
        self,
        sources: Sequence[Source],
        height: int,
        done: Done[list[list[str]]],
        fail: Fail | None = None,
    ) -> None:
        """Make small JPEG files, or with a height of 0 full frames as PNG: for each source the
        paths of its pictures."""
        self._ask(core.preview(sources, height), done, fail)

    def plan(self, request: Request, done: Done[RenderPlan], fail: Fail | None = None) -> None:
        """What would be made."""
        self._ask(core.plan(request), done, fail)

    def submit(
        self, submission: JobSubmission, done: Done[JobStatus] = ignore, fail: Fail | None = None
    ) -> None:
        """Queue a job; the same id again gives the same job."""
        self._ask(core.submit(submission), done, fail)

    def jobs(
        self, done: Done[list[JobStatus]], fail: Fail | None = None, unplaced: bool = False
    ) -> None:
        """All jobs, newest first."""
        self._ask(core.jobs(unplaced), lambda listing: done(list(listing.jobs)), fail)

    def job(self, job_id: str, done: Done[JobStatus], fail: Fail | None = None) -> None:
        """One job."""
        self._ask(core.job(job_id), done, fail)

    def cancel(self, job_id: str, done: Done[JobStatus] = ignore, fail: Fail | None = None) -> None:
        """Cancel a job."""
        self._ask(core.cancel(job_id), done, fail)

    def retry(self, job_id: str, done: Done[JobStatus] = ignore, fail: Fail | None = None) -> None:
        """Queue a failed or cancelled job again."""
        self._ask(core.retry(job_id), done, fail)

    def move(
        self,
        job_id: str,
        position: int,
        done: Done[JobStatus] = ignore,
        fail: Fail | None = None,
    ) -> None:
        """Move a waiting job (1 = next)."""
        self._ask(core.move(job_id, position), done, fail)

    def set_placement(
        self,
        job_id: str,
        index: int,
        state: PlacementState,
        done: Done[JobStatus] = ignore,
        fail: Fail | None = None,
    ) -> None:
        """Record a placement: `intended` before the edit, `placed` after it."""
        self._ask(core.set_placement(job_id, index, state), done, fail)

    def shutdown(
        self, force: bool = False, done: Done[None] = ignore, fail: Fail | None = None
    ) -> None:
        """End the engine. It is not started again until `start` is called."""

        def ended(answer: None) -> None:
            self._leave(_stopped())
            done(answer)

        def refused(error: PickupError) -> None:
            self._stopping = False
            (fail or self.failed.emit)(error)

        self._stopping = True
        self._ask(core.shutdown(force), ended, refused)

    # Finding and starting

    def _look(self, launch: bool = True) -> None:
        self._link.connection = core.connection_from(launcher.connection_file())
        if self._link.connection is not None:
            self._send_first(core.health(), self._found, self._not_found(launch))
        else:
            self._not_found(launch)()

    def _not_found(self, launch: bool) -> Callable[[], None]:
        def act() -> None:
            if launch:
                self._launcher.start()
            else:
                self._leave(launcher.start_error("it started but does not answer"))

        return act

    def _found(self, health: core.Health) -> None:
        try:
            core.check_version(health)
        except PickupError as error:
            self._leave(error)
            return
        self._allow_again(list(self._folders))

    def _allow_again(self, folders: list[str]) -> None:
        if not folders:
            self._ready()
            return

        def further(answer: object = None) -> None:
            self._allow_again(folders[1:])

        # A folder that is gone is no reason to stop; requests that need it are refused by name.
        self._send_first(core.allow(folders[:1]), further, further)

    def _send_first(self, call: core.Call[T], done: Done[T], otherwise: Callable[[], None]) -> None:
        """Send a call of the time before `ready`; any failure leads to `otherwise`."""
        self._link.send(Ask(call, done, lambda error: otherwise(), lambda begun: otherwise()))

    def _ready(self) -> None:
        self._stream.open()
        self._set_state(READY)
        self._flush()

    def _lost(self) -> None:
        """The engine is gone without a word: find or start it again, but not for ever."""
        if self._state != READY:
            return
        now = time.monotonic()
        if self._stopping:
            self._leave(_stopped())
        elif len(self._crashes) == _CRASHES and now - self._crashes[0] < _CRASH_WINDOW:
            self._leave(launcher.start_error(f"it ended {_CRASHES + 1} times within a minute"))
        else:
            self._crashes.append(now)
            self._set_state(STARTING)
            self._again.start()

    def _leave(self, error: PickupError) -> None:
        self._error = error
        self._set_state(GONE)
        self._stream.drop()
        self._barrier = False
        waiting, self._waiting = self._waiting, deque()
        for pending in waiting:
            pending.fail(error)

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)

    # Asking

    def _ask(
        self, call: core.Call[T], done: Done[T], fail: Fail | None, barrier: bool = False
    ) -> None:
        pending = _Pending(call, done, fail or self.failed.emit, barrier)
        if self._state == GONE:
            error = self._error or EngineError("The engine was not started.")
            # Later, as any other answer: the caller is not prepared to be called back at once.
            QTimer.singleShot(0, self, lambda: pending.fail(error))
            return
        self._waiting.append(pending)
        self._flush()

    def _flush(self) -> None:
        while self._state == READY and self._waiting and not self._barrier:
            pending = self._waiting.popleft()
            self._barrier = pending.barrier
            self._send(pending)

    def _send(self, pending: _Pending) -> None:
        pending.tries += 1

        def done(answer: object) -> None:
            self._settle(pending)
            pending.done(answer)

        def fail(error: PickupError) -> None:
            self._settle(pending)
            pending.fail(error)

        def lost(begun: bool) -> None:
            if (begun and not pending.call.repeatable) or pending.tries == _TRIES:
                fail(core.gone())
                return
            self._barrier = self._barrier and not pending.barrier
            self._waiting.appendleft(pending)
            self._stream.drop()

        self._link.send(Ask(pending.call, done, fail, lost))

    def _settle(self, pending: _Pending) -> None:
        if pending.barrier:
            self._barrier = False
            self._flush()

    def _list_jobs(self, done: Done[core.Listing], fail: Fail) -> None:
        self._link.send(Ask(core.jobs(), done, fail, lambda begun: fail(core.gone())))


def _stopped() -> EngineError:
    return EngineError("The engine was stopped.", "Start it again.", code="engine.stopped")
