"""Starts the engine without waiting for it: the launcher waits in a process of its own."""

from __future__ import annotations

import json
import os

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from pickup.client import launcher
from pickup.errors import PickupError


class QtLauncher(QObject):
    """Runs `python -m pickup.client.launcher`, which finds or starts the engine and ends."""

    started = Signal()
    """The engine answers; its connection file is there."""
    failed = Signal(object)
    """A PickupError: no engine could be started."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None

    def start(self) -> None:
        """Begin; `started` or `failed` follows. Does nothing while it is under way."""
        if self._process is not None:
            return
        process = QProcess(self)
        program, *arguments = launcher.command("pickup.client.launcher")
        process.setProgram(program)
        process.setArguments(arguments)
        process.setProcessEnvironment(_environment())
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._error)
        self._process = process
        process.start()

    def stop(self) -> None:
        """Wait no longer; an engine that is starting goes on."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.waitForFinished(1000)

    def _finished(self, status: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        output = bytes(process.readAllStandardOutput().data())
        process.deleteLater()
        if status == 0:
            self.started.emit()
        else:
            self.failed.emit(_reason(output))

    def _error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._process = None
            self.failed.emit(launcher.start_error("its Python cannot be run"))


def _environment() -> QProcessEnvironment:
    environment = QProcessEnvironment()
    for name, value in launcher.environment(os.environ).items():
        environment.insert(name, value)
    return environment


def _reason(output: bytes) -> PickupError:
    try:
        return PickupError.from_json(json.loads(output))
    except ValueError:
        return launcher.start_error("its launcher failed")
