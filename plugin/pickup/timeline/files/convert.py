"""`python -m pickup.timeline.files.convert`: reads or writes one foreign file through an adapter.

A process of its own, under limits: files from outside may crash a reader, or keep it busy for ever.
Standard input is one JSON object, standard output another; what adapters print goes elsewhere.

    {"read": PATH, "rate": [25, 1] | null}         -> {"timeline": TEXT, "notes": [...]}
    {"write": PATH, "timeline": TEXT, "rate": [n, d]} -> {"notes": [...]}
                                                   or {"error": {"code", "message", "hint"}}
"""

from __future__ import annotations

import json
import logging
import struct
import sys
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import aaf2
import opentimelineio as otio
from aaf2.exceptions import AAFError

from pickup.errors import PickupError, TimelineError
from pickup.timeline.files.checks import check_text
from pickup.timeline.files.drop_frame import counts_drop_frame, set_drop_frame
from pickup.timeline.files.edl import (
    agreed,
    check_rate,
    edl_rate,
    is_drop_frame,
    mend_dissolves,
    with_drop_signs,
    with_fcm,
)
from pickup.timeline.files.formats import Format, format_of
from pickup.timeline.files.mlt import read_mlt
from pickup.timeline.files.parse import timeline_in, timelines_of
from pickup.timeline.files.sequence_rate import (
    at_ntsc,
    at_whole_rates,
    counts_drop,
    mark_retimes,
    sequence_start,
)
from pickup.timeline.files.switched_off import switch_off
from pickup.timeline.files.unread import unread_looks
from pickup.timeline.files.write_ready import write_ready
from pickup.timeline.files.xges import with_frame_rate
from pickup.timeline.files.xml_check import checked_tree
from pickup.timeline.files.xml_repair import ntsc_rate, repair, true_times
from pickup.timeline.process import take_stdout
from pickup.timeline.rates import rate_of

MEMORY: Final = 6 * 2**30
"""Address space that a conversion may use, in bytes (POSIX)."""

CAUGHT: Final = (
    *(otio.exceptions.OTIOError, ValueError, TypeError, LookupError, AttributeError),
    *(RuntimeError, ArithmeticError, AssertionError, OSError, NameError, SyntaxError),
    *(AAFError, struct.error),
)
"""What adapters raise on files that they do not understand."""

Read = tuple[Any, tuple[str, ...]]


def read(path: Path, rate: Fraction | None) -> Read:
    """The timeline in a foreign file, and sentences about how it was read.

    Raises TimelineError that names the file and the remedy.
    """
    form = format_of(path)
    assert form is not None, path
    try:
        found, notes = _through_adapter(form, path, rate)
    except CAUGHT as error:
        raise _unreadable(form, path, error) from None
    timeline, more = timeline_in(found, path.name)
    if form.adapter == "cmx_3600":
        mend_dissolves(timeline)
    if form.adapter == "fcp_xml":
        switch_off(timeline)
    return timeline, (*notes, *more)


def _through_adapter(form: Format, path: Path, rate: Fraction | None) -> Read:
    if form.adapter == "AAF":
        return _aaf(path), ()
    data = path.read_bytes()
    if form.adapter == "cmx_3600":
        return _edl(data, rate, path.name)
    root = checked_tree(data, path.name)
    if form.adapter == "mlt":
        return read_mlt(root, path)
    ntsc, start = False, None
    if form.adapter == "fcpx_xml":
        ntsc, start = ntsc_rate(root), sequence_start(root)
    notes = (*repair(form.adapter, root, path.name), *unread_looks(form.adapter, root))
    text = ElementTree.tostring(root, encoding="unicode")
    found = otio.adapters.read_from_string(text, form.adapter)
    if found is not None and ntsc:
        found = at_ntsc(found)
    if form.adapter == "fcpx_xml":
        for timeline in timelines_of(found):
            timeline.global_start_time = start
            mark_retimes(timeline)
            if counts_drop(root):
                set_drop_frame(timeline)
    return found, notes


def _aaf(path: Path) -> Any:
    found = otio.adapters.read_from_file(str(path), "AAF")
    with aaf2.open(str(path)) as file:
        clocks = [slot.segment for mob in file.content.toplevel() for slot in mob.slots]
        drops = any(isinstance(c, aaf2.components.Timecode) and c.drop for c in clocks)
    for timeline in timelines_of(found) if drops else ():
        set_drop_frame(timeline)
    return found


def _edl(data: bytes, rate: Fraction | None, name: str) -> Read:
    rate = rate_of(float(rate)) if rate else None
    text = with_drop_signs(_text(data))
    if rate:
        check_rate(text, rate, name)
    guess, note = edl_rate(text)
    notes = [] if rate else [note]
    text, changed = agreed(text, rate or guess)
    if changed:
        notes.append(
            f"{changed} event{'s have' if changed > 1 else ' has'} source and record lengths that "
            "differ; the places in the record were kept."
        )
    found = otio.adapters.read_from_string(text, "cmx_3600", rate=float(rate or guess))
    if is_drop_frame(text):
        found.metadata["cmx_3600"] = {"fcm": "DROP FRAME"}
    return found, tuple(notes)


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _unreadable(form: Format, path: Path, error: Exception) -> TimelineError:
    return TimelineError(
        f"{path.name} cannot be read as {form.name} ({_reason(error)}).",
        "Export the timeline from the editor as .otio, or export this file again.",
        code="timeline.broken",
    )


def _reason(error: Exception) -> str:
    """What the adapter said, where it meant to say something."""
    meant = isinstance(error, otio.exceptions.OTIOError | ValueError | OSError)
    said = " ".join(str(error).split())[:160]
    return said if meant and said else "its adapter stopped on something that it does not know"


def write(path: Path, timeline: Any, rate: Fraction) -> tuple[str, ...]:
    """Write a timeline to a foreign file; sentences about what was changed for it."""
    form = format_of(path)
    assert form is not None and form.writes, path
    work, notes = write_ready(form, timeline, rate)
    try:
        text = _written(form, work, rate)
    except CAUGHT as error:
        raise TimelineError(
            f"The cut cannot be written as {form.name} ({_reason(error)}).",
            "Save it as .otio: it is the one format that keeps everything.",
            code="timeline.write",
        ) from None
    path.write_text(text, "utf-8", newline="\n")
    return notes


def _written(form: Format, work: Any, rate: Fraction) -> str:
    if form.adapter == "cmx_3600":
        text = str(otio.adapters.write_to_string(work, form.adapter, rate=float(rate)))
        return with_fcm(text, rate, counts_drop_frame(work))
    if form.adapter != "fcpx_xml":
        text = str(otio.adapters.write_to_string(work, form.adapter))
        return with_frame_rate(text, rate) if form.adapter == "xges" else text
    ntsc = rate.denominator != 1
    whole = at_whole_rates(work) if ntsc else work
    root = ElementTree.fromstring(otio.adapters.write_to_string(whole, form.adapter))
    true_times(root, ntsc)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'


def answer(request: dict[str, Any]) -> dict[str, object]:
    """The answer to one request."""
    given = request.get("rate")
    rate = Fraction(*given) if given else None
    try:
        if "write" in request:
            timeline = otio.core.deserialize_json_from_string(request["timeline"])
            assert rate is not None
            return {"notes": write(Path(request["write"]), timeline, rate)}
        path = Path(request["read"])
        timeline, notes = read(path, rate)
        text = timeline.to_json_string(indent=0)
        check_text(text.encode("utf-8", "surrogatepass"), path.name)
        return {"timeline": text, "notes": notes}
    except PickupError as error:
        return {"error": error.to_json()}


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))


def main() -> None:
    """Answer the one request on standard input."""
    _limit_memory()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    output = take_stdout()
    reply = answer(json.load(sys.stdin.buffer))
    output.write(json.dumps(reply).encode("ascii"))
    output.flush()


if __name__ == "__main__":
    main()
