"""Times of a clone as writers of foreign formats can say them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import opentimelineio as otio

from pickup.errors import TimelineError
from pickup.timeline.files.formats import Format
from pickup.timeline.rates import at_rate, rate_of, rational
from pickup.timeline.retime import speed_of

_FCPX_RATES: Final = tuple(map(Fraction, (24, 25, 30, 50, 60)))
"""Whole rates that the writer of FCPXML has a word for."""


def plain_retimes(timeline: Any, only_one: bool) -> None:
    """Take out retimes that are switched off, which writers take for ones that are on.

    `only_one`: the writer fails on a clip with several retimes, which become their product, and on
    a ramp, which is left out.
    """
    for clip in list(timeline.find_clips()):
        effects = list(clip.effects)
        times = [effect for effect in effects if isinstance(effect, otio.schema.TimeEffect)]
        kept = [effect for effect in times if effect.enabled]
        if only_one and (len(kept) > 1 or any(type(e) is otio.schema.TimeEffect for e in kept)):
            kept = _as_one(speed_of(clip))
        if kept != times:
            clip.effects[:] = [e.clone() for e in effects if e not in times] + [
                effect.clone() for effect in kept
            ]


def _as_one(speed: Fraction | None) -> list[Any]:
    if speed is None:
        return []
    if speed == 0:
        return [otio.schema.FreezeFrame()]
    return [otio.schema.LinearTimeWarp(time_scalar=float(speed))]


def known_rates(form: Format, timeline: Any, rate: Fraction) -> None:
    """Count at the edit rate what counts at a rate that the writer of `form` has no word for.

    Raises TimelineError where it has none for the edit rate either.
    """
    if not _knows(form, rate, rate):
        raise TimelineError(
            f"The cut counts {float(rate):.6g} frames a second, which the writer of {form.name} "
            "does not know.",
            "Save it as .otio: it is the one format that keeps everything.",
            code="timeline.write",
        )
    for item in _items(timeline):
        if isinstance(item, otio.schema.Transition):
            item.in_offset = _counted(form, item.in_offset, rate)
            item.out_offset = _counted(form, item.out_offset, rate)
            continue
        item.source_range = _counted_span(form, item.source_range, rate)
        reference = getattr(item, "media_reference", None)
        if reference is not None:
            available = _counted_span(form, reference.available_range, rate)
            reference.available_range = available


def _items(timeline: Any) -> list[Any]:
    """Everything on the tracks, and the clips inside of compounds."""
    direct = [item for track in list(timeline.tracks) for item in list(track)]
    nested = [item for item in direct if isinstance(item, otio.core.Composition)]
    return direct + [clip for item in nested for clip in item.find_clips()]


def _counted_span(form: Format, span: Any, rate: Fraction) -> Any:
    if span is None:
        return None
    return otio.opentime.TimeRange(
        _counted(form, span.start_time, rate), _counted(form, span.duration, rate)
    )


def _counted(form: Format, time: Any, rate: Fraction) -> Any:
    known = _knows(form, rate_of(time.rate), rate)
    return time if known else rational(at_rate(time, rate), rate)


def _knows(form: Format, own: Fraction, rate: Fraction) -> bool:
    """FCPXML's writer knows whole rates only; a cut at 1000/1001 of one is stretched as a whole."""
    if form.adapter != "fcpx_xml":
        return bool(otio.opentime.RationalTime.is_smpte_timecode_rate(float(own)))
    if rate.denominator == 1:
        return own in _FCPX_RATES
    return own * Fraction(1001, 1000) in _FCPX_RATES
