"""What shall be seen and what not, in words; only for models that read them."""

from __future__ import annotations

from dataclasses import replace

from pickup_ui.state.session import Session
from pickup_ui.views.fields import WordsField
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import labelled


class WordsFields:
    """Two fields for the verb in view: the prompt, and `Not`."""

    def __init__(self, session: Session, hint: str) -> None:
        self._session = session
        self.prompt = WordsField("Prompt", hint, self._say)
        self.negative = WordsField("Not", "what must not be seen", self._deny)
        self._not = labelled("Not", self.negative)
        self.prompt.setToolTip("Describe what is seen, not what to do")
        self.negative.setToolTip("What must not be seen, e.g. text, people, camera shake")

    def add_to(self, row: Flow) -> None:
        """Put the fields into a row."""
        row.add(self.prompt, grow=True)
        row.add(self._not, grow=True)

    def follow(self, prompt: str, negative: str, shown: bool) -> None:
        """Show these words, where the model reads any."""
        self.prompt.show_words(prompt)
        self.negative.show_words(negative)
        self.prompt.setVisible(shown)
        self._not.setVisible(shown)

    def _say(self, words: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, prompt=words.strip()))

    def _deny(self, words: str) -> None:
        guidance = self._session.draft.guidance
        self._session.change(guidance=replace(guidance, negative=words.strip()))
