"""Routes about plans, jobs, takes and events."""

from __future__ import annotations

import asyncio

from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pickup.errors import RequestError
from pickup.protocol import JobStatus, JobSubmission, PlacementState, RenderPlan, Request, decode
from pickup_engine.jobs.estimates import with_seconds
from pickup_engine.jobs.queue import JobQueue
from pickup_engine.jobs.store import JobStore
from pickup_engine.models.catalogue import rules_for
from pickup_engine.service.answers import answer, body_of
from pickup_engine.service.checks import check_request, check_submission, prepare_output
from pickup_engine.service.events import EventHub
from pickup_engine.service.roots import Roots


class JobRoutes:
    """Thin: decode, check, ask the queue, encode."""

    def __init__(self, store: JobStore, jobs: JobQueue, events: EventHub, roots: Roots) -> None:
        self._store = store
        self._jobs = jobs
        self._events = events
        self._roots = roots

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/v1/plan", self.plan, methods=["POST"]),
            Route("/v1/jobs", self.submit, methods=["POST"]),
            Route("/v1/jobs", self.list, methods=["GET"]),
            Route("/v1/jobs/{job}", self.job, methods=["GET"]),
            Route("/v1/jobs/{job}/cancel", self.cancel, methods=["POST"]),
            Route("/v1/jobs/{job}/retry", self.retry, methods=["POST"]),
            Route("/v1/jobs/{job}/move", self.move, methods=["POST"]),
            Route("/v1/takes/{job}/{index:int}/placement", self.place, methods=["POST"]),
            Route("/v1/events", self.events, methods=["GET"]),
        ]

    async def plan(self, http: HttpRequest) -> Response:
        """What would be made of a request."""
        request: Request = decode(Request, (await body_of(http)).get("request"), "request")
        check_request(request, self._roots)
        return answer(await self._plan(request))

    async def submit(self, http: HttpRequest) -> Response:
        """Queue a job: 201, or 200 where it is known already."""
        submission: JobSubmission = decode(JobSubmission, await body_of(http))
        check_submission(submission, self._roots)
        prepare_output(submission.request.output.folder)
        plan = await self._plan(submission.request)
        status, added = self._jobs.submit(submission, plan)
        return answer(status, 201 if added else 200)

    async def list(self, http: HttpRequest) -> Response:
        """All jobs, newest first, or the one named by `id`. `seq`: no event up to it is newer."""
        if job := http.query_params.get("id"):
            found: tuple[JobStatus, ...] = (self._jobs.job(job),)
        else:
            found = self._jobs.jobs(http.query_params.get("unplaced", "") == "1")
        return answer({"jobs": found, "seq": self._events.seq})

    async def job(self, http: HttpRequest) -> Response:
        """One job."""
        return answer(self._jobs.job(http.path_params["job"]))

    async def cancel(self, http: HttpRequest) -> Response:
        """Cancel a job; one that is final stays as it is."""
        return answer(self._jobs.cancel(http.path_params["job"]))

    async def retry(self, http: HttpRequest) -> Response:
        """Queue a failed or cancelled job again."""
        return answer(self._jobs.retry(http.path_params["job"]))

    async def move(self, http: HttpRequest) -> Response:
        """Move a waiting job; `position` 1 is next."""
        position: int = decode(int, (await body_of(http)).get("position"), "position")
        return answer(self._jobs.move(http.path_params["job"], position))

    async def place(self, http: HttpRequest) -> Response:
        """Record where the placement of a take stands."""
        state: PlacementState = decode(PlacementState, (await body_of(http)).get("state"), "state")
        job, index = http.path_params["job"], http.path_params["index"]
        return answer(self._jobs.place(job, index, state))

    async def events(self, http: HttpRequest) -> StreamingResponse:
        """The event stream, from `Last-Event-ID` or `after` on."""
        text = http.headers.get("last-event-id") or http.query_params.get("after")
        if text is not None and not text.isdecimal():
            raise RequestError(f"“{text[:40]}” is not an event number.", code="request.malformed")
        return StreamingResponse(
            self._events.stream(None if text is None else int(text)),
            media_type="text/event-stream",
            headers={"cache-control": "no-store"},
        )

    async def _plan(self, request: Request) -> RenderPlan:
        # The machine's memory is asked of other programs: that must not hold up other clients.
        plan = await asyncio.to_thread(lambda: rules_for(request.model).plan(request))
        return with_seconds(plan, request, self._store, self._jobs.worker_pid is not None)
