"""Probe and preview: real small media, and tools that crash or hang."""

from __future__ import annotations

import asyncio
import struct
import sys
import zlib
from collections.abc import Awaitable, Callable
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.client import Engine
from pickup.errors import EngineError, MediaError, PickupError
from pickup.paths import cache_dir
from pickup.protocol import MediaKind, MediaRef, Source
from pickup_engine.service import media_tools
from pickup_engine.service.media_tools import MediaTools

TOOL = Path(__file__).parents[1] / "support" / "media_tool.py"


def write_png(path: Path, width: int, height: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(
        b"\0" + bytes((x * 7 + y) % 256 for x in range(width * 3)) for y in range(height)
    )
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def test_real_media_is_measured_and_shown(engine: Engine, tmp_path: Path) -> None:
    picture, text, absent = tmp_path / "a.png", tmp_path / "b.mov", tmp_path / "c.mov"
    write_png(picture, 64, 48)
    text.write_text("this is no film")
    media, broken, missing, foreign = engine.probe_each([picture, text, absent, "/etc/passwd"])
    assert isinstance(media, MediaRef)
    assert (media.kind, media.width, media.height) == (MediaKind.STILL, 64, 48)
    assert isinstance(broken, MediaError)
    assert isinstance(missing, MediaError)
    assert missing.code == "media.missing"
    assert isinstance(foreign, PickupError)
    assert foreign.code == "request.path_not_allowed"
    with pytest.raises(MediaError):
        engine.probe([picture, absent])
    source = Source(media, Fraction(0), Fraction(1), 2, Fraction(24))
    frames = engine.preview([source, source], 24)
    assert [len(paths) for paths in frames] == [2, 2]
    for path in frames[0]:
        assert Path(path).is_relative_to(cache_dir())
        assert Path(path).read_bytes().startswith(b"\xff\xd8\xff")
    ((full, _),) = engine.preview([source], 0)
    assert Path(full).read_bytes().startswith(b"\x89PNG"), "height 0: the frame itself"
    with pytest.raises(PickupError) as caught:
        engine.preview([source], 100_000)
    assert caught.value.code == "request.height"


def run(test: Callable[[MediaTools], Awaitable[None]]) -> None:
    async def begin() -> None:
        await test(MediaTools(python=(sys.executable, str(TOOL))))

    asyncio.run(begin())


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file in which the tool notes its runs."""
    monkeypatch.setenv("PICKUP_TEST_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def code_of(found: dict[str, object]) -> str:
    return PickupError.from_json(found["error"]).code if "error" in found else ""


@pytest.mark.usefixtures("runs")
def test_a_file_that_crashes_the_decoder_spoils_no_other() -> None:
    async def test(tools: MediaTools) -> None:
        paths = ["/a", "/crash1", "/b", "/chatter", "/crash2", "/c"]
        found = await tools.probe(paths)
        assert [code_of(one) for one in found] == [
            "", "media.unreadable", "", "media.unreadable", "media.unreadable", "",
        ]  # fmt: skip
        assert [one.get("path") for one in found if not code_of(one)] == ["/a", "/b", "/c"]
        assert "/crash1" in str(found[1])

    run(test)


@pytest.mark.usefixtures("runs")
def test_a_file_that_hangs_the_decoder_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_tools, "PROBE_SECONDS", 0.3)

    async def test(tools: MediaTools) -> None:
        found = await tools.probe(["/a", "/hang", "/b"])
        assert [code_of(one) for one in found] == ["", "media.unreadable", ""]
        assert "too long" in str(found[1])

    run(test)


def test_a_probe_is_remembered_until_the_file_changes(runs: Path, tmp_path: Path) -> None:
    file = tmp_path / "file.mov"
    file.write_text("one")

    async def test(tools: MediaTools) -> None:
        for _ in range(3):
            await tools.probe([str(file), str(file), "/absent"])
        assert runs.read_text().splitlines() == ["pickup_engine.media.probe 2"]
        file.write_text("longer")
        await tools.probe([str(file)])
        assert runs.read_text().splitlines()[1:] == ["pickup_engine.media.probe 1"]

    run(test)


@pytest.mark.usefixtures("runs")
def test_a_preview_that_crashes_is_said() -> None:
    async def test(tools: MediaTools) -> None:
        assert await tools.preview({"sources": [], "height": 2}) == {"sources": [], "height": 2}
        with pytest.raises(EngineError) as caught:
            await tools.preview({"sources": [], "height": 1})
        assert caught.value.code == "engine.preview_failed"

    run(test)
