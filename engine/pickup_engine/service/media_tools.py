"""Probe and preview run in processes of their own: hostile media can crash or hang a decoder."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pickup.errors import EngineError, MediaError, PickupError
from pickup_engine.jobs.worker_process import worker_environment

PROBE_SECONDS = 20.0
PREVIEW_SECONDS = 120.0
_AT_ONCE = 2
_PATHS_PER_RUN = 40
_CACHED = 4096
_LINE_LIMIT = 4 << 20

Json = dict[str, object]
_Key = tuple[str, int, int]


class MediaTools:
    """Runs `pickup_engine.media.probe` and `.preview`; remembers probes until the file changes."""

    def __init__(
        self,
        python: Sequence[str] = (sys.executable, "-I", "-X", "utf8"),
        package: str = "pickup_engine.media",
    ) -> None:
        self._python = tuple(python)
        self._package = package
        self._known: dict[_Key, Json] = {}
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def probe(self, paths: Sequence[str]) -> list[Json]:
        """One encoded MediaRef or `{"error": ...}` per path, in order."""
        keys = {path: _key(path) for path in paths}
        unknown = [path for path in dict.fromkeys(paths) if keys[path] not in self._known]
        fresh: dict[str, Json] = {}
        while unknown:
            part, unknown = unknown[:_PATHS_PER_RUN], unknown[_PATHS_PER_RUN:]
            found, failure = await self._probe_some(part)
            fresh.update(zip(part, found, strict=False))
            if len(found) < len(part):
                # The tool stopped at one path; that one is to blame, the others get another chance.
                guilty, *rest = part[len(found) :]
                fresh[guilty] = {"error": _unreadable(guilty, failure).to_json()}
                unknown = rest + unknown
        for path, found_one in fresh.items():
            if "error" not in found_one:
                self._remember(keys[path], found_one)
        return [fresh.get(path) or self._known[keys[path]] for path in paths]

    async def preview(self, question: Json) -> Json:
        """The tool's answer to `question`. MediaError, or EngineError where the tool fails."""
        lines, status = await self._run(
            "preview", (), json.dumps(question).encode(), PREVIEW_SECONDS
        )
        if status is None:
            raise EngineError(
                f"Previews took longer than {PREVIEW_SECONDS:.0f} seconds.",
                "Ask for fewer pictures, or wait for the disk.",
                code="engine.preview_slow",
            )
        data = _object(lines[-1]) if lines else None
        if data is None:
            raise EngineError(
                "Previews could not be made: the decoder stopped.",
                "A media file may be damaged; try its clips one by one.",
                code="engine.preview_failed",
            )
        if "error" in data:
            raise PickupError.from_json(data["error"])
        return data

    async def _probe_some(self, paths: Sequence[str]) -> tuple[list[Json], str]:
        """Answers for the first of `paths` up to a failure, and what that failure was."""
        lines, status = await self._run("probe", paths, b"", PROBE_SECONDS)
        found: list[Json] = []
        for line in lines[: len(paths)]:
            data = _object(line)
            if data is None:
                break
            found.append(data)
        return found, "it takes too long" if status is None else "the decoder stopped"

    def _remember(self, key: _Key, found: Json) -> None:
        while len(self._known) >= _CACHED:
            del self._known[next(iter(self._known))]
        self._known[key] = found

    async def _run(
        self, tool: str, arguments: Sequence[str], text: bytes, seconds: float
    ) -> tuple[list[bytes], int | None]:
        """Complete lines of the tool's stdout and its exit status (None = out of time)."""
        async with self._turns:
            process = await asyncio.create_subprocess_exec(
                *self._python,
                *("-m", f"{self._package}.{tool}", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=worker_environment(os.environ),
                limit=_LINE_LIMIT,
            )
            reading = asyncio.create_task(_lines(process, text))
            try:
                done, _ = await asyncio.wait([reading], timeout=seconds)
            finally:
                # Also when the service ends: a decoder that hangs would stay for ever.
                if process.returncode is None and not reading.done():
                    process.kill()
            return await reading, await process.wait() if done else None


async def _lines(process: asyncio.subprocess.Process, text: bytes) -> list[bytes]:
    output, _ = await process.communicate(text)
    return [line for line in output.split(b"\n")[:-1] if line]


def _key(path: str) -> _Key:
    file = Path(path)
    try:
        # Of a sequence pattern the folder: its time changes when pictures come or go.
        found = (file if file.exists() else file.parent).stat()
    except OSError:
        return path, 0, -1
    return path, found.st_mtime_ns, found.st_size


def _unreadable(path: str, why: str) -> MediaError:
    return MediaError(
        f"{path} cannot be read: {why}.",
        "Check the file in a player; if it is damaged, export it again.",
        code="media.unreadable",
    )


def _object(line: bytes) -> Json | None:
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
