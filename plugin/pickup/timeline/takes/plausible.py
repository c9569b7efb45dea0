"""Whether a recipe that was found beside a file can be what an engine wrote there.

It may have come with the media from anywhere. The decoder has seen to its types; here are the
bounds within which edits can reckon with what it says.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from pickup.protocol import Recipe, Source, asked_of, frames_of, sources_of
from pickup.timeline.normalise import MAX_FRAMES

_JOB: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MOST_TAKES: Final = 999
"""As many as names can tell."""
_FASTEST: Final = 1000
"""Frames a second."""
_FINEST: Final = 2**128
"""The largest denominator: some hosts write times and rates as any float, and speeds multiply."""
_WIDEST: Final = 2**16
_UNFIT: Final = re.compile(r"[\x00\ud800-\udfff]")
"""What no metadata can hold."""


def is_plausible(recipe: Recipe) -> bool:
    """Whether all that edits read from `recipe` is within bounds."""
    plan, request = recipe.plan, recipe.request
    asked = asked_of(request)
    kept = (recipe.model, recipe.digital_source_type, request.output.name)
    return (
        _JOB.fullmatch(recipe.job) is not None
        and 0 <= recipe.take < _MOST_TAKES
        and 1 <= plan.frames <= MAX_FRAMES
        and 0 <= asked.start < asked.stop <= frames_of(request) <= MAX_FRAMES
        and all(0 < side <= _WIDEST for side in (plan.width, plan.height))
        and _is_rate(plan.rate)
        and all(map(_is_run, sources_of(request)))
        and not any(map(_UNFIT.search, kept))
    )


def _is_run(source: Source) -> bool:
    numbers = (source.first, source.step, Fraction(source.media.frames))
    return (
        1 <= source.frames <= MAX_FRAMES
        and all(abs(n) <= MAX_FRAMES and n.denominator <= _FINEST for n in numbers)
        and _is_rate(source.rate)
        and _is_rate(source.media.rate)
    )


def _is_rate(rate: Fraction) -> bool:
    return 0 < rate <= _FASTEST and rate.denominator <= _FINEST
