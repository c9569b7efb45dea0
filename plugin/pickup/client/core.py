"""Requests and answers without any input or output: what both transports share.

A `Call` says what to send and how to read the answer; the transports only carry bytes.
"""

from __future__ import annotations

import http
import json
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pickup.errors import EngineError, PickupError
from pickup.protocol import (
    VERSION,
    JobStatus,
    JobSubmission,
    MediaRef,
    PlacementState,
    RenderPlan,
    Request,
    Source,
    decode,
    encode,
)

T = TypeVar("T")

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TIME_DIGITS = 8
_RANDOM_DIGITS = 6


@dataclass(frozen=True)
class Connection:
    """The connection file: where the engine listens and the word that opens it."""

    url: str
    token: str
    pid: int
    protocol: int
    version: str

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        return host, int(port)


@dataclass(frozen=True)
class Health:
    """Who answers. `worker` is the process id of the worker, None where none runs."""

    pid: int
    protocol: int
    version: str
    busy: bool
    worker: int | None = None
    roots: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listing:
    """Jobs as they stand; events with a number up to `seq` tell nothing newer."""

    jobs: tuple[JobStatus, ...]
    seq: int


@dataclass(frozen=True)
class _Roots:
    roots: tuple[str, ...]


@dataclass(frozen=True)
class _Probes:
    media: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class _Frames:
    frames: tuple[tuple[str, ...], ...]


class UnknownClient(EngineError):
    """The engine at this address has another token: it is not the one of our connection file."""

    def __init__(self) -> None:
        super().__init__(
            "The engine does not know this client.",
            "Restart the engine with `pickup engine stop`.",
            code="engine.token",
        )


@dataclass(frozen=True)
class Call(Generic[T]):
    """One request. `repeatable`: sending it twice does what sending it once does."""

    method: str
    path: str
    read: Callable[[Any], T]
    body: bytes | None = None
    seconds: float = 30.0
    repeatable: bool = True

    def headers(self, token: str) -> dict[str, str]:
        """What the engine's guard asks for."""
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def answer(self, status: int, body: bytes) -> T:
        """Read the answer. Raises the engine's own error, or EngineError for nonsense."""
        try:
            data = json.loads(body)
        except ValueError as error:
            raise _nonsense(self.path, status) from error
        if 200 <= status < 300:
            return self.read(data)
        if isinstance(data, dict) and "error" in data:
            if status == http.HTTPStatus.UNAUTHORIZED:
                raise UnknownClient
            raise PickupError.from_json(data["error"])
        raise _nonsense(self.path, status)


def connection_from(file: Path) -> Connection | None:
    """Read the connection file; None where there is none, or none that makes sense."""
    try:
        found: Connection = decode(Connection, json.loads(file.read_text(encoding="utf-8")))
        found.address  # noqa: B018 - a malformed address is found here, not at the first request
    except (OSError, ValueError, PickupError):
        return None
    return found


def check_version(health: Health) -> None:
    """Raise EngineError where the engine speaks another protocol than this client."""
    if health.protocol != VERSION:
        raise EngineError(
            f"The running engine (Pickup {health.version}) does not fit this Pickup.",
            "Stop it with `pickup engine stop`; the right one then starts by itself.",
            code="engine.version",
        )


def new_job_id() -> str:
    """14 lower-case letters and digits that sort by time (milliseconds) and fit into file names."""
    return _base36(time.time_ns() // 1_000_000, _TIME_DIGITS) + _base36(
        secrets.randbelow(36**_RANDOM_DIGITS), _RANDOM_DIGITS
    )


def health() -> Call[Health]:
    """Who answers."""
    return Call("GET", "/v1/health", reader(Health), seconds=5.0)


def allow(folders: Sequence[str]) -> Call[tuple[str, ...]]:
    """Register project folders; the answer is all of them, resolved."""
    return post("/v1/roots", {"folders": list(folders)}, _read_roots)


def probe(paths: Sequence[str]) -> Call[list[MediaRef | PickupError]]:
    """Measure media files: a MediaRef or the reason why not, in order."""
    # The engine's own limit is 20 seconds for 40 files, several times over where one hangs.
    return post("/v1/media/probe", {"paths": list(paths)}, _read_probes, seconds=120.0)


def preview(sources: Sequence[Source], height: int) -> Call[list[list[str]]]:
    """Make small JPEG files, or with a height of 0 full frames as PNG: for each source the paths of
    its pictures."""
    body = {"sources": encode(tuple(sources)), "height": height}
    return post("/v1/media/preview", body, _read_frames, seconds=150.0)


def plan(request: Request) -> Call[RenderPlan]:
    """What would be made."""
    return post("/v1/plan", {"request": encode(request)}, reader(RenderPlan))


def submit(submission: JobSubmission) -> Call[JobStatus]:
    """Queue a job; the same id again gives the same job."""
    return post("/v1/jobs", encode(submission), reader(JobStatus))


def jobs(unplaced: bool = False, job_id: str = "") -> Call[Listing]:
    """All jobs, newest first; `unplaced` leaves those that a client still has to deal with, and
    `job_id` a single one."""
    query = f"id={quote(job_id, safe='')}" if job_id else f"unplaced={int(unplaced)}"
    return Call("GET", f"/v1/jobs?{query}", reader(Listing))


def job(job_id: str) -> Call[JobStatus]:
    """One job."""
    return Call("GET", _job_path(job_id), reader(JobStatus))


def cancel(job_id: str) -> Call[JobStatus]:
    """Cancel a job; one that is final stays as it is."""
    return post(_job_path(job_id, "/cancel"), {}, reader(JobStatus))


def retry(job_id: str) -> Call[JobStatus]:
    """Queue a failed or cancelled job again."""
    return post(_job_path(job_id, "/retry"), {}, reader(JobStatus), repeatable=False)


def move(job_id: str, position: int) -> Call[JobStatus]:
    """Move a waiting job (1 = next)."""
    return post(_job_path(job_id, "/move"), {"position": position}, reader(JobStatus))


def set_placement(job_id: str, index: int, state: PlacementState) -> Call[JobStatus]:
    """Record where the placement of a take stands."""
    path = f"/v1/takes/{quote(job_id, safe='')}/{index}/placement"
    return post(path, {"state": state.value}, reader(JobStatus), repeatable=False)


def shutdown(force: bool = False) -> Call[None]:
    """End the engine; refused while jobs wait or run, unless forced."""
    return post("/v1/shutdown", {"force": force}, lambda data: None, repeatable=False)


def silent(seconds: float) -> EngineError:
    """No answer in time."""
    return EngineError(
        f"The engine did not answer within {seconds:.0f} seconds.",
        "Wait for the machine to be less busy, or restart the engine: `pickup engine stop`.",
        code="engine.silent",
    )


def gone() -> EngineError:
    """The connection broke before the answer."""
    return EngineError(
        "The engine went away while it was asked.",
        "Look at the jobs before trying again.",
        code="engine.gone",
    )


def events_path(after: int) -> str:
    """The event stream after event `after`."""
    return f"/v1/events?after={after}"


def post(
    path: str,
    body: object,
    read: Callable[[Any], T],
    seconds: float = 30.0,
    repeatable: bool = True,
) -> Call[T]:
    """A POST of a JSON body whose answer `read` understands."""
    return Call("POST", path, read, json.dumps(body).encode(), seconds, repeatable)


def _job_path(job_id: str, action: str = "") -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}{action}"


def reader(kind: type[T]) -> Callable[[Any], T]:
    """Reads an answer that is one value of that type."""
    return lambda data: decode(kind, data)


def _read_roots(data: Any) -> tuple[str, ...]:
    return reader(_Roots)(data).roots


def _read_probes(data: Any) -> list[MediaRef | PickupError]:
    found: list[MediaRef | PickupError] = []
    for item in reader(_Probes)(data).media:
        found.append(
            PickupError.from_json(item["error"]) if "error" in item else reader(MediaRef)(item)
        )
    return found


def _read_frames(data: Any) -> list[list[str]]:
    return [list(paths) for paths in reader(_Frames)(data).frames]


def _nonsense(path: str, status: int) -> EngineError:
    return EngineError(
        f"The engine gave an answer to {path} that makes no sense (status {status}).",
        "Restart it with `pickup engine stop`; its log may say more.",
        code="engine.answer",
    )


def _base36(number: int, digits: int) -> str:
    text = ""
    for _ in range(digits):
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text
