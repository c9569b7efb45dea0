"""The one observable state of the dock. It knows and tells; `actions` do things.

Views read it and redraw on its signals. Nothing here waits, talks to a process or parses.
"""

from __future__ import annotations

from dataclasses import replace as changed
from fractions import Fraction
from typing import Any

from PySide6.QtCore import QObject, Signal

from pickup.protocol import (
    FINAL_STATES,
    ItemKind,
    JobState,
    JobStatus,
    ModelInfo,
    Operation,
    PlacementState,
    Snapshot,
    SnapshotItem,
    SnapshotTrack,
    Take,
)
from pickup.protocol.timecode import base_of
from pickup_ui.state.abilities import Abilities, abilities, usable
from pickup_ui.state.draft import Draft, fresh_drafts
from pickup_ui.state.folders import original_name
from pickup_ui.state.in_cut import TakeKey, clips_of_jobs, is_workable, used_takes
from pickup_ui.state.outlook import EngineMood, Notice, Outlook, OutlookKind


class Session(QObject):
    """Cut, selection, settings, outlook, jobs and the take in view. All on the GUI thread."""

    snapshot_changed = Signal()
    selection_changed = Signal()
    draft_changed = Signal()
    outlook_changed = Signal()
    jobs_changed = Signal()
    job_moved = Signal(str)
    take_changed = Signal()
    engine_changed = Signal()
    notice_changed = Signal()
    playhead_changed = Signal(int)
    compare_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.snapshot: Snapshot | None = None
        self.opening = ""
        self.selected = ""
        self.playhead = 0
        self.drafts: dict[Operation, Draft] = fresh_drafts()
        self.operation = Operation.EXTEND
        self.outlook = Outlook(OutlookKind.HINT, "")
        self.jobs: dict[str, JobStatus] = {}
        self.take: TakeKey | None = None
        self._used: set[TakeKey] = set()
        self._shown: dict[str, SnapshotItem] = {}
        self.after = True
        self.engine = EngineMood.STARTING
        self.models: tuple[ModelInfo, ...] = ()
        self.notice: Notice | None = None
        self.size: tuple[int, int] = (0, 0)
        self.put_away: set[str] = set()
        self._items: dict[str, tuple[SnapshotTrack, SnapshotItem]] = {}

    @property
    def draft(self) -> Draft:
        """The settings of the verb in view."""
        return self.drafts[self.operation]

    def model_of(self, model: str) -> ModelInfo | None:
        """The catalogue entry of an id."""
        return next((one for one in self.models if one.id == model), None)

    def name_of(self, model: str) -> str:
        """A model's name; its id where the catalogue does not have it."""
        known = self.model_of(model)
        return known.name if known is not None else model

    def can(self, operation: Operation) -> Abilities:
        """What the model chosen for a verb can use."""
        return abilities(self.model_of(self.drafts[operation].model), operation)

    @property
    def asked(self) -> Draft:
        """The settings of the verb in view that its model can use."""
        return usable(self.draft, self.can(self.operation))

    @property
    def rate(self) -> Fraction:
        """The edit rate; 24 while no cut is open."""
        return self.snapshot.rate if self.snapshot else Fraction(24)

    @property
    def end(self) -> int:
        """The frame after the last one, a take that would lengthen the cut included."""
        end = self.snapshot.frames if self.snapshot else 0
        found = self.take_of(self.take)
        placement = found[0].submission.placement if found else None
        if placement is None:
            return end
        frames = sum(piece.frames for piece in placement.pieces)
        return max(end, placement.record_in + frames)

    @property
    def item(self) -> SnapshotItem | None:
        """The selected clip or gap."""
        found = self._items.get(self.selected)
        return found[1] if found else None

    @property
    def track(self) -> SnapshotTrack | None:
        """The track of the selected item."""
        return self.track_of(self.selected)

    def track_of(self, uid: str) -> SnapshotTrack | None:
        """The track of an item."""
        found = self._items.get(uid)
        return found[0] if found else None

    def find(self, uid: str) -> SnapshotItem | None:
        """The item with this uid."""
        found = self._items.get(uid)
        return found[1] if found else None

    def set_opening(self, path: str) -> None:
        """A cut is being read; "" when that has ended."""
        self.opening = path
        self.snapshot_changed.emit()

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Show a new state of the cut; the selection is kept where its clip still exists."""
        known = self.snapshot
        first = known is None or (known.path, known.rate) != (snapshot.path, snapshot.rate)
        before = self.item
        self.snapshot, self.opening = snapshot, ""
        self._used, self._shown = used_takes(snapshot), clips_of_jobs(snapshot)
        self._items = {
            item.uid: (track, item) for track in snapshot.tracks for item in track.items if item.uid
        }
        if first:
            kept, fresh = self.drafts, fresh_drafts(base_of(snapshot.rate))
            self.drafts = {
                kind: changed(fresh[kind], model=kept[kind].model, quality=kept[kind].quality)
                for kind in Operation
            }
            self.playhead = 0
        self.snapshot_changed.emit()
        if first:
            self.draft_changed.emit()
        if self.selected not in self._items:
            self.select(self._nearest(before))
        else:
            self._let_go_of_take()
            self.selection_changed.emit()

    def _nearest(self, gone: SnapshotItem | None) -> str:
        """The clip to select when the selected one is gone, or at first sight: one that works."""
        clips = [item for _, item in self._items.values() if is_workable(item)]
        if not clips:
            return ""
        at = gone.record_in if gone else 0
        return min(clips, key=lambda item: (item.generated, abs(item.record_in - at))).uid

    def select(self, uid: str) -> None:
        """Select an item; "" selects nothing. The playhead follows if it is elsewhere."""
        self.selected = uid if uid in self._items else ""
        self.size = (0, 0)
        item = self.item
        self._let_go_of_take()
        self.selection_changed.emit()
        if item and not item.record_in <= self.playhead < item.record_in + item.frames:
            self.set_playhead(item.record_in)

    def _let_go_of_take(self) -> None:
        if self.take is not None and not self.take_fits(self.take):
            self.set_take(None)

    def neighbour(self, step: int) -> str:
        """The uid of the next (+1) or previous (-1) item with pictures on the same track."""
        item, track = self.item, self.track
        if item is None or track is None:
            return self._nearest(None)
        items = [one for one in track.items if one.uid and one.kind is not ItemKind.TRANSITION]
        at = next((i for i, one in enumerate(items) if one.uid == item.uid), 0) + step
        return items[at].uid if 0 <= at < len(items) else item.uid

    def set_operation(self, operation: Operation) -> None:
        """Show another verb."""
        self.operation = operation
        self.draft_changed.emit()

    def change(self, **fields: Any) -> None:
        """Change settings of the verb in view; names and types are those of `Draft`."""
        draft = changed(self.draft, **fields)
        if draft != self.draft:
            self.drafts[self.operation] = draft
            self.draft_changed.emit()

    def guide(self, **fields: Any) -> None:
        """Change what guides the verb in view; names and types are those of `Guidance`."""
        self.change(guidance=changed(self.draft.guidance, **fields))

    def set_drafts(self, drafts: dict[Operation, Draft]) -> None:
        """Change settings of several verbs."""
        if drafts != self.drafts:
            self.drafts = drafts
            self.draft_changed.emit()

    def set_outlook(self, outlook: Outlook) -> None:
        """Say what would happen."""
        if outlook != self.outlook:
            self.outlook = outlook
            self.outlook_changed.emit()

    def set_job(self, job: JobStatus) -> None:
        """A job has moved; one that is new or changed state is also told as `jobs_changed`.

        An answer to a call may come after a newer event of the stream: it is dropped.
        """
        known = self.jobs.get(job.id)
        if known is not None and _is_older(job, known):
            return
        self.jobs[job.id] = job
        self.job_moved.emit(job.id)
        if known is None or (known.state, known.takes, known.position) != (
            job.state,
            job.takes,
            job.position,
        ):
            self.jobs_changed.emit()

    def set_jobs(self, jobs: tuple[JobStatus, ...]) -> None:
        """Replace all jobs, after a reconnect."""
        self.jobs = {job.id: job for job in jobs}
        self.jobs_changed.emit()

    def put_job_away(self, job: str) -> None:
        """Do not list a failed job any longer."""
        self.put_away.add(job)
        self.jobs_changed.emit()

    def take_of(self, key: TakeKey | None) -> tuple[JobStatus, Take] | None:
        """The job and take behind a key."""
        job = self.jobs.get(key[0]) if key else None
        take = next((t for t in job.takes if key and t.index == key[1]), None) if job else None
        return (job, take) if job and take else None

    @property
    def unplaced(self) -> tuple[JobStatus, Take] | None:
        """The take in view if it is not in the cut: the one that can be compared and used."""
        found = self.take_of(self.take)
        return None if found is None or self.is_in_cut(self.take) else found

    def is_in_cut(self, key: TakeKey | None) -> bool:
        """Whether a take is in this cut, saved or not, or was placed in another one."""
        found = self.take_of(key)
        placed = found is not None and found[1].placement is PlacementState.PLACED
        return placed or key in self._used

    def take_fits(self, key: TakeKey) -> bool:
        """Whether the take belongs to the selected clip."""
        job = self.jobs.get(key[0])
        return job is not None and self.belongs(job)

    def belongs(self, job: JobStatus) -> bool:
        """Whether the job is about the selected clip. The one that made it belongs to its card."""
        item, placement = self.item, job.submission.placement
        if item is None or placement is None or not self.is_of_this_cut(job):
            return False
        return placement.clip == item.uid and item.job != job.id

    def clip_of(self, job: str) -> SnapshotItem | None:
        """The clip that shows a take of this job, the selected one first."""
        item = self.item
        return item if item is not None and item.job == job else self._shown.get(job)

    def is_of_this_cut(self, job: JobStatus) -> bool:
        """Whether the job was made for the open cut, or for the one that it was saved from."""
        cut = self.snapshot.path if self.snapshot else ""
        return original_name(job.submission.timeline) == original_name(cut)

    def next_seed(self) -> int:
        """The seed of the next take of the selected clip: one that it has not had yet."""
        mine = [job.submission.request for job in self.jobs.values() if self.belongs(job)]
        used = [one.seed + one.takes for one in mine if one.operation is self.operation]
        return max(used, default=self.draft.seed)

    def takes(self) -> list[tuple[JobStatus, Take]]:
        """The takes of the selected clip, newest job first."""
        jobs = sorted(self.jobs.values(), key=lambda job: job.created, reverse=True)
        return [(job, take) for job in jobs if self.belongs(job) for take in job.takes]

    def set_take(self, key: TakeKey | None) -> None:
        """Look at a take, or at none."""
        if key != self.take:
            self.take = key
            self.after = True
            self.take_changed.emit()
            self.compare_changed.emit()

    def set_after(self, after: bool) -> None:
        """Show the cut with the take (after) or as it is (before)."""
        if after != self.after:
            self.after = after
            self.compare_changed.emit()

    def set_engine(self, mood: EngineMood) -> None:
        """The engine came or went."""
        if mood != self.engine:
            self.engine = mood
            self.engine_changed.emit()

    def set_models(self, models: tuple[ModelInfo, ...]) -> None:
        """What this machine can make."""
        if models != self.models:
            self.models = models
            self.engine_changed.emit()

    def set_notice(self, notice: Notice | None) -> None:
        """Show a notice, or take it away."""
        self.notice = notice
        self.notice_changed.emit()

    def set_playhead(self, frame: int) -> None:
        """Move the playhead; it stays within the cut."""
        frame = max(0, min(frame, max(self.end - 1, 0)))
        if frame != self.playhead:
            self.playhead = frame
            self.playhead_changed.emit(frame)

    def set_size(self, width: int, height: int) -> None:
        """Pixels of the selected clip's media, known after its probe."""
        self.size = (width, height)


def _is_older(job: JobStatus, known: JobStatus) -> bool:
    """Whether `job` stands where `known` was before: only a new attempt runs after an end."""
    if job.attempt != known.attempt:
        return job.attempt < known.attempt
    return known.state in FINAL_STATES and job.state is JobState.RUNNING
