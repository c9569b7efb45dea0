"""Which takes are in the cut: the engine is told, so that no finished take is ever forgotten."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from pickup.client.qt import QtEngine
from pickup.hosts.base import HostAdapter
from pickup.protocol import PlacementState, Snapshot
from pickup_ui.state.in_cut import TakeKey, used_takes
from pickup_ui.state.outlook import Notice, Remedy
from pickup_ui.state.session import Session


class Ledger(QObject):
    """Keeps the engine's record of takes true to the cut, and offers those that were left over."""

    def __init__(
        self, session: Session, engine: QtEngine, host: HostAdapter, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._engine, self._host = session, engine, host
        self._saved: set[TakeKey] = set()

    def begin(self, snapshot: Snapshot) -> None:
        """Another cut is open, which holds these takes in its file."""
        self._saved = used_takes(snapshot)

    def save(self) -> None:
        """The file holds all that is in the cut."""
        self._saved = used_takes(self._session.snapshot)
        for key in self._saved:
            self.mark(key, PlacementState.PLACED)

    def follow(self, before: Snapshot | None, after: Snapshot) -> None:
        """Tell which takes came into the cut or left it."""
        had, has = used_takes(before), used_takes(after)
        for key in had - has:
            self.mark(key, PlacementState.OPEN)
        for key in has - had:
            self.mark(key, self._state_in_cut(key))

    def mark(self, key: TakeKey, state: PlacementState) -> None:
        """Tell the engine where a take is; the cut itself is right whatever it answers."""
        found = self._session.take_of(key)
        if found is not None and found[1].placement is not state:
            self._engine.set_placement(*key, state, self._session.set_job, lambda _: None)

    def give_up_edits(self, then: Callable[[], None]) -> None:
        """The edits since the last save are given up: their takes are offered again. `then` runs
        when the engine knows."""
        left = used_takes(self._session.snapshot) - self._saved
        waiting = set(left)

        def told(key: TakeKey, _: object) -> None:
            waiting.discard(key)
            if not waiting:
                then()

        for key in left:
            answer = partial(told, key)
            self._engine.set_placement(*key, PlacementState.OPEN, answer, answer)
        if not left:
            then()

    def offer_open_takes(self, quietly: bool) -> None:
        """Offer what an earlier session finished and never used; `quietly` only tells the engine
        which are in the cut."""
        used = used_takes(self._session.snapshot)
        left: list[TakeKey] = []
        for job in self._session.jobs.values():
            if not self._session.is_of_this_cut(job):
                continue
            for take in job.takes:
                key = (job.id, take.index)
                match take.placement:
                    case PlacementState.INTENDED | PlacementState.OPEN if key in used:
                        self.mark(key, self._state_in_cut(key))
                    case PlacementState.INTENDED | PlacementState.OPEN if key not in used:
                        left.append(key)
        if left and not quietly:
            count = "A finished take" if len(left) == 1 else f"{len(left)} finished takes"
            verb = "is" if len(left) == 1 else "are"
            self._session.set_notice(
                Notice(
                    f"{count} of an earlier session {verb} not in the cut yet.",
                    remedies=(
                        Remedy("Show", partial(self._show, left[0])),
                        Remedy("Put away", partial(self._put_away, tuple(left))),
                    ),
                )
            )

    def _state_in_cut(self, key: TakeKey) -> PlacementState:
        """In a cut that is a file a take is placed when the file holds it: until then it is an
        intent, which is offered again if this process dies."""
        kept = not self._host.capabilities().saves or key in self._saved
        return PlacementState.PLACED if kept else PlacementState.INTENDED

    def _show(self, key: TakeKey) -> None:
        self._session.set_notice(None)
        job = self._session.jobs.get(key[0])
        placement = job.submission.placement if job else None
        if placement is not None:
            self._session.select(placement.clip)
            if self._session.take_fits(key):
                self._session.set_take(key)

    def _put_away(self, keys: tuple[TakeKey, ...]) -> None:
        self._session.set_notice(None)
        for key in keys:
            self.mark(key, PlacementState.DISMISSED)
