"""What a command prints: text for people, one JSON object as the last line for programs."""

from __future__ import annotations

import json
import shutil
import sys
import time
from dataclasses import dataclass, field

from pickup.errors import PickupError
from pickup.protocol import JobState, JobStatus

_BAR = 24


@dataclass
class Console:
    """Text goes to stdout, or to stderr when stdout carries JSON; progress only to a terminal."""

    json: bool = False
    _drawn: float = field(default=0.0, init=False)

    def say(self, text: str) -> None:
        """A sentence for a person."""
        self._clear()
        print(text, file=sys.stderr if self.json else sys.stdout, flush=True)

    def warn(self, text: str) -> None:
        """A sentence that a person should not miss."""
        self._clear()
        print(text, file=sys.stderr, flush=True)

    def result(self, value: object) -> None:
        """The JSON object, as the last line; nothing without `--json`."""
        self._clear()
        if self.json:
            print(json.dumps(value), flush=True)

    def fail(self, error: PickupError) -> None:
        """Report a failure in both forms."""
        self.warn(f"{error.message} {error.hint}".strip())
        self.result({"error": error.to_json()})

    def progress(self, job: JobStatus) -> None:
        """Draw how far a job is."""
        phase = job.phase.value if job.phase else job.state.value
        steps = f" {job.step}/{job.steps}" if job.steps > 1 else ""
        left = f", {job.eta:.0f} s left" if job.eta is not None else ""
        self.bar(job.progress, phase + steps + left)
        if job.state not in (JobState.QUEUED, JobState.RUNNING, JobState.INTERRUPTED):
            self._clear()

    def bar(self, share: float, text: str) -> None:
        """Draw a bar, at most ten times a second, where stderr is a terminal."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._drawn < 0.1:
            return
        self._drawn = now
        filled = round(share * _BAR)
        line = f"  {'█' * filled}{'░' * (_BAR - filled)} {text}"
        width = shutil.get_terminal_size().columns - 1
        print("\r" + line[:width].ljust(width), end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._drawn:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + " " * width + "\r", end="", file=sys.stderr, flush=True)
            self._drawn = 0.0
