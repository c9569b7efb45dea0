"""Extend: which end, how long, where to, how the camera and things move, what happens."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pickup.protocol import Keyframe, Mode, Operation, Side
from pickup_ui.state.brush import Brush
from pickup_ui.state.faults import Setting
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.theme import GAP
from pickup_ui.views.brush import BrushTool, StrokeList
from pickup_ui.views.camera import CameraField
from pickup_ui.views.fault import FaultLine
from pickup_ui.views.fields import LengthField, Options
from pickup_ui.views.flow import Flow
from pickup_ui.views.images import ImageRow, KeyframeRow, PinWords
from pickup_ui.views.model_choice import ModelFields
from pickup_ui.views.parts import Choices, labelled
from pickup_ui.views.words import WordsFields

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

    def __init__(self, session: Session, shelf: Shelf, brush: Brush) -> None:
        super().__init__()
        self._session = session
        self._model = ModelFields(session, shelf, Operation.EXTEND)
        self._side = Choices(
            [(Side.HEAD, "Head"), (Side.TAIL, "Tail")],
            lambda key: session.change(side=Side(key)),
        )
        self._side.tip(Side.HEAD, "Make the clip begin earlier")
        self._side.tip(Side.TAIL, "Make the clip end later")
        self._mode = Options("Where it goes", _MODES, lambda key: session.change(mode=Mode(key)))
        self._words = WordsFields(session, "What happens (optional)")
        self._references = ImageRow(
            "References", self._refer, "Show the model who or what is to be seen"
        )
        self._keyframes = KeyframeRow(_PINS, self._pin)
        self._camera = CameraField(self._move, "How the camera moves over the new frames")
        self._brush = BrushTool(brush)
        self._strokes = StrokeList(brush)
        length = LengthField(session)
        row = Flow(parent=self)
        self._model.add_to(row)
        row.add(self._side)
        row.add(labelled("by", length))
        row.add(self._mode)
        row.add(self._keyframes)
        row.add(self._references)
        self._move_fields = labelled("Camera", self._camera)
        row.add(self._move_fields)
        row.add(self._brush)
        self._words.add_to(row)
        fields = {
            Setting.LENGTH: length.field,
            Setting.KEYFRAMES: self._keyframes,
            Setting.CAMERA: self._camera,
            Setting.BRUSH: self._brush.button,
            Setting.PROMPT: self._words.prompt,
            Setting.REFERENCE: self._references,
        }
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GAP)
        outer.addWidget(row)
        outer.addWidget(self._strokes)
        outer.addWidget(FaultLine(session, fields))
        session.draft_changed.connect(self._follow)
        session.engine_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        draft = self._session.draft
        if draft.operation != "extend":
            return
        self._side.choose(draft.side)
        self._mode.choose(draft.mode)
        guidance, can = draft.guidance, self._session.can(Operation.EXTEND)
        self._words.follow(guidance.prompt, guidance.negative, can.words)
        self._camera.show_move(guidance.camera)
        self._move_fields.setVisible(can.moves)
        self._brush.setVisible(can.moves)
        self._strokes.show_strokes(guidance.strokes if can.moves else ())
        self._keyframes.show_pinned(guidance.keyframes, self._session.rate, draft.frames)
        self._keyframes.setVisible(can.keyframes)
        self._references.show_paths(guidance.references, can.references)
        self._references.setVisible(can.references > 0)

    def _refer(self, paths: tuple[str, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, references=paths))

    def _move(self, camera: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, camera=camera))

    def _pin(self, pinned: tuple[Keyframe, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, keyframes=pinned))
