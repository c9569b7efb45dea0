"""Mends XML of editors where the adapters would fail on it or read it some frames wrong.

Each function changes the tree in place and returns sentences about what the user should know.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element

from pickup.errors import TimelineError

_TIMES: Final = ("offset", "start", "duration", "tcStart")
_NTSC: Final = Fraction(1001, 1000)
RETIMED: Final = "\N{SYMBOL FOR UNIT SEPARATOR}"
"""Begins the name of a clip whose speed the reader does not keep, until it has been read."""


def repair(adapter: str, root: Element, name: str) -> tuple[str, ...]:
    """Mend the tree of the file `name` for the reader `adapter`; sentences for the user.

    Raises TimelineError where the file cannot be read right.
    """
    function = _REPAIRS.get(adapter)
    return function(root, name) if function else ()


def ntsc_rate(root: Element) -> bool:
    """Whether the sequence of an FCPXML counts at 1000/1001 of a whole rate."""
    rate = 1 / sequence_step(root)
    return rate.denominator != 1 and (rate * _NTSC).denominator == 1


def _fcp7(root: Element, name: str) -> tuple[str, ...]:
    """Empty numbers of files (auto-editor writes `<duration />`) mean that nobody knows."""
    if root.tag != "xmeml" and root.find(".//sequence") is None:
        raise TimelineError(
            f"{name} is XML, but no timeline (it begins with <{root.tag}>).",
            "Export the sequence from the editor as Final Cut Pro XML.",
            code="timeline.no_timeline",
        )
    for file in root.iter("file"):
        for tag in ("duration", "timecode", "rate"):
            for part in file.findall(tag):
                if _is_empty(part):
                    file.remove(part)
    return ()


def _is_empty(part: Element) -> bool:
    """A number that is not there, or a rate of zero, which makes all times of the file NaN."""
    if part.tag == "duration":
        return not (part.text or "").strip()
    if part.tag == "timecode":
        return len(part) == 0
    return (part.findtext("timebase") or "").strip() in ("", "0")


def _kdenlive(root: Element, _name: str) -> tuple[str, ...]:
    """Wipes between tracks become transitions behind the last clip when read: they are left out."""
    lost = 0
    for parent in list(root.iter("tractor")):
        for wipe in parent.findall("transition"):
            if wipe.findtext("property[@name='kdenlive_id']") == "wipe":
                parent.remove(wipe)
                lost += 1
    if not lost:
        return ()
    return (f"{lost} wipe{'s' if lost > 1 else ''} between tracks could not be read.",)


def _fcpx(root: Element, name: str) -> tuple[str, ...]:
    """The reader takes whole rates only and cuts fractions off: times become whole frames of one.

    A sequence at 24000/1001 is stretched to 24; `convert.py` gives the items the true rate again.
    """
    _refuse_containers(root, name)
    told = _tell_unread(root)
    step = sequence_step(root)
    formats = {part.get("id"): part for part in root.iter("format")}
    steps = {key: seconds_of(part.get("frameDuration")) for key, part in formats.items()}
    used = {at for at in steps.values() if at}
    ntsc = ntsc_rate(root)
    if used and len({(1 / at).denominator == 1 for at in used}) > 1:
        raise TimelineError(
            f"{name} mixes whole frame rates with rates of 1000/1001, which the reader of FCPXML "
            "reads some frames wrong.",
            "Export the project as .otio, or through Final Cut Pro 7 XML.",
            code="timeline.rate",
        )
    scale = 1 / _NTSC if ntsc else Fraction(1)
    for key, part in formats.items():
        part.set("frameDuration", _text((steps[key] or step) * scale))
    own = {e.get("id"): steps.get(e.get("format")) or step for e in root.iter("asset")}
    for element in root.iter():
        if element.tag == "format":
            continue
        at = step
        if element.tag == "asset":
            at = own.get(element.get("id")) or step
        for field in _TIMES:
            if (seconds := seconds_of(element.get(field))) is not None:
                element.set(field, _frame_text(seconds / at, at * scale))
    return told


def true_times(root: Element, ntsc: bool) -> None:
    """Round what the writer of FCPXML wrote to whole frames, at 1000/1001 of the rate if `ntsc`."""
    step = sequence_step(root)
    scale = _NTSC if ntsc else Fraction(1)
    for element in root.iter():
        for field in (*_TIMES, "frameDuration"):
            seconds = seconds_of(element.get(field))
            if seconds is not None:
                exact = seconds if field == "frameDuration" else round(seconds / step) * step
                element.set(field, _text(exact * scale))


def _refuse_containers(root: Element, name: str) -> None:
    """Clips inside these would be read at a wrong place, or not at all."""
    for tag, what in (
        ("sync-clip", "synchronised"),
        ("mc-clip", "multicam"),
        ("audition", "audition"),
    ):
        found = root.find(f".//{tag}")
        if found is not None:
            raise TimelineError(
                f"{name} holds {what} clips (“{found.get('name', '')}”), which cannot be read.",
                "Break them apart in Final Cut Pro, or export the project as .otio.",
                code="timeline.format",
            )


def _tell_unread(root: Element) -> tuple[str, ...]:
    """Sentences about what the reader leaves out, and a mark in the name of each retimed clip."""
    retimed = [e for e in root.iter() if e.find("timeMap") is not None and e.tag != "timeMap"]
    for element in retimed:
        element.set("name", RETIMED + element.get("name", ""))
    told = []
    for tag in ("transition", "title"):
        if count := sum(1 for _ in root.iter(tag)):
            told.append(f"{count} {tag}{'s' if count > 1 else ''} could not be read.")
    if retimed:
        told.append(
            f"{len(retimed)} retimed clips keep their place; their speed could not be read."
        )
    return tuple(told)


def _frame_text(frames: Fraction, step: Fraction) -> str:
    """A time that is `frames` long however the reader rounds: a hundredth of a frame is added."""
    whole = round(frames)
    exact = Fraction(whole) if abs(frames - whole) < Fraction(1, 50) else frames
    return "0s" if exact == 0 else _text((exact + Fraction(1, 100)) * step)


def _text(seconds: Fraction) -> str:
    return f"{seconds.numerator}/{seconds.denominator}s"


def seconds_of(text: str | None) -> Fraction | None:
    """A time such as `1001/24000s`; None where it is none."""
    if text is None or not (match := re.fullmatch(r"(-?[\d.]+)(?:/(\d+))?s", text.strip())):
        return None
    below = int(match[2] or 1)
    if not below or match[1].count(".") > 1 or not match[1].strip("-."):
        return None
    return Fraction(match[1]) / below


def sequence_step(root: Element) -> Fraction:
    """Seconds a frame of the first project's sequence, else of any format; 1/24 where none says."""
    formats = {e.get("id"): seconds_of(e.get("frameDuration")) for e in root.iter("format")}
    sequence = root.find(".//project/sequence")
    first = formats.get(sequence.get("format")) if sequence is not None else None
    known = [first, *formats.values()]
    return next((step for step in known if step and step > 0), Fraction(1, 24))


_REPAIRS: Final[dict[str, Callable[[Element, str], tuple[str, ...]]]] = {
    "fcp_xml": _fcp7,
    "fcpx_xml": _fcpx,
    "kdenlive": _kdenlive,
}
