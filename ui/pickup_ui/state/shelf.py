"""The models of this machine: fetching, checking, removing them, and the page that shows them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from pickup.client.model_calls import ModelDetail
from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.protocol import ModelInfo, ModelTransfer, TransferKind, TransferState
from pickup_ui.state.model_words import is_free
from pickup_ui.state.outlook import EngineMood, Notice, Remedy
from pickup_ui.state.session import Session

_POLL_MS = 500


class Question(StrEnum):
    """What is asked in place, once, before something is done."""

    LICENCE = "licence"
    REMOVE = "remove"


class Shelf(QObject):
    """Transfers by model, open questions, and what went wrong. It asks the engine again twice a
    second, and only while something is on its way."""

    changed = Signal()
    page_changed = Signal()

    def __init__(self, session: Session, engine: QtEngine, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._engine = session, engine
        self.transfers: dict[str, ModelTransfer] = {}
        self.faults: dict[str, PickupError] = {}
        self.questions: dict[str, Question] = {}
        self.details: dict[str, ModelDetail] = {}
        self.is_open = False
        self.focus = ""
        self._poll = QTimer(self, interval=_POLL_MS, singleShot=True)
        self._poll.timeout.connect(self._look)
        session.engine_changed.connect(self._follow_engine)
        self._mood = session.engine
        self._news = 0

    @property
    def coming(self) -> float | None:
        """How far all that is on its way has come, 0..1; None where nothing is."""
        running = [t for t in self.transfers.values() if t.state is TransferState.RUNNING]
        total = sum(one.total for one in running)
        if not running:
            return None
        return sum(one.done for one in running) / total if total else 0.0

    # The page

    def open(self, model: str = "") -> None:
        """Show the page, at a model."""
        self.is_open, self.focus = True, model
        self.page_changed.emit()
        if self._session.engine is EngineMood.READY:
            self.refresh()

    def close(self) -> None:
        """Back to the cut; what is on its way goes on."""
        self.is_open = False
        self.questions.clear()
        self.page_changed.emit()
        self.changed.emit()

    def refresh(self) -> None:
        """Read models, what more is known of each, and transfers."""
        self._engine.models(self._list, lambda _: None)
        self._look()

    def _list(self, models: tuple[ModelInfo, ...]) -> None:
        self._session.set_models(models)
        for model in models if self.is_open else ():
            self._engine.model_detail(model.id, self._know, lambda _: None)

    def _know(self, detail: ModelDetail) -> None:
        self.details[detail.model.id] = detail
        self.changed.emit()

    def start_engine(self) -> None:
        """Find or start the engine again."""
        self._engine.start()

    # What the user can do

    def get(self, model: ModelInfo) -> None:
        """Fetch a model, or go on with it; a licence that asks something is asked about first."""
        if not is_free(model.licence):
            self._ask(model.id, Question.LICENCE)
        else:
            self._pull(model.id, accepted=False)

    def agree(self, model: str) -> None:
        """The licence is agreed to: fetch."""
        self._pull(model, accepted=True)

    def ask_remove(self, model: str) -> None:
        """Ask once before files are deleted."""
        self._ask(model, Question.REMOVE)

    def remove(self, model: str) -> None:
        """Delete the files of a model."""
        self._forget(model)
        self.transfers.pop(model, None)
        self.changed.emit()
        self._engine.remove_model(model, lambda _: self.refresh(), partial(self._failed, model))

    def keep(self, model: str) -> None:
        """No to the question about a model."""
        self.questions.pop(model, None)
        self.changed.emit()

    def verify(self, model: str) -> None:
        """Read every file of a model and compare."""
        self._forget(model)
        self._engine.verify_model(model, self._begun, partial(self._failed, model))

    def cancel(self, model: str) -> None:
        """Stop a transfer; what came is kept."""
        self._engine.cancel_transfer(model, self._begun, partial(self._failed, model))

    def import_folder(self, folder: str) -> None:
        """Take in a folder that the user has."""
        self._forget("")
        self._engine.allow([folder], lambda _: None, lambda _: None)
        self._engine.import_model(folder, done=self._begun, fail=partial(self._failed, ""))

    def _pull(self, model: str, accepted: bool) -> None:
        self._forget(model)
        self._engine.pull_model(model, accepted, self._begun, partial(self._failed, model))

    def _ask(self, model: str, question: Question) -> None:
        self.questions = {model: question}
        self.changed.emit()

    def _forget(self, model: str) -> None:
        self.questions.pop(model, None)
        self.faults.pop(model, None)
        self.changed.emit()

    # What the engine tells

    def _begun(self, transfer: ModelTransfer) -> None:
        self._news += 1
        self._tell((*self._others(transfer.model), transfer))

    def _others(self, model: str) -> list[ModelTransfer]:
        return [one for one in self.transfers.values() if one.model != model]

    def _failed(self, model: str, error: PickupError) -> None:
        self.faults[model] = error
        self.changed.emit()

    def _look(self) -> None:
        self._poll.stop()
        news = self._news

        def told(transfers: Sequence[ModelTransfer]) -> None:
            if news == self._news:
                self._tell(transfers)
            else:
                # It was asked before the last thing began, and does not know of it.
                self._look()

        self._engine.transfers(told, lambda _: None)

    def _tell(self, transfers: Sequence[ModelTransfer]) -> None:
        before = self.transfers
        self.transfers = {one.model: one for one in transfers}
        for model, one in self.transfers.items():
            ran = model in before and before[model].state is TransferState.RUNNING
            if ran and one.state is not TransferState.RUNNING:
                self._end(one)
        if any(one.state is TransferState.RUNNING for one in transfers):
            self._poll.start()
        if self.transfers != before:
            self.changed.emit()

    def _end(self, transfer: ModelTransfer) -> None:
        """Something has come or failed: the catalogue is another; who looks elsewhere is told."""
        self._engine.models(self._list, lambda _: None)
        if self.is_open or transfer.kind is TransferKind.VERIFY:
            return
        name = self._session.name_of(transfer.model)
        look = Remedy("Models", partial(self._show, transfer.model))
        if transfer.state is TransferState.SUCCEEDED:
            self._session.set_notice(Notice(f"{name} is here and can be used."))
        elif transfer.state is TransferState.FAILED:
            error = PickupError.from_json(transfer.error)
            self._session.set_notice(
                Notice(error.message, error.hint, failed=True, remedies=(look,))
            )

    def _show(self, model: str) -> None:
        self._session.set_notice(None)
        self.open(model)

    def _follow_engine(self) -> None:
        was, self._mood = self._mood, self._session.engine
        if self._mood is not EngineMood.READY:
            self._poll.stop()
        elif was is not EngineMood.READY:
            # Transfers go on without the dock: those of an earlier one are shown too.
            (self.refresh if self.is_open else self._look)()
