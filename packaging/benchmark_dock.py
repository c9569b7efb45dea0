"""Measures whether a very large cut ever holds the dock's window up on this machine.

    python packaging/benchmark_dock.py [--clips 10000] [--tracks 20] [--laps 3] [--screen]

Runs the real dock with its engine and its timeline process, on no screen unless asked, and beats
every millisecond on the GUI thread while a cut of that size is opened, looked over, edited and the
edit undone, as a user does it. Prints for each step the longest time between two beats (median and
worst of all laps), the most that the GUI thread itself worked between two beats, which other
programs change less, and the same of a cut of 20 clips in the same run. What the system's scheduler
adds is in the row "idle".
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import shiboken6
from benchmark_timeline import FRAMES, build
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from pickup.client import Engine
from pickup.errors import PickupError
from pickup.hosts.file.adapter import FileHost
from pickup.protocol import Codec, Colour
from pickup_engine.media.writer import TakeWriter
from pickup_ui.panel import Panel, create_panel
from pickup_ui.state.outlook import EngineMood, OutlookKind

LIMIT = 50.0
"""Milliseconds without a beat that nobody notices."""

_SMALL = (20, 4)
_STEP_MS = 16
_PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Beat:
    """The longest of one step in milliseconds: `gap` by the clock, `busy` of the thread's own CPU
    time. `lasted`: the whole step."""

    gap: float
    busy: float
    lasted: float


class Heart:
    """Beats every millisecond; remembers the longest pause since it was last asked."""

    def __init__(self) -> None:
        self._timer = QTimer(interval=1, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self.begin()

    def begin(self) -> None:
        self._began = self._clock = time.perf_counter()
        self._cpu = time.thread_time()
        self._gap = self._busy = 0.0

    def end(self) -> Beat:
        self._beat()
        return Beat(1000 * self._gap, 1000 * self._busy, 1000 * (self._clock - self._began))

    def _beat(self) -> None:
        clock, cpu = time.perf_counter(), time.thread_time()
        self._gap = max(self._gap, clock - self._clock)
        self._busy = max(self._busy, cpu - self._cpu)
        self._clock, self._cpu = clock, cpu


class Sitting:
    """One user in front of one dock."""

    def __init__(self, panel: Panel, heart: Heart) -> None:
        self.panel, self.heart = panel, heart
        self.desk, self.session = panel.desk, panel.desk.session

    def lap(self, cut: Path) -> Iterator[tuple[str, Beat]]:
        yield "idle", self._during(lambda: self._pause(600))
        yield "open", self._during(lambda: self._open(cut))
        yield "outlook", self._during(lambda: self._until(self._is_ready))
        # In the middle there are clips on every track.
        self.session.set_playhead(self.session.end // 2)
        yield "zoom", self._during(lambda: self._repeat(60, self._zoom))
        yield "scrub", self._during(lambda: self._repeat(60, self._scrub))
        yield "select", self._during(lambda: self._repeat(20, self._step))
        yield "propose", self._during(self._propose)
        yield "edit", self._during(lambda: self._edit(self.desk.actions.make))
        yield "outlook", self._during(lambda: self._until(self._is_ready))
        yield "undo", self._during(lambda: self._edit(self.desk.actions.undo))

    def _during(self, step: Callable[[], None]) -> Beat:
        self._pause(50)
        self.heart.begin()
        step()
        return self.heart.end()

    def _open(self, cut: Path) -> None:
        """Until it is seen."""
        self.desk.actions.open(str(cut))
        self._until(lambda: self._is_open(cut))

    def _is_open(self, cut: Path) -> bool:
        return self.session.snapshot is not None and self.session.snapshot.path == str(cut)

    def _is_ready(self) -> bool:
        outlook = self.session.outlook
        return outlook.kind is OutlookKind.READY and not outlook.stale

    def _zoom(self, number: int) -> None:
        self.panel.strip.zoom(0.8 if number < 30 else 1.25)

    def _scrub(self, number: int) -> None:
        self.session.set_playhead(self.session.playhead + 7 * (number + 1))

    def _step(self, _: int) -> None:
        self.session.select(self.session.neighbour(1))

    def _propose(self) -> None:
        # So few frames that they are the clip's own: nothing is generated, the edit is the same.
        self.session.change(frames=8 if self.session.draft.frames != 8 else 7)
        self._until(self._is_ready)

    def _edit(self, run: Callable[[], None]) -> None:
        assert self.session.snapshot is not None
        before = self.session.snapshot.revision
        run()
        self._until(lambda: self.session.snapshot.revision != before)

    def _repeat(self, times: int, run: Callable[[int], None]) -> None:
        for number in range(times):
            run(number)
            self._pause(_STEP_MS)

    def _pause(self, ms: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    def _until(self, happens: Callable[[], bool]) -> None:
        """Wait in the event loop, as the dock does. What fails ends the benchmark."""
        loop, began = QEventLoop(), time.monotonic()

        def look() -> None:
            late = 1000 * (time.monotonic() - began) > _PATIENCE_MS
            if happens() or late or (self.session.notice and self.session.notice.failed):
                loop.quit()

        watch = QTimer(interval=5)
        watch.timeout.connect(look)
        watch.start()
        loop.exec()
        if not happens():
            sys.exit(f"It did not come to this: {self.session.notice or self.session.outlook}")


def write_cut(folder: Path, clips: int, tracks: int) -> Path:
    """A cut and its media, which is one file under many names."""
    folder.mkdir()
    timeline = build(clips, tracks, str(folder))
    film = folder / "film.mov"
    with TakeWriter(film, 64, 36, Fraction(24), Codec.H264, Colour()) as writer:
        for k in range(FRAMES):
            writer.write(np.full((36, 64, 3), 100 * k, np.uint16))
    for clip in timeline.find_clips():
        target = Path(clip.media_reference.target_url)
        target.parent.mkdir(exist_ok=True)
        if not target.exists():
            os.link(film, target)
    file = folder / f"{clips}.otio"
    otio.adapters.write_to_file(timeline, str(file))
    return file


def run(app: QApplication, cuts: dict[str, Path], laps: int) -> dict[str, dict[str, list[Beat]]]:
    """Beats by cut and step."""
    heart = Heart()
    panel = create_panel(FileHost())
    panel.resize(1120, 860)
    # As `pickup app` does.
    gc.freeze()
    panel.show()
    sitting = Sitting(panel, heart)
    sitting._until(lambda: sitting.session.engine is EngineMood.READY)
    found: dict[str, dict[str, list[Beat]]] = {name: defaultdict(list) for name in cuts}
    for _ in range(laps):
        for name, cut in cuts.items():
            for step, beat in sitting.lap(cut):
                found[name][step].append(beat)
    panel.hide()
    shiboken6.delete(panel)
    return found


def report(found: dict[str, dict[str, list[Beat]]]) -> bool:
    """Print the table; whether no step held the window up."""
    large, small = found["large"], found["small"]
    print(
        f"{'':10}{'gap ms':>8}{'worst':>8}{'busy ms':>9}{'small':>8}{'ratio':>7}{'lasted ms':>11}"
    )
    for step, beats in large.items():
        gap, worst = statistics.median(b.gap for b in beats), max(b.gap for b in beats)
        busy = statistics.median(b.busy for b in beats)
        other = statistics.median(b.busy for b in small[step])
        lasted = statistics.median(b.lasted for b in beats)
        print(
            f"{step:10}{gap:8.1f}{worst:8.1f}{busy:9.1f}{other:8.1f}"
            f"{busy / max(other, 0.1):7.1f}{lasted:11.0f}"
        )
    most = max(statistics.median(b.gap for b in beats) for beats in large.values())
    work = max(statistics.median(b.busy for b in beats) for beats in large.values())
    print(
        f"longest: {most:.1f} ms by the clock, {work:.1f} ms of work; {LIMIT:g} ms are not noticed."
        f" Load {os.getloadavg()[0]:.1f}."
    )
    return most <= LIMIT


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=10_000)
    parser.add_argument("--tracks", type=int, default=20)
    parser.add_argument("--laps", type=int, default=3)
    parser.add_argument("--screen", action="store_true", help="on the screen of $DISPLAY")
    options = parser.parse_args()
    if not options.screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="pickup-benchmark-") as name:
        folder = Path(name)
        os.environ["PICKUP_HOME"] = str(folder / "home")
        app = QApplication([])
        app.setStyle("Fusion")
        cuts = {
            "large": write_cut(folder / "large", options.clips, options.tracks),
            "small": write_cut(folder / "small", *_SMALL),
        }
        try:
            found = run(app, cuts, options.laps)
        finally:
            try:
                Engine.connect().shutdown(force=True)
            except PickupError as error:
                print(error.message, file=sys.stderr)
    return 0 if report(found) else 1


if __name__ == "__main__":
    sys.exit(main())
