"""The items of a track as lines of aligned columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath

from pickup.protocol import ItemKind, Snapshot, SnapshotItem, SnapshotTrack
from pickup.protocol.timecode import format_timecode

_FASTEST = 1000
"""Frames a second above which media counts samples of sound, which have no timecode."""


@dataclass(frozen=True)
class Row:
    """One line: the cells of the columns in `_COLUMNS`, and what has no column."""

    cells: tuple[str, ...]
    rest: str


_COLUMNS = ("item", "record in", "record out", "frames", "source in", "source out", "speed",
            "handles")  # fmt: skip
_RIGHT = ("frames", "speed", "handles")
_HEAD = Row(_COLUMNS, "name")


def table(found: Sequence[Row]) -> list[str]:
    """A head and the rows, in columns as wide as their widest cell; empty columns are left out."""
    widths = [max((len(row.cells[at]) for row in found), default=0) for at in range(len(_COLUMNS))]
    shown = [at for at, width in enumerate(widths) if width]
    lines = []
    for row in (_HEAD, *found):
        cells = []
        for at in shown:
            width = max(widths[at], len(_COLUMNS[at]))
            cell = row.cells[at]
            cells.append(cell.rjust(width) if _COLUMNS[at] in _RIGHT else cell.ljust(width))
        lines.append(("  " + "  ".join(cells) + "  " + row.rest).rstrip())
    return lines


def rows(view: Snapshot, track: SnapshotTrack) -> list[Row]:
    """A line for each item of a track, transitions and gaps included."""
    return [_row(view, track, at) for at in range(len(track.items))]


def _row(view: Snapshot, track: SnapshotTrack, at: int) -> Row:
    item = track.items[at]
    address = f"{track.label}:{item.index}" if item.index else ""
    start = view.start + item.record_in
    record = (
        address,
        _timecode(start, view.rate, view.drop_frame),
        _timecode(start + item.frames, view.rate, view.drop_frame),
        str(item.frames),
    )
    match item.kind:
        case ItemKind.GAP:
            return Row((*record, "", "", "", ""), "(gap)")
        case ItemKind.TRANSITION:
            return Row((*record, "", "", "", ""), _transition(track, at))
        case ItemKind.COMPOUND:
            return Row((*record, "", "", "", ""), f"{item.name or 'compound'}  [compound]")
        case ItemKind.CLIP:
            used = (_source(view, item, item.source_in), _source(view, item, item.source_out))
            return Row((*record, *used, _speed(item), _handles(item)), _named(view, item))


def _transition(track: SnapshotTrack, at: int) -> str:
    """What a transition does, and how far it reaches to both sides of its cut."""
    item = track.items[at]
    before = track.items[at - 1] if at else None
    after = track.items[at + 1] if at + 1 < len(track.items) else None
    if after is not None:
        lead = after.record_in - item.record_in
    else:
        lead = before.record_in + before.frames - item.record_in if before else 0
    is_in = before is None or before.kind is ItemKind.GAP
    is_out = after is None or after.kind is ItemKind.GAP
    kind = "fade in" if is_in and not is_out else "fade out" if is_out and not is_in else ""
    name = "" if item.name in ("transition", kind) else f" “{item.name}”"
    return f"/ {kind or 'transition'}{name}, {lead} before and {item.frames - lead} after the cut"


def _source(view: Snapshot, item: SnapshotItem, frame: int | None) -> str:
    """A media frame as the media's timecode; of sound that counts samples, as the cut's."""
    if frame is None or item.source_rate is None:
        return "?" if item.ramp else ""
    rate = item.source_rate
    if rate >= _FASTEST:
        frame, rate = int(frame * view.rate / rate), view.rate
    return _timecode(frame, rate, item.source_drop)


def _timecode(frame: int, rate: Fraction, drop: bool) -> str:
    """Timecode with a sign where it lies before zero, as a fade in at the very start may."""
    return ("-" if frame < 0 else "") + format_timecode(abs(frame), rate, drop)


def _speed(item: SnapshotItem) -> str:
    if item.ramp:
        return "ramp"
    if item.still:
        return "still"
    if item.speed == 1:
        return ""
    if item.speed == 0:
        return "freeze"
    return "reverse" if item.speed == -1 else f"{_plain(float(item.speed * 100))} %"


def _handles(item: SnapshotItem) -> str:
    unlimited = item.still or item.speed == 0 or (item.online and not item.media)
    if unlimited or (item.head_handle, item.tail_handle) == (None, None):
        return ""
    ends = ("?" if end is None else str(end) for end in (item.head_handle, item.tail_handle))
    return "/".join(ends)


def _named(view: Snapshot, item: SnapshotItem) -> str:
    """The name, and in brackets what is special about the clip."""
    notes = []
    if item.generated:
        verb = f"{item.operation}, " if item.operation else ""
        of = f" of {item.takes}" if item.takes > 1 else ""
        notes.append(f"generated: {verb}take {item.take + 1}{of}")
    if not item.enabled:
        notes.append("switched off")
    if not item.online:
        notes.append("offline")
    elif not item.media:
        notes.append("generator of the editor")
    if item.source_rate and item.source_rate != view.rate and item.source_rate < _FASTEST:
        notes.append(f"{rate_text(item.source_rate)} fps")
    if item.stale:
        notes.append(f"stale: {item.stale}")
    name = item.name or PurePath(item.media).name or "(no name)"
    return f"{name}  [{'; '.join(notes)}]" if notes else name


def rate_text(rate: Fraction) -> str:
    """Frames a second as people write them: 23.976, 25, 12.5."""
    return _plain(float(rate), 3)


def _plain(value: float, places: int = 2) -> str:
    return f"{value:.{places}f}".rstrip("0").rstrip(".")
