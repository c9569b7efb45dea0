"""A model does what it says it can, and refuses the rest before anything is queued."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pickup.errors import ModelError, RequestError
from pickup.protocol import Guidance, Keyframe, Operation, RestyleRequest
from pickup_engine.models.catalogue import rules_for
from support.conformance import Bench


def test_the_entry_is_whole(bench: Bench) -> None:
    info = bench.info
    assert info.id and info.name and info.version and info.licence
    assert info.installed and info.bytes > 0
    assert info.operations and info.cannot
    assert info.test is not info.draft
    assert set(info.keyframes) <= set(info.operations)


def test_a_plan_tells_the_model_its_size_and_its_memory(bench: Bench) -> None:
    for operation in bench.info.operations:
        plan = rules_for(bench.model).plan(bench.request(operation))
        assert plan.draft is bench.info.draft and plan.test is bench.info.test
        assert plan.model_width % 16 == 0 and plan.model_height % 16 == 0
        assert plan.memory_bytes > 0


def test_keyframes_are_taken_where_they_are_declared_only(bench: Bench) -> None:
    pin = Guidance(keyframes=(Keyframe(2, bench.painted(2)),))
    for operation in bench.info.operations:
        request = bench.request(operation, pin)
        if isinstance(request, RestyleRequest):
            request = replace(request, preset="")
        if operation in bench.info.keyframes:
            assert len(bench.run(request)) == 1
        else:
            with pytest.raises(ModelError) as caught:
                rules_for(bench.model).plan(request)
            assert caught.value.hint


def test_as_many_references_as_declared(bench: Bench) -> None:
    most = bench.info.max_references
    assert most > 0
    images = tuple(bench.image(seed) for seed in range(most + 1))
    assert len(bench.run(bench.request(Operation.INPAINT, Guidance(references=images[:most])))) == 1
    with pytest.raises(ModelError) as caught:
        rules_for(bench.model).plan(bench.request(Operation.INPAINT, Guidance(references=images)))
    assert caught.value.hint


def test_words_are_read_or_it_is_said_that_they_are_not(bench: Bench) -> None:
    rules = rules_for(bench.model)
    for operation in bench.info.operations:
        request = bench.request(operation, Guidance(prompt="a red car"))
        try:
            warnings = rules.plan(request).warnings
        except ModelError as refusal:
            assert not bench.info.words and refusal.hint
        else:
            assert bench.info.words is not any("words" in text for text in warnings), warnings


def test_presets_are_those_that_are_declared(bench: Bench) -> None:
    request = bench.request(Operation.RESTYLE)
    assert isinstance(request, RestyleRequest)
    for preset in bench.info.presets:
        assert rules_for(bench.model).plan(replace(request, preset=preset))
    with pytest.raises((ModelError, RequestError)) as caught:
        rules_for(bench.model).plan(replace(request, preset="no such look"))
    assert caught.value.hint


def test_controls_are_those_that_are_declared(bench: Bench) -> None:
    request = bench.request(Operation.RESTYLE)
    assert isinstance(request, RestyleRequest)
    for control in bench.info.controls:
        assert len(bench.run(replace(request, control=control))) == 1


def test_a_camera_move_is_made_or_refused(bench: Bench) -> None:
    request = bench.request(Operation.EXTEND, Guidance(camera="zoom-in 1.2x"))
    rules = rules_for(bench.model)
    if bench.info.draft:
        assert len(bench.run(request)) == 1
        return
    with pytest.raises(ModelError) as caught:
        rules.plan(request)
    assert "draft" in caught.value.hint
