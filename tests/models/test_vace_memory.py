"""The weight formula against what is published, to the byte; activations against measured peaks.

Published sizes are those of the catalogue's files. Those of Wan 2.1 VACE 1.3B are repeated in a
download check that is public (m6a4_vace_hard_o0, weights of revision ec4d2cb), ten of the thirteen
shards of the 14B in a mirror on the hub that was made by git (JackIsNotInTheBox/
Video_Watermark_Remover_Checkpoints, folder vace-14b).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from pickup.protocol import Execution, Offload, Precision
from pickup_engine.models.catalogue import entry_of
from pickup_engine.models.entry import ModelEntry
from pickup_engine.models.folder import read_json
from pickup_engine.models.headers import read_header
from pickup_engine.models.vace_configs import NAMES, configs
from pickup_engine.models.vace_memory import (
    Window,
    host_bytes,
    needs,
    step_down,
    step_flops,
    tokens,
)
from pickup_engine.models.vace_shape import count_numbers, shape_of_configs, shape_of_folder
from pickup_engine.worker.backends.wan_vace import measure
from pickup_engine.worker.backends.wan_vace.weigh import tensors, type_of, weigh
from support.vace import random_experts, random_vace

__all__ = ["random_experts", "random_vace"]

SHARD = 5_000_000_000
"""Bytes of tensors in a published file at most."""

BYTES = {"float32": 4, "bfloat16": 2}

TRAINED = Window(832, 480, 81)


@pytest.mark.parametrize(
    ("model", "component"),
    [
        ("wan2.1-vace-1.3b", "transformer"),
        ("wan2.1-vace-14b", "transformer"),
        ("wan2.2-vace-fun-a14b", "transformer"),
        ("wan2.1-vace-1.3b", "text_encoder"),
        ("wan2.1-vace-1.3b", "vae"),
    ],
)
def test_files_have_the_published_sizes_to_the_byte(model: str, component: str) -> None:
    entry = entry_of(model)
    assert entry is not None
    config = configs(entry.configs)
    newer = model == "wan2.2-vace-fun-a14b"
    stored = {"": "bfloat16"} if newer else config["stored"][component]
    files = shards(component, config[component], stored, norms_first=not newer)
    made = [file_bytes(shard) for shard in files]
    published = published_bytes(entry, component)
    assert len(made) == len(published)
    assert made == [told or ours for told, ours in zip(published, made, strict=True)]
    assert any(published)


def test_weighing_counts_the_tensors_of_the_files() -> None:
    config = configs("1.3b")
    stored = config["stored"]["transformer"]
    files = list(shards("transformer", config["transformer"], stored))
    assert weigh(config)["transformer"] == sum(
        size for shard in files for _, (_, size) in shard.items()
    )


@pytest.mark.parametrize("name", NAMES)
def test_numbers_in_the_configurations_are_those_of_the_real_classes(name: str) -> None:
    config = configs(name)
    for part in ("transformer", "vae", "text_encoder"):
        counted = count_numbers(tensors(part, config[part]))
        assert config["numbers"][part]["total"] == counted.total
        if part == "transformer":
            told = config["numbers"][part]
            assert (told["kept"], told["plain"]) == (counted.kept, counted.plain)


def test_a_folder_weighs_what_its_configuration_weighs(random_vace: Path) -> None:
    parts = ("transformer", "vae", "text_encoder")
    config = {part: _arguments(random_vace / part / "config.json") for part in parts}
    everything = {part: {"": "float32"} for part in parts}
    in_files = {
        part: sum(
            tensor.bytes
            for file in (random_vace / part).glob("*.safetensors")
            for tensor in read_header(file).values()
        )
        for part in parts
    }
    assert weigh(config, everything) == in_files
    shape = shape_of_folder(random_vace)
    assert shape.denoiser.bytes(Precision.FLOAT32) == in_files["transformer"]
    assert shape.autoencoder.bytes(Precision.FLOAT32) == in_files["vae"]
    assert (shape.dim, shape.ffn, shape.hints, shape.experts) == (24, 32, 2, 1)


def test_experts_are_counted(random_experts: Path) -> None:
    assert shape_of_folder(random_experts).experts == 2


@pytest.mark.parametrize("case", measure.DENOISE)
def test_denoising_takes_what_the_formula_says(case: measure.Case) -> None:
    assert_close("denoise", case, measure.denoise(case, torch.device("cpu")))


def test_reading_words_takes_what_the_formula_says() -> None:
    case = measure.TEXT[0]
    assert_close("text", case, measure.text(case, torch.device("cpu")))


def test_encoding_and_decoding_take_what_the_formula_says() -> None:
    case = measure.ENCODE[0]
    assert_close("encode", case, measure.encode(case, torch.device("cpu")))
    assert_close("decode", case, measure.decoded(case, torch.device("cpu")))


def test_less_is_needed_from_step_to_step() -> None:
    shape = shape_of_configs("14b")
    execution: Execution | None = Execution("cuda", Precision.BFLOAT16, Offload.NONE, batch=2)
    peaks = []
    while execution is not None:
        peaks.append(needs(shape, TRAINED, execution).peak)
        execution = step_down(execution)
    assert len(peaks) == 3
    assert peaks == sorted(peaks, reverse=True)


def test_on_a_small_card_the_processor_reads_the_words() -> None:
    shape = shape_of_configs("1.3b")
    parts = Execution("cuda", Precision.BFLOAT16, Offload.PHASES, tiling=True)
    blocks = replace(parts, offload=Offload.BLOCKS)
    encoder = shape.text_encoder.bytes(Precision.BFLOAT16)
    assert needs(shape, TRAINED, parts).text > encoder
    assert needs(shape, TRAINED, blocks).text < 1 << 20
    assert needs(shape, TRAINED, blocks).peak < 4e9
    assert host_bytes(shape, blocks) > encoder
    assert host_bytes(shape, parts) == encoder


@pytest.mark.parametrize("device", ["cpu", "mps"])
def test_there_is_an_end_to_stepping_down(device: str) -> None:
    first = Execution(device)
    second = step_down(first)
    assert second is not None and (second.offload, second.tiling) == (Offload.PHASES, True)
    assert step_down(second) is None


def test_a_step_costs_what_torch_counts() -> None:
    case = measure.DENOISE[0]
    # The fused kernel of the processor is not counted.
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        measure.denoise(case, torch.device("cpu"))
    formula = step_flops(case.shape, case.window, case.batch, guided=False)
    assert formula == pytest.approx(counter.get_total_flops(), rel=0.03)


def test_tokens_of_the_trained_size() -> None:
    assert tokens(shape_of_configs("1.3b"), TRAINED) == 21 * 30 * 52
    with_references = Window(832, 480, 81, references=2)
    assert tokens(shape_of_configs("1.3b"), with_references) == 23 * 30 * 52


def assert_close(phase: str, case: measure.Case, measured: int) -> None:
    formula = getattr(measure.activations(case.shape, case.window, case.execution), phase)
    assert formula == pytest.approx(measured, rel=0.25)


def published_bytes(entry: ModelEntry, component: str) -> list[int]:
    """Of the files of a component in their order; 0 = not known."""
    return [
        file.bytes
        for file in sorted(entry.files, key=lambda file: file.path)
        if file.path.startswith(f"{component}/") and file.path.endswith(".safetensors")
    ]


def shards(
    part: str, config: Mapping[str, object], stored: Mapping[str, str], norms_first: bool = True
) -> Iterator[dict[str, tuple[Sequence[int], int]]]:
    """Tensors of each file, with their shapes and bytes, filled up in the model's order.

    Before diffusers 0.36 an attention layer's norms came before its projections.
    """
    names = list(enumerate(tensors(part, config)))
    if norms_first:
        names.sort(key=_norms_first)
    shard: dict[str, tuple[Sequence[int], int]] = {}
    filled = 0
    for _, (name, shape) in names:
        size = math.prod(shape) * BYTES[type_of(name, stored)]
        if filled + size > SHARD:
            yield shard
            shard, filled = {}, 0
        shard[name] = (shape, size)
        filled += size
    yield shard


def _norms_first(item: tuple[int, tuple[str, Sequence[int]]]) -> tuple[int, int]:
    """Two norms come after the eight tensors of an attention layer's projections."""
    index, (name, _) = item
    if ".attn" in name and ".norm_" in name:
        return (index - 8, -2) if ".norm_q" in name else (index - 9, -1)
    return index, 0


def file_bytes(shard: Mapping[str, tuple[Sequence[int], int]]) -> int:
    """A safetensors file: the length of its header, the header filled up to 8 bytes, the tensors,
    widest types first and then by name."""
    width = {name: size // math.prod(shape) for name, (shape, size) in shard.items()}
    words = {4: "F32", 2: "BF16"}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name in sorted(shard, key=lambda name: (-width[name], name)):
        shape, size = shard[name]
        header[name] = {
            "dtype": words[width[name]],
            "shape": list(shape),
            "data_offsets": [end, end + size],
        }
        end += size
    length = len(json.dumps(header, separators=(",", ":")))
    return 8 + -(-length // 8) * 8 + end


def _arguments(path: Path) -> dict[str, object]:
    noted = ("architectures", "model_type", "transformers_version", "dtype", "torch_dtype")
    told = read_json(path)
    return {k: v for k, v in told.items() if not k.startswith("_") and k not in noted}
