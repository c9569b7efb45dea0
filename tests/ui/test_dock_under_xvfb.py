"""The dock as its own process on a real X server: it opens, draws the cut, and leaves cleanly."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.client.blocking import Engine
from support.cuts import make_cut

GRAB = """
import sys
from PySide6.QtGui import QGuiApplication
app = QGuiApplication([])
picture = app.primaryScreen().grabWindow(0).toImage()
picture.save(sys.argv[1])
columns, rows = range(0, picture.width(), 4), range(0, picture.height(), 4)
print(len({picture.pixel(x, y) for x in columns for y in rows}))
"""


@pytest.fixture
def display() -> Iterator[str]:
    """A virtual screen of its own."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed (Debian: xvfb)")
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [server, "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as numbers:
        number = numbers.readline().strip()
    assert number, "Xvfb did not start"
    yield f":{number}"
    process.terminate()
    process.wait(10)


def test_the_dock_opens_a_cut_on_a_real_screen(
    display: str, tmp_path: Path, pickup_home: Path
) -> None:
    cut = make_cut(tmp_path, Fraction(25))
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    dock = subprocess.Popen([sys.executable, "-m", "pickup_ui", str(cut.path)], env=environment)
    try:
        colours = wait_for_picture(environment, tmp_path / "screen.png", dock)
        assert colours > 300
        dock.send_signal(signal.SIGTERM)
        assert dock.wait(15) in (0, -signal.SIGTERM)
    finally:
        dock.kill()
        dock.wait()
        Engine.connect().shutdown(force=True)


def wait_for_picture(environment: dict[str, str], file: Path, dock: subprocess.Popen[bytes]) -> int:
    """Colours on the screen once the cut's picture is there; the window alone has fewer."""
    deadline = time.monotonic() + 40
    colours = 0
    while time.monotonic() < deadline:
        assert dock.poll() is None, f"the dock ended with {dock.returncode}"
        grab = [sys.executable, "-c", GRAB, str(file)]
        done = subprocess.run(grab, env=environment, capture_output=True, text=True, check=True)
        colours = int(done.stdout)
        if colours > 300:
            return colours
        time.sleep(0.5)
    return colours
