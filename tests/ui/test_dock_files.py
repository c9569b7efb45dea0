"""The cut as a file, with the real timeline process: notes, rates, export, media that moved."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from pickup.protocol import Snapshot
from pickup_ui.panel import Panel
from pickup_ui.state.outlook import Notice, Outlook, OutlookKind
from support import ui

LEFT = Qt.MouseButton.LeftButton
WAIT = 30_000
EDL = (
    "TITLE: Harbour\nFCM: NON-DROP FRAME\n\n"
    "001  AX  V  C  00:00:00:00 00:00:04:00 01:00:00:00 01:00:04:00\n"
    "* FROM CLIP NAME: shot 1\n"
    "002  AX  V  C  00:00:00:00 00:00:02:20 01:00:04:00 01:00:06:20\n"
    "* FROM CLIP NAME: shot 2\n"
)


@pytest.fixture
def edl(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.edl"
    path.write_text(EDL)
    return path


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A cut of three clips: `a.mov` is below `there`, `b.mov` in two places, `c.mov` nowhere."""
    time = otio.opentime.RationalTime
    track = otio.schema.Track("V1", kind="Video")
    for name in "abc":
        reference = otio.schema.ExternalReference(
            f"/gone/{name}.mov", otio.opentime.TimeRange(time(0, 25), time(100, 25))
        )
        span = otio.opentime.TimeRange(time(10, 25), time(50, 25))
        track.append(otio.schema.Clip(f"shot {name}", reference, span))
    timeline = otio.schema.Timeline("moved")
    timeline.tracks.append(track)
    for file in ("there/a.mov", "there/one/b.mov", "there/two/b.mov"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(b"a film")
    path = tmp_path / "moved.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


@pytest.fixture
def opened(panel: Panel, qtbot: QtBot) -> Callable[..., Snapshot]:
    def open_(path: Path, rate: Fraction | None = None) -> Snapshot:
        with qtbot.waitSignal(panel.desk.actions.opened, timeout=WAIT):
            panel.desk.actions.open(str(path), rate)
        return snapshot_of(panel)

    return open_


def snapshot_of(panel: Panel) -> Snapshot:
    assert panel.desk.session.snapshot is not None
    return panel.desk.session.snapshot


def notice_of(panel: Panel) -> Notice:
    assert panel.desk.session.notice is not None
    return panel.desk.session.notice


def press(panel: Panel, label: str, qtbot: QtBot) -> None:
    """Click the button of the notice or the notes that says `label`."""
    found = panel.notice.findChildren(QPushButton) + panel.notes.findChildren(QPushButton)
    (button,) = [one for one in found if one.text() == label and one.isVisibleTo(panel)]
    qtbot.mouseClick(button, LEFT)


def entry(menu: QMenu, label: str) -> QAction:
    """An action of the menu, as it is when it opens."""
    menu.aboutToShow.emit()
    return next(one for one in menu.actions() if one.text().startswith(label))


def test_notes_are_told_once_and_can_be_had_again(
    panel: Panel, opened: Callable[..., Snapshot], edl: Path, qtbot: QtBot
) -> None:
    opened(edl)
    assert panel.notes.isVisible()
    assert panel.notes.text.text() == (
        "– 2 clips name no media file: link them in the editor and export again.\n"
        "– An EDL does not state its rate; it was read at 24 frames a second."
    )
    assert panel.desk.session.notice is None, "nothing shouts"
    qtbot.mouseClick(panel.notes._close, LEFT)
    assert not panel.notes.isVisible()
    panel.desk.session.set_snapshot(snapshot_of(panel))
    assert not panel.notes.isVisible(), "an edit does not bring them back"
    action = entry(panel.header.menu, "Notes")
    assert action.isEnabled() and not action.isChecked()
    action.trigger()
    assert panel.notes.isVisible()
    entry(panel.header.menu, "Notes").trigger()
    assert not panel.notes.isVisible()


def test_a_file_without_notes_says_nothing(panel: Panel) -> None:
    session = panel.desk.session
    session.set_snapshot(ui.cut())
    panel.desk.actions.opened.emit()
    assert not panel.notes.isVisible()
    assert not entry(panel.header.menu, "Notes").isEnabled()
    assert not entry(panel.header.menu, "Find media").isEnabled()
    assert not entry(panel.header.menu, "Another frame rate").isVisible(), "an .otio says its rate"


def test_many_notes_are_folded(panel: Panel, qtbot: QtBot) -> None:
    notes = tuple(f"Something was assumed, number {k}." for k in range(7))
    panel.desk.session.set_snapshot(ui.cut(notes=notes))
    panel.desk.files.show_notes(True)
    assert panel.notes.text.text().count("\n") == 2
    press(panel, "4 more notes", qtbot)
    assert panel.notes.text.text() == "\n".join(f"– {note}" for note in notes)


def test_another_rate_opens_the_file_again(
    panel: Panel, opened: Callable[..., Snapshot], edl: Path, qtbot: QtBot
) -> None:
    before = opened(edl)
    assert before.rate == 24
    panel.desk.session.set_playhead(50)
    press(panel, "Another rate", qtbot)
    labels = [remedy.label for remedy in notice_of(panel).remedies]
    assert labels == ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"]
    with qtbot.waitSignal(panel.desk.actions.opened, timeout=WAIT):
        press(panel, "25", qtbot)
    after = snapshot_of(panel)
    assert after.rate == 25
    assert (before.frames, after.frames) == (6 * 24 + 20, 6 * 25 + 20)
    assert panel.desk.session.playhead == 0, "it is another cut"
    assert panel.desk.session.notice is None
    assert not any("does not state its rate" in note for note in after.notes)


def test_a_rate_that_cannot_be_is_told_and_asked_again(
    panel: Panel, opened: Callable[..., Snapshot], edl: Path, qtbot: QtBot
) -> None:
    edl.write_text(EDL.replace(":20", ":28"))
    assert opened(edl).rate == 30
    panel.desk.actions.open(str(edl), Fraction(24))
    qtbot.waitUntil(lambda: panel.desk.session.notice is not None, timeout=WAIT)
    assert notice_of(panel).failed
    assert "names frame 28" in notice_of(panel).text
    assert snapshot_of(panel).rate == 30, "what was open stays"
    with qtbot.waitSignal(panel.desk.actions.opened, timeout=WAIT):
        press(panel, "59.94", qtbot)
    assert snapshot_of(panel).rate == Fraction(60000, 1001)


def test_what_a_format_cannot_keep_is_named(
    panel: Panel,
    opened: Callable[..., Snapshot],
    moved: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    timeline = otio.adapters.read_from_file(str(moved))
    timeline.tracks[0][1].effects.append(otio.schema.Effect("glow", "Glow"))
    otio.adapters.write_to_file(timeline, str(moved))
    opened(moved)
    target = moved.with_suffix(".edl")
    asked: list[str] = []

    def choose(*words: object) -> tuple[str, str]:
        asked.append(str(words[2]))
        return str(target.with_suffix("")), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(choose))
    menu = panel.header.menu
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.export.actions()] == [
        "Final Cut Pro 7 XML…",
        "Final Cut Pro X XML…",
        "CMX 3600 EDL…",
        "Kdenlive project…",
        "GStreamer Editing Services project…",
    ]
    menu.export.actions()[2].trigger()
    assert asked == [str(target)], "it is suggested beside the cut"
    assert notice_of(panel).text == "Writing moved.edl …"
    qtbot.waitUntil(lambda: "Wrote" in notice_of(panel).text, timeout=WAIT)
    assert target.exists()
    assert notice_of(panel).text == "Wrote moved.edl; CMX 3600 EDL cannot keep everything:"
    assert "Lost effects: “shot b”" in notice_of(panel).hint
    assert notice_of(panel).stays


def test_a_cut_that_cannot_be_written_says_why(
    panel: Panel, opened: Callable[..., Snapshot], moved: Path, qtbot: QtBot
) -> None:
    opened(moved)
    panel.desk.files.export(str(moved.parent / "nowhere" / "cut.xml"))
    qtbot.waitUntil(lambda: notice_of(panel).failed, timeout=WAIT)
    assert "cut.xml" in notice_of(panel).text


def test_missing_media_is_found_told_and_undone(
    panel: Panel,
    opened: Callable[..., Snapshot],
    moved: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened(moved)
    files = panel.desk.files
    assert files.missing == ("/gone/a.mov", "/gone/b.mov", "/gone/c.mov")
    assert panel.notes.text.text() == "3 media files are missing: a.mov, b.mov, c.mov."
    there = moved.parent / "there"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", staticmethod(lambda *_: str(there)))
    press(panel, "Find media…", qtbot)
    qtbot.waitUntil(lambda: len(files.missing) == 2, timeout=WAIT)
    items = snapshot_of(panel).tracks[0].items
    assert [item.media for item in items] == [str(there / "a.mov"), "/gone/b.mov", "/gone/c.mov"]
    assert [item.online for item in items] == [True, False, False]
    assert notice_of(panel).text == "Linked 1 media file."
    assert notice_of(panel).hint == (
        "– Not found: c.mov.\n– Not linked, for several files could be meant: b.mov."
    )
    assert snapshot_of(panel).can_undo == "Relink media"
    press(panel, "Undo", qtbot)
    qtbot.waitUntil(lambda: len(files.missing) == 3, timeout=WAIT)
    assert panel.desk.session.notice is None


def test_a_search_that_finds_nothing_offers_another(
    panel: Panel, opened: Callable[..., Snapshot], moved: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    opened(moved)
    (tmp_path / "empty").mkdir()
    panel.desk.files.relink(str(tmp_path / "empty"))
    qtbot.waitUntil(lambda: "No media" in notice_of(panel).text, timeout=WAIT)
    assert [remedy.label for remedy in notice_of(panel).remedies] == ["Look elsewhere"]
    assert notice_of(panel).hint == "Not found: a.mov, b.mov, c.mov."
    assert not snapshot_of(panel).can_undo
    panel.desk.files.relink(str(tmp_path / "no such folder"))
    qtbot.waitUntil(lambda: notice_of(panel).failed, timeout=WAIT)
    assert "is not a folder" in notice_of(panel).text


def test_a_clip_that_is_offline_offers_to_find_its_media(
    panel: Panel, opened: Callable[..., Snapshot], moved: Path, qtbot: QtBot
) -> None:
    session = panel.desk.session
    session.select(opened(moved).tracks[0].items[0].uid)
    assert session.item is not None
    session.set_outlook(Outlook(OutlookKind.REFUSED, session.item.refusal))
    labels = [one.text() for one, _ in panel.sentence._remedies._entries]
    assert labels == ["Find media…"]
    session.set_outlook(Outlook(OutlookKind.REFUSED, "It is gone.", code="media.missing"))
    assert panel.sentence._remedies.isVisibleTo(panel)


def test_a_crash_loses_neither_the_rate_nor_what_was_linked(
    panel: Panel, opened: Callable[..., Snapshot], edl: Path, moved: Path, qtbot: QtBot
) -> None:
    timeline = panel.desk.timeline
    opened(edl, Fraction(50))
    os.kill(timeline.pid, signal.SIGKILL)
    with qtbot.waitSignal(timeline.reopened, timeout=WAIT):
        pass
    assert snapshot_of(panel).rate == 50
    opened(moved)
    panel.desk.files.relink(str(moved.parent / "there"))
    qtbot.waitUntil(lambda: len(panel.desk.files.missing) == 2, timeout=WAIT)
    os.kill(timeline.pid, signal.SIGKILL)
    with qtbot.waitSignal(timeline.reopened, timeout=WAIT):
        pass
    assert len(panel.desk.files.missing) == 2
    assert snapshot_of(panel).can_undo == "Relink media"


def test_the_menu_is_reached_by_the_keyboard(
    panel: Panel, opened: Callable[..., Snapshot], moved: Path, qtbot: QtBot
) -> None:
    opened(moved)
    panel.strip.setFocus()
    qtbot.keyClick(panel.strip, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(panel.header.menu.isVisible)
    panel.header.menu.close()
    assert panel.header.more.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert panel.header.more.accessibleName()


@pytest.mark.parametrize("width", [360, 900])
def test_everything_fits(
    panel: Panel, opened: Callable[..., Snapshot], moved: Path, qtbot: QtBot, width: int
) -> None:
    opened(moved)
    panel.resize(width, 720)
    panel.desk.files.ask_rate()
    body = panel.sentence.parentWidget()
    qtbot.waitUntil(lambda: body.minimumSizeHint().width() <= width)
    buttons = [one for one in panel.notice.findChildren(QPushButton) if one.isVisible()]
    assert len(buttons) == 8
    for one in buttons:
        right = one.mapTo(panel, one.rect().topRight()).x()
        assert right <= width
