"""The composition root of one dock: makes the parts, connects them, takes them down."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from pickup.client.qt import QtEngine
from pickup.hosts.base import HostAdapter
from pickup.protocol import JobState, JobStatus, Mode, Operation, Output, SnapshotItem
from pickup_ui.state.actions import Actions
from pickup_ui.state.bound import ClipSettings
from pickup_ui.state.brush import Brush
from pickup_ui.state.clip_frames import ClipFrames
from pickup_ui.state.files import Files
from pickup_ui.state.folders import file_name, takes_folder
from pickup_ui.state.ledger import Ledger
from pickup_ui.state.living import Living
from pickup_ui.state.media import Media
from pickup_ui.state.outlook import EngineMood, Notice, Remedy
from pickup_ui.state.pictures import Pictures
from pickup_ui.state.player import Player
from pickup_ui.state.program import Program
from pickup_ui.state.proposer import Proposer
from pickup_ui.state.screen import Screen
from pickup_ui.state.session import Session
from pickup_ui.state.shelf import Shelf
from pickup_ui.state.timeline_process import TimelineProcess

_RESTARTS = Notice(
    "The engine has stopped and starts again.",
    "Your work is safe: jobs go on, finished takes are kept.",
    stays=True,
)


class Desk(QObject):
    """Session, actions and everything behind them. Nothing runs before `start()`."""

    def __init__(self, host: HostAdapter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.host = host
        self.session = Session(self)
        self.timeline = TimelineProcess(self)
        self.engine = QtEngine(self)
        self.media = Media(self.engine, self)
        self.program = Program(self.session, self.timeline, self)
        self.pictures = Pictures(self.engine, self.media, self)
        self.player = Player(self.session, self)
        self.brush = Brush(self.session)
        self.screen = Screen(self.session, self.program, self.pictures, self.player, self.brush)
        self.clip_frames = ClipFrames(
            self.session, self.timeline, self.engine, self.media, self._output
        )
        ClipSettings(self.session)
        self.ledger = Ledger(self.session, self.engine, host, self)
        self.actions = Actions(self.session, self.timeline, self.engine, host, self.ledger, self)
        self.living = Living(self.session, self.timeline, self.engine, self.media, self.actions)
        self.files = Files(self.session, self.timeline, self.actions, self.media, self)
        self.shelf = Shelf(self.session, self.engine, self)
        self._offered = ""
        self.engine.state_changed.connect(self._engine_moved)
        self.engine.job_changed.connect(self._job_moved)
        self.engine.resynced.connect(self._resync)
        self.session.snapshot_changed.connect(self._offer)
        self.session.snapshot_changed.connect(self.pictures.forget_failures)

    def start(self) -> None:
        """Start the engine and open the host's cut."""
        Proposer(self.session, self.timeline, self.engine, self.media, self._output, self)
        self.engine.start()
        self.actions.reload()

    def close(self) -> None:
        """Let go of both processes; the engine goes on by itself."""
        self.player.stop()
        self.engine.close()
        self.timeline.close()

    def _output(self, item: SnapshotItem, operation: Operation) -> Output:
        snapshot = self.session.snapshot
        folder = takes_folder(snapshot.path) if snapshot else ""
        return Output(folder, file_name(item.base_name, operation.value))

    def _engine_moved(self, state: str) -> None:
        was = self.session.engine
        mood = EngineMood(state)
        if mood is EngineMood.STARTING and was is not EngineMood.STARTING:
            mood = EngineMood.RESTARTING
        if mood is EngineMood.READY:
            self.media.forget_errors()
            self.pictures.forget_failures()
            self.engine.models(self.session.set_models)
            if self.session.notice is _RESTARTS:
                self.session.set_notice(None)
        elif mood is EngineMood.RESTARTING:
            self.session.set_notice(_RESTARTS)
        elif mood is EngineMood.GONE and self.engine.error is not None:
            self.session.set_notice(
                Notice(
                    self.engine.error.message,
                    self.engine.error.hint,
                    failed=True,
                    remedies=(Remedy("Start the engine", self.engine.start),),
                )
            )
        self.session.set_engine(mood)

    def _job_moved(self, job: JobStatus) -> None:
        known = self.session.jobs.get(job.id)
        for take in job.takes:
            self.media.put(take.media)
        self.session.set_job(job)
        done = job.state is JobState.SUCCEEDED
        news = known is not None and known.state is not JobState.SUCCEEDED
        if (
            done
            and news
            and job.id in self.actions.made
            and self.session.belongs(job)
            and job.takes
        ):
            placement = job.submission.placement
            # An update makes the takes up to the one that the clip shows: that one follows it.
            updates = placement is not None and placement.mode is Mode.REPLACE
            self.session.set_take((job.id, job.takes[-1 if updates else 0].index))

    def _resync(self) -> None:
        def listed(jobs: Any) -> None:
            self.session.set_jobs(tuple(jobs))
            for job in jobs:
                for take in job.takes:
                    self.media.put(take.media)
            self._offered = self._offered or "?"
            self._offer()

        self.engine.jobs(listed)

    def _offer(self) -> None:
        """Once per cut, when both the cut and the jobs are known."""
        snapshot = self.session.snapshot
        if snapshot is not None and self._offered not in ("", snapshot.path):
            self._offered = snapshot.path
            self.ledger.offer_open_takes(quietly=bool(self.actions.made))
