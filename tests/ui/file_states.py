"""States of the dock that are about the cut as a file, for `states.py`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from opening import opened

from pickup_ui.state.desk import Desk
from pickup_ui.state.outlook import Notice, Outlook, OutlookKind, Remedy
from pickup_ui.state.wording import lines_words
from support import ui
from support.shots import State

_NOTES = (
    "An EDL does not state its rate; it was read at 24 frames a second.",
    "2 events have source and record lengths that differ; the places in the record were kept.",
    "It holds 2 timelines; the first, “Harbour”, was opened.",
    "Its generator clips were read as offline clips.",
    "A transition at the end of V2 was left out: nothing follows it.",
)
_LOSSES = (
    "Other pictures (the first frame moved): “shot 12” (V1 at frame 96).",
    "Lost transitions: “SMPTE_Dissolve” (V1 at frame 96).",
    "Lost effects: “shot 11” (V1 at frame 0), “shot 12” (V1 at frame 96), “shot 14” (V1 at"
    " frame 276), “room tone” (A1 at frame 0) and 9 more.",
    "Lost metadata: “shot 12” (V1 at frame 96).",
)


def _offline(desk: Desk) -> None:
    snapshot = ui.cut(path="/cut/harbour.edl", notes=_NOTES)
    why = "shot 12 is offline: /cut/shot12.mov is missing. Relink it in the editor."
    items = snapshot.tracks[0].items
    lost = replace(items[1], online=False, refusal=why)
    other = replace(items[3], online=False, refusal=why)
    track = replace(snapshot.tracks[0], items=(items[0], lost, items[2], other))
    desk.session.set_snapshot(replace(snapshot, tracks=(track, snapshot.tracks[1])))
    desk.program.put(0, [None] * 480)
    desk.session.select("c2")
    desk.session.set_outlook(Outlook(OutlookKind.REFUSED, why))


def notes(desk: Desk, folder: Path) -> None:
    """What reading assumed, and media that is missing."""
    opened(desk, folder)
    _offline(desk)
    desk.files.show_notes(True)


def rate(desk: Desk, folder: Path) -> None:
    """The question for the frame rate, of a cut with edits."""
    notes(desk, folder)
    assert desk.session.snapshot is not None
    desk.session.set_snapshot(replace(desk.session.snapshot, modified=True))
    desk.files.ask_rate()


def losses(desk: Desk, folder: Path) -> None:
    """What a format could not keep."""
    opened(desk, folder)
    desk.session.set_notice(
        Notice(
            "Wrote harbour.fcpxml; Final Cut Pro X XML cannot keep everything:",
            lines_words(_LOSSES),
            stays=True,
        )
    )


def relinked(desk: Desk, folder: Path) -> None:
    """What a search for media found."""
    opened(desk, folder)
    _offline(desk)
    lines = (
        "Not found: shot 21.mov, shot 22.mov, shot 30.mov and 4 more.",
        "Not linked, for several files could be meant: b-roll.mov.",
    )
    remedies = (Remedy("Look elsewhere", desk.files.ask_search), Remedy("Undo", desk.actions.undo))
    desk.session.set_notice(Notice("Linked 12 media files.", lines_words(lines), remedies=remedies))


FILE_STATES: dict[str, State] = {
    "30-notes": notes,
    "31-rate": rate,
    "32-losses": losses,
    "33-relinked": relinked,
}
