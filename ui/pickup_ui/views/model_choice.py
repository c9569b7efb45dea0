"""Which model makes it, how well, and at which size: the first fields of every verb."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics

from pickup.protocol import ModelInfo, Operation, Quality
from pickup_ui.state.model_words import size_words
from pickup_ui.state.remedies import fitting
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.theme import theme_for
from pickup_ui.views.fields import Options
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import labelled

_GET = "get:"
_WIDEST = 250
_QUALITIES = ((Quality.DRAFT, "Draft"), (Quality.FINAL, "Final"))
_SIZES = (256, 384, 480, 720)


class ModelOptions(Options):
    """A list whose field is never wider than the dock; the list itself is as wide as it needs."""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as the choice."""
        words = QFontMetrics(self.font()).horizontalAdvance(self.currentText()) + 52
        return QSize(min(words, _WIDEST), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as the choice."""
        return self.sizeHint()

    def fill(self, words: Sequence[tuple[str, str]]) -> None:
        """Replace the list."""
        super().fill(words)
        self.setMinimumWidth(0)
        widest = max((QFontMetrics(self.font()).horizontalAdvance(w) for _, w in words), default=40)
        self.view().setMinimumWidth(widest + 32)


class ModelFields:
    """Model, quality and size of one verb. What the model does not know is not shown."""

    def __init__(self, session: Session, shelf: Shelf, operation: Operation) -> None:
        self._session, self._shelf, self._operation = session, shelf, operation
        self._words: tuple[tuple[str, str], ...] = ()
        self.model = ModelOptions("Model", (), self._choose)
        self.model.setToolTip("Which model makes it")
        self.quality = Options(
            "Quality", _QUALITIES, lambda key: session.change(quality=Quality(key))
        )
        self.quality.setToolTip("A draft is quick and for deciding; final takes what it needs")
        self.size = Options("Picture size", (), lambda key: session.change(size=int(key)))
        self.size.setToolTip("Shorter side of the picture that the model makes, in pixels")
        session.draft_changed.connect(self.follow)
        session.engine_changed.connect(self.follow)
        self.follow()

    def add_to(self, row: Flow) -> None:
        """Put the fields into a row."""
        row.add(labelled("Model", self.model))
        row.add(self.quality)
        row.add(self.size)
        # A Flow shows what it is given.
        self.follow()

    def follow(self) -> None:
        """Show what is set and what there is to choose from."""
        draft = self._session.drafts[self._operation]
        words = choices(self._session.models, self._operation, draft.model)
        if words != self._words:
            self._words = words
            self.model.fill(words)
        self._mute()
        self.model.choose(draft.model)
        self.model.updateGeometry()
        samples = self._session.can(self._operation).samples
        self.quality.choose(draft.quality)
        self.quality.setVisible(samples)
        sizes = sorted({0, *_SIZES, draft.size})
        if self.size.count() != len(sizes) or self.size.findData(str(draft.size)) < 0:
            self.size.fill([(str(one), f"{one} px" if one else "size that fits") for one in sizes])
        self.size.choose(str(draft.size))
        self.size.setVisible(samples)

    def _mute(self) -> None:
        muted = theme_for(self.model).muted
        for at in range(self.model.count()):
            if str(self.model.itemData(at)).startswith(_GET):
                self.model.setItemData(at, muted, Qt.ItemDataRole.ForegroundRole)

    def _choose(self, key: str) -> None:
        if key.startswith(_GET):
            self.model.choose(self._session.drafts[self._operation].model)
            self._shelf.open(key.removeprefix(_GET))
        else:
            self._session.change(model=key)


def choices(
    models: tuple[ModelInfo, ...], operation: Operation, chosen: str
) -> tuple[tuple[str, str], ...]:
    """Keys and words of the models that do a verb: those that are here, then those to get. The
    chosen one is always among them."""
    fit = fitting(models, operation)
    words = []
    for model in fit:
        if model.installed:
            words.append((model.id, model.name))
        else:
            if model.id == chosen:
                words.append((model.id, f"{model.name} (not here)"))
            size = f" ({size_words(model.bytes)})" if model.bytes else ""
            words.append((_GET + model.id, f"{model.name}: get it{size} …"))
    if chosen not in (key for key, _ in words):
        known = next((one.name for one in models if one.id == chosen), chosen)
        words.insert(0, (chosen, known if not models else f"{known} (not here)"))
    return tuple(words)
