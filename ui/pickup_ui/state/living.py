"""The selected clip where Pickup made it: its takes, whether it still fits, and what can be done.

Recipes and files beside the cut tell all of it, so that it works without the engine's memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.protocol import (
    FINAL_STATES,
    MediaRef,
    Mode,
    Proposal,
    RenderPlan,
    SnapshotItem,
    Take,
    decode,
    encode,
    files_of,
)
from pickup_ui.state.actions import Actions
from pickup_ui.state.folders import takes_folder
from pickup_ui.state.media import Media, allow
from pickup_ui.state.outlook import EngineMood, Outlook, OutlookKind
from pickup_ui.state.session import Session
from pickup_ui.state.timeline_process import TimelineProcess

_PAUSE_MS = 60
"""Going through the clips asks only for the one that is stopped at."""


class Living(QObject):
    """Follows the selection. `takes` are those of the job that made the clip, once they are
    `known`; `update` says what bringing a stale clip up to date would do, None while it fits."""

    changed = Signal()

    def __init__(
        self,
        session: Session,
        timeline: TimelineProcess,
        engine: QtEngine,
        media: Media,
        actions: Actions,
    ) -> None:
        super().__init__(session)
        self._session, self._timeline = session, timeline
        self._engine, self._media, self._actions = engine, media, actions
        self.takes: tuple[Take, ...] = ()
        self.known = False
        self.update: Outlook | None = None
        self._of: SnapshotItem | None = None
        self._revision = -1
        self._newest = 0
        self._pause = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self._ask)
        session.selection_changed.connect(self._follow)
        session.engine_changed.connect(self._follow_engine)

    @property
    def clip(self) -> SnapshotItem | None:
        """The selected clip where Pickup made it."""
        item = self._session.item
        return item if item is not None and item.generated else None

    @property
    def take(self) -> Take | None:
        """The take that the clip shows, where its recipe is left."""
        clip = self.clip
        return next((take for take in self.takes if clip and take.index == clip.take), None)

    @property
    def can_split(self) -> bool:
        """Whether the playhead is inside the clip."""
        clip, at = self.clip, self._session.playhead
        return clip is not None and clip.record_in < at < clip.record_in + clip.frames

    @property
    def under_way(self) -> bool:
        """Whether the clip is being made again."""
        pending = (job for job in self._session.jobs.values() if job.state not in FINAL_STATES)
        places = (job.submission.placement for job in pending)
        uid = self.clip.uid if self.clip else ""
        return any(one and one.mode is Mode.REPLACE and one.clip == uid for one in places)

    # What is known

    def _follow(self) -> None:
        clip, snapshot = self.clip, self._session.snapshot
        revision = snapshot.revision if snapshot else -1
        if clip is self._of and (clip is None or revision == self._revision):
            return
        if clip is None or self._of is None or clip.job != self._of.job:
            self.takes, self.known = (), False
        self._of, self._revision = clip, revision
        self._newest += 1
        self.update = None
        if clip is not None and clip.stale:
            self.update = Outlook(OutlookKind.WORKING, "Looking at the clip …")
        if clip is not None:
            self._pause.start()
        self.changed.emit()

    def _follow_engine(self) -> None:
        """What the engine has to look at first can be asked now, or not any more."""
        if self.update is not None and self.update.kind is not OutlookKind.READY:
            self._pause.start()

    def _ask(self) -> None:
        clip = self.clip
        if clip is None:
            return
        self._newest += 1
        newest = self._newest

        def listed(takes: Any) -> None:
            if newest == self._newest:
                self.takes, self.known = decode(tuple[Take, ...], takes), True
                self.changed.emit()

        self._timeline.call("takes", {"clip": clip.uid}, listed, self._ignore)
        if clip.stale:
            self._propose(newest, clip)

    def _ignore(self, _error: PickupError) -> None:
        """The clip is gone: another selection follows."""

    def _propose(self, newest: int, clip: SnapshotItem) -> None:
        def named(paths: Any) -> None:
            if newest != self._newest:
                return
            wanted = [str(path) for path in paths]
            if any(wanted) and self._session.engine is not EngineMood.READY:
                self._say(newest, Outlook(OutlookKind.WORKING, "The engine starts …"))
            else:
                self._measure(newest, clip, wanted, [])

        self._timeline.call("update_media", {"clip": clip.uid}, named, self._refusal(newest))

    def _measure(
        self, newest: int, clip: SnapshotItem, wanted: list[str], found: list[MediaRef | None]
    ) -> None:
        """Probe the files one after the other, then ask for the proposal."""
        if newest != self._newest:
            return
        if len(found) == len(wanted):
            media, after = found
            params = {"clip": clip.uid, "media": encode(media), "after": encode(after)}

            def proposed(result: Any) -> None:
                if newest == self._newest:
                    self._plan(newest, decode(Proposal, result))

            self._timeline.call("propose_update", params, proposed, self._refusal(newest))
        elif path := wanted[len(found)]:
            self._media.measure(
                path,
                lambda media: self._measure(newest, clip, wanted, [*found, media]),
                self._refusal(newest),
            )
        else:
            self._measure(newest, clip, wanted, [*found, None])

    def _plan(self, newest: int, proposal: Proposal) -> None:
        """The new take lies with this cut, whatever folder the first one was made in."""
        request, snapshot = proposal.request, self._session.snapshot
        said = Outlook(
            OutlookKind.READY, proposal.sentence, warnings=proposal.warnings, proposal=proposal
        )
        if request is None or snapshot is None:
            self._say(newest, said)
            return
        folder = takes_folder(snapshot.path)
        request = replace(request, output=replace(request.output, folder=folder))
        allow(self._engine, [*files_of(request), str(Path(folder).parent)])

        def planned(plan: RenderPlan) -> None:
            here = replace(proposal, request=request)
            self._say(newest, replace(said, proposal=here, plan=plan))

        self._engine.plan(request, planned, self._refusal(newest))

    def _refusal(self, newest: int) -> Callable[[PickupError], None]:
        def refused(error: PickupError) -> None:
            kind, code = OutlookKind.REFUSED, error.code
            self._say(newest, Outlook(kind, error.message, error.hint, code=code))

        return refused

    def _say(self, newest: int, outlook: Outlook) -> None:
        if newest == self._newest:
            self.update = outlook
            self.changed.emit()

    # What can be done

    def step_take(self, step: int) -> None:
        """The next (+1) or previous (-1) take: into the cut where a placed clip is selected and no
        other take is looked at, else into view."""
        if self._leads:
            self.turn(step)
        else:
            self._actions.step_take(step)

    def number_take(self, number: int) -> None:
        """As `step_take`, to take `number`, counted from 1."""
        if self._leads:
            self.switch(number - 1)
        else:
            self._actions.number_take(number)

    @property
    def _leads(self) -> bool:
        return self.clip is not None and self._session.unplaced is None

    def turn(self, step: int) -> None:
        """Show the next (+1) or previous (-1) take instead of the one that the clip shows."""
        if self.takes:
            shown = self.take
            at = self.takes.index(shown) if shown is not None else -max(step, 0)
            self.switch(self.takes[(at + step) % len(self.takes)].index)

    def switch(self, index: int) -> None:
        """Show take `index` (0-based) instead of the one that the clip shows, if there is one."""
        clip = self.clip
        take = next((take for take in self.takes if take.index == index), None)
        if clip is not None and take is not None and take != self.take:
            params = {"clip": clip.uid, "take": encode(take)}
            self._actions.edit("switch_take", params)

    def bring_up_to_date(self) -> None:
        """Do what `update` says."""
        update = self.update
        if update is not None and update.proposal is not None:
            self._actions.carry_out(update.proposal, "Update")

    def keep(self) -> None:
        """The clip is right as it is, until something else changes."""
        if self.clip is not None:
            self._actions.edit("keep", {"clip": self.clip.uid})

    def remove(self) -> None:
        """Take the clip out, with all clips of the same edit, and give back what was there."""
        if self.clip is not None:
            self._actions.edit("remove", {"clip": self.clip.uid}, told=True)

    def split(self) -> None:
        """Cut the clip in two at the playhead."""
        if self.clip is not None and self.can_split:
            at = self._session.playhead
            self._actions.edit("split", {"clip": self.clip.uid, "record_frame": at})
