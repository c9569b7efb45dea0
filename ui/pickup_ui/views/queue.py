"""The queue: what runs, what waits, what failed and how to go on."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from pickup.protocol import JobState, JobStatus
from pickup_ui.state.actions import Actions
from pickup_ui.state.remedies import plain_words
from pickup_ui.state.session import Session
from pickup_ui.state.wording import job_title, job_words, time_left
from pickup_ui.theme import GAP, theme_for
from pickup_ui.views.images import read_cropped
from pickup_ui.views.parts import Elided, IconButton, Text, Wrapped, button, line

_ORDER = (JobState.RUNNING, JobState.INTERRUPTED, JobState.QUEUED, JobState.FAILED)
_MOST = 20
_PREVIEW = QSize(64, 36)


class Bar(QWidget):
    """A thin line that fills; no stripes, no pulse."""

    def __init__(self) -> None:
        super().__init__()
        self._part = 0.0
        self.setFixedHeight(4)
        self.setMinimumWidth(48)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_part(self, part: float) -> None:
        """Fill to `part` (0..1)."""
        if round(part * 1000) != round(self._part * 1000):
            self._part = part
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide enough to see it move."""
        return QSize(120, 4)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Track and fill."""
        theme = theme_for(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.line)
        painter.drawRoundedRect(QRectF(self.rect()), 2, 2)
        painter.setBrush(theme.accent)
        filled = QRectF(0, 0, self.width() * min(1.0, self._part), self.height())
        painter.drawRoundedRect(filled, 2, 2)


class Preview(QWidget):
    """How a job goes, as a small picture; no room while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self._path = ""
        self.setFixedSize(_PREVIEW)
        self.setVisible(False)
        self.setToolTip("How it goes")
        self.setAccessibleName("Picture of how it goes")

    def show_picture(self, path: str) -> None:
        """Show a file; each picture has a name of its own. One stays while the next cannot be
        read."""
        if path == self._path and (not path or not self._pixmap.isNull()):
            return
        self._path = path
        pixmap = read_cropped(path, _PREVIEW * 2) if path else QPixmap()
        if not path or not pixmap.isNull():
            self._pixmap = pixmap
        self.setVisible(not self._pixmap.isNull())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The picture with round corners."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setClipPath(shape)
        painter.drawPixmap(QRectF(self.rect()), self._pixmap, QRectF(self._pixmap.rect()))


class Row(QWidget):
    """One job."""

    def __init__(self, job: JobStatus, actions: Actions, narrow: bool) -> None:
        super().__init__()
        self._title = Elided(job_title(job))
        self._words = Text("", "muted")
        self._left = Text("", "muted")
        self._bar = Bar()
        self._reason = Wrapped("", "failed")
        self._hint = Wrapped("", "muted", little=True)
        self.preview = Preview()
        top = QHBoxLayout()
        top.setSpacing(GAP)
        top.addWidget(self.preview)
        top.addWidget(self._title, 2 if narrow else 3)
        top.addWidget(self._words)
        if not narrow:
            top.addWidget(self._bar, 3)
            top.addWidget(self._left)
        self._retry = button("Try again", partial(actions.retry, job.id))
        top.addWidget(self._retry)
        self.cancel = IconButton("cross", "Cancel", partial(actions.cancel, job.id))
        top.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        if narrow:
            column.addWidget(self._bar)
        column.addWidget(self._reason)
        column.addWidget(self._hint)
        self.follow(job)

    def follow(self, job: JobStatus) -> None:
        """Show where the job stands."""
        failed = job.state is JobState.FAILED
        self._words.setText(job_words(job))
        self._words.set_role("failed" if failed else "muted")
        self._left.setText(time_left(job))
        self.preview.show_picture(job.preview if job.state is JobState.RUNNING else "")
        self._bar.set_part(job.progress)
        self._bar.setVisible(job.state is JobState.RUNNING)
        error = job.error or {}
        self._reason.setText(error.get("message", ""))
        self._reason.setVisible(failed)
        self._hint.setText(plain_words(error.get("hint", "")))
        self._hint.setVisible(failed and bool(error.get("hint")))
        self._retry.setVisible(failed)
        self.cancel.setToolTip("Put away" if failed else "Cancel")


class Queue(QWidget):
    """Rows for jobs that are not done; it takes no room while there are none."""

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session, self._actions = session, actions
        self._narrow = False
        self._rows: dict[str, Row] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(line())
        session.jobs_changed.connect(self._rebuild)
        session.job_moved.connect(self._move)
        self._rebuild()

    @property
    def rows(self) -> dict[str, Row]:
        """Rows by job id, in order."""
        return self._rows

    def set_narrow(self, narrow: bool) -> None:
        """Put the bars under the words."""
        if narrow != self._narrow:
            self._narrow = narrow
            for shown in list(self._rows):
                self._drop(shown)
            self._rebuild()

    def _rebuild(self) -> None:
        """Rows stay while their job is listed: a click must not meet a row just replaced."""
        jobs = listed(self._session)[:_MOST]
        for gone in self._rows.keys() - {job.id for job in jobs}:
            self._drop(gone)
        rows: dict[str, Row] = {}
        for at, job in enumerate(jobs, 1):
            row = self._rows.get(job.id) or Row(job, self._actions, self._narrow)
            row.follow(job)
            if self._column.indexOf(row) != at:
                self._column.insertWidget(at, row)
            rows[job.id] = row
        self._rows = rows
        self.setVisible(bool(jobs))

    def _drop(self, job: str) -> None:
        row = self._rows.pop(job)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _move(self, job: str) -> None:
        if job in self._rows and job in self._session.jobs:
            self._rows[job].follow(self._session.jobs[job])


def listed(session: Session) -> list[JobStatus]:
    """Jobs that somebody waits for or has to look at, running ones first."""
    jobs = [
        job
        for job in session.jobs.values()
        if job.state in _ORDER and job.id not in session.put_away
    ]
    return sorted(jobs, key=lambda job: (_ORDER.index(job.state), job.position, job.created))
