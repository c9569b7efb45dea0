"""What an EDL leaves to its reader: the frame rate, and the media of a dissolve's second clip."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, Final

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.protocol.timecode import base_of, can_drop, format_timecode
from pickup.timeline.rates import rational

_EVENT: Final = re.compile(r"^\d+\s+.*?((?:\d\d:\d\d:\d\d[:;.]\d\d\s*){4})$", re.MULTILINE)
_TIMECODE: Final = re.compile(r"\d\d:\d\d:\d\d[:;.]\d\d")
_FRAMES: Final = re.compile(r"\d\d:\d\d:\d\d([:;.])(\d\d)")
_TO_MEDIA: Final = re.compile(r"^TO (?:CLIP|FILE):\s*(.+)$")


def edl_rate(text: str) -> tuple[Fraction, str]:
    """The slowest usual rate at which all timecodes of an EDL exist, and a sentence about it.

    24 where nothing speaks against it; drop-frame timecode is 30000/1001 or 60000/1001.
    """
    highest, drop = _counted(text)
    if drop:
        rate = Fraction(30000, 1001) if highest < 30 else Fraction(60000, 1001)
        return rate, f"Its drop-frame timecode counts at {float(rate):.2f} frames a second."
    for top in (24, 25, 30, 50, 60):
        if highest < top:
            reason = "" if top == 24 else f", because it names frame {highest}"
            return Fraction(top), (
                f"An EDL does not state its rate; it was read at {top} frames a second{reason}."
            )
    return Fraction(highest + 1), f"It was read at {highest + 1} frames a second."


def _counted(text: str) -> tuple[int, bool]:
    """The highest frame number in the timecodes of an EDL, and whether any is drop-frame."""
    signs = [m for event in _EVENT.finditer(text) for m in _FRAMES.finditer(event[1])]
    highest = max((int(sign[2]) for sign in signs), default=0)
    return highest, any(sign[1] in ";." for sign in signs)


def check_rate(text: str, rate: Fraction, name: str) -> None:
    """Raise TimelineError where the EDL `name` (with drop signs) cannot count at `rate`."""
    highest, drop = _counted(text)
    if drop and not can_drop(rate):
        why = "counts drop-frame, which"
    elif highest >= base_of(rate):
        why = f"names frame {highest}, which"
    else:
        return
    raise TimelineError(
        f"{name} {why} does not exist at {float(rate):.6g} frames a second.",
        f"Open it at {float(edl_rate(text)[0]):.6g} frames a second or faster.",
        code="timeline.edl_rate",
    )


def with_drop_signs(text: str) -> str:
    """An EDL whose drop-frame timecodes are spelled with `;`, as the reader wants them.

    Many editors write `FCM: DROP FRAME` once and `:` everywhere.
    """
    drop = False
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if match := re.match(r"\s*FCM:\s*(NON[- ])?DROP", line, re.IGNORECASE):
            drop = match[1] is None
        elif drop and _is_event(line):
            lines[at] = re.sub(r"(\d\d:\d\d:\d\d)[:.](\d\d)", r"\1;\2", line)
    return "\n".join(lines)


def with_fcm(text: str, rate: Fraction, drop: bool) -> str:
    """A written EDL whose timecodes count as `drop` says, with the line that states it.

    The writer counts drop-frame at 30000/1001 and 60000/1001 whatever the cut does, and says so
    nowhere: another program would look for other frames of the media.
    """
    lines = text.splitlines()
    for at, line in enumerate(lines):
        if _is_event(line):
            lines[at] = _TIMECODE.sub(lambda code: _respelled(code[0], rate, drop), line)
    title = 1 if lines and lines[0].startswith("TITLE") else 0
    lines.insert(title, f"FCM: {'' if drop else 'NON-'}DROP FRAME")
    return "\n".join(lines) + "\n"


def _respelled(timecode: str, rate: Fraction, drop: bool) -> str:
    frames = _frames(timecode, rate)
    return timecode if frames is None else format_timecode(frames, rate, drop)


def is_drop_frame(text: str) -> bool:
    """Whether the last record timecode of an EDL (with drop signs) counts drop-frame."""
    events = [line.split() for line in text.splitlines() if _is_event(line)]
    return bool(events) and ";" in events[-1][-1]


def agreed(text: str, rate: Fraction) -> tuple[str, int]:
    """An EDL whose events have one length, and how many had two without a speed that explains it.

    The record side is the cut and holds, unless the next event of the track begins just where the
    source side would end: then the record-out was mistyped.
    """
    lines = text.splitlines()
    events = [(at, line.split()) for at, line in enumerate(lines) if _is_event(line)]
    changed = 0
    for number, (at, fields) in enumerate(events):
        end = events[number + 1][0] if number + 1 < len(events) else len(lines)
        if any(re.match(r"M2\b|\*\s*FREEZE FRAME", line.strip()) for line in lines[at + 1 : end]):
            continue
        times = [_frames(field, rate) for field in fields[-4:]]
        if None in times:
            continue
        source_in, source_out, record_in, record_out = (t for t in times if t is not None)
        length = source_out - source_in
        if length == record_out - record_in:
            continue
        rest = islice(events, number + 1, None)
        later = next((other[-2] for _, other in rest if other[2] == fields[2]), None)
        if later is not None and _frames(later, rate) == record_in + length:
            fields[-1] = _timecode(record_in + length, rate, fields[-1])
        else:
            fields[-3] = _timecode(source_in + record_out - record_in, rate, fields[-3])
        lines[at] = " ".join(fields)
        changed += 1
    return "\n".join(lines), changed


def _is_event(line: str) -> bool:
    return bool(_EVENT.match(line.strip())) and len(line.split()) in (8, 9)


def _frames(timecode: str, rate: Fraction) -> int | None:
    try:
        time = otio.opentime.from_timecode(timecode, float(rate))
    except ValueError:
        return None
    return round(float(time.value))


def _timecode(frames: int, rate: Fraction, like: str) -> str:
    """`frames` as timecode, drop-frame where `like` is."""
    return str(otio.opentime.to_timecode(rational(frames, rate), float(rate), ";" in like))


def mend_dissolves(timeline: Any) -> None:
    """Give the clip after each dissolve its own media.

    The reader gives it the file of `FROM CLIP`, which is the outgoing clip's (OTIO issue 1328). The
    right one is in `TO CLIP` or with another clip of that name; else the clip is offline.
    """
    known = _media_by_name(timeline)
    for track in timeline.tracks:
        items = list(track)
        for before, item in pairwise(items):
            if not isinstance(before, otio.schema.Transition):
                continue
            if not isinstance(item.media_reference, otio.schema.ExternalReference):
                continue
            url = _stated(item) or known.get(item.name, "")
            if url != item.media_reference.target_url:
                item.media_reference = (
                    otio.schema.ExternalReference(url) if url else otio.schema.MissingReference()
                )


def _stated(item: Any) -> str:
    """The media that a comment `TO CLIP: ...` of the event names, "" where there is none."""
    fields = item.metadata.get("cmx_3600", {})
    found = [match[1] for text in fields.get("comments", []) if (match := _TO_MEDIA.match(text))]
    return str(found[0]).strip() if found else ""


def _media_by_name(timeline: Any) -> dict[str, str]:
    """Media of the clips that are not behind a transition: those are read rightly."""
    known: dict[str, str] = {}
    for track in timeline.tracks:
        after_transition = False
        for item in list(track):
            url = getattr(getattr(item, "media_reference", None), "target_url", "")
            if url and not after_transition:
                known.setdefault(item.name, url)
            after_transition = isinstance(item, otio.schema.Transition)
    return known
