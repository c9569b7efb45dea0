"""Clips that Pickup made, in the dock, with the real timeline process: takes, stale, removed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from pickup.protocol import ItemKind, Mode, SnapshotItem
from pickup_ui.panel import Panel
from pickup_ui.state.outlook import OutlookKind
from pickup_ui.views.strip import describe
from support.living import R, extended
from support.takes import cut_with_takes
from support.timeline import gap

LEFT = Qt.MouseButton.LeftButton
CTRL = Qt.KeyboardModifier.ControlModifier
WAIT = 30_000

Place = tuple[str, int, int, int, str]
Opened = Callable[[Path], SnapshotItem]


@pytest.fixture
def opened(panel: Panel, qtbot: QtBot) -> Opened:
    """Opens a cut and selects its first generated clip, of which everything is known then."""

    def open_(path: Path) -> SnapshotItem:
        with qtbot.waitSignal(panel.desk.actions.opened, timeout=WAIT):
            panel.desk.actions.open(str(path))
        made = generated(panel)
        panel.desk.session.select(made[0].uid)
        qtbot.waitUntil(lambda: settled(panel), timeout=WAIT)
        panel.strip.setFocus()
        return made[0]

    return open_


@pytest.fixture
def three_takes(tmp_path: Path) -> Path:
    """A cut that shows the first of three takes, from record frame 100 on."""
    document, _ = cut_with_takes(tmp_path)
    return document.save(tmp_path / "takes.otio")


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """A cut that an editor has changed: the generated clip no longer follows its handle."""
    made = extended(tmp_path)
    made.change(lambda timeline: timeline.tracks[0].insert(3, gap(5, R)))
    return tmp_path / "edited.otio"


def generated(panel: Panel) -> list[SnapshotItem]:
    snapshot = panel.desk.session.snapshot
    assert snapshot is not None
    return [item for track in snapshot.tracks for item in track.items if item.generated]


def settled(panel: Panel) -> bool:
    living = panel.desk.living
    waits = living.update is not None and living.update.kind is OutlookKind.WORKING
    return living.known and not waits


def shape(panel: Panel) -> list[Place]:
    """What stands where: label, place, length, first media frame, and whether it is stale."""
    snapshot = panel.desk.session.snapshot
    assert snapshot is not None
    return [
        (
            f"{'gap ' if item.kind is ItemKind.GAP else ''}{track.label}",
            item.record_in,
            item.frames,
            item.media_first,
            item.stale,
        )
        for track in snapshot.tracks
        for item in track.items
    ]


def clips(places: list[Place]) -> set[Place]:
    """All but the gaps."""
    return {place for place in places if not place[0].startswith("gap")}


def undo(panel: Panel, qtbot: QtBot) -> None:
    snapshot = panel.desk.session.snapshot
    assert snapshot is not None
    revision = snapshot.revision
    panel.strip.setFocus()
    qtbot.keyClick(panel.strip, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: panel.desk.session.snapshot.revision != revision, timeout=WAIT)


def take_shown(panel: Panel) -> tuple[int, str]:
    """The take of the first generated clip, and the file that it shows."""
    (item, *_) = generated(panel)
    return item.take + 1, Path(item.media).name.rsplit(".t", 1)[1][:1]


def test_the_card_tells_how_a_clip_was_made(
    panel: Panel, opened: Opened, three_takes: Path
) -> None:
    opened(three_takes)
    assert panel.card.isVisible()
    assert panel.card.facts.text() == "Extend · take 1 of 3 · pickup-draft · seed 0"
    assert list(panel.card.tiles) == [0, 1, 2]
    assert not panel.card.update_.isVisible()
    assert not panel.card.keep.isVisible()
    assert not panel.takes.isVisible(), "the card has its takes"
    panel.desk.session.select(panel.desk.session.snapshot.tracks[0].items[0].uid)
    assert not panel.card.isVisible(), "shot A was filmed"


def test_takes_are_switched_by_keys_buttons_and_pictures(
    panel: Panel, opened: Opened, three_takes: Path, qtbot: QtBot
) -> None:
    opened(three_takes)
    before = shape(panel)

    def space(tile: QWidget) -> None:
        tile.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(tile, Qt.Key.Key_Space)

    presses: list[tuple[Callable[[], object], int]] = [
        (lambda: qtbot.keyClick(panel.strip, Qt.Key.Key_BracketRight), 2),
        (lambda: qtbot.mouseClick(panel.card.next, LEFT), 3),
        (lambda: qtbot.keyClick(panel.strip, Qt.Key.Key_BracketRight), 1),
        (lambda: qtbot.mouseClick(panel.card.previous, LEFT), 3),
        (lambda: qtbot.keyClick(panel.strip, Qt.Key.Key_2), 2),
        (lambda: qtbot.mouseClick(panel.card.tiles[0], LEFT), 1),
        (lambda: space(panel.card.tiles[2]), 3),
    ]
    for press, take in presses:
        press()
        qtbot.waitUntil(lambda take=take: take_shown(panel) == (take, str(take)), timeout=WAIT)
        words = f"take {take} of 3"
        qtbot.waitUntil(lambda words=words: words in panel.card.facts.text(), timeout=WAIT)
        qtbot.waitUntil(lambda: settled(panel), timeout=WAIT)
        assert shape(panel) == before, "nothing but the file is another"
    assert panel.desk.session.notice is None, "the card shows it, nothing shouts"
    undo(panel, qtbot)
    assert take_shown(panel) == (1, "1"), "each switch is one undo"


def test_a_take_that_is_shown_already_is_no_edit(
    panel: Panel, opened: Opened, three_takes: Path, qtbot: QtBot
) -> None:
    opened(three_takes)
    qtbot.keyClick(panel.strip, Qt.Key.Key_1)
    qtbot.keyClick(panel.strip, Qt.Key.Key_9)
    qtbot.wait(100)
    assert panel.desk.session.snapshot.revision == 0
    assert panel.desk.session.notice is None


def test_a_clip_whose_recipe_is_gone_says_so(
    panel: Panel, opened: Opened, three_takes: Path, tmp_path: Path
) -> None:
    for recipe in tmp_path.rglob("*.pickup.json"):
        recipe.unlink()
    opened(three_takes)
    assert panel.card.facts.text() == "Extend · take 1 · no recipe beside its file"
    assert not panel.card.next.isVisible()
    assert panel.card.remove.isVisible()


def test_a_cut_that_was_changed_elsewhere_shows_what_is_stale(
    panel: Panel, opened: Opened, moved: Path, qtbot: QtBot
) -> None:
    item = opened(moved)
    assert item.stale == panel.card.reason.text() != ""
    assert panel.card.reason.accessibleName() == f"Stale: {item.stale}"
    assert f"Stale: {item.stale}" in describe(item)
    assert f"Stale: {item.stale}" in panel.strip.accessibleDescription()
    assert panel._clip.text().endswith(" · stale")
    assert panel.card.says.text() == (
        "Moves A extend to where it fits. Nothing is generated, and nothing else moves."
    )
    before = shape(panel)
    qtbot.mouseClick(panel.card.update_, LEFT)
    qtbot.waitUntil(lambda: generated(panel)[0].stale == "", timeout=WAIT)
    after = shape(panel)
    assert generated(panel)[0].record_in == 194, "next to its handle again"
    assert clips(before) - clips(after) == {("V1", 199, 26, 0, item.stale)}
    assert clips(after) - clips(before) == {("V1", 194, 26, 0, "")}
    assert not panel.card.reason.isVisible()
    undo(panel, qtbot)
    assert shape(panel) == before
    qtbot.waitUntil(panel.card.update_.isEnabled, timeout=WAIT)


def test_a_stale_clip_can_be_kept(panel: Panel, opened: Opened, moved: Path, qtbot: QtBot) -> None:
    item = opened(moved)
    qtbot.mouseClick(panel.card.keep, LEFT)
    qtbot.waitUntil(lambda: generated(panel)[0].stale == "", timeout=WAIT)
    assert generated(panel)[0].record_in == item.record_in
    assert not panel.card.keep.isVisible()
    undo(panel, qtbot)
    assert generated(panel)[0].stale == item.stale


def test_an_update_that_needs_the_engine_waits_for_it(
    panel: Panel, tmp_path: Path, qtbot: QtBot
) -> None:
    made = extended(tmp_path)
    made.change(lambda timeline: timeline.tracks[0].insert(3, gap(50, R)))
    made = extended(tmp_path, after=40)
    made.change(lambda timeline: timeline.tracks[0].insert(3, gap(13, R)))
    panel.desk.actions.open(str(tmp_path / "edited.otio"))
    qtbot.waitUntil(lambda: panel.desk.session.snapshot is not None, timeout=WAIT)
    panel.desk.session.select(generated(panel)[0].uid)
    qtbot.waitUntil(lambda: panel.card.says.text() == "The engine starts …", timeout=WAIT)
    assert not panel.card.update_.isEnabled()
    assert panel.card.keep.isEnabled()


def test_removing_gives_back_what_was_there_and_says_so(
    panel: Panel, opened: Opened, moved: Path, qtbot: QtBot
) -> None:
    opened(moved)
    before = shape(panel)
    qtbot.mouseClick(panel.card.remove, LEFT)
    qtbot.waitUntil(lambda: not generated(panel), timeout=WAIT)
    notice = panel.desk.session.notice
    assert notice is not None
    assert notice.text.startswith("Removed A extend")
    assert not panel.card.isVisible()
    undo(panel, qtbot)
    assert shape(panel) == before


def test_a_clip_is_split_at_the_playhead(
    panel: Panel, opened: Opened, three_takes: Path, qtbot: QtBot
) -> None:
    item = opened(three_takes)
    session = panel.desk.session
    session.set_playhead(item.record_in)
    assert not panel.card.split.isEnabled(), "the first half would be empty"
    session.set_playhead(item.record_in + 4)
    qtbot.mouseClick(panel.card.split, LEFT)
    qtbot.waitUntil(lambda: len(generated(panel)) == 2, timeout=WAIT)
    first, second = generated(panel)
    assert (first.frames, second.frames) == (4, item.frames - 4)
    assert second.media_first == first.media_first + 4
    assert session.selected == first.uid == item.uid
    qtbot.waitUntil(lambda: settled(panel), timeout=WAIT)
    qtbot.keyClick(panel.strip, Qt.Key.Key_BracketRight)
    qtbot.waitUntil(lambda: [one.take for one in generated(panel)] == [1, 1], timeout=WAIT)


def test_a_crash_loses_none_of_these_edits(
    panel: Panel, opened: Opened, moved: Path, qtbot: QtBot
) -> None:
    item = opened(moved)
    panel.desk.session.set_playhead(item.record_in + 4)
    qtbot.mouseClick(panel.card.split, LEFT)
    qtbot.waitUntil(lambda: len(generated(panel)) == 2, timeout=WAIT)
    qtbot.mouseClick(panel.card.keep, LEFT)
    qtbot.waitUntil(lambda: not generated(panel)[0].stale, timeout=WAIT)
    before = shape(panel)
    os.kill(panel.desk.timeline.pid, signal.SIGKILL)
    with qtbot.waitSignal(panel.desk.timeline.reopened, timeout=WAIT):
        pass
    assert shape(panel) == before
    undo(panel, qtbot)
    assert generated(panel)[0].stale
    undo(panel, qtbot)
    assert len(generated(panel)) == 1


def test_going_through_the_clips_leaves_the_right_one(
    panel: Panel, tmp_path: Path, qtbot: QtBot
) -> None:
    """The answers for clips that were passed by are dropped."""
    document, _ = cut_with_takes(tmp_path, Mode.ABOVE)
    panel.desk.actions.open(str(document.save(tmp_path / "two.otio")))
    session = panel.desk.session
    qtbot.waitUntil(lambda: session.snapshot is not None, timeout=WAIT)
    (item,) = generated(panel)
    session.select(item.uid)
    session.select(session.snapshot.tracks[0].items[0].uid)
    qtbot.wait(300)
    assert panel.desk.living.takes == ()
    assert not panel.card.isVisible()
    session.select(item.uid)
    qtbot.waitUntil(lambda: settled(panel), timeout=WAIT)
    assert len(panel.card.tiles) == 3
