"""The engine's event stream in Qt: jobs as they change, in order and without gaps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtNetwork import QNetworkReply

from pickup.client import core
from pickup.client.sse import EventParser, Resync
from pickup.errors import PickupError
from pickup.protocol import JobEvent

_SILENCE_MS = 15_000
"""The engine says something every 5 seconds; after this it is taken for gone."""

FetchJobs = Callable[[Callable[[core.Listing], None], Callable[[PickupError], None]], None]


class JobStream(QObject):
    """Follows the stream from where it last was. `get` begins a GET of a path, `fetch` reads all
    jobs."""

    job_changed = Signal(object)
    """A JobStatus."""
    resynced = Signal()
    """Every job was just told."""
    ended = Signal()
    """The stream broke off, or was silent for too long."""

    def __init__(
        self, get: Callable[[str], QNetworkReply], fetch: FetchJobs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._get = get
        self._fetch = fetch
        self._reply: QNetworkReply | None = None
        self._parser = EventParser()
        self._seq = 0
        self._held: list[JobEvent] | None = None
        self._watchdog = QTimer(self)
        self._watchdog.setSingleShot(True)
        self._watchdog.setInterval(_SILENCE_MS)
        self._watchdog.timeout.connect(self.drop)

    def open(self) -> None:
        """Begin, or go on after the last event that was told."""
        self._parser, self._held = EventParser(), None
        reply = self._get(core.events_path(self._seq))
        reply.readyRead.connect(lambda: self._hear(reply))
        reply.finished.connect(lambda: self._end(reply))
        self._reply = reply
        self._watchdog.start()

    def drop(self) -> None:
        """Break it off; `ended` follows."""
        if self._reply is not None:
            self._reply.abort()

    def _hear(self, reply: QNetworkReply) -> None:
        if reply is not self._reply:
            return
        self._watchdog.start()
        for event in self._parser.feed(bytes(reply.readAll().data())):
            if isinstance(event, Resync):
                self._resync()
            elif self._held is not None:
                self._held.append(event)
            else:
                self._tell(event)

    def _resync(self) -> None:
        """Read all jobs; what the stream says meanwhile is told afterwards."""
        if self._held is None:
            self._held = []
            self._fetch(self._told_all, self._not_told)

    def _told_all(self, listing: core.Listing) -> None:
        held, self._held = self._held or [], None
        self._seq = listing.seq
        for job in reversed(listing.jobs):
            self.job_changed.emit(job)
        self.resynced.emit()
        for event in held:
            self._tell(event)

    def _not_told(self, error: PickupError) -> None:
        self.drop()

    def _tell(self, event: JobEvent) -> None:
        if event.seq > self._seq:
            self._seq = event.seq
            self.job_changed.emit(event.job)

    def _end(self, reply: QNetworkReply) -> None:
        reply.deleteLater()
        if reply is self._reply:
            self._reply = None
            self._watchdog.stop()
            self.ended.emit()
