"""The job store: every SQL statement about jobs, takes and learnt times.

One connection writes; each method is one transaction. Changes that come from an attempt are fenced
by (job, attempt) and answer False when that attempt is no longer the current one.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pickup.errors import EngineError, StorageError
from pickup.protocol import (
    JobState,
    JobStatus,
    JobSubmission,
    PlacementState,
    RenderPlan,
    Take,
    decode,
    encode,
)
from pickup_engine.jobs.placing import check_placement
from pickup_engine.jobs.schema import connect, transaction

MAX_TRIES = 3
LISTED = 200
"""Jobs that a listing returns at most, newest first."""

_WAITING = "state IN ('queued', 'interrupted')"
_BROKEN = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
_FULL = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)


class JobStore:
    """Jobs that survive anything. Not thread safe: it belongs to the service's event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._storage_errors():
            self._db = connect(path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def next_life(self) -> int:
        """How many times a service has opened this store; makes event numbers grow for ever."""
        with self._write() as db:
            return int(
                db.execute("UPDATE life SET number = number + 1 RETURNING number").fetchall()[0][0]
            )

    # Jobs

    def add(self, submission: JobSubmission, plan: RenderPlan) -> bool:
        """Queue a job at the end; False where it is known. EngineError if its id is another's."""
        text = _json(submission)
        with self._write() as db:
            known = db.execute("SELECT submission FROM job WHERE id=?", (submission.id,)).fetchone()
            if known is not None:
                if json.loads(known["submission"])["request"] != json.loads(text)["request"]:
                    raise EngineError(
                        f"There is another job with the id {submission.id}.",
                        "Submit it again: every job needs an id of its own.",
                        code="engine.id_taken",
                    )
                return False
            db.execute(
                "INSERT INTO job (id, operation, model, submission, plan, state, rank, created)"
                " VALUES (?, ?, ?, ?, ?, 'queued',"
                " (SELECT coalesce(max(rank), 0) + 1 FROM job), ?)",
                (
                    submission.id,
                    submission.request.operation.value,
                    submission.request.model,
                    text,
                    _json(plan),
                    time.time(),
                ),
            )
            return True

    def job(self, job: str) -> JobStatus:
        """One job. Raises EngineError (engine.unknown_job)."""
        row = self._db.execute("SELECT * FROM job WHERE id=?", (job,)).fetchone()
        if row is None:
            raise EngineError(
                f"There is no job {job}.",
                "List the jobs with `pickup jobs`.",
                code="engine.unknown_job",
            )
        return self._status(row, self._places().get(job, 0))

    def jobs(self) -> tuple[JobStatus, ...]:
        """The newest jobs, newest first, and every job that is not final."""
        rows = self._db.execute(
            f"SELECT * FROM job WHERE {_WAITING} OR state='running' OR id IN"
            " (SELECT id FROM job ORDER BY created DESC, rowid DESC LIMIT ?)"
            " ORDER BY created DESC, rowid DESC",
            (LISTED,),
        ).fetchall()
        places = self._places()
        return tuple(self._status(row, places.get(row["id"], 0)) for row in rows)

    def waiting(self) -> tuple[str, ...]:
        """Ids of jobs that wait for a worker, in the order in which they will run."""
        rows = self._db.execute(f"SELECT id FROM job WHERE {_WAITING} ORDER BY rank").fetchall()
        return tuple(row["id"] for row in rows)

    def has_active(self) -> bool:
        """Whether any job waits or runs."""
        query = f"SELECT 1 FROM job WHERE {_WAITING} OR state='running' LIMIT 1"
        return self._db.execute(query).fetchone() is not None

    # The queue

    def claim(self) -> JobStatus | None:
        """Begin the next attempt of the first waiting job."""
        with self._write() as db:
            rows = db.execute(
                "UPDATE job SET state='running', attempt=attempt+1, tries=tries+1, started=?,"
                " finished=NULL, error=NULL"
                f" WHERE id=(SELECT id FROM job WHERE {_WAITING} ORDER BY rank LIMIT 1)"
                " RETURNING *",
                (time.time(),),
            ).fetchall()
            return self._status(rows[0], 0) if rows else None

    def interrupt(
        self, job: str, attempt: int, error: Mapping[str, str], counts: bool = True
    ) -> bool:
        """The attempt broke off: run it again, or fail with `error` when the tries are used up.

        `counts` is False where the attempt is not to blame (the user stopped the engine).
        """
        with self._write() as db:
            changed = db.execute(
                "UPDATE job SET tries = tries - ?,"
                " state = CASE WHEN tries - ? < ? THEN 'interrupted' ELSE 'failed' END,"
                " finished = CASE WHEN tries - ? < ? THEN NULL ELSE ? END, error = ?"
                " WHERE id=? AND attempt=? AND state='running'",
                (
                    *(0 if counts else 1, 0 if counts else 1, MAX_TRIES),
                    *(0 if counts else 1, MAX_TRIES, time.time(), json.dumps(dict(error))),
                    *(job, attempt),
                ),
            )
            return changed.rowcount == 1

    def running(self) -> tuple[JobStatus, ...]:
        """Jobs marked as running; at start-up these are the ones that the last life left behind."""
        rows = self._db.execute("SELECT * FROM job WHERE state='running'").fetchall()
        return tuple(self._status(row, 0) for row in rows)

    def finish(
        self,
        job: str,
        attempt: int,
        state: JobState,
        error: Mapping[str, str] | None = None,
        timing: Mapping[str, float] | None = None,
    ) -> bool:
        """End the attempt with a final state."""
        with self._write() as db:
            changed = db.execute(
                "UPDATE job SET state=?, error=?, timing=?, finished=?"
                " WHERE id=? AND attempt=? AND state='running'",
                (
                    *(state.value, json.dumps(dict(error)) if error else None),
                    *(json.dumps(dict(timing or {})), time.time(), job, attempt),
                ),
            )
            return changed.rowcount == 1

    def cancel_waiting(self, job: str) -> bool:
        """Cancel a job that does not run yet."""
        with self._write() as db:
            changed = db.execute(
                f"UPDATE job SET state='cancelled', finished=? WHERE id=? AND {_WAITING}",
                (time.time(), job),
            )
            return changed.rowcount == 1

    def retry(self, job: str) -> bool:
        """Queue a failed or cancelled job again, at the end, with fresh tries."""
        with self._write() as db:
            changed = db.execute(
                "UPDATE job SET state='queued', tries=0, error=NULL, started=NULL, finished=NULL,"
                " rank=(SELECT max(rank) + 1 FROM job)"
                " WHERE id=? AND state IN ('failed', 'cancelled')",
                (job,),
            )
            return changed.rowcount == 1

    def move(self, job: str, position: int) -> bool:
        """Put a waiting job at `position` (1 = next); False where it does not wait."""
        with self._write() as db:
            order = list(self.waiting())
            if job not in order:
                return False
            order.remove(job)
            order.insert(min(max(position - 1, 0), len(order)), job)
            ranks = [
                r[0] for r in db.execute(f"SELECT rank FROM job WHERE {_WAITING} ORDER BY rank")
            ]
            db.executemany("UPDATE job SET rank=? WHERE id=?", zip(ranks, order, strict=True))
            return True

    # Takes

    def add_take(self, attempt: int, take: Take) -> bool:
        """Keep a published take; one that is known stays as it is. False for an old attempt."""
        with self._write() as db:
            current = db.execute(
                "SELECT 1 FROM job WHERE id=? AND attempt=? AND state='running'",
                (take.job, attempt),
            ).fetchone()
            if current is None:
                return False
            db.execute(
                "INSERT INTO take VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    *(take.job, take.index, attempt, _json(take)),
                    *(PlacementState.OPEN.value, time.time()),
                ),
            )
            return True

    def place(self, job: str, index: int, state: PlacementState) -> None:
        """Change a take's placement. Raises EngineError where another edit holds or placed it."""
        with self._write() as db:
            row = db.execute(
                "SELECT placement, placement_changed FROM take WHERE job=? AND number=?",
                (job, index),
            ).fetchone()
            if row is None:
                raise EngineError(
                    f"Job {job} has no take {index + 1}.",
                    "List the takes with `pickup jobs`.",
                    code="engine.unknown_take",
                )
            now = time.time()
            check_placement(
                f"Take {index + 1} of job {job}",
                PlacementState(row["placement"]),
                state,
                now - row["placement_changed"],
            )
            db.execute(
                "UPDATE take SET placement=?, placement_changed=? WHERE job=? AND number=?",
                (state.value, now, job, index),
            )

    # Learnt times

    def learn(self, operation: str, model: str, unit: float, phases: Mapping[str, float]) -> None:
        """Remember the seconds per frame and megapixel, and per phase, of a job that succeeded."""
        with self._write() as db:
            db.execute(
                "INSERT INTO sample (operation, model, unit_seconds, phases) VALUES (?, ?, ?, ?)",
                (operation, model, unit, json.dumps(dict(phases))),
            )

    def samples(
        self, operation: str, model: str, count: int
    ) -> tuple[tuple[float, dict[str, float]], ...]:
        """The last `count` of them, newest first."""
        rows = self._db.execute(
            "SELECT unit_seconds, phases FROM sample WHERE operation=? AND model=?"
            " ORDER BY id DESC LIMIT ?",
            (operation, model, count),
        ).fetchall()
        return tuple((row["unit_seconds"], json.loads(row["phases"])) for row in rows)

    # Inside

    def _places(self) -> dict[str, int]:
        return {job: place for place, job in enumerate(self.waiting(), 1)}

    def _status(self, row: sqlite3.Row, place: int) -> JobStatus:
        state = JobState(row["state"])
        return JobStatus(
            id=row["id"],
            state=state,
            submission=decode(JobSubmission, json.loads(row["submission"])),
            plan=decode(RenderPlan, json.loads(row["plan"])),
            attempt=row["attempt"],
            position=place,
            progress=1.0 if state is JobState.SUCCEEDED else 0.0,
            takes=self._takes(row["id"]),
            error=json.loads(row["error"]) if row["error"] else None,
            created=row["created"],
            started=row["started"],
            finished=row["finished"],
            timing=json.loads(row["timing"]),
        )

    def _takes(self, job: str) -> tuple[Take, ...]:
        rows = self._db.execute(
            "SELECT take, placement FROM take WHERE job=? ORDER BY number", (job,)
        ).fetchall()
        return tuple(
            decode(Take, {**json.loads(row["take"]), "placement": row["placement"]}) for row in rows
        )

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._storage_errors(), transaction(self._db) as db:
            yield db

    @contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            # The low byte is the primary code; the rest tells kinds of I/O errors apart.
            code = error.sqlite_errorcode & 0xFF
            if code in _BROKEN:
                raise StorageError(
                    f"The job list {self._path} is damaged: {error}.",
                    "Move the file away: the engine then starts with an empty list. Takes stay.",
                    code="storage.jobs_damaged",
                ) from error
            if code not in _FULL:
                raise
            raise StorageError(
                f"The job list {self._path} cannot be written: {error}.",
                f"Free space on the disk that holds {self._path.parent} and try again.",
                code="storage.jobs",
            ) from error


def _json(value: object) -> str:
    return json.dumps(encode(value), separators=(",", ":"))
