"""One model on the models page: what it is, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pickup.client.model_calls import ModelDetail
from pickup.errors import PickupError
from pickup.protocol import ModelInfo, ModelTransfer, TransferKind, TransferState
from pickup_ui.state.draft import DRAFT_MODEL
from pickup_ui.state.model_words import (
    deeds,
    facts,
    memory_words,
    size_words,
    title_words,
    transfer_words,
)
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Question, Shelf
from pickup_ui.theme import GAP
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import Elided, Text, Wrapped, button, line
from pickup_ui.views.queue import Bar

_UNFIT = "does not fit"
"""How the engine says so in `ModelDetail.fits`."""


class ModelRow(QWidget):
    """Name and state, facts, the question or the transfer, and what went wrong."""

    def __init__(self, session: Session, shelf: Shelf) -> None:
        super().__init__()
        self._session, self._shelf = session, shelf
        self._model: ModelInfo | None = None
        self._name = Elided("")
        self._state = Text("", "muted")
        self._deeds = Wrapped("", "muted", little=True)
        self._facts = Wrapped("", "muted", little=True)
        self._memory = Wrapped("", "muted", little=True)
        self._cannot = Wrapped("", "muted", little=True)
        self._ask = Wrapped("")
        self._words = Wrapped("", "muted")
        self.bar = Bar()
        self._fault = Wrapped("", "failed")
        self._hint = Wrapped("", "muted", little=True)
        self._make_buttons()
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self._name, 1)
        top.addWidget(self._state)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(4)
        column.addWidget(line())
        column.addSpacing(4)
        column.addLayout(top)
        lines = (self._deeds, self._cannot, self._facts, self._memory, self._words, self.bar)
        for widget in (*lines, self._fault, self._hint, self._ask, self._buttons):
            column.addWidget(widget)

    def _make_buttons(self) -> None:
        shelf = self._shelf
        self.get = button("Get", self._get)
        self.cancel = button("Cancel", lambda: shelf.cancel(self._id))
        self.verify = button("Check", lambda: shelf.verify(self._id))
        self.verify.setToolTip("Read every file and compare it with what it has to be")
        self.remove = button("Remove…", lambda: shelf.ask_remove(self._id))
        self.agree = button("I agree, get it", lambda: shelf.agree(self._id))
        self.really = button("Remove", lambda: shelf.remove(self._id))
        self.keep = button("Not now", lambda: shelf.keep(self._id))
        self.read = button("Read the licence", self._open_licence, "link")
        self._buttons = Flow()
        for one in (self.get, self.cancel, self.verify, self.remove):
            self._buttons.add(one)
        for one in (self.agree, self.really, self.keep, self.read):
            self._buttons.add(one)

    @property
    def _id(self) -> str:
        return self._model.id if self._model else ""

    def follow(self, model: ModelInfo) -> None:
        """Show a model as it stands."""
        self._model = model
        shelf = self._shelf
        transfer = shelf.transfers.get(model.id)
        question = shelf.questions.get(model.id)
        running = transfer is not None and transfer.state is TransferState.RUNNING
        self._name.setText(title_words(model))
        self._state.setText(_state_words(model))
        here = "accent" if model.installed else "muted"
        self._state.set_role("amber" if model.test else here)
        self._facts.setText(facts(model))
        self._cannot.setText(f"Cannot {'; '.join(model.cannot)}.")
        self._cannot.setVisible(bool(model.cannot))
        detail = shelf.details.get(model.id)
        self._deeds.setText(deeds(model, self._served(detail)))
        self._follow_memory(model, detail.fits if detail else ())
        self._follow_transfer(transfer, running)
        self._follow_fault(transfer)
        self._ask.setText(_question_words(model, question))
        self._ask.setVisible(question is not None)
        builtin = model.id == DRAFT_MODEL
        idle = question is None and not running
        begun = bool(detail and detail.partial) or (transfer is not None and transfer.done > 0)
        broken = _is_broken(transfer)
        self.get.setText("Get again" if broken else "Go on" if begun else _get_words(model))
        shown = {
            self.get: idle and (broken or not model.installed) and bool(model.repository),
            self.cancel: running,
            self.verify: idle and model.installed and not builtin,
            self.remove: idle and (model.installed or begun) and not builtin,
            self.agree: question is Question.LICENCE,
            self.really: question is Question.REMOVE,
            self.keep: question is not None,
            self.read: bool(_web(model.licence_url)) and not (builtin or running),
        }
        for one, visible in shown.items():
            one.setVisible(visible)
            one.setAccessibleName(f"{one.text()}: {model.name}")
        self._buttons.setVisible(any(shown.values()))

    def _served(self, detail: ModelDetail | None) -> tuple[str, ...]:
        return tuple(self._session.name_of(one) for one in detail.serves) if detail else ()

    def _follow_memory(self, model: ModelInfo, fits: tuple[str, ...]) -> None:
        """What the engine knows of this machine, as soon as it has told."""
        large = bool(fits) and all(_UNFIT in sentence for sentence in fits)
        self._memory.setText("\n".join(fits) or memory_words(model))
        self._memory.set_role("amber" if large else "muted")
        self._memory.setVisible(bool(self._memory.text()))

    def _follow_transfer(self, transfer: ModelTransfer | None, running: bool) -> None:
        words = transfer_words(transfer) if transfer else ""
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self.bar.setVisible(running)
        if transfer is not None:
            self.bar.set_part(transfer.done / transfer.total if transfer.total else 0.0)

    def _follow_fault(self, transfer: ModelTransfer | None) -> None:
        error = self._shelf.faults.get(self._id)
        if error is None and transfer is not None and transfer.state is TransferState.FAILED:
            error = PickupError.from_json(transfer.error)
        self._fault.setText(error.message if error else "")
        self._hint.setText(error.hint if error else "")
        self._fault.setVisible(error is not None)
        self._hint.setVisible(bool(error and error.hint))

    def _get(self) -> None:
        if self._model is not None:
            self._shelf.get(self._model)

    def _open_licence(self) -> None:
        if self._model is not None and _web(self._model.licence_url):
            QDesktopServices.openUrl(QUrl(self._model.licence_url))


def _state_words(model: ModelInfo) -> str:
    if model.id == DRAFT_MODEL:
        return "built in"
    if model.test:
        return "test model: noise"
    return "on this machine" if model.installed else ""


def _get_words(model: ModelInfo) -> str:
    return f"Get ({size_words(model.bytes)})" if model.bytes else "Get"


def _is_broken(transfer: ModelTransfer | None) -> bool:
    """Whether a check has found files that are not what they have to be."""
    checked = transfer is not None and transfer.kind is TransferKind.VERIFY
    return checked and transfer is not None and transfer.state is TransferState.FAILED


def _question_words(model: ModelInfo, question: Question | None) -> str:
    match question:
        case Question.LICENCE:
            licence = model.licence or "an unknown licence"
            return f"{model.name} comes under {licence}. Getting it means that you agree to that."
        case Question.REMOVE:
            again = " It can be fetched again." if model.repository else ""
            return f"Remove the files of {model.name} from this machine?{again}"
        case None:
            return ""


def _web(url: str) -> str:
    """Only addresses that a browser opens."""
    return url if url.startswith(("https://", "http://")) else ""


def placeholder(transfer: ModelTransfer) -> ModelInfo:
    """A model on its way that the catalogue does not know yet."""
    verb = "Import of " if transfer.kind is TransferKind.IMPORT else ""
    return ModelInfo(
        transfer.model, f"{verb}{transfer.model}", "", "", False, (), False, transfer.total
    )
