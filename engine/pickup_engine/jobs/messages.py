"""What service and worker say to each other: one JSON object per line, typed and fenced.

Commands go to the worker's stdin, replies come from a private copy of its stdout. Every reply names
job *and attempt*, so that a late word of an abandoned attempt is never taken for the current one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias

from pickup.errors import EngineError
from pickup.protocol import JobPhase, JobSubmission, RenderPlan, Take, decode, encode


@dataclass(frozen=True)
class Run:
    """Carry out a job. Earlier attempts published `finished_takes`: they are not made again."""

    submission: JobSubmission
    plan: RenderPlan
    attempt: int
    finished_takes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Cancel:
    """Stop at the next step."""

    job: str
    attempt: int


Command: TypeAlias = Run | Cancel


@dataclass(frozen=True)
class Ready:
    """The worker listens. Sent before any model code is imported."""

    pid: int


@dataclass(frozen=True)
class PhaseBegan:
    """A phase of `steps` steps begins (0 = unknown)."""

    job: str
    attempt: int
    phase: JobPhase
    steps: int


@dataclass(frozen=True)
class StepDone:
    """`step` steps of the current phase are done."""

    job: str
    attempt: int
    step: int


@dataclass(frozen=True)
class PreviewMade:
    """A small JPEG file shows how it is going."""

    job: str
    attempt: int
    path: str


@dataclass(frozen=True)
class TakeMade:
    """A take's files stand under their final names."""

    job: str
    attempt: int
    take: Take


@dataclass(frozen=True)
class Timed:
    """One part of the job took `seconds`."""

    job: str
    attempt: int
    name: str
    seconds: float


@dataclass(frozen=True)
class Finished:
    """The job is done; all its takes were reported before."""

    job: str
    attempt: int


@dataclass(frozen=True)
class Failed:
    """The job cannot be done; `error` is the wire form of a PickupError."""

    job: str
    attempt: int
    error: dict[str, str]


@dataclass(frozen=True)
class Stopped:
    """The job ended because it was cancelled."""

    job: str
    attempt: int


Progress: TypeAlias = PhaseBegan | StepDone | PreviewMade | TakeMade | Timed
Verdict: TypeAlias = Finished | Failed | Stopped
Reply: TypeAlias = Ready | Progress | Verdict


def to_line(message: Command | Reply) -> bytes:
    """One line, newline included."""
    return json.dumps(encode(message), separators=(",", ":")).encode() + b"\n"


def command_from(line: bytes) -> Command:
    """Read a line of the service. Raises PickupError for anything else."""
    message: Command = decode(Command, _json(line))
    return message


def reply_from(line: bytes) -> Reply:
    """Read a line of the worker. Raises PickupError for anything else."""
    message: Reply = decode(Reply, _json(line))
    return message


def _json(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        raise EngineError(
            f"Service and worker do not understand each other: {error}.",
            "Restart the engine with `pickup engine stop`.",
            code="engine.pipe",
        ) from error
