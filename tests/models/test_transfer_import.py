"""Models that are here: imported from folders, verified, mended, removed."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from pickup.client import Engine
from pickup.errors import ModelError, PickupError
from pickup.protocol import TransferState
from support.engine import submission, until
from support.fake_hub import FakeHub, Repository
from support.models import WEIGHTS, add_entry, safetensors, vace_files, write
from support.transfers import end_of, error_of, offer, pulled


def test_a_pull_mends_a_model_that_was_damaged(site: tuple[Engine, FakeHub, Path]) -> None:
    engine, hub, home = site
    repository = offer(home, hub, "damaged")
    assert pulled(engine, "damaged").state is TransferState.SUCCEEDED
    weights = home / "models/damaged" / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    error = error_of(end_of(engine, engine.verify_model("damaged")))
    assert error["code"] == "model.broken"
    assert WEIGHTS in error["message"]
    hub.asked.clear()
    assert pulled(engine, "damaged").state is TransferState.SUCCEEDED
    assert weights.read_bytes() == repository.files[WEIGHTS]
    loaded = {path.split("/large/")[-1] for method, path, _ in hub.asked if method == "GET"}
    assert f"someone/damaged/{WEIGHTS}" in loaded
    assert "someone/damaged/vae/diffusion_pytorch_model.safetensors" not in loaded
    assert end_of(engine, engine.verify_model("damaged")).state is TransferState.SUCCEEDED


def test_a_model_that_a_job_needs_is_not_removed(
    site: tuple[Engine, FakeHub, Path], tmp_path: Path
) -> None:
    engine, hub, home = site
    engine.allow([tmp_path])
    with pytest.raises(ModelError) as built_in:
        engine.remove_model("pickup-draft")
    assert built_in.value.code == "model.foreign"
    whole = end_of(engine, engine.verify_model("pickup-draft"))
    assert whole.state is TransferState.SUCCEEDED and whole.total > 8_000_000
    offer(home, hub, "needed")
    assert pulled(engine, "needed").state is TransferState.SUCCEEDED
    job = submission(tmp_path, seconds=30)
    job = replace(job, request=replace(job.request, model="needed"))
    engine.submit(job)
    with pytest.raises(ModelError) as used:
        engine.remove_model("needed")
    assert used.value.code == "model.in_use"
    assert job.id in used.value.message
    engine.cancel(job.id)
    until(lambda: not engine.health().busy)
    engine.remove_model("needed")
    assert not (home / "models/needed").exists()
    with pytest.raises(ModelError) as absent:
        engine.plan(job.request)
    assert absent.value.code == "model.not_installed"


def test_a_folder_is_imported_under_its_name_and_used_where_links_lead(
    site: tuple[Engine, FakeHub, Path], tmp_path: Path
) -> None:
    engine, _, home = site
    blobs = tmp_path / "models--me--My_VACE" / "blobs"
    snapshot = tmp_path / "models--me--My_VACE" / "snapshots" / "abc"
    for name, content in vace_files().items():
        blob = blobs / hashlib.sha256(content).hexdigest()
        write(blobs, {blob.name: content})
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / name).symlink_to(os.path.relpath(blob, (snapshot / name).parent))
    engine.allow([tmp_path])
    begun = engine.import_model(snapshot)
    assert begun.model == "my_vace"
    assert end_of(engine, begun).state is TransferState.SUCCEEDED
    folder = home / "models/my_vace"
    assert (folder / WEIGHTS).read_bytes() == vace_files()[WEIGHTS]
    assert not (folder / WEIGHTS).is_symlink()
    info = next(model for model in engine.models() if model.id == "my_vace")
    assert info.installed and info.test
    with pytest.raises(ModelError) as again:
        engine.import_model(snapshot)
    assert again.value.code == "model.exists"
    begun = engine.import_model(snapshot, "second")
    assert end_of(engine, begun).state is TransferState.SUCCEEDED
    engine.remove_model("my_vace")
    assert (snapshot / WEIGHTS).is_file(), "what was imported stays with its owner"


def test_a_folder_is_recognised_as_the_catalogue_s(
    site: tuple[Engine, FakeHub, Path], tmp_path: Path
) -> None:
    engine, hub, home = site
    content = vace_files()[WEIGHTS]
    digest = hashlib.sha256(content).hexdigest()
    named = [{"path": WEIGHTS, "bytes": len(content), "sha256": digest}]
    offer(home, hub, "recognised", files=named)
    engine.allow([tmp_path])
    folder = write(tmp_path / "usb", vace_files())
    begun = engine.import_model(folder)
    assert begun.model == "recognised"
    assert end_of(engine, begun).state is TransferState.SUCCEEDED
    engine.remove_model("recognised")
    other = bytearray(content)
    other[-1] ^= 1
    write(folder, {WEIGHTS: bytes(other)})
    error = error_of(end_of(engine, engine.import_model(folder)))
    assert error["code"] == "model.checksum"
    write(folder, {WEIGHTS: safetensors(10)})
    with pytest.raises(ModelError) as mismatch:
        engine.import_model(folder, "recognised")
    assert mismatch.value.code == "model.mismatch"


def test_helpers_of_other_models_are_single_files(
    site: tuple[Engine, FakeHub, Path], tmp_path: Path
) -> None:
    engine, hub, home = site
    lora = safetensors(1000)
    hub.repositories["someone/loras"] = Repository({"a.safetensors": lora, "b.safetensors": lora})
    named = [{"path": "a.safetensors", "bytes": len(lora)}]
    add_entry(home, "few-steps", "someone/loras", family="distilled", files=named)
    assert pulled(engine, "few-steps").state is TransferState.SUCCEEDED
    assert not (home / "models/few-steps/b.safetensors").exists()
    engine.remove_model("few-steps")
    engine.allow([tmp_path])
    begun = engine.import_model(write(tmp_path / "loras", {"a.safetensors": lora}))
    assert begun.model == "few-steps"
    assert end_of(engine, begun).state is TransferState.SUCCEEDED


def test_random_weights_stay_a_test_model_whatever_their_size(
    site: tuple[Engine, FakeHub, Path], tmp_path: Path
) -> None:
    engine, _, home = site
    content = vace_files()[WEIGHTS]
    add_entry(home, "real", "someone/real", files=[{"path": WEIGHTS, "bytes": len(content)}])
    manifest = b'{"id": "", "name": "Random", "test": true}'
    folder = write(tmp_path / "random", {**vace_files(), "pickup.json": manifest})
    engine.allow([tmp_path])
    with pytest.raises(ModelError) as mismatch:
        engine.import_model(folder, "real")
    assert "random" in mismatch.value.message
    begun = engine.import_model(folder)
    assert begun.model == "random"
    assert end_of(engine, begun).state is TransferState.SUCCEEDED
    assert json.loads((home / "models/random/pickup.json").read_text())["test"] is True


def test_a_job_may_name_a_folder_that_a_client_has_allowed(
    site: tuple[Engine, FakeHub, Path], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine, _, _ = site
    engine.allow([tmp_path])
    request = submission(tmp_path).request
    folder = write(tmp_path / "mine", vace_files())
    plan = engine.plan(replace(request, model=str(folder)))
    assert (plan.model, plan.test) == (str(folder), True)
    assert engine.model_detail(str(folder)).model.test
    foreign = write(tmp_path_factory.mktemp("foreign"), vace_files())
    (tmp_path / "linked").symlink_to(foreign, target_is_directory=True)
    for path in (foreign, tmp_path / "linked", tmp_path / ".." / foreign.name):
        with pytest.raises(PickupError) as refused:
            engine.plan(replace(request, model=str(path)))
        assert refused.value.code == "request.path_not_allowed"
    write(folder, {"transformer/extra.bin": b"x"})
    with pytest.raises(ModelError) as dangerous:
        engine.plan(replace(request, model=str(folder)))
    assert dangerous.value.code == "model.folder"


def test_what_an_unfinished_import_left_can_be_removed(
    site: tuple[Engine, FakeHub, Path], tmp_path: Path
) -> None:
    engine, _, home = site
    left = write(home / "models/.partial/left-over", {"vae/config.json": b"{}"})
    engine.remove_model("left-over")
    assert not left.exists()
    with pytest.raises(ModelError) as unknown:
        engine.remove_model("left-over")
    assert unknown.value.code == "model.unknown"


def test_a_model_whose_manifest_was_lost_can_be_removed(
    site: tuple[Engine, FakeHub, Path],
) -> None:
    engine, hub, home = site
    offer(home, hub, "lost")
    for model in ("lost", "lost-and-unknown"):
        folder = write(home / "models" / model, {**vace_files(), "pickup.json": b"{"})
        engine.remove_model(model)
        assert not folder.exists()


def test_a_folder_whose_configurations_say_nothing_is_refused_before_it_is_copied(
    site: tuple[Engine, FakeHub, Path], tmp_path: Path
) -> None:
    engine, _, _ = site
    folder = write(tmp_path / "odd", {**vace_files(), "transformer/config.json": b"{}"})
    engine.allow([tmp_path])
    with pytest.raises(ModelError) as refused:
        engine.import_model(folder)
    assert refused.value.code == "model.broken"


def test_a_folder_outside_of_the_allowed_ones_is_not_read(
    site: tuple[Engine, FakeHub, Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    engine, _, _ = site
    folder = write(tmp_path_factory.mktemp("foreign") / "model", vace_files())
    with pytest.raises(PickupError) as refused:
        engine.import_model(folder)
    assert refused.value.code == "request.path_not_allowed"
    with pytest.raises(PickupError) as asked:
        engine.model_detail(str(folder))
    assert asked.value.code == "request.path_not_allowed"


@pytest.mark.parametrize("model", ["", "..", "../whole", "A", "a/b", "a\0b", "x" * 100])
def test_what_is_no_id_reaches_no_folder(site: tuple[Engine, FakeHub, Path], model: str) -> None:
    engine, _, _ = site
    asked = (
        engine.pull_model,
        engine.verify_model,
        engine.cancel_transfer,
        engine.remove_model,
        engine.model_detail,
    )
    for ask in asked:
        with pytest.raises(ModelError) as refused:
            ask(model)
        assert refused.value.code == "model.unknown"
