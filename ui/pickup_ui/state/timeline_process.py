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
_EDITS = (
    *("place", "relink", "switch_take", "insert_shots", "fill_gap"),
    *("keep", "remove", "split"),
)
_HOST_VARIABLES = ("PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "QT_PLUGIN_PATH")
"""After three crashes within 30 s it stays down. Seconds of reading before something else has its
turn. The methods that change the cut. A host's Python and Qt must not leak into it."""


@dataclass(frozen=True)
class _Call:
    method: str
    params: dict[str, Any]
    done: Answer
    failed: Failure


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
        """Ask for `method`. `done` gets the result, `failed` a PickupError. After `close` nothing
        is asked: a late timer must not start the process again."""
        if self._closing:
            return
        if self._process.state() is QProcess.ProcessState.NotRunning:
            self._process.start()
        call = _Call(method, params, done, failed or self.lost.emit)
        self._calls[self._next] = call
        self._send(self._next, method, params)
        self._next += 1

    def close(self) -> None:
        """End the process; answers that are still out are dropped."""
        self._closing = True
        self._calls.clear()
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

    def _send(self, number: int, method: str, params: dict[str, Any]) -> None:
        line = json.dumps({"id": number, "method": method, "params": params})
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
            self._remember(call, result)
            if isinstance(result, dict) and result.get("type") == "Snapshot":
                result = self._snapshots.whole(result)
            call.done(result)
        except PickupError as error:
            # Refused, or an answer of another version that cannot be read.
            self._snapshots.forget()
            self._calls.pop(number, None)
            call.failed(error)

    def _remember(self, call: _Call, result: Any) -> None:
        """Keep what is needed to rebuild the process after a crash."""
        match call.method:
            case "open":
                self._opened = call.params
                self._edits, self._undone = [], []
            case "relink" if not result["found"]:
                return
            case method if method in _EDITS:
                self._edits.append((method, call.params))
                self._undone = []
            case "undo" if self._edits:
                self._undone.append(self._edits.pop())
            case "redo" if self._undone:
                self._edits.append(self._undone.pop())

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
        self._fail_all(
            TimelineError(
                "The timeline process ended while it worked on "
                f"{self._opened.get('path', 'the cut')}; nothing was changed.",
                "It has been started again: try once more.",
                code="timeline.process",
            )
        )
        if self._opened and self._crashes < _MOST_CRASHES:
            self._restore()

    def _restore(self) -> None:
        """Open the cut again and carry out again what was not saved."""
        edits = list(self._edits)
        self._process.start()
        last = len(edits)

        def step(at: int, snapshot: Any) -> None:
            if at == last:
                self.call("snapshot", {}, self.reopened.emit)
                return
            self.call(*edits[at], lambda _: step(at + 1, snapshot))

        self.call("open", self._opened, lambda snapshot: step(0, snapshot))

    def _fail_all(self, error: PickupError) -> None:
        calls, self._calls = list(self._calls.values()), {}
        for call in calls:
            call.failed(error)

    def _forgive(self) -> None:
        self._crashes = 0
