"""Tables of the job store and the steps from each older file to the newest."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pickup.errors import EngineError

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE job (
            id TEXT PRIMARY KEY,
            operation TEXT NOT NULL,
            model TEXT NOT NULL,
            submission TEXT NOT NULL,
            plan TEXT NOT NULL,
            state TEXT NOT NULL,
            attempt INTEGER NOT NULL DEFAULT 0,
            tries INTEGER NOT NULL DEFAULT 0,
            rank INTEGER NOT NULL,
            error TEXT,
            timing TEXT NOT NULL DEFAULT '{}',
            created REAL NOT NULL,
            started REAL,
            finished REAL
        ) STRICT""",
        "CREATE INDEX job_waiting ON job (rank) WHERE state IN ('queued', 'interrupted')",
        """CREATE TABLE take (
            job TEXT NOT NULL REFERENCES job (id),
            number INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            take TEXT NOT NULL,
            placement TEXT NOT NULL,
            placement_changed REAL NOT NULL,
            PRIMARY KEY (job, number)
        ) STRICT""",
        """CREATE TABLE sample (
            id INTEGER PRIMARY KEY,
            operation TEXT NOT NULL,
            model TEXT NOT NULL,
            unit_seconds REAL NOT NULL,
            phases TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX sample_of ON sample (operation, model, id)",
        "CREATE TABLE life (number INTEGER NOT NULL) STRICT",
        "INSERT INTO life VALUES (0)",
    ),
)
"""One entry per version; `PRAGMA user_version` counts those applied. `job.attempt` only grows and
fences results; `job.tries` counts attempts since the user's last retry and is limited."""


def connect(path: Path) -> sqlite3.Connection:
    """Open and migrate the store. Raises EngineError for a file written by a newer Pickup.

    Autocommit mode, because Python's implicit BEGIN is deferred and upgrades late. FULL, because
    commits are few and each is something a user must not lose, a power cut included.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=10)
    connection.row_factory = sqlite3.Row
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    _migrate(connection, path)
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All or nothing; takes the write lock at once."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    finally:
        # Still open: something failed. A failing COMMIT (disk full) may have rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection):
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise EngineError(
                f"The job list {path} was written by a newer Pickup.",
                "Update this Pickup, or move the file away to start with an empty list.",
                code="engine.store_newer",
            )
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
