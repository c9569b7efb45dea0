"""The engine for scripts and the `pickup` command: plain calls over http.client."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from pickup.client import core, launcher, model_calls
from pickup.client.sse import EventParser, Resync
from pickup.errors import EngineError, PickupError, RequestError
from pickup.protocol import (
    FINAL_STATES,
    JobEvent,
    JobStatus,
    JobSubmission,
    MediaRef,
    ModelInfo,
    ModelTransfer,
    PlacementState,
    RenderPlan,
    Request,
    Source,
)

_SILENCE_SECONDS = 15.0
"""The engine says something every 5 seconds; after this it is taken for gone."""
_READ_BYTES = 1 << 16
_TRIES = 3
_STOP_SECONDS = 10.0
_RECONNECT_SECONDS = 0.05


class Engine:
    """A connection to the engine. Where the engine is gone, it is started again, and the call
    repeated if that does no harm. Safe to use from several threads: nothing is kept open."""

    def __init__(self, connection: core.Connection, start: bool) -> None:
        self._connection = connection
        self._start = start
        self._allowed: tuple[str, ...] = ()

    @staticmethod
    def connect(start: bool = True) -> Engine:
        """Find the engine, start it if need be. With `start` false an engine of any version is
        taken as it is, to be asked and stopped; EngineError `engine.not_running` if none runs.
        """
        engine = Engine(_find(start), start)
        if start:
            core.check_version(engine.health())
        return engine

    @property
    def connection(self) -> core.Connection:
        """Where the engine is."""
        return self._connection

    def health(self) -> core.Health:
        """Who answers."""
        return self._call(core.health())

    def models(self) -> tuple[ModelInfo, ...]:
        """The model catalogue."""
        return self._call(model_calls.models())

    def model_detail(self, model: str) -> model_calls.ModelDetail:
        """All that is known of one model, by id or folder."""
        return self._call(model_calls.detail(model))

    def transfers(self) -> tuple[ModelTransfer, ...]:
        """The transfers of this life of the engine, the last one of each model."""
        return self._call(model_calls.transfers())

    def pull_model(self, model: str, accept_licence: bool = False) -> ModelTransfer:
        """Begin to load a model of the catalogue, or go on with it."""
        return self._call(model_calls.pull(model, accept_licence))

    def import_model(self, folder: str | Path, model: str = "") -> ModelTransfer:
        """Begin to take over a folder (absolute, below an allowed one) as a model."""
        return self._call(model_calls.import_(str(folder), model))

    def verify_model(self, model: str) -> ModelTransfer:
        """Begin to compare an installed model with what it should be."""
        return self._call(model_calls.verify(model))

    def cancel_transfer(self, model: str) -> ModelTransfer:
        """Stop the transfer of a model; what is there stays for the next one."""
        return self._call(model_calls.cancel(model))

    def remove_model(self, model: str) -> None:
        """Delete a model's files. ModelError `model.in_use` while a job needs them."""
        self._call(model_calls.remove(model))

    def allow(self, folders: Sequence[str | Path]) -> None:
        """Register project folders (absolute): the engine reads and writes nowhere else."""
        names = [str(folder) for folder in folders]
        self._call(core.allow(names))
        self._allowed = tuple(dict.fromkeys((*self._allowed, *names)))

    def probe(self, paths: Sequence[str | Path]) -> list[MediaRef]:
        """Measure media files. Raises the error of the first one that cannot be read."""
        found: list[MediaRef] = []
        for answer in self.probe_each(paths):
            if isinstance(answer, PickupError):
                raise answer
            found.append(answer)
        return found

    def probe_each(self, paths: Sequence[str | Path]) -> list[MediaRef | PickupError]:
        """Measure media files: a MediaRef or the reason why not, in order."""
        return self._call(core.probe([str(path) for path in paths]))

    def preview(self, sources: Sequence[Source], height: int) -> list[list[str]]:
        """Make small JPEG files: for each source the paths of its pictures."""
        return self._call(core.preview(sources, height))

    def plan(self, request: Request) -> RenderPlan:
        """What would be made; raises what would refuse it."""
        return self._call(core.plan(request))

    def submit(self, submission: JobSubmission) -> JobStatus:
        """Queue a job; the same id again gives the same job."""
        return self._call(core.submit(submission))

    def jobs(self, unplaced: bool = False) -> list[JobStatus]:
        """All jobs, newest first; `unplaced` leaves those that a client still has to deal with."""
        return list(self._call(core.jobs(unplaced)).jobs)

    def job(self, job_id: str) -> JobStatus:
        """One job."""
        return self._call(core.job(job_id))

    def cancel(self, job_id: str) -> JobStatus:
        """Cancel a job. A running one becomes `cancelled` within a second and a half."""
        return self._call(core.cancel(job_id))

    def retry(self, job_id: str) -> JobStatus:
        """Queue a failed or cancelled job again."""
        return self._call(core.retry(job_id))

    def move(self, job_id: str, position: int) -> JobStatus:
        """Move a waiting job (1 = next)."""
        return self._call(core.move(job_id, position))

    def set_placement(self, job_id: str, index: int, state: PlacementState) -> JobStatus:
        """Record a placement: `intended` before the edit, `placed` after it. EngineError
        `engine.already_placed` where the take is in the cut already."""
        return self._call(core.set_placement(job_id, index, state))

    def shutdown(self, force: bool = False) -> None:
        """End the engine and wait until it is gone. EngineError `engine.busy` while jobs wait or
        run, unless forced."""
        self._call(core.shutdown(force))
        deadline = time.monotonic() + _STOP_SECONDS
        while launcher.answers(self._connection):
            if time.monotonic() > deadline:
                raise core.silent(_STOP_SECONDS)
            time.sleep(_RECONNECT_SECONDS)

    def events(self, after: int = 0) -> Generator[JobEvent, None, None]:
        """Changes of jobs, for ever. Without `after` every job as it stands first, with it what
        came after that event. Goes on through a restart of the engine: where events were missed,
        every job is given as it stands."""
        return self._follow(after, core.jobs())

    def wait(self, job_id: str, on_event: Callable[[JobStatus], None] | None = None) -> JobStatus:
        """Follow a job to its end; `on_event` sees every change. The final status."""
        for event in self._follow(0, core.jobs(job_id=job_id)):
            if event.job.id != job_id:
                continue
            if on_event is not None:
                on_event(event.job)
            if event.job.state in FINAL_STATES:
                return event.job
        raise AssertionError("the event stream does not end")

    def _follow(
        self, after: int, all_jobs: core.Call[core.Listing]
    ) -> Generator[JobEvent, None, None]:
        lost = False
        while True:
            try:
                if lost:
                    self._reconnect()
                lost = True
                for event in self._stream(after):
                    if isinstance(event, Resync):
                        now = self._call(all_jobs)
                        # Oldest first: a listing has the newest first.
                        yield from (JobEvent(now.seq, job) for job in reversed(now.jobs))
                        after = now.seq
                    elif event.seq > after:
                        yield event
                        after = event.seq
            except (OSError, http.client.HTTPException, core.UnknownClient):
                continue

    def _stream(self, after: int) -> Iterator[JobEvent | Resync]:
        host, port = self._connection.address
        call = core.Call("GET", core.events_path(after), lambda data: None)
        with closing(http.client.HTTPConnection(host, port, timeout=_SILENCE_SECONDS)) as link:
            link.request(call.method, call.path, headers=call.headers(self._connection.token))
            response = link.getresponse()
            if response.status != http.HTTPStatus.OK:
                call.answer(response.status, response.read())
            parser = EventParser()
            while data := response.read1(_READ_BYTES):
                yield from parser.feed(data)
        raise ConnectionResetError("the event stream ended")

    def _call(self, call: core.Call[core.T]) -> core.T:
        lost = False
        for remaining in reversed(range(_TRIES)):
            try:
                if lost:
                    self._reconnect()
                return launcher.exchange(self._connection, call)
            except TimeoutError as error:
                raise core.silent(call.seconds) from error
            except core.UnknownClient:
                if remaining == 0:
                    raise
            except (OSError, http.client.HTTPException) as error:
                refused = isinstance(error, ConnectionRefusedError)
                if not (refused or call.repeatable) or remaining == 0:
                    raise core.gone() from error
            lost = True
        raise AssertionError("every try returns or raises")

    def _reconnect(self) -> None:
        time.sleep(_RECONNECT_SECONDS)
        self._connection = _find(self._start)
        for folder in self._allowed:
            try:
                launcher.exchange(self._connection, core.allow([folder]))
            except RequestError:
                # The folder is gone; requests that need it are refused by name.
                continue


def _find(start: bool) -> core.Connection:
    if start:
        return launcher.find_or_start()
    connection = launcher.find()
    if connection is None:
        raise EngineError(
            "No engine runs.", "It starts by itself when it is needed.", code="engine.not_running"
        )
    return connection
