"""A model that denoises, from its folder to a take in the dock: real engine, worker, timeline."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pickup.protocol import Guidance, JobState, Quality, TransferState
from pickup_engine.media.sidecar import read_recipe
from pickup_engine.worker.backends.wan_vace.random_model import make_random_model
from pickup_ui.state.outlook import OutlookKind
from pickup_ui.window import Window
from support.cuts import make_cut

_PATIENCE = 120_000

pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture
def window(tmp_path: Path, qtbot: QtBot) -> Iterator[Window]:
    window = Window(make_cut(tmp_path, Fraction(24)).path)
    window.show()
    session = window.panel.desk.session
    qtbot.waitUntil(lambda: session.outlook.kind is OutlookKind.READY, timeout=_PATIENCE)
    yield window
    window.panel.desk.close()
    window.deleteLater()


def test_a_model_is_taken_in_chosen_and_makes_a_take(
    window: Window, tmp_path: Path, qtbot: QtBot
) -> None:
    panel, desk = window.panel, window.panel.desk
    session, shelf = desk.session, desk.shelf
    folder = tmp_path / "tiny"
    make_random_model(folder)
    shelf.open()
    shelf.import_folder(str(folder))
    qtbot.waitUntil(lambda: session.model_of("tiny") is not None, timeout=_PATIENCE)
    assert shelf.transfers["tiny"].state is TransferState.SUCCEEDED
    assert panel.models.rows["tiny"]._state.text() == "test model: noise"
    shelf.close()
    guidance = Guidance("a ferry leaves", negative="people", camera="zoom-in")
    # Six of nine frames are the clip's own.
    session.change(model="tiny", frames=9, quality=Quality.DRAFT, guidance=guidance)
    qtbot.waitUntil(
        lambda: session.outlook.kind is OutlookKind.READY and not session.outlook.stale,
        timeout=_PATIENCE,
    )
    assert panel.sentence._quality.text() == "test model: noise"
    assert "Made at" in panel.sentence._says.text()
    seen: list[str] = []
    session.job_moved.connect(lambda job: seen.append(session.jobs[job].preview))
    desk.actions.make()
    qtbot.waitUntil(lambda: session.take is not None, timeout=_PATIENCE)
    found = session.take_of(session.take)
    assert found is not None
    job, take = found
    assert job.state is JobState.SUCCEEDED
    assert take.test
    assert any(seen), "it was shown how it goes"
    request = read_recipe(take.media.path).request
    assert request.model == "tiny"
    assert request.guidance == Guidance("a ferry leaves", negative="people"), "no camera move"
    assert request.sampling.quality is Quality.DRAFT
