"""What the user can do. Each action is one small conversation with timeline process or engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from pickup.client.core import new_job_id
from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.hosts.base import HostAdapter
from pickup.protocol import (
    EditResult,
    JobState,
    JobSubmission,
    PlacementState,
    Snapshot,
    decode,
    encode,
)
from pickup_ui.state.folders import make_folder, save_name
from pickup_ui.state.media import allow
from pickup_ui.state.outlook import Notice, OutlookKind, Remedy
from pickup_ui.state.session import Session, TakeKey, used_takes
from pickup_ui.state.snapshot_reader import SnapshotReader
from pickup_ui.state.timeline_process import TimelineProcess
from pickup_ui.state.wording import verb_name


class Actions(QObject):
    """Open, make, use, undo, save, cancel. Failures become notices; nothing is lost by them."""

    def __init__(
        self,
        session: Session,
        timeline: TimelineProcess,
        engine: QtEngine,
        host: HostAdapter,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._timeline = session, timeline
        self._engine, self._host = engine, host
        self._reader = SnapshotReader(self)
        self._busy = self._asked = False
        self.saved_as = ""
        self.made: set[str] = set()
        self._saved: set[TakeKey] = set()
        timeline.reopened.connect(self._reopened)
        timeline.lost.connect(self.fail)
        engine.failed.connect(self.fail)
        session.outlook_changed.connect(self._make_what_was_asked)
        session.selection_changed.connect(self._forget_what_was_asked)

    # The cut

    def open(self, path: str) -> None:
        """Open a cut; the one that is open stays if that fails."""
        self._session.set_opening(path)

        def opened(snapshot: Snapshot) -> None:
            self.give_up_edits(lambda: None)
            self.saved_as, self._saved = "", used_takes(snapshot)
            self._session.set_notice(None)
            self._session.set_snapshot(snapshot)
            allow(self._engine, [path])

        def failed(error: PickupError) -> None:
            self._session.set_opening("")
            self.fail(error)

        self._timeline.call(
            "open", {"path": path}, lambda data: self._reader.read(data, opened, failed), failed
        )

    def reload(self) -> None:
        """Read the host's cut again."""
        path = self._host.snapshot()
        if path is not None:
            self.open(str(path))

    def undo(self) -> None:
        """Take the last edit back; its takes can be used again."""
        if self._session.snapshot and self._session.snapshot.can_undo:
            self._timeline.call("undo", {}, lambda _: self._refresh(), self.fail)

    def redo(self) -> None:
        """Bring the last undone edit again."""
        if self._session.snapshot and self._session.snapshot.can_redo:
            self._timeline.call("redo", {}, lambda _: self._refresh(), self.fail)

    def suggested_name(self) -> str:
        """Where a save would go: beside the cut, under a name of its own."""
        snapshot = self._session.snapshot
        return save_name(snapshot.path) if snapshot else ""

    def save(self, path: str) -> None:
        """Write the cut. The file that was opened is never overwritten."""

        def saved(result: Any) -> None:
            self.saved_as, self._saved = str(result), used_takes(self._session.snapshot)
            for key in self._saved:
                self._mark(key, PlacementState.PLACED)
            self._session.set_notice(Notice(f"Saved {result}."))
            self._refresh()

        self._timeline.call("save", {"path": path}, saved, self.fail)

    # Jobs

    def make(self) -> None:
        """Queue what the outlook says; where real frames suffice, place them.

        An outlook that follows a change of settings is waited for, so that the change counts.
        """
        outlook, snapshot = self._session.outlook, self._session.snapshot
        proposal = outlook.proposal
        ready = outlook.kind is OutlookKind.READY and not self._busy
        self._asked = ready and outlook.stale
        if self._asked:
            return
        if not ready or proposal is None or snapshot is None:
            return
        if proposal.request is None:
            self._busy = True
            self._place({"placement": encode(proposal.placement)}, None)
            return
        try:
            make_folder(proposal.request.output.folder)
        except PickupError as error:
            self.fail(error)
            return
        allow(self._engine, [proposal.request.output.folder])
        item = self._session.item
        name = f"{verb_name(proposal.request.operation)} {item.name if item else ''}".strip()
        submission = JobSubmission(
            new_job_id(),
            replace(proposal.request, seed=self._session.next_seed()),
            proposal.placement,
            snapshot.path,
            name,
        )
        self._busy = True
        self.made.add(submission.id)

        def queued(job: Any) -> None:
            self._busy = False
            self._session.set_job(job)

        def refused(error: PickupError) -> None:
            self._busy = False
            self.fail(error)

        self._engine.submit(submission, queued, refused)

    def _make_what_was_asked(self) -> None:
        if self._asked and not self._session.outlook.stale:
            self._asked = False
            self.make()

    def _forget_what_was_asked(self) -> None:
        """Another clip: what was asked for the one before is not meant for it."""
        self._asked = False

    def cancel(self, job: str) -> None:
        """Stop a job; one that has failed is put away."""
        known = self._session.jobs.get(job)
        if known is not None and known.state is JobState.FAILED:
            self._session.put_job_away(job)
        elif known is not None:
            self._engine.cancel(job, self._session.set_job, self.fail)

    def cancel_last(self) -> None:
        """Stop the newest job of this dock that is under way."""
        pending = (JobState.QUEUED, JobState.RUNNING, JobState.INTERRUPTED)
        mine = [j for j in self._session.jobs.values() if j.state in pending and j.id in self.made]
        if mine:
            self.cancel(max(mine, key=lambda job: job.created).id)

    def retry(self, job: str) -> None:
        """Run a failed job again."""
        self._engine.retry(job, self._session.set_job, self.fail)

    # Takes

    def use(self) -> None:
        """Put the take in view into the cut: intent stored, edit, confirmed."""
        key = self._session.take
        found = self._session.take_of(key)
        if found is None or key is None or self._busy:
            return
        job, take = found
        if job.submission.placement is None or self._session.is_in_cut(key):
            return
        params = {
            "placement": encode(job.submission.placement),
            "take": encode(take),
            "model": job.plan.model,
            "media": encode(job.submission.request.source.media),
        }
        self._busy = True

        def intended(status: Any) -> None:
            self._session.set_job(status)
            self._place(params, key)

        def refused(error: PickupError) -> None:
            self._busy = False
            self.fail(error)

        self._engine.set_placement(*key, PlacementState.INTENDED, intended, refused)

    def dismiss(self) -> None:
        """Put the take in view away. Its file stays."""
        if self._session.take is not None:
            self._mark(self._session.take, PlacementState.DISMISSED)
            self._session.set_take(None)

    def step_take(self, step: int) -> None:
        """Look at the next (+1) or previous (-1) take."""
        keys = [(job.id, take.index) for job, take in self._session.takes()]
        if keys:
            at = keys.index(self._session.take) if self._session.take in keys else -max(step, 0)
            self._session.set_take(keys[(at + step) % len(keys)])

    def number_take(self, number: int) -> None:
        """Look at take `number`, counted from 1."""
        keys = [(job.id, take.index) for job, take in self._session.takes()]
        if number <= len(keys):
            self._session.set_take(keys[number - 1])

    def fail(self, error: PickupError) -> None:
        """Say what failed and what to do."""
        self._session.set_notice(Notice(error.message, error.hint, failed=True))

    def _place(self, params: dict[str, Any], key: TakeKey | None) -> None:
        def placed(result: Any) -> None:
            self._busy = False
            edit = self._host.place(decode(EditResult, result))
            if edit.warnings:
                self._session.set_notice(Notice("It is in the cut.", " ".join(edit.warnings)))
            self._refresh()

        def refused(error: PickupError) -> None:
            self._busy = False
            if key is not None:
                self._mark(key, PlacementState.OPEN)
            self.fail(error)

        self._timeline.call("place", params, placed, refused)

    def _refresh(self) -> None:
        """Read the cut and tell the engine which takes came into it or left it."""

        def read(snapshot: Snapshot) -> None:
            before = used_takes(self._session.snapshot)
            after = used_takes(snapshot)
            self._session.set_snapshot(snapshot)
            for key in before - after:
                self._mark(key, PlacementState.OPEN)
            for key in after - before:
                self._mark(key, self._state_in_cut(key))

        self._timeline.call(
            "snapshot", {}, lambda data: self._reader.read(data, read, self.fail), self.fail
        )

    def _state_in_cut(self, key: TakeKey) -> PlacementState:
        """In a cut that is a file a take is placed when the file holds it: until then it is an
        intent, which is offered again if this process dies."""
        kept = not self._host.capabilities().saves or key in self._saved
        return PlacementState.PLACED if kept else PlacementState.INTENDED

    def _mark(self, key: TakeKey, state: PlacementState) -> None:
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

    def offer_open_takes(self) -> None:
        """Offer what an earlier session finished and never used, once per cut."""
        snapshot = self._session.snapshot
        if snapshot is None:
            return
        used = used_takes(snapshot)
        left: list[TakeKey] = []
        for job in self._session.jobs.values():
            if not self._session.is_of_this_cut(job):
                continue
            for take in job.takes:
                key = (job.id, take.index)
                match take.placement:
                    case PlacementState.INTENDED | PlacementState.OPEN if key in used:
                        self._mark(key, self._state_in_cut(key))
                    case PlacementState.INTENDED | PlacementState.OPEN if key not in used:
                        left.append(key)
        if left and not self.made:
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

    def _show(self, key: TakeKey) -> None:
        self._session.set_notice(None)
        job = self._session.jobs.get(key[0])
        placement = job.submission.placement if job else None
        if placement is not None:
            self._session.select(placement.clip)
            self._session.set_take(key)

    def _put_away(self, keys: tuple[TakeKey, ...]) -> None:
        self._session.set_notice(None)
        for key in keys:
            self._mark(key, PlacementState.DISMISSED)

    def _reopened(self, result: Any) -> None:
        self._reader.read(result, self._session.set_snapshot, self.fail)
