"""The composition root: builds the service from its parts, runs it and takes it down."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from pickup.errors import EngineError, PickupError, RequestError
from pickup.paths import data_dir, log_dir, runtime_dir
from pickup.protocol import VERSION
from pickup_engine.jobs.local import LocalExecutor
from pickup_engine.jobs.queue import JobQueue
from pickup_engine.jobs.recovery import recover
from pickup_engine.jobs.store import JobStore
from pickup_engine.models.store import sweep
from pickup_engine.service.answers import error_answer
from pickup_engine.service.connection import Connection, version
from pickup_engine.service.engine_routes import EngineRoutes
from pickup_engine.service.events import EventHub
from pickup_engine.service.guard import Guard
from pickup_engine.service.job_routes import JobRoutes
from pickup_engine.service.lifetime import IdleWatch, idle_seconds
from pickup_engine.service.media_tools import MediaTools
from pickup_engine.service.model_routes import ModelRoutes
from pickup_engine.service.roots import Roots
from pickup_engine.service.transfers import Transfers

CONNECTION_FILE = "engine.json"
_GRACE_SECONDS = 3
_log = logging.getLogger(__name__)


class Server(uvicorn.Server):
    """Ends the event streams first: an open one would hold up the exit."""

    def __init__(self, config: uvicorn.Config, events: EventHub) -> None:
        super().__init__(config)
        self._events = events

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams, then everything else."""
        self._events.close()
        await super().shutdown(sockets)

    def stop(self) -> None:
        """Ask it to end."""
        self.should_exit = True


async def serve(worker_command: Sequence[str] | None) -> None:
    """Run the service until it is stopped or idle. `worker_command` replaces the real worker."""
    store = JobStore(data_dir() / "jobs.sqlite3")
    with contextlib.closing(store), socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        log = log_dir() / "worker.log"
        executor = LocalExecutor(log, worker_command) if worker_command else LocalExecutor(log)
        recover(store)
        events = EventHub(store.next_life())
        jobs = JobQueue(store, executor, events.publish)
        await _run(store, jobs, events, listener)


async def _run(store: JobStore, jobs: JobQueue, events: EventHub, listener: socket.socket) -> None:
    port: int = listener.getsockname()[1]
    token = secrets.token_urlsafe(32)
    watch = IdleWatch(idle_seconds())
    roots = Roots()
    app = Starlette(exception_handlers=_HANDLERS)
    server = Server(_config(Guard(app, token, port, watch.touch)), events)
    transfers = Transfers(log_dir() / "transfers.log")

    def is_busy() -> bool:
        return jobs.busy or transfers.busy

    app.router.routes += EngineRoutes(jobs, is_busy, roots, MediaTools(), server.stop).routes()
    app.router.routes += ModelRoutes(jobs, roots, transfers).routes()
    app.router.routes += JobRoutes(store, jobs, events, roots).routes()
    connection = Connection(f"http://127.0.0.1:{port}", token, os.getpid(), VERSION, version())
    path = runtime_dir() / CONNECTION_FILE
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(jobs.run_forever())
            tasks.create_task(asyncio.to_thread(sweep))
            announcing = tasks.create_task(_announce(server, connection, path))
            leaving = tasks.create_task(_leave_when_idle(server, watch, is_busy, events))
            await server.serve(sockets=[listener])
            announcing.cancel()
            leaving.cancel()
            await transfers.close()
            await jobs.stop()
    finally:
        path.unlink(missing_ok=True)


async def _announce(server: Server, connection: Connection, path: Path) -> None:
    # Published only once it listens, or the first client would be refused.
    while not server.started:
        await asyncio.sleep(0.01)
    connection.publish(path)
    _log.info("listening at %s", connection.url)


async def _leave_when_idle(
    server: Server, watch: IdleWatch, is_busy: Callable[[], bool], events: EventHub
) -> None:
    await watch.until_idle(lambda: is_busy() or events.clients > 0)
    _log.info("nobody needs the engine any more")
    server.stop()


def _config(app: Guard) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=128,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


async def _pickup_error(http: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, PickupError)
    return error_answer(error)


async def _no_route(http: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    missing = RequestError(
        f"The engine does not know {http.method} {http.url.path[:100]}.",
        "The two sides may be of different versions: restart the engine with `pickup engine stop`.",
        code="request.unknown_route",
    )
    return error_answer(missing, error.status_code)


async def _bug(http: HttpRequest, error: Exception) -> Response:
    return error_answer(
        EngineError(
            f"Something went wrong that should not: {type(error).__name__}: {error}.",
            f"Please report it with the file {log_dir() / 'engine.log'}.",
            code="engine.bug",
        )
    )


_HANDLERS = {PickupError: _pickup_error, HTTPException: _no_route, Exception: _bug}
