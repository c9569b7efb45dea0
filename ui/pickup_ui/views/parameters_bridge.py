"""Bridge: how many frames, where they go, and what is pinned between the two clips."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from pickup.protocol import Mode, Operation
from pickup_ui.state.faults import Setting
from pickup_ui.state.in_cut import gap_after
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.theme import GAP
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
    (Mode.OVERWRITE, "over both clips"),
)
_PINS = PinWords(
    "Keyframes",
    "keyframe",
    "When, after the first new frame",
    "Pin an image at a time between the clips",
)
_WHOLE, _OWN = "whole", "own"


class BridgeParameters(QWidget):
    """Reads and writes the session's bridge draft."""

    def __init__(self, session: Session, shelf: Shelf) -> None:
        super().__init__()
        self._session = session
        self._model = ModelFields(session, shelf, Operation.BRIDGE)
        self.length = Choices(
            [(_WHOLE, "Whole gap"), (_OWN, "Own length")],
            lambda key: session.change(whole=key == _WHOLE),
        )
        self.length.tip(_OWN, "As many frames as you say")
        field = LengthField(session)
        self._field = labelled("by", field)
        self._mode = Options("Where it goes", _MODES, lambda key: session.change(mode=Mode(key)))
        self._words = WordsFields(session, "What happens in between (optional)")
        self._references = ImageRow(
            "References",
            lambda paths: session.guide(references=paths),
            "Show the model who or what is to be seen",
        )
        self._keyframes = KeyframeRow(_PINS, lambda pinned: session.guide(keyframes=pinned))
        self._camera = CameraField(
            lambda camera: session.guide(camera=camera), "How the camera moves over the new frames"
        )
        row = Flow(parent=self)
        self._model.add_to(row)
        row.add(self.length)
        row.add(self._field)
        row.add(self._mode)
        row.add(self._keyframes)
        row.add(self._references)
        self._move = labelled("Camera", self._camera)
        row.add(self._move)
        self._words.add_to(row)
        fields: dict[Setting, QWidget] = {
            Setting.LENGTH: field.field,
            Setting.KEYFRAMES: self._keyframes,
            Setting.CAMERA: self._camera,
            Setting.PROMPT: self._words.prompt,
            Setting.REFERENCE: self._references,
        }
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GAP)
        outer.addWidget(row)
        outer.addWidget(FaultLine(session, fields))
        for signal in (session.draft_changed, session.engine_changed, session.selection_changed):
            signal.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        session, draft = self._session, self._session.draft
        if draft.operation is not Operation.BRIDGE:
            return
        gap = gap_after(session.track, session.selected) if session.track else 0
        whole = self.length.button_of(_WHOLE)
        whole.setText("Whole gap" if gap else "Usual length")
        whole.setToolTip(f"All {gap} frames of the gap" if gap else "Two thirds of a second")
        self.length.choose(_WHOLE if draft.whole else _OWN)
        self._field.setVisible(not draft.whole)
        self._mode.choose(draft.mode)
        guidance, can = draft.guidance, session.can(Operation.BRIDGE)
        self._words.follow(guidance.prompt, guidance.negative, can.words)
        self._camera.show_move(guidance.camera)
        self._move.setVisible(can.moves)
        frames = gap if gap and draft.whole else draft.frames
        self._keyframes.show_pinned(guidance.keyframes, session.rate, frames)
        self._keyframes.setVisible(can.keyframes)
        self._references.show_paths(guidance.references, can.references)
        self._references.setVisible(can.references > 0)
