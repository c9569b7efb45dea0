"""Routes about models: what there is, and how their files come and go."""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from pickup.errors import ModelError, StorageError
from pickup.protocol import Control, TransferKind, decode
from pickup_engine.jobs.queue import JobQueue
from pickup_engine.models.catalogue import Found, catalogue, entry_of, found, info_of, is_known
from pickup_engine.models.entry import Family, ModelEntry
from pickup_engine.models.source import source_of
from pickup_engine.models.store import delete_model, is_left_over, model_folder, staged_bytes
from pickup_engine.models.transfer.order import Order
from pickup_engine.models.vace_fits import fits
from pickup_engine.service.answers import answer, body_of
from pickup_engine.service.checks import check_model
from pickup_engine.service.roots import PathKind, Roots
from pickup_engine.service.transfers import Transfers


class ModelRoutes:
    """Thin: decode, check, ask the store or the transfers, encode."""

    def __init__(self, jobs: JobQueue, roots: Roots, transfers: Transfers) -> None:
        self._jobs = jobs
        self._roots = roots
        self._transfers = transfers

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/v1/models", self.models, methods=["GET"]),
            Route("/v1/models/detail", self.detail, methods=["GET"]),
            Route("/v1/models/transfers", self.transfers, methods=["GET"]),
            Route("/v1/models/pull", self.pull, methods=["POST"]),
            Route("/v1/models/import", self.take_over, methods=["POST"]),
            Route("/v1/models/verify", self.verify, methods=["POST"]),
            Route("/v1/models/cancel", self.cancel, methods=["POST"]),
            Route("/v1/models/remove", self.remove, methods=["POST"]),
        ]

    async def models(self, http: HttpRequest) -> Response:
        """The model catalogue."""
        # The machine's memory is asked of other programs: that must not hold up other clients.
        return answer({"models": await asyncio.to_thread(catalogue)})

    async def detail(self, http: HttpRequest) -> Response:
        """All that is known of one model."""
        model = http.query_params.get("model", "")
        check_model(model, self._roots)
        return answer(await asyncio.to_thread(_detail, model))

    async def transfers(self, http: HttpRequest) -> Response:
        """The last transfer of each model."""
        return answer({"transfers": self._transfers.all()})

    async def pull(self, http: HttpRequest) -> Response:
        """Begin to load a model of the catalogue."""
        body = await body_of(http)
        model: str = decode(str, body.get("model"), "model")
        accepted: bool = decode(bool, body.get("accept_licence", False), "accept_licence")
        entry = _of_catalogue(model)
        if not accepted and not entry.is_free:
            raise ModelError(
                f"{entry.name} is under the licence {entry.licence}, which limits what it may be"
                " used for.",
                f"Read it at {entry.licence_url}. If you accept it:"
                f" `pickup models pull {entry.id} --accept-licence`.",
                code="model.licence",
            )
        return answer(self._transfers.start(Order(TransferKind.PULL, model)))

    async def take_over(self, http: HttpRequest) -> Response:
        """Begin to import a folder."""
        body = await body_of(http)
        folder: str = decode(str, body.get("folder"), "folder")
        model: str = decode(str, body.get("model", ""), "model")
        self._roots.check(folder, PathKind.FOLDER)
        # A slow disk must not hold up the other clients.
        entry = await asyncio.to_thread(source_of, Path(folder), model)
        return answer(self._transfers.start(Order(TransferKind.IMPORT, entry.id, folder)))

    async def verify(self, http: HttpRequest) -> Response:
        """Begin to read an installed model."""
        model = await self._model_of(http)
        one = await asyncio.to_thread(found, model)
        if one.folder is None:
            raise ModelError(
                f"{one.entry.name} is not installed.",
                f"Get it with `pickup models pull {one.entry.id}`.",
                code="model.not_installed",
            )
        return answer(self._transfers.start(Order(TransferKind.VERIFY, model)))

    async def cancel(self, http: HttpRequest) -> Response:
        """Stop a transfer; one that has ended is told of for the last time."""
        return answer(await self._transfers.cancel(await self._model_of(http)))

    async def remove(self, http: HttpRequest) -> Response:
        """Delete a model's files, also those of an import that was not finished."""
        model = await self._model_of(http)
        # A slow disk must not hold up the other clients.
        left_over = await asyncio.to_thread(self._is_left_over, model)
        if not left_over or self._transfers.runs(model):
            self._check_unused(await asyncio.to_thread(found, model))
        try:
            await asyncio.to_thread(delete_model, model)
        except OSError as error:
            raise StorageError(
                f"{error.filename or model_folder(model)} cannot be deleted: {error.strerror}.",
                "Check the rights to write there.",
                code="storage.denied",
            ) from error
        self._transfers.forget(model)
        return answer({"removed": model})

    async def _model_of(self, http: HttpRequest) -> str:
        model: str = decode(str, (await body_of(http)).get("model"), "model")
        check_model(model, self._roots)
        return model

    def _is_left_over(self, model: str) -> bool:
        """Whether it is only the name of files, and of no model."""
        return not Path(model).is_absolute() and not is_known(model) and is_left_over(model)

    def _check_unused(self, one: Found) -> None:
        entry = one.entry
        own = not Path(entry.id).is_absolute() and model_folder(entry.id)
        if one.family == Family.MOTION:
            raise ModelError(
                f"{entry.name} is a part of Pickup and cannot be removed.",
                "It takes a few megabytes.",
                code="model.foreign",
            )
        if not own or (one.folder not in (None, own)):
            raise ModelError(
                f"{entry.name} does not lie in Pickup's own store and is not removed by it.",
                f"Delete {one.folder} yourself if you need it no more.",
                code="model.foreign",
            )
        if self._transfers.runs(entry.id):
            raise ModelError(
                f"Files of “{entry.id}” are on their way.",
                f"Stop that first, with Ctrl-C or `pickup models cancel {entry.id}`.",
                code="model.busy",
            )
        control = Control.DEPTH if one.family == Family.DEPTH else None
        if one.folder is not None and (job := self._jobs.using(entry.id, control)):
            raise ModelError(
                f"Job {job} needs {entry.name}.",
                f"Wait for it, or cancel it with `pickup jobs cancel {job}`.",
                code="model.in_use",
            )
        if one.folder is None and not is_left_over(entry.id):
            raise ModelError(
                f"{entry.name} is not installed.",
                "There is nothing to remove.",
                code="model.not_installed",
            )


def _detail(model: str) -> dict[str, object]:
    one = found(model)
    return {
        "model": info_of(one),
        "folder": str(one.folder or ""),
        "files": one.entry.files,
        "partial": 0 if Path(model).is_absolute() else staged_bytes(model),
        "serves": one.entry.serves,
        "fits": fits(one),
    }


def _of_catalogue(model: str) -> ModelEntry:
    entry = entry_of(model)
    if entry is None:
        raise ModelError(
            f"“{model[:80]}” is not in the catalogue.",
            "See `pickup models list`; what lies on this machine is imported with"
            " `pickup models import`.",
            code="model.unknown",
        )
    return entry
