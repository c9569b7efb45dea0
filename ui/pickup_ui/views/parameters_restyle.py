"""Restyle: a preset, a reference image or edited frames, and how much; or a camera move."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from pickup.protocol import Control, Keyframe, Operation
from pickup_ui.state.clip_frames import ClipFrames
from pickup_ui.state.faults import Setting
from pickup_ui.state.model_words import control_words
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.theme import GAP
from pickup_ui.views.camera import CameraField
from pickup_ui.views.fault import FaultLine
from pickup_ui.views.fields import Options, Strength
from pickup_ui.views.flow import Flow
from pickup_ui.views.images import IMAGE_FILTER, ImageRow, KeyframeRow, PinWords
from pickup_ui.views.model_choice import ModelFields
from pickup_ui.views.parts import button, labelled
from pickup_ui.views.words import WordsFields

_PINS = PinWords(
    "Edited frames",
    "edited frame",
    "When, after the clip's first frame",
)


class RestyleParameters(QWidget):
    """Reads and writes the session's restyle draft."""

    def __init__(self, session: Session, shelf: Shelf, frames: ClipFrames) -> None:
        super().__init__()
        self._model = ModelFields(session, shelf, Operation.RESTYLE)
        self._session, self._frames = session, frames
        self._presets: tuple[str, ...] = ()
        self._preset = Options("Look", [("", "no preset")], lambda key: session.change(preset=key))
        self._references = ImageRow("Reference", self._refer, "Take the look of an image")
        self._controls: tuple[Control, ...] = ()
        self._control = Options(
            "What is kept of the shot", (), lambda key: session.change(control=Control(key))
        )
        self._control.setToolTip("What of the shot the new pictures follow")
        self._strength = Strength(lambda value: session.change(strength=value))
        self._words = WordsFields(session, "What is seen, in its new look")
        self._edited = KeyframeRow(_PINS, self._pin)
        self._use = button("Use edited picture…", self._ask_picture)
        self._use.setToolTip("An edited copy of the frame under the playhead: the shot follows it")
        self._save = button("Save this frame…", self._ask_target)
        self._save.setToolTip("Write the frame under the playhead as a PNG, to paint on it")
        self._camera = CameraField(self._move, "A camera move over this clip, instead of a look")
        row = Flow(parent=self)
        self._model.add_to(row)
        self._preset_field = labelled("Look", self._preset)
        row.add(self._preset_field)
        row.add(self._references)
        row.add(self._strength)
        for widget in (self._edited, self._use, self._save):
            row.add(widget)
        self._control_field = labelled("Keep", self._control)
        row.add(self._control_field)
        self._move_field = labelled("Camera", self._camera)
        row.add(self._move_field)
        self._words.add_to(row)
        fields = {
            Setting.LOOK: self._preset,
            Setting.REFERENCE: self._references,
            Setting.STRENGTH: self._strength,
            Setting.EDITED: self._edited,
            Setting.CAMERA: self._camera,
            Setting.PROMPT: self._words.prompt,
        }
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GAP)
        outer.addWidget(row)
        outer.addWidget(FaultLine(session, fields))
        for signal in (session.selection_changed, session.playhead_changed):
            signal.connect(self._follow_playhead)
        self._follow_playhead()
        session.draft_changed.connect(self._follow)
        session.engine_changed.connect(self._follow)
        self._follow()

    def _offer(self) -> None:
        """The presets and controls that the model knows."""
        can = self._session.can(Operation.RESTYLE)
        if (can.presets or ()) != self._presets:
            self._presets = can.presets or ()
            words = [(preset, preset.replace("_", " ")) for preset in self._presets]
            self._preset.fill([("", "no preset"), *words])
        if can.controls != self._controls:
            self._controls = can.controls
            kept = dict.fromkeys((Control.AUTO, *can.controls))
            self._control.fill([(one, control_words(one)) for one in kept])

    def _follow(self) -> None:
        draft = self._session.drafts[Operation.RESTYLE]
        guidance, can = draft.guidance, self._session.can(Operation.RESTYLE)
        self._offer()
        self._preset.choose(draft.preset)
        self._preset_field.setVisible(bool(can.presets) or can.presets is None)
        word = "References" if can.references > 1 else "Reference"
        self._references.call(word, "Take the look of an image")
        self._references.show_paths(guidance.references, can.references)
        self._references.setVisible(can.references > 0)
        self._strength.show_value(draft.strength)
        self._control.choose(draft.control)
        self._control_field.setVisible(bool(can.controls))
        for widget in (self._edited, self._use, self._save):
            widget.setVisible(can.keyframes)
        self._move_field.setVisible(can.moves)
        item = self._session.item
        last = item.frames if item else 1
        self._edited.show_pinned(guidance.keyframes, self._session.rate, last)
        self._camera.show_move(guidance.camera)
        self._words.follow(guidance.prompt, guidance.negative, can.words)

    def _refer(self, paths: tuple[str, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, references=paths))

    def _follow_playhead(self) -> None:
        for widget in (self._save, self._use):
            widget.setEnabled(self._frames.at_hand)

    def _ask_target(self) -> None:
        suggested = self._frames.suggested_name()
        name, _ = QFileDialog.getSaveFileName(self, "Save this frame", suggested, "PNG (*.png)")
        if name:
            self._frames.save(name)

    def _ask_picture(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose an edited picture", "", IMAGE_FILTER)
        if name:
            self._frames.pin(name)

    def _pin(self, pinned: tuple[Keyframe, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, keyframes=pinned))

    def _move(self, camera: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, camera=camera))
