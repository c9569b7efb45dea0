"""What the dock asks about models arrives on its own thread, errors too."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from pickup.client.model_calls import ModelDetail
from pickup.client.qt import QtEngine
from pickup.errors import PickupError
from pickup.protocol import ModelInfo, ModelTransfer, TransferKind, TransferState
from support.models import vace_files, write


@pytest.mark.usefixtures("shared_engine")
def test_the_dock_imports_watches_verifies_and_removes_a_model(
    qtbot: QtBot, tmp_path: Path
) -> None:
    engine = QtEngine()
    begun: list[ModelTransfer] = []
    seen: list[tuple[ModelTransfer, ...]] = []
    refused: list[PickupError] = []

    def is_done(kind: TransferKind) -> bool:
        engine.transfers(seen.append)
        done = (kind, TransferState.SUCCEEDED)
        return bool(seen) and any((one.kind, one.state) == done for one in seen[-1])

    folder = write(tmp_path / "dock-model", vace_files())
    engine.start()
    engine.allow([str(tmp_path)])
    engine.import_model(str(folder), "", begun.append)
    qtbot.waitUntil(lambda: is_done(TransferKind.IMPORT), timeout=15000)
    models: list[tuple[ModelInfo, ...]] = []
    details: list[ModelDetail] = []
    engine.models(models.append)
    engine.model_detail("dock-model", details.append)
    engine.pull_model("dock-model", False, begun.append, refused.append)
    qtbot.waitUntil(lambda: bool(models and details and refused), timeout=15000)
    assert "dock-model" in {model.id for model in models[0] if model.installed}
    assert {file.path for file in details[0].files} == set(vace_files())
    assert refused[0].code == "model.unknown"
    engine.verify_model("dock-model", begun.append)
    qtbot.waitUntil(lambda: is_done(TransferKind.VERIFY), timeout=15000)
    removed: list[None] = []
    engine.cancel_transfer("dock-model", begun.append)
    engine.remove_model("dock-model", removed.append)
    qtbot.waitUntil(lambda: bool(removed) and len(begun) == 3, timeout=15000)
    assert [one.model for one in begun] == ["dock-model"] * 3
    assert not list(Path(details[0].folder).parent.glob("dock-model"))
    engine.close()
