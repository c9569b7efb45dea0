"""A row of widgets that continues on the next line where it is too narrow."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pickup_ui.theme import GAP


class Flow(QWidget):
    """`add()` widgets from left to right; those added with `grow` share what is left of a line. A
    flow in a flow breaks its own lines where it does not fit into one."""

    def __init__(self, gap: int = GAP, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._gap = gap
        self._entries: list[tuple[QWidget, bool]] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget, grow: bool = False) -> None:
        """Append a widget."""
        widget.setParent(self)
        self._entries.append((widget, grow))
        widget.show()

    def remove(self, widget: QWidget) -> None:
        """Take a widget out, and leave it to the caller."""
        self._entries = [entry for entry in self._entries if entry[0] is not widget]
        self.updateGeometry()

    def clear(self) -> None:
        """Remove all widgets."""
        for widget, _ in self._entries:
            widget.hide()
            widget.deleteLater()
        self._entries = []
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        """Lines need height."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        """Pixels that all lines need."""
        return self._arrange(width, move=False)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All in one line."""
        hints = [self._need(widget) for widget, _ in self._entries if not widget.isHidden()]
        width = sum(hint.width() + self._gap for hint in hints) - self._gap
        return QSize(max(0, width), max((hint.height() for hint in hints), default=0))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The widest single widget, at the height of the present width."""
        least = [w.minimumSizeHint().width() for w, _ in self._entries if not w.isHidden()]
        return QSize(max(least, default=0), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Break the lines anew."""
        self._arrange(self.width(), move=True)

    def event(self, event: QEvent) -> bool:
        """A widget came, went or changed size."""
        if event.type() is QEvent.Type.LayoutRequest:
            self._arrange(self.width(), move=True)
            self.updateGeometry()
        return super().event(event)

    @staticmethod
    def _need(widget: QWidget, width: int | None = None) -> QSize:
        """The size of a widget, in a line of `width` pixels."""
        hint = widget.sizeHint().expandedTo(widget.minimumSize())
        if width is not None and hint.width() > width and widget.hasHeightForWidth():
            hint = QSize(width, widget.heightForWidth(width))
        return hint.boundedTo(widget.maximumSize())

    def _rows(self, width: int) -> list[list[tuple[QWidget, bool]]]:
        rows: list[list[tuple[QWidget, bool]]] = []
        used = 0
        for entry in self._entries:
            if entry[0].isHidden():
                continue
            need = self._need(entry[0]).width()
            if rows and used + self._gap + need <= width:
                rows[-1].append(entry)
                used += self._gap + need
            else:
                rows.append([entry])
                used = need
        return rows

    def _arrange(self, width: int, move: bool) -> int:
        """Lay out at `width`; returns the height. Only `move` touches the widgets."""
        y = 0
        for row in self._rows(width):
            height = max(self._need(widget, width).height() for widget, _ in row)
            if move:
                self._place(row, y, width, height)
            y += height + self._gap
        return max(0, y - self._gap)

    def _place(self, row: list[tuple[QWidget, bool]], y: int, width: int, height: int) -> None:
        needs = [self._need(widget, width) for widget, _ in row]
        spare = width - sum(need.width() for need in needs) - self._gap * (len(row) - 1)
        hungry = sum(grow for _, grow in row)
        x = 0
        for (widget, grow), need in zip(row, needs, strict=True):
            share = spare // hungry if grow and spare > 0 else 0
            own = min(need.width() + share, width)
            own = min(own, widget.maximumWidth())
            widget.setGeometry(x, y + (height - need.height()) // 2, own, need.height())
            x += own + self._gap
