"""What an update refuses, and that the cut is then what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pickup.errors import PickupError, RequestError, TimelineError
from pickup.protocol import (
    Proposal,
    encode,
)
from pickup.timeline import find_clip, keep, place, propose_update, update_media
from pickup.timeline.methods import Methods
from support.living import (
    JOBS,
    A,
    C,
    R,
    cut,
    extended,
    overlaid,
    resize,
    span_of,
    trim_tail,
)
from support.takes import write_take
from support.timeline import clip_of, gap, text_of, transition


def test_refusals_name_the_remedy_and_change_nothing(tmp_path: Path) -> None:
    made = extended(tmp_path)
    clip = made.generated()[0]
    errors: list[PickupError] = []

    def refused(call: Callable[[], object]) -> PickupError:
        before = text_of(made.document)
        with pytest.raises(PickupError) as caught:
            call()
        assert text_of(made.document) == before
        assert caught.value.hint
        errors.append(caught.value)
        return caught.value

    assert refused(lambda: propose_update(made.document, clip)).code == "timeline.fits"
    assert refused(lambda: propose_update(made.document, "none")).code == "timeline.no_clip"
    song = find_clip(made.document, "song")
    assert refused(lambda: propose_update(made.document, song)).code == "timeline.fits"

    def gone(timeline: Any) -> None:
        del timeline.tracks[0][1:3]
        resize(timeline.tracks[0][0], 114)

    made.change(gone)
    assert refused(lambda: made.proposed_update(made.generated()[0])).code == "timeline.no_update"

    made = extended(tmp_path)
    made.change(lambda timeline: trim_tail(timeline.tracks[0][2], 6))
    clip = made.generated()[0]
    assert update_media(made.document, clip) == (made.media(A).path, "")
    assert isinstance(refused(lambda: propose_update(made.document, clip)), RequestError)


def test_an_update_that_was_overtaken_is_refused(tmp_path: Path) -> None:
    made = extended(tmp_path)
    made.change(lambda timeline: trim_tail(timeline.tracks[0][2], 6))
    proposal = made.proposed_update(made.generated()[0])
    take = write_take(proposal, tmp_path, job=JOBS[5])

    def shift(timeline: Any) -> None:
        resize(timeline.tracks[0][0], 30)

    made.change(shift)
    place(made.document, proposal.placement, take)
    assert span_of(made) == (218, 244)
    with pytest.raises(TimelineError) as caught:
        place(made.document, proposal.placement, take)
    assert caught.value.code == "timeline.already_placed"
    made.document.undo()
    made.change(lambda timeline: trim_tail(timeline.tracks[0][3], 1))
    with pytest.raises(TimelineError) as caught:
        place(made.document, proposal.placement, take)
    assert caught.value.code == "timeline.moved"


def test_a_transition_at_an_end_that_would_move_is_in_the_way(tmp_path: Path) -> None:
    made = cut(tmp_path)
    made.restyle(A)

    def edit(timeline: Any) -> None:
        resize(timeline.tracks[0][0], 5)
        timeline.tracks[1].append(transition(4, 0, R))

    made.change(edit)
    before = text_of(made.document)
    with pytest.raises(TimelineError) as caught:
        made.proposed_update(made.generated()[0])
    assert caught.value.code == "timeline.transition"
    assert text_of(made.document) == before


def test_no_room_on_a_track_of_the_user(tmp_path: Path) -> None:
    """The overlay was laid onto a track of the user's, beside another clip."""

    def edit(timeline: Any) -> None:
        resize(timeline.tracks[0][0], 50)
        track = timeline.tracks[1]
        del track.metadata["pickup"]
        track.append(clip_of(tmp_path, C, R))

    def before(timeline: Any) -> None:
        resize(timeline.tracks[0][0], -50)
        track = timeline.tracks[1]
        del track.metadata["pickup"]
        track[0] = clip_of(tmp_path, replace(C, frames=80), R)

    for change in (edit, before):
        made = overlaid(tmp_path)
        made.change(change)
        with pytest.raises(TimelineError) as caught:
            made.proposed_update(made.generated()[0])
        assert caught.value.code == "timeline.no_room"


def test_a_kept_clip_that_is_updated_later_forgets_it(tmp_path: Path) -> None:
    made = extended(tmp_path)
    made.change(lambda timeline: timeline.tracks[0].insert(3, gap(5, R)))
    keep(made.document, made.generated()[0])
    made.change(lambda timeline: resize(timeline.tracks[0][3], 1))
    made.update(made.generated()[0])
    made.change(lambda timeline: timeline.tracks[0].insert(3, gap(5, R)))
    assert made.stale() == ["5 frames before it are empty."]


def test_the_timeline_process_knows_it(tmp_path: Path) -> None:
    made = extended(tmp_path)
    made.change(lambda timeline: trim_tail(timeline.tracks[0][2], 6))
    (clip,) = made.generated()
    methods = Methods()
    methods.call("open", {"path": str(made.document.path)})
    ask = {"clip": clip.uid}
    assert methods.call("staleness", ask) == {"reason": clip.stale, "remedy": "remake"}
    path, none = methods.call("update_media", ask)  # type: ignore[misc]
    assert (path, none) == (made.media(A).path, "")
    plan = methods.call("propose_update", {**ask, "media": encode(made.probes[path])})
    assert isinstance(plan, Proposal)
    take = write_take(plan, tmp_path, job=JOBS[4])
    methods.call("place", {"placement": encode(plan.placement), "take": encode(take)})
    assert methods.call("staleness", ask) is None
    methods.call("undo", {})
    methods.call("keep", ask)
    assert methods.call("staleness", ask) is None
