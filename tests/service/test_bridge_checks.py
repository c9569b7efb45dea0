"""Both sides of a bridge are looked at before anything is planned."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.errors import PickupError
from pickup.protocol import BridgeRequest, Guidance, Keyframe
from pickup_engine.service.checks import check_request
from pickup_engine.service.roots import Roots
from support.engine import extend


def bridge(project: Path) -> BridgeRequest:
    one = extend(project)
    return BridgeRequest(one.source, one.source, 12, one.output)


def refusal(project: Path, request: BridgeRequest) -> str:
    roots = Roots()
    roots.allow(str(project))
    with pytest.raises(PickupError) as refused:
        check_request(request, roots)
    assert refused.value.hint
    return refused.value.code


def test_a_bridge_passes(tmp_path: Path) -> None:
    roots = Roots()
    roots.allow(str(tmp_path))
    check_request(bridge(tmp_path), roots)


def test_the_second_file_must_be_allowed_too(tmp_path: Path) -> None:
    project, beside = tmp_path / "project", tmp_path / "beside"
    for folder in (project, beside):
        folder.mkdir()
    request = replace(bridge(project), after=bridge(beside).source)
    assert refusal(project, request) == "request.path_not_allowed"


def test_numbers_of_the_second_side_are_checked(tmp_path: Path) -> None:
    request = bridge(tmp_path)
    empty = replace(request.after, frames=0)
    assert refusal(tmp_path, replace(request, after=empty)) == "request.count"
    other = replace(request.after, rate=Fraction(25))
    assert refusal(tmp_path, replace(request, after=other)) == "request.rate"
    assert refusal(tmp_path, replace(request, frames=0)) == "request.count"
    late = Guidance(keyframes=(Keyframe(12, request.source.media.path),))
    assert refusal(tmp_path, replace(request, guidance=late)) == "request.keyframe"
