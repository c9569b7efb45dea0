"""What the user can do. Each action is one small conversation with timeline process or engine."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from PySide6.QtCore import QObject, Signal

from pickup.client.core import new_job_id
from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.hosts.base import HostAdapter
from pickup.protocol import (
    EditResult,
    JobState,
    JobSubmission,
    PlacementState,
    Proposal,
    Snapshot,
    decode,
    encode,
)
from pickup_ui.state.folders import make_folder, save_name
from pickup_ui.state.in_cut import TakeKey
from pickup_ui.state.ledger import Ledger
from pickup_ui.state.media import allow
from pickup_ui.state.outlook import Notice, OutlookKind
from pickup_ui.state.session import Session
from pickup_ui.state.timeline_process import TimelineProcess
from pickup_ui.state.wording import verb_name


class Actions(QObject):
    """Open, make, use, undo, save, cancel. Failures become notices; nothing is lost by them.

    `opened`: another file, or the same one anew. `rate_refused`: path and PickupError of one that
    cannot count at the rate that was asked for.
    """

    opened = Signal()
    rate_refused = Signal(str, object)

    def __init__(
        self,
        session: Session,
        timeline: TimelineProcess,
        engine: QtEngine,
        host: HostAdapter,
        ledger: Ledger,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._timeline = session, timeline
        self._engine, self._host, self._ledger = engine, host, ledger
        self._busy = self._asked = False
        self._reading = self._again = False
        self.saved_as = ""
        self.made: set[str] = set()
        timeline.reopened.connect(self._read)
        timeline.lost.connect(self.fail)
        engine.failed.connect(self.fail)
        session.outlook_changed.connect(self._make_what_was_asked)
        session.selection_changed.connect(self._forget_what_was_asked)

    # The cut

    def open(self, path: str, rate: Fraction | None = None) -> None:
        """Open a cut; the one that is open stays if that fails. `rate`: of a file that states none;
        None = a likely one."""
        self._session.set_opening(path)

        def opened(snapshot: Snapshot) -> None:
            self._ledger.give_up_edits(lambda: None)
            self._ledger.begin(snapshot)
            self.saved_as = ""
            self._session.set_notice(None)
            self._session.set_snapshot(snapshot)
            allow(self._engine, [path])
            self.opened.emit()

        def failed(error: PickupError) -> None:
            self._session.set_opening("")
            if error.code == "timeline.edl_rate":
                self.rate_refused.emit(path, error)
            else:
                self.fail(error)

        self._timeline.call("open", {"path": path, "rate": encode(rate)}, opened, failed)

    def reload(self) -> None:
        """Read the host's cut again."""
        path = self._host.snapshot()
        if path is not None:
            self.open(str(path))

    def undo(self) -> None:
        """Take the last edit back; its takes can be used again."""
        if self._session.snapshot and self._session.snapshot.can_undo:
            self._timeline.call("undo", {}, lambda _: self.refresh(), self.fail)

    def redo(self) -> None:
        """Bring the last undone edit again."""
        if self._session.snapshot and self._session.snapshot.can_redo:
            self._timeline.call("redo", {}, lambda _: self.refresh(), self.fail)

    def suggested_name(self) -> str:
        """Where a save would go: beside the cut, under a name of its own."""
        snapshot = self._session.snapshot
        return save_name(snapshot.path) if snapshot else ""

    def save(self, path: str) -> None:
        """Write the cut. The file that was opened is never overwritten."""

        def saved(result: Any) -> None:
            self.saved_as = str(result)
            self._ledger.save()
            self._session.set_notice(Notice(f"Saved {result}."))
            self.refresh()

        self._timeline.call("save", {"path": path}, saved, self.fail)

    # Jobs

    def make(self) -> None:
        """Queue what the outlook says; where real frames suffice, place them.

        An outlook that follows a change of settings is waited for, so that the change counts.
        """
        outlook = self._session.outlook
        proposal = outlook.proposal
        ready = outlook.kind is OutlookKind.READY and not self._busy
        self._asked = ready and outlook.stale
        if self._asked:
            return
        if ready and proposal is not None:
            request = proposal.request
            if request is not None:
                proposal = replace(
                    proposal, request=replace(request, seed=self._session.next_seed())
                )
            self.carry_out(proposal, verb_name(proposal.placement.operation))

    def carry_out(self, proposal: Proposal, verb: str) -> None:
        """Queue the request of a proposal, or place what needs none; `verb` names it for people."""
        request, snapshot = proposal.request, self._session.snapshot
        if self._busy or snapshot is None:
            return
        if request is None:
            self.edit("place", {"placement": encode(proposal.placement)})
            return
        try:
            make_folder(request.output.folder)
        except PickupError as error:
            self.fail(error)
            return
        allow(self._engine, [request.output.folder])
        item = self._session.item
        name = f"{verb} {item.name if item else ''}".strip()
        submission = JobSubmission(new_job_id(), request, proposal.placement, snapshot.path, name)
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
        """Put the take in view into the cut: intent stored, edit, confirmed. Where the cut shows
        another take of the same job it takes the place of that one."""
        key = self._session.take
        found = self._session.take_of(key)
        if found is None or key is None or self._busy:
            return
        job, take = found
        if job.submission.placement is None or self._session.is_in_cut(key):
            return
        params = {"take": encode(take)}
        clip = self._session.clip_of(job.id)
        if clip is not None:
            method = "switch_take"
            params |= {"clip": clip.uid}
        else:
            method = "place"
            params |= {
                "placement": encode(job.submission.placement),
                "model": job.plan.model,
                "media": encode(job.submission.request.source.media),
            }
        self._busy = True

        def intended(status: Any) -> None:
            self._busy = False
            self._session.set_job(status)
            self.edit(method, params, key)

        def refused(error: PickupError) -> None:
            self._busy = False
            self.fail(error)

        self._engine.set_placement(*key, PlacementState.INTENDED, intended, refused)

    def dismiss(self) -> None:
        """Put the take in view away. Its file stays."""
        if self._session.take is not None:
            self._ledger.mark(self._session.take, PlacementState.DISMISSED)
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

    def edit(
        self,
        method: str,
        params: dict[str, Any],
        key: TakeKey | None = None,
        *,
        told: bool = False,
    ) -> None:
        """Carry out one edit, unless one is under way. `key` is the take that comes with it; what
        was done is `told` where nobody has said it before, warnings always are."""
        if self._busy:
            return
        self._busy = True

        def done(result: Any) -> None:
            self._busy = False
            if result is not None:
                edit: EditResult = decode(EditResult, result)
                edit = self._host.place(edit) if method == "place" else edit
                if told or edit.warnings:
                    text = edit.sentence if told else "It is in the cut."
                    self._session.set_notice(Notice(text, " ".join(edit.warnings)))
            self.refresh()

        def refused(error: PickupError) -> None:
            self._busy = False
            if key is not None:
                self._ledger.mark(key, PlacementState.OPEN)
            self.fail(error)

        self._timeline.call(method, params, done, refused)

    def refresh(self) -> None:
        """Read the cut and tell the engine which takes came into it or left it.

        What is asked for while it is being read is read once more, afterwards.
        """
        self._again = self._reading
        if self._reading:
            return
        self._reading = True
        self._timeline.call("snapshot", {}, self._read, self._not_read)

    def _read(self, snapshot: Snapshot) -> None:
        self._reading = False
        if self._again:
            self.refresh()
            return
        before = self._session.snapshot
        self._session.set_snapshot(snapshot)
        self._ledger.follow(before, snapshot)

    def _not_read(self, error: PickupError) -> None:
        self._reading = self._again = False
        self.fail(error)
