"""Windows of Wan VACE: lengths, known pictures beside, and that every frame is made once."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pickup.protocol import BridgeRequest, MediaKind, MediaRef, Output, Source
from pickup_engine.models.vace_frames import (
    PREFIX,
    SUFFIX,
    WINDOW,
    Span,
    model_frames,
    spans,
    spans_of,
)

BEFORE = tuple(range(-PREFIX, 0))


def after(frames: int, count: int = PREFIX) -> tuple[int, ...]:
    return tuple(range(frames, frames + count))


@pytest.mark.parametrize(
    ("known", "prefix"), [(0, 0), (1, 1), (2, 2), (5, 2), (6, 6), (13, 10), (17, 14), (40, 18)]
)
def test_a_tail_goes_on_from_4m_and_2_pictures(known: int, prefix: int) -> None:
    (span,) = spans(24, range(-known, 0), covers=False)
    assert (span.first, span.begin, span.end) == (-prefix, 0, 24)


@pytest.mark.parametrize(("known", "suffix"), [(1, 1), (3, 1), (4, 4), (7, 4), (15, 12), (40, 16)])
def test_a_head_leads_to_4m_pictures(known: int, suffix: int) -> None:
    (span,) = spans(24, after(24, known), covers=False)
    assert span.first + span.frames == 24 + suffix
    assert (span.begin, span.end) == (0, 24)


def test_padding_lies_far_from_the_known_pictures() -> None:
    (tail,) = spans(5, BEFORE, covers=False)
    assert tail == Span(first=-18, frames=25, begin=0, end=5)
    (head,) = spans(5, after(5), covers=False)
    assert head == Span(first=0, frames=21, begin=0, end=5)
    (head,) = spans(6, after(6), covers=False)
    assert head == Span(first=-3, frames=25, begin=0, end=6)


@pytest.mark.parametrize("frames", range(20, 32))
def test_a_bridge_needs_no_padding(frames: int) -> None:
    (span,) = spans(frames, BEFORE + after(frames), covers=False)
    prefix, suffix = -span.first, span.first + span.frames - frames
    assert prefix + frames + suffix == span.frames
    # Lengths for which the mask's latents are exactly the known ones.
    assert prefix % 4 in (2, 3, 0) and prefix >= 15
    assert suffix % 4 in (0, 1) and suffix >= SUFFIX


def test_later_windows_go_on_from_made_frames() -> None:
    windows = spans(200, BEFORE, covers=False)
    assert [span.begin for span in windows] == [0, *(span.end for span in windows[:-1])]
    assert all(span.begin - span.first == 10 for span in windows[1:])
    backwards = spans(200, after(200), covers=False)
    assert [span.end for span in backwards] == [200, *(span.begin for span in backwards[:-1])]
    assert all(span.first + span.frames - span.end == 8 for span in backwards[1:])


def test_windows_over_a_run_begin_with_it_and_are_about_equally_long() -> None:
    assert spans(WINDOW, (), covers=True) == (Span(0, 81, 0, 81),)
    windows = spans(100, (), covers=True)
    assert windows[0].first == 0
    assert max(span.frames for span in windows) - min(span.frames for span in windows) <= 4


@pytest.mark.parametrize("window", [9, 13, 21, 41, 81])
@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 17, 63, 64, 81, 82, 333])
def test_every_frame_is_made_once_in_windows_that_the_model_can_make(
    window: int, frames: int
) -> None:
    everything = tuple(range(frames))
    sides = [(), (-1,), BEFORE, after(frames), after(frames, 1), BEFORE + after(frames)]
    sides += [(-1, frames), BEFORE + after(frames, 2)]
    for known, covers in [(everything, True), *((side, False) for side in sides)]:
        windows = spans(frames, known, covers, window)
        made = [time for span in windows for time in range(span.begin, span.end)]
        assert sorted(made) == list(range(frames))
        there = set(known) - set(everything)
        for span in windows:
            assert span.frames % 4 == 1 and span.frames <= window
            assert span.first <= span.begin < span.end <= span.first + span.frames
            # Nothing is waited for that no window has made yet.
            times = set(range(span.first, span.first + span.frames))
            beside = times & (there | set(made[: made.index(span.begin)]))
            assert beside or not (there or span is not windows[0])


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="0 frames"):
        spans(0, (), covers=True)
    with pytest.raises(ValueError, match="4k"):
        spans(5, (), covers=True, window=20)


def test_frames_are_rounded_up_to_the_models_rule() -> None:
    assert [model_frames(n) for n in (1, 2, 5, 6, 80, 81)] == [1, 5, 5, 9, 81, 81]


@pytest.mark.parametrize(("before", "after_it"), [(64, 64), (12, 64), (64, 10), (9, 9)])
@pytest.mark.parametrize("frames", [1, 16, 24, 120])
def test_a_bridge_is_planned_as_it_is_made(before: int, after_it: int, frames: int) -> None:
    media = MediaRef("/a.mov", MediaKind.VIDEO, 500, Fraction(24), 64, 64)
    one, other = (
        Source(media, Fraction(9), Fraction(1), count, Fraction(24)) for count in (before, after_it)
    )
    request = BridgeRequest(one, other, frames, Output("/out", "take"))
    read = (*range(-min(PREFIX, before), 0), *after(frames, min(PREFIX, after_it)))
    assert spans_of(request, frames) == spans(frames, read, covers=False)
