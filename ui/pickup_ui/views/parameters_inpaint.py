"""Inpaint: the region, as a box drawn in the picture or a matte, and what goes there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from pickup.protocol import Delivery, Matte
from pickup_ui.state.faults import Setting
from pickup_ui.state.session import Session
from pickup_ui.theme import GAP
from pickup_ui.views.fault import FaultLine
from pickup_ui.views.fields import Options, WordsField
from pickup_ui.views.flow import Flow
from pickup_ui.views.images import IMAGE_FILTER, ImageRow
from pickup_ui.views.parts import IconButton, Text, button

_MATTES = IMAGE_FILTER.replace("Images (", "Mattes (*.mov *.mp4 *.mkv ")
_DELIVERY = ((Delivery.PATCH, "only the region"), (Delivery.FULL, "the full picture"))


class InpaintParameters(QWidget):
    """Reads and writes the session's inpaint draft; the viewer draws the box."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._region = Text("")
        self._clear = IconButton("cross", "Forget this region", self._forget)
        self._folder = IconButton("folder", "Choose a folder with one matte per frame", self._ask)
        self._cutout = ImageRow(
            "Cut-out",
            1,
            self._place,
            "Put a thing there: a picture with transparency, or on an even background",
        )
        self._words = WordsField(
            "Prompt", "What to put there; empty removes what is there", self._say
        )
        self._delivery = Options(
            "What the new clip holds", _DELIVERY, lambda key: session.change(delivery=Delivery(key))
        )
        self._delivery.setToolTip("Only the region keeps every other pixel of the original clip")
        row = Flow(parent=self)
        row.add(Text("Region", "muted"))
        row.add(self._region)
        row.add(self._clear)
        matte = button("Matte…", self._ask_file)
        row.add(matte)
        row.add(self._folder)
        row.add(self._cutout)
        row.add(self._delivery)
        row.add(self._words, grow=True)
        fields = {
            Setting.REGION: matte,
            Setting.CUTOUT: self._cutout,
            Setting.PROMPT: self._words,
        }
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(GAP)
        outer.addWidget(row)
        outer.addWidget(FaultLine(session, fields))
        session.draft_changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        draft = self._session.draft
        if draft.operation != "inpaint":
            return
        self._region.setText(region_words(draft.matte))
        self._region.set_role("" if not draft.missing else "muted")
        self._clear.setVisible(draft.matte != Matte())
        self._cutout.show_paths(draft.guidance.references)
        self._words.show_words(draft.guidance.prompt)
        self._delivery.choose(draft.delivery)

    def _say(self, words: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, prompt=words.strip()))

    def _place(self, paths: tuple[str, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, references=paths))

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
