"""Restyle: a preset, a reference image or edited frames, and how much; or a camera move."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from pickup.protocol import Keyframe, Operation
from pickup_ui.state.clip_frames import ClipFrames
from pickup_ui.state.faults import Setting
from pickup_ui.state.session import Session
from pickup_ui.theme import GAP
from pickup_ui.views.camera import CameraField
from pickup_ui.views.fault import FaultLine
from pickup_ui.views.fields import Options, Strength, WordsField
from pickup_ui.views.flow import Flow
from pickup_ui.views.images import IMAGE_FILTER, ImageRow, KeyframeRow, PinWords
from pickup_ui.views.parts import Text, button, labelled

_MOST_REFERENCES = 3
_PINS = PinWords(
    "Edited frames",
    "edited frame",
    "When, after the clip's first frame",
)


class RestyleParameters(QWidget):
    """Reads and writes the session's restyle draft."""

    def __init__(self, session: Session, frames: ClipFrames) -> None:
        super().__init__()
        self._session, self._frames = session, frames
        self._presets: tuple[str, ...] = ()
        self._preset = Options("Look", [("", "no preset")], lambda key: session.change(preset=key))
        self._references = ImageRow(
            "Reference", _MOST_REFERENCES, self._refer, "Take the look of an image"
        )
        self._strength = Strength(lambda value: session.change(strength=value))
        self._words = WordsField("Prompt", "The look in words (optional)", self._say)
        self._edited = KeyframeRow(_PINS, self._pin)
        self._use = button("Use edited picture…", self._ask_picture)
        self._use.setToolTip("An edited copy of the frame under the playhead: the shot follows it")
        self._save = button("Save this frame…", self._ask_target)
        self._save.setToolTip("Write the frame under the playhead as a PNG, to paint on it")
        self._camera = CameraField(self._move, "A camera move over this clip, instead of a look")
        row = Flow(parent=self)
        row.add(Text("Look", "muted"))
        row.add(self._preset)
        row.add(self._references)
        row.add(self._strength)
        for widget in (self._edited, self._use, self._save):
            row.add(widget)
        row.add(labelled("Camera", self._camera))
        row.add(self._words, grow=True)
        fields = {
            Setting.LOOK: self._preset,
            Setting.REFERENCE: self._references,
            Setting.STRENGTH: self._strength,
            Setting.EDITED: self._edited,
            Setting.CAMERA: self._camera,
            Setting.PROMPT: self._words,
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
        session.engine_changed.connect(self._offer)
        self._offer()
        self._follow()

    def _offer(self) -> None:
        """The presets of all models that can restyle, each once."""
        presets = tuple(
            dict.fromkeys(
                preset
                for model in self._session.models
                if Operation.RESTYLE in model.operations
                for preset in model.presets
            )
        )
        if presets != self._presets:
            self._presets = presets
            words = [(preset, preset.replace("_", " ")) for preset in presets]
            self._preset.fill([("", "no preset"), *words])
            self._follow()

    def _follow(self) -> None:
        draft = self._session.drafts[Operation.RESTYLE]
        self._preset.choose(draft.preset)
        self._references.show_paths(draft.guidance.references)
        self._strength.show_value(draft.strength)
        item = self._session.item
        last = item.frames if item else 1
        self._edited.show_pinned(draft.guidance.keyframes, self._session.rate, last)
        self._camera.show_move(draft.guidance.camera)
        self._words.show_words(draft.guidance.prompt)

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

    def _say(self, words: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, prompt=words.strip()))
