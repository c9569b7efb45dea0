"""The motion brush: strokes on the picture that the new frames join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import hypot

from PySide6.QtCore import QObject, Signal

from pickup.protocol import ExtendRequest, Operation, Request, Side, Stroke
from pickup_ui.state.program import Cell
from pickup_ui.state.session import Session

Point = tuple[int, int]
"""x, y in pixels of the source."""

SIZES = {"small": 0.015, "medium": 0.03, "large": 0.06}
"""Radius of the brush as a share of the longer side."""

_TOLERANCE = 0.012
"""Share of the longer side by which a stroke's line may differ from the hand's."""

_LEAST = 0.01
"""Share of the longer side below which a drag was a click."""

_NUDGE = 0.1
"""Share of the width that a stroke made without a pointer goes, until its numbers are changed."""


class Brush(QObject):
    """Whether strokes are drawn, how wide, and on which picture. The strokes are in the draft."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.on = False
        self.size = "medium"
        self.cell: Cell | None = None
        self._joins: tuple[str, Side] = ("", Side.TAIL)
        session.outlook_changed.connect(self._find)
        session.draft_changed.connect(self._follow)
        session.engine_changed.connect(self._follow)
        session.selection_changed.connect(self._follow)
        session.take_changed.connect(self._look_at_take)

    @property
    def radius(self) -> int:
        """Pixels of the source; 0 while its size is not known."""
        longer = max(self._session.size)
        return max(1, round(SIZES[self.size] * longer)) if longer else 0

    @property
    def absence(self) -> str:
        """Why there is no picture to draw on."""
        proposal = self._session.outlook.proposal
        if proposal is not None and proposal.request is None:
            return "The clip's own frames suffice: there is nothing to draw on."
        return self._session.outlook.sentence

    @property
    def strokes(self) -> tuple[Stroke, ...]:
        """What was drawn."""
        return self._session.drafts[Operation.EXTEND].guidance.strokes

    def set_on(self, on: bool) -> None:
        """Draw, or not; drawing happens in Extend, with a model that follows strokes."""
        on = on and self._session.can(Operation.EXTEND).moves
        if on and self._session.operation is not Operation.EXTEND:
            self._session.set_operation(Operation.EXTEND)
        if on != self.on:
            self.on = on
            if on:
                self._session.set_take(None)
            self.changed.emit()

    def toggle(self) -> None:
        """Take the brush, or put it down."""
        self.set_on(not self.on)

    def set_size(self, size: str) -> None:
        """`small`, `medium` or `large`, for the next stroke."""
        self.size = size
        self.changed.emit()

    def draw(self, drawn: Sequence[Point]) -> None:
        """Add a stroke along the hand's points; a click adds nothing."""
        longer = max(self._session.size)
        points = simplified(drawn, _TOLERANCE * longer)
        reach = max((hypot(x - drawn[0][0], y - drawn[0][1]) for x, y in points), default=0.0)
        if reach >= _LEAST * longer:
            self._set((*self.strokes, Stroke(points, self.radius)))

    def add(self) -> None:
        """Add a stroke in the middle, for those who write its numbers."""
        width, height = self._session.size
        if width:
            middle = (width // 2, height // 2)
            end = (middle[0] + round(_NUDGE * width), middle[1])
            self._set((*self.strokes, Stroke((middle, end), self.radius)))

    def move(self, at: int, points: tuple[Point, ...]) -> None:
        """Give stroke `at` other points."""
        strokes = self.strokes
        self._set((*strokes[:at], replace(strokes[at], points=points), *strokes[at + 1 :]))

    def remove(self, at: int) -> None:
        """Take stroke `at` away."""
        self._set(self.strokes[:at] + self.strokes[at + 1 :])

    def _set(self, strokes: tuple[Stroke, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, strokes=strokes))

    def _follow(self) -> None:
        draft = self._session.drafts[Operation.EXTEND]
        joins = (self._session.selected, draft.side)
        if joins != self._joins:
            self._joins, self.cell = joins, None
            self.changed.emit()
        extends = self._session.operation is Operation.EXTEND
        if not (extends and self._session.can(Operation.EXTEND).moves):
            self.set_on(False)

    def _find(self) -> None:
        """The picture stays in view while a request is refused: the stroke may be at fault."""
        outlook = self._session.outlook
        proposal = None if outlook.stale else outlook.proposal
        cell = _joined(proposal.request) if proposal is not None else self.cell
        if cell != self.cell or (self.on and cell is None):
            self.cell = cell
            self.changed.emit()

    def _look_at_take(self) -> None:
        if self._session.take is not None:
            self.set_on(False)


def _joined(request: Request | None) -> Cell | None:
    """The picture that new frames adjoin; None where there are none."""
    if not isinstance(request, ExtendRequest):
        return None
    source = request.source
    frame = source.media_frame(source.frames - 1 if request.side is Side.TAIL else 0)
    return Cell(source.media.path, frame)


def simplified(points: Sequence[Point], tolerance: float) -> tuple[Point, ...]:
    """The fewest of `points` whose line stays within `tolerance` of all (Douglas and Peucker,
    1973)."""
    if len(points) < 3:
        return tuple(points)
    (ax, ay), (bx, by) = points[0], points[-1]
    length = hypot(bx - ax, by - ay)

    def apart(point: Point) -> float:
        dx, dy = point[0] - ax, point[1] - ay
        if length < max(1.0, tolerance):  # it came back to where it began
            return hypot(dx, dy)
        return abs(dx * (by - ay) - dy * (bx - ax)) / length

    far = max(range(1, len(points) - 1), key=lambda at: apart(points[at]))
    if apart(points[far]) <= tolerance:
        return (points[0], points[-1])
    return (*simplified(points[: far + 1], tolerance)[:-1], *simplified(points[far:], tolerance))


def words_of(points: Sequence[Point]) -> str:
    """`100,80 140,60`, as the command writes a stroke."""
    return " ".join(f"{x},{y}" for x, y in points)


def points_of(words: str) -> tuple[Point, ...] | None:
    """The inverse of `words_of`; None for anything else and for fewer than two points."""
    pairs = [part.split(",") for part in words.split()]
    try:
        points = tuple((int(x), int(y)) for x, y in pairs)
    except ValueError:
        return None
    return points if len(points) > 1 else None
