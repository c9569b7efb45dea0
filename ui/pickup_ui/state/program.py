"""Which picture of which file is seen at a record frame, before an edit and after it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from fractions import Fraction

from PySide6.QtCore import QObject, Signal

from pickup.protocol import JobStatus, Mode, Operation, Origin, Placement, Take
from pickup_ui.state.in_cut import gap_after
from pickup_ui.state.session import Session
from pickup_ui.state.timeline_process import TimelineProcess

_CHUNK = 96
_WAITING = 3
_JOINING = (Operation.EXTEND, Operation.BRIDGE)
"""Record frames that are asked for at once; questions that wait, for older ones are of no use any
more; the verbs whose joins with real frames are looked at."""


@dataclass(frozen=True)
class Cell:
    """One picture: 0-based `frame` of the file `path`."""

    path: str
    frame: int


class Program(QObject):
    """Asks the timeline process what is shown, and remembers it until the cut changes."""

    changed = Signal()

    def __init__(self, session: Session, timeline: TimelineProcess, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._timeline = session, timeline
        self._stamp: tuple[str, int, Fraction] = ("", -1, Fraction(0))
        self._cells: dict[int, Cell | None] = {}
        self._wanted: deque[int] = deque(maxlen=_WAITING)
        self._failed: set[int] = set()
        self._under_way: int | None = None
        session.snapshot_changed.connect(self._forget)
        timeline.reopened.connect(self._try_again)

    def known(self, frame: int, after: bool) -> bool:
        """Whether `cell` can answer; if not, it is asked for and `changed` follows."""
        edit = self._edit() if after else None
        if edit is not None and _made(edit, frame) is not None:
            return True
        at = _before_of(edit, frame)
        if at in self._cells:
            return True
        self._ask(at // _CHUNK)
        return False

    def cell(self, frame: int, after: bool) -> Cell | None:
        """The picture at a record frame; None where there is none, or it is not known yet."""
        edit = self._edit() if after else None
        made = _made(edit, frame) if edit is not None else None
        cell = made or self._cells.get(_before_of(edit, frame))
        switch = self._switch() if after else None
        if cell is not None and switch is not None and cell.path == switch[0]:
            return replace(cell, path=switch[1])
        return cell

    def put(self, start: int, cells: list[Cell | None]) -> None:
        """Take in what is shown from record frame `start` on."""
        self._cells.update(enumerate(cells, start))
        self.changed.emit()

    def _edit(self) -> _Edit | None:
        found = self._session.unplaced
        placement = found[0].submission.placement if found else None
        if found is None or placement is None or self._session.clip_of(found[0].id):
            return None
        return _Edit(*found, placement)

    def _switch(self) -> tuple[str, str] | None:
        """The file that the cut shows and that of the take in view, where both are of one job."""
        found = self._session.unplaced
        clip = self._session.clip_of(found[0].id) if found else None
        return (clip.media, found[1].media.path) if found and clip else None

    def _forget(self) -> None:
        snapshot = self._session.snapshot
        stamp = ("", -1, Fraction(0))
        if snapshot is not None:
            stamp = (snapshot.path, snapshot.revision, snapshot.rate)
        if stamp != self._stamp:
            self._stamp = stamp
            self._cells.clear()
            self._wanted.clear()
            self._failed.clear()
            self.changed.emit()

    def _try_again(self) -> None:
        """Another process answers now."""
        self._failed.clear()
        self.changed.emit()

    def _ask(self, chunk: int) -> None:
        known = (*self._wanted, *self._failed, self._under_way)
        if chunk not in known and self._session.snapshot is not None and chunk >= 0:
            self._wanted.append(chunk)
            self._ask_next()

    def _ask_next(self) -> None:
        """One question at a time: an edit must not wait for all that was scrubbed over."""
        if self._under_way is not None or not self._wanted:
            return
        self._under_way = chunk = self._wanted.popleft()
        stamp, start = self._stamp, chunk * _CHUNK

        def done(result: object) -> None:
            self._under_way = None
            if stamp == self._stamp:
                self.put(start, cells_of(result, start, _CHUNK))
            else:
                self.changed.emit()
            self._ask_next()

        def failed(_: object) -> None:
            self._under_way = None
            self._failed.add(chunk)
            self._ask_next()

        self._timeline.call("shown", {"start": start, "frames": _CHUNK}, done, failed)


@dataclass(frozen=True)
class _Edit:
    job: JobStatus
    take: Take
    placement: Placement

    @property
    def frames(self) -> int:
        return sum(piece.frames for piece in self.placement.pieces)

    @property
    def ripples(self) -> bool:
        return self.placement.mode is Mode.RIPPLE


def _before_of(edit: _Edit | None, frame: int) -> int:
    """The record frame of the cut as it is that is seen at `frame` after the edit."""
    if edit is None or not edit.ripples or frame < edit.placement.record_in:
        return frame
    return frame - edit.frames


def _made(edit: _Edit, frame: int) -> Cell | None:
    """The picture that the edit itself puts at `frame`."""
    at = frame - edit.placement.record_in
    source = edit.job.submission.request.source
    for piece in edit.placement.pieces:
        if 0 <= at < piece.frames:
            if piece.origin is Origin.GENERATED:
                return Cell(edit.take.media.path, at + piece.offset)
            # A handle: real frames at the extended end of the run that the engine was given.
            tail = edit.placement.operation is Operation.EXTEND and _is_tail(edit)
            k = source.frames - piece.frames + at if tail else at
            return Cell(source.media.path, source.media_frame(k))
        at -= piece.frames
    return None


def _is_tail(edit: _Edit) -> bool:
    return getattr(edit.job.submission.request, "side", "tail") == "tail"


def cells_of(result: object, start: int, frames: int) -> list[Cell | None]:
    """Read the timeline process's runs: one entry per record frame, None where nothing is shown."""
    cells: list[Cell | None] = [None] * frames
    for run in result if isinstance(result, list) else []:
        match run:
            case {"record_in": int(begin), "frames": int(count), "media": str(path)} if path:
                first, step = Fraction(run["first"]), Fraction(run["step"])
                for k in range(count):
                    at = begin + k - start
                    if 0 <= at < frames:
                        cells[at] = Cell(path, int((first + k * step) // 1))
            case _:
                continue
    return cells


def loop_range(session: Session, beside: Fraction = Fraction(1)) -> tuple[int, int]:
    """The record frames around the cut in question, `beside` seconds on either side."""
    pad = round(session.rate * beside)
    found = session.take_of(session.take)
    placement = found[0].submission.placement if found else None
    if found and placement:
        clip = session.clip_of(found[0].id)
        start = clip.record_in if clip else placement.record_in
        frames = clip.frames if clip else sum(piece.frames for piece in placement.pieces)
        beyond = pad if placement.operation in _JOINING else 0
        return max(0, start - beyond), start + frames + beyond
    item = session.item
    if item is None:
        return 0, session.end
    if session.operation not in _JOINING:
        return item.record_in, item.record_in + item.frames
    tail = session.operation is Operation.BRIDGE or session.draft.side == "tail"
    cut = item.record_in + (item.frames if tail else 0)
    gap = gap_after(session.track, item.uid) if tail and session.track else 0
    beyond = gap if session.operation is Operation.BRIDGE else 0
    return max(0, cut - pad), cut + beyond + pad
