"""One attempt of a job in this process: what it leaves behind when it breaks off, and refusals."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from pickup.errors import Cancelled, RequestError
from pickup.protocol import (
    Delivery,
    InpaintRequest,
    JobPhase,
    JobSubmission,
    Matte,
    Output,
    Request,
    RestyleRequest,
    Source,
)
from pickup_engine.media.probe import probe
from pickup_engine.media.sidecar import read_recipe
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.run import Backends, run_job
from support.cuts import HEIGHT, WIDTH, write_shot
from support.jobs import Events

FRAMES = 4


@pytest.fixture(scope="module")
def backends() -> Backends:
    return Backends()


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "shot.mp4"
    write_shot(path, FRAMES, Fraction(24), 1)
    return Source(probe(str(path)), Fraction(0), Fraction(1), FRAMES, Fraction(24))


def out(folder: Path) -> Output:
    (folder / "takes").mkdir(exist_ok=True)
    return Output(str(folder / "takes"), "clip")


def run(request: Request, events: Events, backends: Backends, job: str = "abcdefgh") -> None:
    plan = rules_for(request.model).plan(request)
    run_job(JobSubmission(job, request), plan, 1, events, backends)


def test_a_take_that_was_not_told_leaves_nothing(
    source: Source, tmp_path: Path, backends: Backends
) -> None:
    request = RestyleRequest(source, out(tmp_path), preset="warm", takes=1)
    with pytest.raises(Cancelled):
        # The file has its final name by then, the recipe is not yet beside it.
        run(request, Events(JobPhase.ENCODING), backends)
    assert list((tmp_path / "takes").iterdir()) == []
    events = Events()
    run(request, events, backends)
    assert [take.media.frames for take in events.takes] == [FRAMES]
    assert len(list((tmp_path / "takes").iterdir())) == 3


def test_a_recipe_names_the_source_that_was_read(
    source: Source, tmp_path: Path, backends: Backends
) -> None:
    request = RestyleRequest(source, out(tmp_path), preset="warm")
    hashes = []
    for job, seed in (("firstjob", 1), ("secondjob", 2)):
        write_shot(Path(source.media.path), FRAMES, Fraction(24), seed)
        events = Events()
        run(request, events, backends, job)
        hashes.append(read_recipe(events.takes[0].media.path).source_sha256)
    assert hashes[0] != hashes[1]


def test_a_matte_that_leaves_nothing_is_refused(
    source: Source, tmp_path: Path, backends: Backends
) -> None:
    white = tmp_path / "white.png"
    assert cv2.imwrite(str(white), np.full((HEIGHT, WIDTH), 255, np.uint8))
    request = InpaintRequest(source, Matte(path=str(white)), out(tmp_path), delivery=Delivery.FULL)
    for matte, name in ((request.matte, "white.png"), (Matte(box=(0, 0, WIDTH, HEIGHT)), "128")):
        with pytest.raises(RequestError, match=name) as caught:
            run(replace(request, matte=matte), Events(), backends)
        assert caught.value.code == "request.matte_full"
        assert "shot.mp4" in caught.value.message
    assert list((tmp_path / "takes").iterdir()) == []


def test_takes_that_will_be_alike_are_announced(source: Source, tmp_path: Path) -> None:
    request = RestyleRequest(source, out(tmp_path), preset="warm", takes=2)
    rules = rules_for(request.model)
    assert any("alike" in warning for warning in rules.plan(request).warnings)
    assert not rules.plan(replace(request, takes=1)).warnings
