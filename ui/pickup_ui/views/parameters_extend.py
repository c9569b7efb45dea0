"""Extend: which end, how long, where to, how the camera and things move, what happens."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pickup.protocol import Keyframe, Mode, Side
from pickup_ui.state.brush import Brush
from pickup_ui.state.faults import Setting
from pickup_ui.state.session import Session
from pickup_ui.theme import GAP
from pickup_ui.views.brush import BrushTool, StrokeList
from pickup_ui.views.camera import CameraField
from pickup_ui.views.fault import FaultLine
from pickup_ui.views.fields import LengthField, Options, WordsField
from pickup_ui.views.flow import Flow
from pickup_ui.views.images import KeyframeRow, PinWords
from pickup_ui.views.parts import Choices, labelled

_MODES = (
    (Mode.AUTO, "where it fits"),
    (Mode.GAP, "into the gap"),
    (Mode.ABOVE, "on a track above"),
    (Mode.RIPPLE, "and move the rest"),
    (Mode.OVERWRITE, "over what follows"),
)
_PINS = PinWords(
    "Keyframes",
    "keyframe",
    "When, after the first new frame",
    "Pin an image at a time of the new part",
)


class ExtendParameters(QWidget):
    """Reads and writes the session's extend draft."""

    def __init__(self, session: Session, brush: Brush) -> None:
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
        self._keyframes = KeyframeRow(_PINS, self._pin)
        self._camera = CameraField(self._move, "How the camera moves over the new frames")
        self._brush = BrushTool(brush)
        self._strokes = StrokeList(brush)
        length = LengthField(session)
        row = Flow(parent=self)
        row.add(self._side)
        row.add(labelled("by", length))
        row.add(self._mode)
        row.add(self._keyframes)
        row.add(labelled("Camera", self._camera))
        row.add(self._brush)
        row.add(self._words, grow=True)
        fields = {
            Setting.LENGTH: length.field,
            Setting.KEYFRAMES: self._keyframes,
            Setting.CAMERA: self._camera,
            Setting.BRUSH: self._brush.button,
            Setting.PROMPT: self._words,
        }
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GAP)
        outer.addWidget(row)
        outer.addWidget(self._strokes)
        outer.addWidget(FaultLine(session, fields))
        session.draft_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        draft = self._session.draft
        if draft.operation != "extend":
            return
        self._side.choose(draft.side)
        self._mode.choose(draft.mode)
        self._words.show_words(draft.guidance.prompt)
        self._camera.show_move(draft.guidance.camera)
        self._strokes.show_strokes(draft.guidance.strokes)
        self._keyframes.show_pinned(draft.guidance.keyframes, self._session.rate, draft.frames)

    def _say(self, words: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, prompt=words.strip()))

    def _move(self, camera: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, camera=camera))

    def _pin(self, pinned: tuple[Keyframe, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, keyframes=pinned))
