"""Settings that belong to one clip's picture: they stay with it when another is selected."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject

from pickup.protocol import Keyframe, Matte, Operation, Stroke
from pickup_ui.state.draft import Draft
from pickup_ui.state.folders import original_name
from pickup_ui.state.session import Session

_Drafts = dict[Operation, Draft]


@dataclass(frozen=True)
class _Bound:
    strokes: tuple[Stroke, ...] = ()
    edited: tuple[Keyframe, ...] = ()
    filled: tuple[Keyframe, ...] = ()
    matte: Matte = field(default_factory=Matte)


class ClipSettings(QObject):
    """Puts strokes, pinned pictures and region away with their clip, and brings them back."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._of = self._clip()
        self._kept: dict[tuple[str, str], _Bound] = {}
        session.selection_changed.connect(self._follow)

    def _clip(self) -> tuple[str, str]:
        snapshot = self._session.snapshot
        return (original_name(snapshot.path) if snapshot else "", self._session.selected)

    def _follow(self) -> None:
        clip = self._clip()
        if clip == self._of:
            return
        session = self._session
        if clip[0] == self._of[0]:
            self._kept[self._of] = _bound(session.drafts)
        else:
            self._kept.clear()
        self._of = clip
        session.set_drafts(_with(session.drafts, self._kept.get(clip, _Bound())))


def _bound(drafts: _Drafts) -> _Bound:
    return _Bound(
        drafts[Operation.EXTEND].guidance.strokes,
        drafts[Operation.RESTYLE].guidance.keyframes,
        drafts[Operation.INPAINT].guidance.keyframes,
        drafts[Operation.INPAINT].matte,
    )


def _with(drafts: _Drafts, bound: _Bound) -> _Drafts:
    extend, restyle = drafts[Operation.EXTEND], drafts[Operation.RESTYLE]
    inpaint = drafts[Operation.INPAINT]
    return {
        **drafts,
        Operation.EXTEND: replace(extend, guidance=replace(extend.guidance, strokes=bound.strokes)),
        Operation.INPAINT: replace(
            inpaint,
            matte=bound.matte,
            guidance=replace(inpaint.guidance, keyframes=bound.filled),
        ),
        Operation.RESTYLE: replace(
            restyle, guidance=replace(restyle.guidance, keyframes=bound.edited)
        ),
    }
