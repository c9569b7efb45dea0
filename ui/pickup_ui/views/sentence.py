"""What will happen, in one sentence, and the button that does it."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from pickup_ui.state.actions import Actions
from pickup_ui.state.files import Files
from pickup_ui.state.outlook import OutlookKind
from pickup_ui.state.remedies import hint_words, remedies_of
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.state.wording import label_words, plan_words
from pickup_ui.theme import GAP
from pickup_ui.views.fields import Options
from pickup_ui.views.flow import Flow
from pickup_ui.views.parts import Text, Wrapped, button

_TAKES = [("1", "1 take"), *((str(n), f"{n} takes") for n in (2, 3, 4))]
_ROLES = {
    OutlookKind.HINT: "muted",
    OutlookKind.WORKING: "muted",
    OutlookKind.READY: "",
    OutlookKind.REFUSED: "failed",
}


class Sentence(QWidget):
    """The outlook of the session, with Make."""

    def __init__(self, session: Session, actions: Actions, shelf: Shelf, files: Files) -> None:
        super().__init__()
        self._session, self._shelf, self._files = session, shelf, files
        self._offered: tuple[object, ...] = ()
        self._remedies = Flow()
        self._says = Wrapped()
        self._more = Wrapped("", "muted", little=True)
        self._quality = Text("", "muted", little=True)
        self.make = button("Make", actions.make, "primary")
        self.make.setToolTip("Make it (Ctrl+Return); the cut is not touched until you use a take")
        self._takes = Options("Takes", _TAKES, lambda key: session.change(takes=int(key)))
        self._takes.setToolTip("How many alternatives are made")
        press = QHBoxLayout()
        press.setSpacing(GAP)
        press.addWidget(self._quality)
        press.addWidget(self._takes)
        press.addWidget(self.make)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(GAP)
        grid.addWidget(self._says, 0, 0)
        grid.addLayout(press, 0, 1)
        grid.addWidget(self._more, 1, 0, 1, 2)
        grid.addWidget(self._remedies, 3, 0, 1, 2)
        grid.setColumnStretch(0, 1)
        self._grid, self._press = grid, press
        for signal in (session.outlook_changed, session.engine_changed, session.take_changed):
            signal.connect(self._follow)
        session.jobs_changed.connect(self._follow)
        session.selection_changed.connect(self._follow)
        session.draft_changed.connect(self._follow)
        self._follow()

    def set_narrow(self, narrow: bool) -> None:
        """Put the button under the words, over the whole width."""
        self._grid.removeItem(self._press)
        for row, widget in ((2, self._more), (3, self._remedies)):
            self._grid.removeWidget(widget)
            self._grid.addWidget(widget, row, 0, 1, 1 if narrow else 2)
        if narrow:
            self._grid.addLayout(self._press, 1, 0)
            self._press.setStretch(2, 1)
        else:
            self._grid.addLayout(self._press, 0, 1)
            self._press.setStretch(2, 0)

    def _follow(self) -> None:
        outlook = self._session.outlook
        # What is wrong with one setting is said beside it.
        elsewhere = f"Change the {outlook.setting} first." if outlook.setting else ""
        said = [elsewhere or outlook.sentence]
        if outlook.kind is OutlookKind.READY:
            said.append(plan_words(outlook.plan))
        self._says.setText(" ".join(word for word in said if word))
        self._says.set_role(_ROLES[outlook.kind])
        hint = hint_words(outlook, self._session)
        more = [hint] if hint and not outlook.setting else []
        more += [*outlook.warnings, *(outlook.plan.warnings if outlook.plan else ())]
        self._more.setText("\n".join(more))
        self._more.setVisible(bool(more))
        plan = outlook.plan
        label = label_words(plan.draft, plan.test) if plan is not None else ""
        self._quality.setText(label)
        self._quality.set_role("amber" if plan is not None and plan.test else "muted")
        self._quality.setVisible(bool(label))
        self._offer()
        self._takes.choose(str(self._session.draft.takes))
        direct = outlook.proposal is not None and outlook.proposal.request is None
        self.make.setText("Use handles" if direct else "Make")
        self.make.setEnabled(outlook.kind is OutlookKind.READY)
        self._set_filled(self._session.unplaced is None)

    def _offer(self) -> None:
        """Buttons that stay while they say the same: a click must not meet one just replaced."""
        remedies = remedies_of(self._session, self._shelf, self._files)
        draft = self._session.draft
        offered = (draft.operation, draft.model, *(one.label for one in remedies))
        if offered != self._offered:
            self._offered = offered
            self._remedies.clear()
            for one in remedies:
                self._remedies.add(button(one.label, one.run))
        self._remedies.setVisible(bool(remedies))

    def _set_filled(self, filled: bool) -> None:
        """At most one filled button: a take that waits to be used takes the place of Make."""
        role = "primary" if filled else ""
        if self.make.property("role") != role:
            self.make.setProperty("role", role)
            self.make.style().unpolish(self.make)
            self.make.style().polish(self.make)
