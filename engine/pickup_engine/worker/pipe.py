"""The worker's end of the pipe to the service, and the progress that a job reports through it.

A reader thread listens to the service, so that a cancel or the service's end is noticed while the
main thread computes. When the pipe closes, the service is gone and the process ends at once: the
files it was writing have temporary names, and the next service removes them.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from pickup.errors import Cancelled
from pickup.paths import cache_dir
from pickup.protocol import JobPhase, Take
from pickup_engine.jobs.messages import (
    Cancel,
    PhaseBegan,
    PreviewMade,
    Ready,
    Reply,
    Run,
    StepDone,
    TakeMade,
    Timed,
    command_from,
    to_line,
)
from pickup_engine.worker.backends.base import Bytes, Report

_STEP_SECONDS = 0.05


class JobEvents(Report, Protocol):
    """How a job tells the service where it is. Every call raises Cancelled after a cancel, except
    `take`: what is published is told."""

    @property
    def finished_takes(self) -> tuple[int, ...]:
        """Takes that an earlier attempt published: they must not be made or written again."""

    def take(self, take: Take) -> None:
        """The files of a take stand under their final names. Call it right after `os.replace`."""

    def timing(self, name: str, seconds: float) -> None:
        """One part of the job took `seconds`; parts of the same name add up."""


class Pipe:
    """Commands in, replies out. Replies may be sent from any thread."""

    def __init__(self, commands: BinaryIO, replies: BinaryIO) -> None:
        self._commands = commands
        self._replies = replies
        self._runs: queue.SimpleQueue[Run] = queue.SimpleQueue()
        self._cancelled: set[tuple[str, int]] = set()
        self._lock = threading.Lock()

    def open(self) -> None:
        """Start listening and say so."""
        threading.Thread(target=self._listen, name="pipe", daemon=True).start()
        self.send(Ready(os.getpid()))

    def runs(self) -> Iterator[Run]:
        """Jobs to carry out, one after the other; waits for the next one."""
        while True:
            yield self._runs.get()

    def is_cancelled(self, job: str, attempt: int) -> bool:
        """Whether the service has asked to stop this attempt."""
        return (job, attempt) in self._cancelled

    def send(self, reply: Reply) -> None:
        """Write one line; ends the process where the service is gone."""
        with self._lock:
            try:
                self._replies.write(to_line(reply))
                self._replies.flush()
            except BrokenPipeError:
                os._exit(0)

    def _listen(self) -> None:
        for line in self._commands:
            match command_from(line):
                case Run() as run:
                    self._runs.put(run)
                case Cancel() as cancel:
                    self._cancelled.add((cancel.job, cancel.attempt))
        # Not sys.exit: the main thread may be deep inside a model, and nothing is left to tidy up.
        os._exit(0)


class PipeEvents:
    """`JobEvents` of one attempt, sent through a pipe."""

    def __init__(self, pipe: Pipe, run: Run) -> None:
        self._pipe = pipe
        self._run = run
        self._fence = (run.submission.id, run.attempt)
        self._step = 0
        self._steps = 0
        self._told = 0.0
        self._looks = 0
        self._looked: Path | None = None

    @property
    def finished_takes(self) -> tuple[int, ...]:
        """Takes that an earlier attempt published."""
        return self._run.finished_takes

    def phase(self, phase: JobPhase, steps: int) -> None:
        """A phase begins."""
        self._check()
        self._step, self._steps, self._told = 0, steps, 0.0
        self._pipe.send(PhaseBegan(*self._fence, phase, steps))

    def step(self) -> None:
        """One more step is done. Told at most twenty times a second, and the last one always."""
        self._check()
        self._step += 1
        now = time.monotonic()
        if now - self._told >= _STEP_SECONDS or self._step == self._steps:
            self._told = now
            self._pipe.send(StepDone(*self._fence, self._step))

    def take(self, take: Take) -> None:
        """A take is published."""
        self._pipe.send(TakeMade(*self._fence, take))

    def look(self, picture: Bytes) -> None:
        """Write the picture as a small JPEG file and tell its name; the one before it goes.

        Each has a name of its own, so that no client shows an old picture from its cache.
        """
        self._check()
        # Imported here: it loads cv2, and the pipe answers before.
        from pickup_engine.media.jpeg import write_jpeg

        folder = cache_dir() / "looks"
        folder.mkdir(exist_ok=True)
        self._looks += 1
        job, attempt = self._fence
        path = folder / f"{job}.a{attempt}.{self._looks}.jpg"
        write_jpeg(picture, path)
        self._pipe.send(PreviewMade(job, attempt, str(path)))
        if self._looked is not None:
            self._looked.unlink(missing_ok=True)
        self._looked = path

    def close(self) -> None:
        """Remove the last picture of how it went: there are takes now, or nothing."""
        if self._looked is not None:
            self._looked.unlink(missing_ok=True)

    def timing(self, name: str, seconds: float) -> None:
        """A part is done."""
        self._check()
        self._pipe.send(Timed(*self._fence, name, seconds))

    def _check(self) -> None:
        if self._pipe.is_cancelled(*self._fence):
            raise Cancelled(f"Job {self._fence[0]} was cancelled.")
