"""The timeline process: the dock's only way to a cut, so that a hostile file cannot take it down.

Requests go out as JSON lines, answers come back as signals of Qt. A long answer is many lines,
which are read a few at a time. When the process dies it is started again, the cut is opened again,
and the edits that were not saved are carried out again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from pickup.errors import PickupError, TimelineError
from pickup_ui.state.snapshot_reader import SnapshotReader

Answer = Callable[[Any], None]
Failure = Callable[[PickupError], None]

_MOST_CRASHES = 3
_CALM_MS = 30_000
_READING = 0.006
_HOST_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH")
"""After three crashes within 30 s it stays down. Seconds of reading before something else has its
turn. A host's Python and Qt must not leak into it."""


@dataclass(frozen=True)
class _Call:
    method: str
    params: dict[str, Any]
    done: Answer
    failed: Failure
    again: bool = False
    """Whether it belongs to carrying out again what a crash took away."""


class TimelineProcess(QObject):
    """`call()` asks; the answer arrives on the GUI thread, a snapshot as a Snapshot and all else as
    JSON. `reopened` carries the new snapshot."""

    reopened = Signal(object)
    lost = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls: dict[int, _Call] = {}
        self._next = 1
        self._opened: dict[str, Any] = {}
        self._edits: list[tuple[str, dict[str, Any]]] = []
        self._undone: list[tuple[str, dict[str, Any]]] = []
        self._held: list[_Call] = []
        self._restoring = False
        self._crashes = 0
        self._closing = False
        self._snapshots = SnapshotReader()
        self._more = QTimer(self, interval=0, singleShot=True)
        self._more.timeout.connect(self._read)
        self._calm = QTimer(self, interval=_CALM_MS, singleShot=True)
        self._calm.timeout.connect(self._forgive)
        self._process = self._make()

    @property
    def pid(self) -> int:
        """The process id, 0 while it does not run."""
        return int(self._process.processId())

    def call(
        self, method: str, params: dict[str, Any], done: Answer, failed: Failure | None = None
    ) -> None:
        """Ask for `method`. `done` gets the result, `failed` a PickupError. What is asked while
        the cut is being restored waits for that. After `close` nothing is asked: a late timer must
        not start the process again."""
        call = _Call(method, params, done, failed or self.lost.emit)
        if self._restoring:
            self._held.append(call)
        elif not self._closing:
            self._ask(call)

    def close(self) -> None:
        """End the process; answers that are still out are dropped."""
        self._closing = True
        self._calls.clear()
        self._held.clear()
        self._calm.stop()
        self._more.stop()
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.closeWriteChannel()
            if not self._process.waitForFinished(1000):
                self._process.kill()
                self._process.waitForFinished(1000)

    def _make(self) -> QProcess:
        process = QProcess(self)
        process.setProgram(sys.executable)
        process.setArguments(["-X", "utf8", "-m", "pickup.timeline"])
        environment = QProcessEnvironment.systemEnvironment()
        for name in _HOST_VARIABLES:
            environment.remove(name)
        process.setProcessEnvironment(environment)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._not_started)
        return process

    def _ask(self, call: _Call) -> None:
        if self._process.state() is QProcess.ProcessState.NotRunning:
            self._process.start()
        line = json.dumps({"id": self._next, "method": call.method, "params": call.params})
        self._calls[self._next] = call
        self._next += 1
        self._process.write(line.encode() + b"\n")

    def _read(self) -> None:
        began = time.monotonic()
        while self._process.canReadLine():
            line = bytes(self._process.readLine().data())
            if line.strip():
                self._answer(json.loads(line))
            if time.monotonic() - began > _READING:
                self._more.start()
                return

    def _answer(self, message: dict[str, Any]) -> None:
        number = int(message.get("id") or 0)
        call = self._calls.get(number)
        if call is None:
            return
        try:
            if "items" in message:
                self._snapshots.take(message["items"])
                return
            del self._calls[number]
            if message.get("error") is not None:
                raise PickupError.from_json(message["error"])
            result = message.get("result")
            if not call.again:
                self._remember(call, "changed" in message)
            elif call.method != "open" and "changed" not in message:
                raise TimelineError("What it needs is gone.", code="timeline.process")
            if isinstance(result, dict) and result.get("type") == "Snapshot":
                result = self._snapshots.whole(result)
            call.done(result)
        except PickupError as error:
            # Refused, or an answer of another version that cannot be read.
            self._snapshots.forget()
            self._calls.pop(number, None)
            call.failed(error)

    def _remember(self, call: _Call, changed: bool) -> None:
        """Keep what is needed to rebuild the process after a crash."""
        match call.method:
            case "open":
                self._opened = call.params
                self._edits, self._undone = [], []
            case "undo":
                self._undone.append(self._edits.pop())
            case "redo":
                self._edits.append(self._undone.pop())
            case method if changed:
                self._edits.append((method, call.params))
                self._undone = []
            case _:
                pass

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart and not self._closing:
            self._fail_all(
                TimelineError(
                    f"The timeline process does not start: {sys.executable} cannot be run.",
                    "Reinstall Pickup.",
                    code="timeline.process",
                )
            )

    def _ended(self, _code: int, _status: QProcess.ExitStatus) -> None:
        if self._closing:
            return
        self._more.stop()
        self._process.readAllStandardOutput()
        self._snapshots.forget(everything=True)
        self._crashes += 1
        self._calm.start()
        self._restoring = bool(self._opened) and self._crashes < _MOST_CRASHES
        given_up = bool(self._opened) and not self._restoring
        opening = (call.params["path"] for call in self._calls.values() if call.method == "open")
        name = next(opening, self._opened.get("path", "the cut"))
        what = f"The timeline process ended while it worked on {name}"
        error = TimelineError(
            f"{what} and was not started again." if given_up else f"{what}; nothing was changed.",
            "Open the cut again: takes that were used are offered again."
            if given_up
            else "It has been started again: try once more.",
            code="timeline.process",
        )
        if given_up:
            self.lost.emit(error)
        self._fail_all(error)
        if self._restoring:
            self._restore()

    def _restore(self) -> None:
        """Open the cut again and carry out again what was not saved, as far as that goes."""
        edits, self._undone = list(self._edits), []

        def step(at: int) -> None:
            if at == len(edits):
                self._restored()
                return

            def failed(error: PickupError) -> None:
                self._edits = edits[:at]
                left = len(edits) - at
                self._restored()
                self.lost.emit(
                    TimelineError(
                        "The timeline process was started again without the last "
                        f"{'edit' if left == 1 else f'{left} edits'}: {error.message}",
                        error.hint,
                        code="timeline.process",
                    )
                )

            self._ask(_Call(*edits[at], lambda _: step(at + 1), failed, again=True))

        def not_opened(error: PickupError) -> None:
            self._restored()
            self.lost.emit(error)

        self._ask(_Call("open", self._opened, lambda _: step(0), not_opened, again=True))

    def _restored(self) -> None:
        """Go on with what is asked for; first of all the cut is shown as it is now."""
        held, self._held = self._held, []
        self._restoring = False
        self.call("snapshot", {}, self.reopened.emit)
        for call in held:
            self._ask(call)

    def _fail_all(self, error: PickupError) -> None:
        calls, self._calls = list(self._calls.values()), {}
        if not self._restoring:
            calls, self._held = calls + self._held, []
        for call in calls:
            if not call.again:
                call.failed(error)

    def _forgive(self) -> None:
        self._crashes = 0
