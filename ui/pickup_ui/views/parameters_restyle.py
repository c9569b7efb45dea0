"""Restyle: a preset or a reference image, and how much of it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QHBoxLayout, QWidget

from pickup.protocol import Operation
from pickup_ui.state.session import Session
from pickup_ui.views.fields import Options, Strength, WordsField
from pickup_ui.views.flow import Flow
from pickup_ui.views.images import ImageRow
from pickup_ui.views.parts import Text

_MOST_REFERENCES = 3


class RestyleParameters(QWidget):
    """Reads and writes the session's restyle draft."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._presets: tuple[str, ...] = ()
        self._preset = Options("Look", [("", "no preset")], lambda key: session.change(preset=key))
        self._references = ImageRow(
            "Reference", _MOST_REFERENCES, self._refer, "Take the look of an image"
        )
        self._strength = Strength(lambda value: session.change(strength=value))
        self._words = WordsField("Prompt", "The look in words (optional)", self._say)
        row = Flow(parent=self)
        row.add(Text("Look", "muted"))
        row.add(self._preset)
        row.add(self._references)
        row.add(self._strength)
        row.add(self._words, grow=True)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(row)
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
        self._words.show_words(draft.guidance.prompt)

    def _refer(self, paths: tuple[str, ...]) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, references=paths))

    def _say(self, words: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, prompt=words.strip()))
