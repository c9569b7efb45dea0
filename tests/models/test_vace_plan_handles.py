"""Limits and what is named beyond them count what was asked for, without the handle."""

from __future__ import annotations

import pytest

from pickup.errors import ModelError
from pickup.protocol import (
    ExtendRequest,
    Sampling,
)
from pickup_engine.models.catalogue import rules_for
from support.vace_plans import (
    LARGE,
    SMALL,
    card,
    extend,
    rules,
)


def test_what_is_named_counts_what_was_asked_for() -> None:
    """The handle comes on top of it, as it does of the request."""
    short = rules(LARGE, card(13.2))

    def asked(frames: int, handle: int = 12) -> ExtendRequest:
        return extend(frames + handle, handle=handle, sampling=Sampling(size=720))

    with pytest.raises(ModelError) as refused:
        short.plan(asked(24))
    frames = int(refused.value.hint.split("ask for ")[1].split()[0])
    assert short.plan(asked(frames)).frames == frames + 12
    with pytest.raises(ModelError):
        short.plan(asked(frames + 1))
    assert "--handle 0" in refused.value.hint
    assert short.plan(asked(24, 0)).frames == 24
    with pytest.raises(ModelError) as refused:
        short.plan(asked(40))
    assert "--handle 0" not in refused.value.hint, "it would not help"
    with pytest.raises(ModelError):
        short.plan(asked(40, 0))


@pytest.mark.parametrize("model", [SMALL, "pickup-draft"])
def test_the_longest_job_is_one_without_its_handle(model: str) -> None:
    plan = rules(model).plan if model == SMALL else rules_for(model).plan
    assert plan(extend(480 + 12, handle=12)).frames == 492
    with pytest.raises(ModelError, match="at most 480 frames at once, not 481") as refused:
        plan(extend(481 + 12, handle=12))
    assert refused.value.code == "model.too_long"


def test_a_handle_does_not_make_an_extension_a_long_one() -> None:
    plan = rules_for("pickup-draft").plan
    assert any("still picture" in told for told in plan(extend(49)).warnings)
    assert not plan(extend(48 + 12, handle=12)).warnings
