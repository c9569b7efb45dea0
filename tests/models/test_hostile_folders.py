"""Folders from outside: what could run code, lead out, exhaust or deceive is refused by name."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from pickup.errors import ModelError
from pickup_engine.models.folder import entry_of_folder, inspect_folder, is_safe_name
from pickup_engine.models.headers import read_header
from support.models import WEIGHTS, safetensors, vace_files, write

INDEX = "transformer/diffusion_pytorch_model.safetensors.index.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "model", vace_files())


def refusal(folder: Path) -> ModelError:
    with pytest.raises(ModelError) as refused:
        inspect_folder(folder)
    assert refused.value.hint
    return refused.value


def test_a_right_folder_passes_whatever_lies_beside_the_model(folder: Path) -> None:
    write(folder, {"README.md": b"#", "assets/logo.png": b"p", ".git/hooks/run.py": b"x"})
    names = {file.path for file in inspect_folder(folder).files}
    assert names == {*vace_files(), "README.md"}


@pytest.mark.parametrize(
    "name",
    [
        "transformer/model.bin",
        "pytorch_model.pt",
        "vae/a.pth",
        "x.ckpt",
        "tokenizer/own.py",
        "a.PKL",
    ],
)
def test_what_could_run_code_is_named(folder: Path, name: str) -> None:
    write(folder, {name: b"x"})
    error = refusal(folder)
    assert error.code == "model.folder"
    assert name in error.message


def test_a_link_that_leads_out_is_named(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, {"secret.json": b"{}"}) / "secret.json"
    (folder / "vae/config.json").unlink()
    (folder / "vae/config.json").symlink_to(secret)
    assert "vae/config.json" in refusal(folder).message
    (folder / "vae/config.json").unlink()
    (folder / "vae/config.json").symlink_to(tmp_path / "nowhere")
    assert refusal(folder).code == "model.folder"


def test_names_and_texts_give_no_orders_to_a_terminal(folder: Path) -> None:
    write(folder, {"\x1b[2J.bin": b"x"})
    assert "\x1b" not in refusal(folder).message
    (folder / "\x1b[2J.bin").unlink()
    manifest = {"name": "\x1b[2Jgood\n" + "x" * 500, "licence": "\x07"}
    write(folder, {"pickup.json": json.dumps(manifest).encode()})
    entry = entry_of_folder(folder)
    assert entry.name.isprintable() and entry.licence.isprintable()
    assert len(entry.name) <= 200


def test_a_linked_folder_is_not_walked(folder: Path, tmp_path: Path) -> None:
    (folder / "vae/up").symlink_to(tmp_path, target_is_directory=True)
    assert "vae/up" in refusal(folder).message
    (folder / "vae/up").unlink()
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    assert "loop is a link to a folder" in refusal(folder).message


def test_a_part_does_not_come_from_where_nobody_looked(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, {"secret.json": b"{}"}) / "secret.json"
    (folder / "vae").rename(folder / ".vae")
    (folder / ".vae/config.json").unlink()
    (folder / ".vae/config.json").symlink_to(secret)
    (folder / "vae").symlink_to(".vae", target_is_directory=True)
    assert "vae is a link to a folder" in refusal(folder).message


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes have no names on Windows")
@pytest.mark.parametrize("name", ["transformer/config.json", WEIGHTS, INDEX, "pickup.json"])
def test_a_pipe_is_not_waited_for(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    if name == "pickup.json":
        assert entry_of_folder(folder).name == "model"
    else:
        assert "it is not a file" in refusal(folder).message


@pytest.mark.parametrize(
    "missing",
    [
        "scheduler/scheduler_config.json",
        "vae/config.json",
        "tokenizer/tokenizer_config.json",
        WEIGHTS,
    ],
)
def test_a_part_that_is_missing_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    assert missing.split("/")[0] in refusal(folder).message


def test_another_pipeline_is_no_model_of_ours(folder: Path) -> None:
    write(folder, {"model_index.json": b'{"_class_name": "FluxPipeline"}'})
    assert "FluxPipeline" in refusal(folder).message


def test_two_experts_are_two(folder: Path) -> None:
    index = {"_class_name": "WanVACEPipeline", "boundary_ratio": 0.875}
    write(folder, {"model_index.json": json.dumps(index).encode()})
    assert "transformer_2" in refusal(folder).message


@pytest.mark.parametrize("named", ["../../vae/stolen.safetensors", "/etc/passwd", "..", "a\\b"])
def test_an_index_that_names_files_elsewhere_is_refused(folder: Path, named: str) -> None:
    write(folder, {INDEX: json.dumps({"weight_map": {"weight": named}}).encode()})
    error = refusal(folder)
    assert error.code == "model.broken"
    assert INDEX.split("/")[1] in error.message


def test_an_index_that_names_a_missing_shard_is_refused(folder: Path) -> None:
    write(folder, {INDEX: json.dumps({"weight_map": {"w": "gone.safetensors"}}).encode()})
    assert "gone.safetensors" in refusal(folder).message


@pytest.mark.parametrize(
    "text", [b"", b"[" * 100_000, b"[1]", b"\xff\xfe", b'{"a": ' + b"1" * 5000]
)
def test_a_config_that_makes_no_sense_is_refused(folder: Path, text: bytes) -> None:
    write(folder, {"vae/config.json": text})
    error = refusal(folder)
    assert error.code == "model.broken"
    assert "config.json" in error.message


def test_a_vast_config_is_not_read(folder: Path) -> None:
    with (folder / "vae/config.json").open("wb") as file:
        file.truncate(10 << 30)
    begun = time.monotonic()
    assert "larger" in refusal(folder).message
    assert time.monotonic() - begun < 1


def header_of(data: object) -> bytes:
    text = json.dumps(data).encode()
    return len(text).to_bytes(8, "little") + text


def tensor(**changes: object) -> dict[str, object]:
    return {"dtype": "F16", "shape": [4], "data_offsets": [0, 8], **changes}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0\0",
        (1 << 30).to_bytes(8, "little") + bytes(64),
        (2**63).to_bytes(8, "little") + bytes(64),
        safetensors(100)[:-1],
        safetensors(100) + b"x",
        header_of([]),
        header_of({"w": tensor()})[:-1] + b"\xff",
        header_of({"w": tensor()}),
        header_of({"w": tensor(shape=[-4])}) + bytes(8),
        header_of({"w": tensor(shape=[1 << 62, 1 << 62])}) + bytes(8),
        header_of({"w": tensor(shape=[True, 4])}) + bytes(8),
        header_of({"w": tensor(shape=4)}) + bytes(8),
        header_of({"w": tensor(dtype="PICKLE")}) + bytes(8),
        header_of({"w": tensor(dtype=["F16"])}) + bytes(8),
        header_of({"w": tensor(data_offsets=[8, 16])}) + bytes(16),
        header_of({"w": tensor(), "v": tensor(data_offsets=[4, 12])}) + bytes(12),
        header_of({"w": tensor(data_offsets=[8, 0])}) + bytes(8),
        header_of({"w": None}) + bytes(8),
        header_of({"w": tensor(shape=[1] * 100 + [4])}) + bytes(8),
        header_of({"w": tensor(shape=[10**4000, 0])}) + bytes(8),
    ],
)
def test_a_header_that_deceives_is_refused(folder: Path, content: bytes) -> None:
    write(folder, {WEIGHTS: content})
    error = refusal(folder)
    assert error.code == "model.broken"
    assert WEIGHTS.split("/")[1] in error.message


def test_a_header_that_claims_a_gigabyte_is_not_read(folder: Path) -> None:
    with (folder / WEIGHTS).open("wb") as file:
        file.write((1 << 30).to_bytes(8, "little"))
        file.truncate(2 << 30)
    begun = time.monotonic()
    assert "claims 1073741824 bytes" in refusal(folder).message
    assert time.monotonic() - begun < 1


def test_numbers_without_end_take_no_time(folder: Path) -> None:
    write(folder, {WEIGHTS: header_of({"w": tensor(shape=[10**4000 - 1] * 3000)})})
    begun = time.monotonic()
    assert "makes no sense" in refusal(folder).message
    assert time.monotonic() - begun < 5


def test_a_right_header_is_read(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors(12))
    (read,) = read_header(path).values()
    assert (read.dtype, read.shape, read.bytes, read.elements) == ("F16", (12,), 24, 12)


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "a/../b",
        "/a",
        "a//b",
        "a/",
        "a\\b",
        "C:a",
        "a\nb",
        "a\x9bb",
        "a/ b",
        "x" * 300,
    ],
)
def test_names_that_mean_something_else_somewhere_are_unsafe(name: str) -> None:
    assert not is_safe_name(name)


def test_plain_names_are_safe() -> None:
    assert is_safe_name("transformer/diffusion_pytorch_model-00001-of-00007.safetensors")
