"""Single frames of the selected clip: saved for a paint program, and pinned when they come back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject

from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.protocol import Keyframe, MediaRef, Operation, Proposal, Source, decode
from pickup_ui.state.draft import Draft
from pickup_ui.state.folders import file_name
from pickup_ui.state.media import Media
from pickup_ui.state.outlook import Notice
from pickup_ui.state.proposer import OutputFor, question
from pickup_ui.state.session import Session
from pickup_ui.state.timeline_process import TimelineProcess

_AS_IT_IS = 0
"""The height that asks the engine for a frame with its own pixels."""


@dataclass(frozen=True)
class Shown:
    """Record frame `frame` of what a clip shows, counted from its first (0-based)."""

    source: Source
    frame: int

    @property
    def alone(self) -> Source:
        """The same frame as a source of one."""
        first = self.source.first + self.frame * self.source.step
        return replace(self.source, first=first, frames=1)


Located = Callable[[Shown], None]


class ClipFrames(QObject):
    """Asks the timeline which frame of the clip is under the playhead, and works on that one.

    Failures become notices.
    """

    def __init__(
        self,
        session: Session,
        timeline: TimelineProcess,
        engine: QtEngine,
        media: Media,
        output_for: OutputFor,
    ) -> None:
        super().__init__(session)
        self._session, self._timeline = session, timeline
        self._engine, self._media, self._output_for = engine, media, output_for
        self._saved: dict[str, tuple[str, int]] = {}

    @property
    def at_hand(self) -> bool:
        """Whether the playhead is on the selected clip."""
        item = self._session.item
        if item is None or item.refusal or not item.media:
            return False
        return item.record_in <= self._session.playhead < item.record_in + item.frames

    def suggested_name(self) -> str:
        """Where a saved frame would go: beside the cut, named after clip and frame."""
        item, snapshot = self._session.item, self._session.snapshot
        if item is None or snapshot is None:
            return ""
        frame = self._session.playhead - item.record_in
        return str(Path(snapshot.path).parent / f"{file_name(item.name, 'frame')} {frame}.png")

    def save(self, target: str) -> None:
        """Write the frame under the playhead as a PNG, at the source's size."""
        clip = self._session.selected

        def located(shown: Shown) -> None:
            def made(files: list[list[str]]) -> None:
                self._saved[target] = (clip, shown.frame)
                self._write(files[0][0], target)

            self._engine.preview([shown.alone], _AS_IT_IS, made, self._fail)

        self._locate(located)

    def pin(self, image: str) -> None:
        """Pin an edited picture: at the frame that was saved under this name, else at the playhead;
        it takes the place of one that is there."""
        clip, frame = self._saved.get(image, ("", 0))
        selected = self._session.selected
        if clip == selected:
            self._pin(Keyframe(frame, image), selected)
        else:
            self._locate(lambda shown: self._pin(Keyframe(shown.frame, image), selected))

    def _pin(self, new: Keyframe, clip: str) -> None:
        if clip != self._session.selected:
            return
        guidance = self._session.drafts[Operation.RESTYLE].guidance
        others = [pin for pin in guidance.keyframes if pin.frame != new.frame]
        pinned = tuple(sorted((*others, new), key=lambda pin: pin.frame))
        self._session.set_operation(Operation.RESTYLE)
        self._session.change(guidance=replace(guidance, keyframes=pinned))

    def _write(self, made: str, target: str) -> None:
        try:
            shutil.copyfile(made, target)
        except OSError as error:
            reason = error.strerror or str(error)
            self._session.set_notice(
                Notice(
                    f"{target} cannot be written: {reason}.",
                    "Choose another folder.",
                    failed=True,
                )
            )
            return
        self._session.set_notice(
            Notice(
                f"Saved {target}.",
                "Paint on it, keep its size, then choose “Use edited picture…”.",
                stays=True,
            )
        )

    def _locate(self, done: Located) -> None:
        """The planner's own count, so that transitions and retimes are counted alike."""
        item, playhead = self._session.item, self._session.playhead
        if item is None or not self.at_hand:
            return

        def proposed(result: Any) -> None:
            proposal: Proposal = decode(Proposal, result)
            if proposal.request is not None:
                done(Shown(proposal.request.source, playhead - proposal.placement.record_in))

        def measured(media: MediaRef) -> None:
            output = self._output_for(item, Operation.RESTYLE)
            method, params = question(Draft(Operation.RESTYLE), item.uid, media, output)
            self._timeline.call(method, params, proposed, self._fail)

        self._timeline.call(
            "media_of",
            {"clip": item.uid},
            lambda path: self._media.measure(str(path), measured, self._fail),
            self._fail,
        )

    def _fail(self, error: PickupError) -> None:
        self._session.set_notice(Notice(error.message, error.hint, failed=True))
