"""What the reader and the writer of FCPXML do not keep: rate, start and retimes of a sequence."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

import opentimelineio as otio

from pickup.timeline.files.xml_repair import RETIMED, seconds_of, sequence_step
from pickup.timeline.rates import rate_of, rational


def sequence_start(root: Element) -> Any:
    """The start timecode of the first project's sequence as an OTIO time, None where none is."""
    sequence = root.find(".//project/sequence")
    start = None if sequence is None else seconds_of(sequence.get("tcStart"))
    if start is None:
        return None
    step = sequence_step(root)
    return rational(round(start / step), 1 / step)


def counts_drop(root: Element) -> bool:
    """Whether the first project's sequence counts drop-frame timecode."""
    sequence = root.find(".//project/sequence")
    return sequence is not None and sequence.get("tcFormat") == "DF"


def at_ntsc(found: Any) -> Any:
    """An OTIO object with every rate r made r * 1000/1001, its frame numbers as they are."""
    data = json.loads(found.to_json_string(indent=0))
    _scale(data, Fraction(1000, 1001))
    return otio.core.deserialize_json_from_string(json.dumps(data))


def at_whole_rates(timeline: Any) -> Any:
    """The timeline with every rate of 1000/1001 made whole, its frame numbers as they are."""
    data = json.loads(timeline.to_json_string(indent=0))
    _scale(data, Fraction(1001, 1000))
    return otio.core.deserialize_json_from_string(json.dumps(data))


def _scale(value: Any, factor: Fraction) -> None:
    if isinstance(value, list):
        for item in value:
            _scale(item, factor)
    elif isinstance(value, dict):
        rate = value.get("rate")
        if str(value.get("OTIO_SCHEMA", "")).startswith("RationalTime.") and rate and rate > 0:
            value["rate"] = float(rate_of(rate) * factor)
        for item in value.values():
            _scale(item, factor)


def mark_retimes(timeline: Any) -> None:
    """Give clips that were marked as retimed an effect of unknown speed, and their own names."""
    for item in list(timeline.find_children()):
        if isinstance(item, otio.core.Item) and (item.name or "").startswith(RETIMED):
            item.name = item.name.removeprefix(RETIMED)
            item.effects.append(otio.schema.TimeEffect("retime", "FCPXML timeMap"))
