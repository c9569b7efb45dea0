"""Every applicable edit on every clip of a cut, each judged by the oracle and then undone."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Final

from pickup.errors import PickupError
from pickup.protocol import ItemKind, SnapshotItem
from pickup.timeline import Document, snapshot
from pickup.timeline.identity import clips_of, uid_of
from support.attempts import JOB, Attempt, Bench, attempts, spot_of
from support.attempts_more import more_attempts, undoing_attempts
from support.expected import cut_of
from support.oracle import TrackMap
from support.standins import probe_of, with_media
from support.timeline import text_of

MOST_CLIPS: Final = 25
"""How many clips of one file are tried, spread over the whole of it."""

LONG: Final = 10_000
"""Record frames from which a cut takes so long to compare that only a third is tried."""


@dataclass(frozen=True)
class Outcome:
    """`reason` is "" for an edit that was applied and is right, `wrong` what it did to the cut that
    it must not."""

    kind: str
    clip: str
    code: str = ""
    reason: str = ""
    wrong: str = ""

    @property
    def applied(self) -> bool:
        return not self.reason and not self.wrong


@dataclass
class Tried:
    """A file: `refused` is why it does not open."""

    name: str
    refused: str = ""
    clips: int = 0
    outcomes: list[Outcome] = field(default_factory=list)


def try_file(path: Path, folder: Path, most: int = MOST_CLIPS) -> Tried:
    """Open a file and try every edit on a spread of its clips; `folder` takes the stand-ins."""
    tried = Tried(path.name)
    try:
        document = Document.open(path)
    except PickupError as error:
        tried.refused = error.message
        return tried
    try_document(document, folder, tried, most)
    return tried


def try_document(document: Document, folder: Path, tried: Tried, most: int = MOST_CLIPS) -> None:
    """Try every edit on a spread of the clips of an open cut; outcomes go to `tried`."""
    cut = with_media(document)
    clips = {uid_of(item): item for _, item in clips_of(cut.timeline)}
    bench = Bench(cut, folder, lambda uid: probe_of(cut, clips[uid]))
    bench.look()
    found = list(pictures_of(cut))
    tried.clips = len(found)
    is_long = any(len(track.base) > LONG for track in bench.before)
    for track, item in _spread(found, max(1, most // 3) if is_long else most):
        spot = spot_of(bench, track, item)
        for attempt in chain(attempts(spot), more_attempts(spot), undoing_attempts(spot)):
            if outcome := outcome_of(bench, attempt, item):
                tried.outcomes.append(outcome)


def pictures_of(document: Document) -> Iterator[tuple[int, SnapshotItem]]:
    """(track number, item) of all clips and compounds on picture tracks."""
    for number, track in enumerate(snapshot(document).tracks):
        if track.kind == "video":
            for item in track.items:
                if item.kind in (ItemKind.CLIP, ItemKind.COMPOUND) and item.frames:
                    yield number, item


def _spread(found: list[tuple[int, SnapshotItem]], most: int) -> list[tuple[int, SnapshotItem]]:
    if len(found) <= most:
        return found
    return [found[k * len(found) // most] for k in range(most)]


def outcome_of(bench: Bench, attempt: Attempt, item: SnapshotItem) -> Outcome | None:
    """Try one edit and take it back; None where what must come before it is refused."""
    document = bench.document
    start = text_of(document)
    try:
        ready = attempt.prepare(bench)
    except PickupError:
        assert text_of(document) == start, "a refused edit changed the cut"
        return None
    bench.look()
    try:
        return _tried(bench, attempt, item) if ready else None
    finally:
        while document.can_undo:
            document.undo()
        bench.job = JOB
        bench.look()
        assert bench.text == start, "undo does not bring the bytes back"


def _tried(bench: Bench, attempt: Attempt, item: SnapshotItem) -> Outcome:
    document, depth = bench.document, _history(bench.document)
    try:
        try:
            check = attempt.run(bench)
        except PickupError as error:
            assert text_of(document) == bench.text, "a refused edit changed the cut"
            return Outcome(attempt.kind, item.name, error.code, _general(error.message, item.name))
        assert _history(document) == depth + 1, "not one step of the history"
        after = cut_of(document)
        check(after)
        _check_history(bench)
        again = Document.open(document.save(bench.folder / "tried.otio"))
        assert _seen(cut_of(again)) == _seen(after), "saved and opened again it is another cut"
    except AssertionError:
        wrong = traceback.format_exc(limit=-2).strip()
        return Outcome(attempt.kind, item.name, wrong=wrong)
    return Outcome(attempt.kind, item.name)


def _seen(cut: list[TrackMap]) -> list[object]:
    return [(track.base, track.mixes) for track in cut]


def _history(document: Document) -> int:
    """How many edits can be undone."""
    steps = 0
    while document.can_undo:
        document.undo()
        steps += 1
    for _ in range(steps):
        document.redo()
    return steps


def _check_history(bench: Bench) -> None:
    document = bench.document
    text = text_of(document)
    document.undo()
    assert text_of(document) == bench.text, "undo does not bring the bytes back"
    document.redo()
    assert text_of(document) == text, "redo does not bring the edit back"


def _general(message: str, name: str) -> str:
    """A refusal without the names and numbers of the one case, so that like ones can be counted."""
    text = message.replace(name, "CLIP") if name else message
    text = re.sub(r"“[^”]*”|\"[^\"]*\"", "NAME", text)
    text = re.sub(r"(?<![A-Za-z])/\S+", "PATH", text)
    return re.sub(r"\d+", "N", text)
