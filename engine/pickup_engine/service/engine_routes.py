"""Routes about the engine itself, project folders and media."""

from __future__ import annotations

import os
from collections.abc import Callable

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from pickup.errors import EngineError, PickupError, RequestError
from pickup.paths import cache_dir
from pickup.protocol import VERSION, Source, decode, encode
from pickup_engine.jobs.queue import JobQueue
from pickup_engine.service.answers import answer, body_of
from pickup_engine.service.checks import check_source
from pickup_engine.service.connection import version
from pickup_engine.service.media_tools import Json, MediaTools
from pickup_engine.service.roots import Roots

_HEIGHTS = range(16, 2161)
_MAX_PATHS = 1000


class EngineRoutes:
    """`is_busy`: whether jobs or transfers are under way. `stop` ends the service."""

    def __init__(
        self,
        jobs: JobQueue,
        is_busy: Callable[[], bool],
        roots: Roots,
        media: MediaTools,
        stop: Callable[[], None],
    ) -> None:
        self._jobs = jobs
        self._is_busy = is_busy
        self._roots = roots
        self._media = media
        self._stop = stop

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/v1/health", self.health, methods=["GET"]),
            Route("/v1/roots", self.allow, methods=["POST"]),
            Route("/v1/media/probe", self.probe, methods=["POST"]),
            Route("/v1/media/preview", self.preview, methods=["POST"]),
            Route("/v1/shutdown", self.shutdown, methods=["POST"]),
        ]

    async def health(self, http: HttpRequest) -> Response:
        """Who answers, and whether it is busy."""
        return answer(
            {
                "pid": os.getpid(),
                "protocol": VERSION,
                "version": version(),
                "busy": self._is_busy(),
                "worker": self._jobs.worker_pid,
                "roots": self._roots.folders,
            }
        )

    async def allow(self, http: HttpRequest) -> Response:
        """Register project folders."""
        folders: tuple[str, ...] = decode(
            tuple[str, ...], (await body_of(http)).get("folders"), "folders"
        )
        for folder in folders:
            self._roots.allow(folder)
        return answer({"roots": self._roots.folders})

    async def probe(self, http: HttpRequest) -> Response:
        """Measure media files; each gives a MediaRef or an error of its own."""
        paths: tuple[str, ...] = decode(
            tuple[str, ...], (await body_of(http)).get("paths"), "paths"
        )
        if len(paths) > _MAX_PATHS:
            raise RequestError(
                f"{len(paths)} files were asked for at once; {_MAX_PATHS} is the limit.",
                "Ask in several requests.",
                code="request.too_many",
            )
        refused = {path: error for path in paths if (error := self._refusal(path)) is not None}
        found = iter(await self._media.probe([path for path in paths if path not in refused]))
        media = [refused[path] if path in refused else next(found) for path in paths]
        return answer({"media": media})

    async def preview(self, http: HttpRequest) -> Response:
        """Small JPEG files of the pictures of sources; with a height of 0 full frames as PNG."""
        body = await body_of(http)
        sources: tuple[Source, ...] = decode(tuple[Source, ...], body.get("sources"), "sources")
        height: int = decode(int, body.get("height"), "height")
        if height and height not in _HEIGHTS:
            raise RequestError(
                f"Previews cannot be {height} pixels high.",
                f"Ask for {_HEIGHTS[0]} to {_HEIGHTS[-1]}.",
                code="request.height",
            )
        for source in sources:
            check_source(source, self._roots)
        folder = str(cache_dir() / "previews")
        question = {"sources": encode(sources), "height": height, "folder": folder}
        return answer(await self._media.preview(question))

    async def shutdown(self, http: HttpRequest) -> Response:
        """End the service; refused while jobs wait or run or files of models are on their way,
        unless forced."""
        if self._is_busy() and (await body_of(http)).get("force") is not True:
            raise EngineError(
                "The engine has jobs or transfers to do and was not stopped.",
                "Wait or cancel them, or stop it with force: they go on at the next start.",
                code="engine.busy",
            )
        self._stop()
        return answer({"stopping": True})

    def _refusal(self, path: str) -> Json | None:
        try:
            self._roots.check(path)
        except PickupError as error:
            return {"error": error.to_json()}
        return None
