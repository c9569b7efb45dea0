"""Numbers of sampling that make no sense are refused before anything is planned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pickup.errors import RequestError
from pickup.protocol import Sampling
from pickup_engine.service.checks import check_request
from pickup_engine.service.roots import Roots
from support.engine import submission


@pytest.mark.parametrize(
    ("sampling", "said"),
    [
        (Sampling(), ""),
        (Sampling(steps=200, guidance=1.0, size=64), ""),
        (Sampling(steps=-1), "-1 steps"),
        (Sampling(steps=201), "201 steps"),
        (Sampling(guidance=0.5), "0.5 of guidance"),
        (Sampling(guidance=-2.0), "-2 of guidance"),
        (Sampling(guidance=float("nan")), "nan of guidance"),
        (Sampling(guidance=31.0), "31 of guidance"),
        (Sampling(size=63), "63 pixels"),
        (Sampling(size=-64), "-64 pixels"),
    ],
)
def test_numbers_have_limits(tmp_path: Path, sampling: Sampling, said: str) -> None:
    roots = Roots()
    roots.allow(str(tmp_path))
    request = replace(submission(tmp_path).request, sampling=sampling)
    if not said:
        check_request(request, roots)
        return
    with pytest.raises(RequestError) as refused:
        check_request(request, roots)
    assert refused.value.message.startswith(said) and refused.value.hint
