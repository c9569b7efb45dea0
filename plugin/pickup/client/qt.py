"""The engine for the dock: every answer arrives on the GUI thread, and nothing waits.

Qt's own network classes carry the bytes; `core` says what they are. The event stream is also the
lease that keeps the engine alive, and its end is how a crash is noticed.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, QUrl, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from pickup.client import core, launcher
from pickup.client.qt_stream import JobStream
from pickup.errors import EngineError, PickupError
from pickup.protocol import (
    JobStatus,
    JobSubmission,
    MediaRef,
    ModelInfo,
    PlacementState,
    RenderPlan,
    Request,
    Source,
)

T = TypeVar("T")
Done = Callable[[T], None]
Fail = Callable[[PickupError], None]

STARTING, READY, GONE = "starting", "ready", "gone"

_AGAIN_MS = 250
_CRASHES = 5
_CRASH_WINDOW = 60.0
_TRIES = 3


@dataclass
class _Pending:
    """A call that waits for the engine or its answer."""

    call: core.Call[Any]
    done: Callable[[Any], None]
    fail: Fail
    tries: int = 0
    needs_ready: bool = True


def _ignore(answer: object) -> None:
    return None


class QtEngine(QObject):
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
        self._net = QNetworkAccessManager(self)
        # A system proxy would be asked for 127.0.0.1 too.
        self._net.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._connection: core.Connection | None = None
        self._state = GONE
        self._error: PickupError | None = None
        self._folders: tuple[str, ...] = ()
        self._waiting: deque[_Pending] = deque()
        self._flying: dict[QNetworkReply, _Pending] = {}
        self._stream = JobStream(self._get, self._list_jobs, self)
        self._stream.job_changed.connect(self.job_changed)
        self._stream.resynced.connect(self.resynced)
        self._stream.ended.connect(self._lost)
        self._crashes: deque[float] = deque(maxlen=_CRASHES)
        self._starter: QProcess | None = None
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
        flying, self._flying = self._flying, {}
        for reply in flying:
            reply.abort()
        if self._starter is not None:
            self._starter.finished.disconnect()
            self._starter.kill()
            self._starter.waitForFinished(1000)
            self._starter = None

    # Requests

    def health(self, done: Done[core.Health], fail: Fail | None = None) -> None:
        """Who answers."""
        self._ask(core.health(), done, fail)

    def models(self, done: Done[tuple[ModelInfo, ...]], fail: Fail | None = None) -> None:
        """The model catalogue."""
        self._ask(core.models(), done, fail)

    def allow(
        self, folders: Sequence[str], done: Done[object] = _ignore, fail: Fail | None = None
    ) -> None:
        """Register project folders, now and after every restart of the engine."""

        def registered(roots: object) -> None:
            self._folders = tuple(dict.fromkeys((*self._folders, *folders)))
            done(roots)

        self._ask(core.allow(folders), registered, fail)

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
        """Make small JPEG files: for each source the paths of its pictures."""
        self._ask(core.preview(sources, height), done, fail)

    def plan(self, request: Request, done: Done[RenderPlan], fail: Fail | None = None) -> None:
        """What would be made."""
        self._ask(core.plan(request), done, fail)

    def submit(
        self, submission: JobSubmission, done: Done[JobStatus] = _ignore, fail: Fail | None = None
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

    def cancel(
        self, job_id: str, done: Done[JobStatus] = _ignore, fail: Fail | None = None
    ) -> None:
        """Cancel a job."""
        self._ask(core.cancel(job_id), done, fail)

    def retry(self, job_id: str, done: Done[JobStatus] = _ignore, fail: Fail | None = None) -> None:
        """Queue a failed or cancelled job again."""
        self._ask(core.retry(job_id), done, fail)

    def move(
        self,
        job_id: str,
        position: int,
        done: Done[JobStatus] = _ignore,
        fail: Fail | None = None,
    ) -> None:
        """Move a waiting job (1 = next)."""
        self._ask(core.move(job_id, position), done, fail)

    def set_placement(
        self,
        job_id: str,
        index: int,
        state: PlacementState,
        done: Done[JobStatus] = _ignore,
        fail: Fail | None = None,
    ) -> None:
        """Record a placement: `intended` before the edit, `placed` after it."""
        self._ask(core.set_placement(job_id, index, state), done, fail)

    def shutdown(
        self, force: bool = False, done: Done[None] = _ignore, fail: Fail | None = None
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

    def _look(self) -> None:
        connection = core.connection_from(launcher.connection_file())
        if connection is None:
            self._launch()
            return
        self._connection = connection
        check = _Pending(
            core.health(), self._found, lambda error: self._launch(), needs_ready=False
        )
        self._send(check)

    def _launch(self) -> None:
        # The launcher waits for the engine in a process of its own: this one must not wait.
        if self._starter is not None or self._state != STARTING:
            return
        starter = QProcess(self)
        program, *arguments = launcher.command("pickup.client.launcher")
        starter.setProgram(program)
        starter.setArguments(arguments)
        starter.setProcessEnvironment(_environment())
        starter.finished.connect(self._launched)
        starter.errorOccurred.connect(self._not_launched)
        self._starter = starter
        starter.start()

    def _launched(self, status: int) -> None:
        starter, self._starter = self._starter, None
        if starter is None:
            return
        output = bytes(starter.readAllStandardOutput().data())
        starter.deleteLater()
        if status == 0:
            self._look()
        else:
            self._leave(_launch_error(output))

    def _not_launched(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._starter = None
            self._leave(launcher.start_error("its Python cannot be run"))

    def _found(self, health: core.Health) -> None:
        try:
            core.check_version(health)
        except PickupError as error:
            self._leave(error)
            return
        missing = list(self._folders)

        def next_folder(answer: object = None) -> None:
            if missing:
                # A folder that is gone is no reason to stop; requests that need it are refused.
                call = core.allow([missing.pop()])
                self._send(_Pending(call, next_folder, next_folder, needs_ready=False))
            else:
                self._ready()

        next_folder()

    def _ready(self) -> None:
        self._stream.open()
        self._set_state(READY)
        waiting, self._waiting = self._waiting, deque()
        for pending in waiting:
            self._send(pending)

    def _lost(self) -> None:
        """The engine is gone without a word: find or start it again, but not for ever."""
        if self._state != READY:
            return
        if self._stopping:
            self._leave(_stopped())
            return
        now = time.monotonic()
        if len(self._crashes) == _CRASHES and now - self._crashes[0] < _CRASH_WINDOW:
            self._leave(launcher.start_error(f"it ended {_CRASHES + 1} times within a minute"))
            return
        self._crashes.append(now)
        self._set_state(STARTING)
        self._again.start()

    def _leave(self, error: PickupError) -> None:
        self._error = error
        self._set_state(GONE)
        self._stream.drop()
        waiting, self._waiting = self._waiting, deque()
        for pending in waiting:
            pending.fail(error)

    def _set_state(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)

    # Carrying bytes

    def _ask(self, call: core.Call[T], done: Done[T], fail: Fail | None) -> None:
        pending = _Pending(call, done, fail or self.failed.emit)
        if self._state == READY:
            self._send(pending)
        elif self._state == STARTING:
            self._waiting.append(pending)
        else:
            error = self._error or EngineError("The engine was not started.")
            # Later, as any other answer: the caller is not prepared to be called back at once.
            QTimer.singleShot(0, self, lambda: pending.fail(error))

    def _send(self, pending: _Pending) -> None:
        assert self._connection is not None
        pending.tries += 1
        call = pending.call
        request = self._request(call.path, call.headers(self._connection.token))
        request.setTransferTimeout(int(call.seconds * 1000))
        reply = self._net.sendCustomRequest(request, call.method.encode(), call.body or b"")
        self._flying[reply] = pending
        reply.finished.connect(lambda: self._answered(reply))

    def _get(self, path: str) -> QNetworkReply:
        assert self._connection is not None
        headers = core.Call("GET", path, _ignore).headers(self._connection.token)
        return self._net.get(self._request(path, headers))

    def _list_jobs(self, done: Done[core.Listing], fail: Fail) -> None:
        self._send(_Pending(core.jobs(), done, fail, needs_ready=False))

    def _request(self, path: str, headers: dict[str, str]) -> QNetworkRequest:
        assert self._connection is not None
        request = QNetworkRequest(QUrl(self._connection.url + path))
        for name, value in headers.items():
            request.setRawHeader(name.encode(), value.encode())
        attribute = QNetworkRequest.Attribute
        request.setAttribute(attribute.Http2AllowedAttribute, False)
        request.setAttribute(
            attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy
        )
        return request

    def _answered(self, reply: QNetworkReply) -> None:
        pending = self._flying.pop(reply, None)
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        body = bytes(reply.readAll().data())
        refused = reply.error() == QNetworkReply.NetworkError.ConnectionRefusedError
        reply.deleteLater()
        if pending is None:
            return
        if status is None:
            self._not_answered(pending, refused)
            return
        try:
            answer = pending.call.answer(status, body)
        except PickupError as error:
            pending.fail(error)
        else:
            pending.done(answer)

    def _not_answered(self, pending: _Pending, refused: bool) -> None:
        if not pending.needs_ready:
            pending.fail(EngineError("The engine does not answer.", code="engine.silent"))
        elif (refused or pending.call.repeatable) and pending.tries < _TRIES:
            self._waiting.append(pending)
            self._stream.drop()
        else:
            pending.fail(core.gone())


def _stopped() -> EngineError:
    return EngineError("The engine was stopped.", "Start it again.", code="engine.stopped")


def _environment() -> QProcessEnvironment:
    environment = QProcessEnvironment()
    for name, value in launcher.environment(os.environ).items():
        environment.insert(name, value)
    return environment


def _launch_error(output: bytes) -> PickupError:
    try:
        return PickupError.from_json(json.loads(output))
    except ValueError:
        return launcher.start_error("its launcher failed")
