"""Keeps the outlook true: what would happen if the user pressed the button now.

Every change of selection, settings, cut or engine starts it again after a short pause; an answer
that is not the newest any more is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer

from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.protocol import (
    ItemKind,
    MediaRef,
    Operation,
    Output,
    Proposal,
    RenderPlan,
    SnapshotItem,
    decode,
    encode,
)
from pickup_ui.state.abilities import missing
from pickup_ui.state.draft import Draft
from pickup_ui.state.faults import setting_of
from pickup_ui.state.media import Failure, Measured, Media, allow
from pickup_ui.state.outlook import EngineMood, Outlook, OutlookKind
from pickup_ui.state.session import Session
from pickup_ui.state.timeline_process import TimelineProcess

_PAUSE_MS = 160

OutputFor = Callable[[SnapshotItem, Operation], Output]


class Proposer(QObject):
    """media_of → probe → propose → plan, each step by signal; nothing waits. A bridge needs the
    file of the next clip, too: following → media_of → probe."""

    def __init__(
        self,
        session: Session,
        timeline: TimelineProcess,
        engine: QtEngine,
        media: Media,
        output_for: OutputFor,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._timeline = session, timeline
        self._engine, self._media, self._output_for = engine, media, output_for
        self._newest = 0
        self._pause = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self._propose)
        for signal in (
            session.selection_changed,
            session.draft_changed,
            session.snapshot_changed,
            session.engine_changed,
        ):
            signal.connect(self.restart)

    def restart(self) -> None:
        """Something has changed: say at once what can be said without asking, then ask."""
        self._newest += 1
        hint = hint_of(self._session)
        if hint is not None:
            self._pause.stop()
            self._session.set_outlook(hint)
            if hint.kind is OutlookKind.HINT:
                self._measure_only()
            return
        # It stays in view, so that nothing blinks, but it is not acted upon any more.
        self._session.set_outlook(replace(self._session.outlook, stale=True))
        self._pause.start()

    def _measure_only(self) -> None:
        """The size of the picture is needed to draw a box, before there is anything to propose."""
        item = self._session.item
        if item is not None and item.media and not item.refusal and self._session.size == (0, 0):
            newest = self._newest
            self._media.measure(
                item.media, lambda media: self._sized(newest, media), lambda _: None
            )

    def _sized(self, newest: int, media: MediaRef) -> None:
        if newest == self._newest:
            self._session.set_size(media.width, media.height)

    def _propose(self) -> None:
        item, draft, newest = self._session.item, self._session.asked, self._newest
        if item is None:
            return
        if self._session.outlook.kind is not OutlookKind.READY:
            self._session.set_outlook(Outlook(OutlookKind.WORKING, "Looking at the clip …"))

        def fails(error: PickupError) -> None:
            if newest == self._newest:
                self._session.set_outlook(
                    Outlook(
                        OutlookKind.REFUSED,
                        error.message,
                        hint=error.hint,
                        setting=setting_of(error, draft),
                        code=error.code,
                    )
                )

        def measured(media: MediaRef) -> None:
            if newest != self._newest:
                return
            self._session.set_size(media.width, media.height)
            if draft.operation is Operation.BRIDGE:
                then = partial(ask, media)
                self._timeline.call(
                    "following",
                    {"clip": item.uid},
                    lambda uid: self._probe(newest, str(uid), then, fails),
                    fails,
                )
            else:
                ask(media)

        def ask(media: MediaRef, after: MediaRef | None = None) -> None:
            if newest == self._newest:
                output = self._output_for(item, draft.operation)
                method, params = question(draft, item.uid, media, output, after)
                self._timeline.call(method, params, proposed, fails)

        def proposed(result: Any) -> None:
            if newest == self._newest:
                self._plan(newest, decode(Proposal, result), fails)

        self._probe(newest, item.uid, measured, fails)

    def _probe(self, newest: int, clip: str, measured: Measured, fails: Failure) -> None:
        """Measure the file of a clip."""

        def located(path: Any) -> None:
            if newest == self._newest:
                self._media.measure(str(path), measured, fails)

        self._timeline.call("media_of", {"clip": clip}, located, fails)

    def _plan(self, newest: int, proposal: Proposal, fails: Failure) -> None:
        request = proposal.request
        if request is None:
            self._ready(proposal, None)
            return
        elsewhere = str(Path(request.output.folder).parent)
        allow(self._engine, [*named_files(self._session.asked), elsewhere])

        def planned(plan: RenderPlan) -> None:
            if newest == self._newest:
                self._ready(proposal, plan)

        self._engine.plan(request, planned, fails)

    def _ready(self, proposal: Proposal, plan: RenderPlan | None) -> None:
        self._session.set_outlook(
            Outlook(
                OutlookKind.READY,
                proposal.sentence,
                warnings=(*proposal.warnings, *self._place_of_takes(proposal)),
                proposal=proposal,
                plan=plan,
            )
        )

    def _place_of_takes(self, proposal: Proposal) -> tuple[str, ...]:
        """Where the files go, if that is not beside the cut."""
        snapshot, request = self._session.snapshot, proposal.request
        if snapshot is None or request is None:
            return ()
        folder = Path(request.output.folder)
        beside = Path(snapshot.path).parent
        if folder.parent == beside:
            return ()
        return (f"{beside} cannot be written: takes go to {folder}.",)


def hint_of(session: Session) -> Outlook | None:
    """What can be said without asking anybody; None where it takes a proposal."""
    item = session.item
    if session.opening:
        return Outlook(OutlookKind.WORKING, "Reading the cut …")
    if session.snapshot is None:
        return Outlook(OutlookKind.HINT, "Open a cut to begin: any editor can export .otio.")
    if item is None:
        return Outlook(OutlookKind.HINT, "Select a clip in the timeline.")
    if item.kind is ItemKind.GAP:
        return Outlook(
            OutlookKind.HINT,
            f"This is a gap of {item.frames} frames. "
            "Select the clip before or after it and extend that into the gap, or bridge it from "
            "the clip before.",
        )
    if item.refusal:
        return Outlook(OutlookKind.REFUSED, item.refusal)
    if absent := missing(session.asked, session.can(session.operation)):
        return Outlook(OutlookKind.HINT, absent)
    if session.engine is EngineMood.GONE:
        return Outlook(OutlookKind.WORKING, "The engine does not run; nothing can be made now.")
    if session.engine is not EngineMood.READY:
        return Outlook(OutlookKind.WORKING, "The engine starts …")
    return None


def question(
    draft: Draft, clip: str, media: MediaRef, output: Output, after: MediaRef | None = None
) -> tuple[str, dict[str, Any]]:
    """The method and parameters that ask the timeline process for a proposal; a bridge leads to a
    clip of the file `after`."""
    params: dict[str, Any] = {
        "clip": clip,
        "media": encode(media),
        "output": encode(output),
        "guidance": encode(draft.guidance),
        "seed": draft.seed,
        "takes": draft.takes,
        "model": draft.model,
        "sampling": encode(draft.sampling),
    }
    match draft.operation:
        case Operation.EXTEND:
            params |= {"side": draft.side, "frames": draft.frames, "mode": draft.mode}
        case Operation.BRIDGE:
            params |= {"after": encode(after), "mode": draft.mode}
            params |= {"frames": None if draft.whole else draft.frames}
        case Operation.INPAINT:
            params |= {"matte": encode(draft.matte), "delivery": draft.delivery}
        case Operation.RESTYLE:
            params |= {"preset": draft.preset, "strength": draft.strength}
            params |= {"control": draft.control}
    return f"propose_{draft.operation}", params


def named_files(draft: Draft) -> list[str]:
    """All files that the settings name besides the clip's own."""
    guidance = draft.guidance
    files = [*guidance.references, *(keyframe.image for keyframe in guidance.keyframes)]
    return [*files, draft.matte.path] if draft.matte.path else files
