"""Extend: which end, how long, where to, what happens."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QHBoxLayout, QWidget

from pickup.protocol import Keyframe, Mode, Side
from pickup_ui.state.session import Session
from pickup_ui.views.fields import LengthField, Options, WordsField
from pickup_ui.views.flow import Flow
from pickup_ui.views.images import KeyframeRow
from pickup_ui.views.parts import Choices, Text

_MODES = (
    (Mode.AUTO, "where it fits"),
    (Mode.GAP, "into the gap"),
    (Mode.ABOVE, "on a track above"),
    (Mode.RIPPLE, "and move the rest"),
    (Mode.OVERWRITE, "over what follows"),
)


class ExtendParameters(QWidget):
    """Reads and writes the session's extend draft."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._side = Choices(
            [(Side.HEAD, "Head"), (Side.TAIL, "Tail")],
            lambda key: session.change(side=Side(key)),
        )
        self._side.tip(Side.HEAD, "Make the clip begin earlier")
        self._side.tip(Side.TAIL, "Make the clip end later")
        self._mode = Options("Where it goes", _MODES, lambda key: session.change(mode=Mode(key)))
        self._words = WordsField("Prompt", "What happens (optional)", self._say)
        self._keyframes = KeyframeRow(self._pin)
        row = Flow(parent=self)
        row.add(self._side)
        row.add(_labelled("by", LengthField(session)))
        row.add(self._mode)
        row.add(self._keyframes)
        row.add(self._words, grow=True)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(row)
        session.draft_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        draft = self._session.draft
        if draft.operation != "extend":
            return
        self._side.choose(draft.side)
        self._mode.choose(draft.mode)
        self._words.show_words(draft.guidance.prompt)
        self._keyframes.show_pinned(draft.guidance.keyframes, self._session.rate, draft.frames)

    def _say(self, words: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, prompt=words.strip()))

    def _pin(self, pinned: tuple[Keyframe, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, keyframes=pinned))


def _labelled(word: str, field: QWidget) -> QWidget:
    pair = QWidget()
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(Text(word, "muted"))
    row.addWidget(field)
    return pair
