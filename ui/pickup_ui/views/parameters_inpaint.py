"""Inpaint: the region, as a box drawn in the picture or a matte, and what goes there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from pickup.protocol import Delivery, Keyframe, Matte, Operation
from pickup_ui.state.faults import Setting
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.theme import GAP
from pickup_ui.views.fault import FaultLine
from pickup_ui.views.fields import Options
from pickup_ui.views.flow import Flow
from pickup_ui.views.images import IMAGE_FILTER, ImageRow, KeyframeRow, PinWords
from pickup_ui.views.model_choice import ModelFields
from pickup_ui.views.parts import IconButton, Text, button, labelled
from pickup_ui.views.words import WordsFields

_MATTES = IMAGE_FILTER.replace("Images (", "Mattes (*.mov *.mp4 *.mkv ")
_DELIVERY = ((Delivery.PATCH, "only the region"), (Delivery.FULL, "the full picture"))


_CUTOUT = (
    "Cut-out",
    "Put a thing there: a picture with transparency, or on an even background",
)
_PINS = PinWords(
    "Keyframes",
    "keyframe",
    "When, after the clip's first frame",
    "Pin a picture of what the region shows",
)
_REFERENCES = ("References", "Show the model who or what goes there")


class InpaintParameters(QWidget):
    """Reads and writes the session's inpaint draft; the viewer draws the box."""

    def __init__(self, session: Session, shelf: Shelf) -> None:
        super().__init__()
        self._session = session
        self._model = ModelFields(session, shelf, Operation.INPAINT)
        self._region = Text("")
        self._clear = IconButton("cross", "Forget this region", self._forget)
        self._folder = IconButton("folder", "Choose a folder with one matte per frame", self._ask)
        self._cutout = ImageRow(_CUTOUT[0], self._place, _CUTOUT[1])
        self._keyframes = KeyframeRow(_PINS, self._pin)
        self._words = WordsFields(session, "What to put there; empty removes what is there")
        self._delivery = Options(
            "What the new clip holds", _DELIVERY, lambda key: session.change(delivery=Delivery(key))
        )
        self._delivery.setToolTip("Only the region keeps every other pixel of the original clip")
        row = Flow(parent=self)
        self._model.add_to(row)
        row.add(labelled("Region", self._region))
        row.add(self._clear)
        matte = button("Matte…", self._ask_file)
        row.add(matte)
        row.add(self._folder)
        row.add(self._cutout)
        row.add(self._keyframes)
        row.add(self._delivery)
        self._words.add_to(row)
        fields = {
            Setting.REGION: matte,
            Setting.CUTOUT: self._cutout,
            Setting.KEYFRAMES: self._keyframes,
            Setting.PROMPT: self._words.prompt,
            Setting.REFERENCE: self._cutout,
        }
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GAP)
        outer.addWidget(row)
        outer.addWidget(FaultLine(session, fields))
        session.draft_changed.connect(self._follow)
        session.engine_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        draft = self._session.draft
        if draft.operation != "inpaint":
            return
        self._region.setText(region_words(draft.matte))
        guidance, can = draft.guidance, self._session.can(Operation.INPAINT)
        self._region.set_role("muted" if draft.matte == Matte() else "")
        self._clear.setVisible(draft.matte != Matte())
        self._cutout.call(*(_CUTOUT if can.cutouts else _REFERENCES))
        self._cutout.show_paths(guidance.references, can.references)
        self._cutout.setVisible(can.references > 0)
        self._keyframes.show_pinned(guidance.keyframes, self._session.rate, 1)
        self._keyframes.setVisible(can.keyframes)
        self._words.follow(guidance.prompt, guidance.negative, can.words)
        self._delivery.choose(draft.delivery)

    def _place(self, paths: tuple[str, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, references=paths))

    def _pin(self, pinned: tuple[Keyframe, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, keyframes=pinned))

    def _forget(self) -> None:
        self._session.change(matte=Matte())

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose a matte", "", _MATTES)
        if name:
            self._session.change(matte=Matte(path=name))

    def _ask(self) -> None:
        if name := QFileDialog.getExistingDirectory(self, "Choose a folder of mattes"):
            self._session.change(matte=Matte(path=name))


def region_words(matte: Matte) -> str:
    """The region in a few words."""
    if matte.path:
        return Path(matte.path).name
    if matte.box is not None:
        x, y, width, height = matte.box
        return f"box {width} × {height} at {x}, {y}"
    return "drag a box in the picture"
