"""Model folders made with the standard library alone: right in form, and nothing to run."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Final

WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"

_CONFIGS: Final[dict[str, dict[str, object]]] = {
    "model_index.json": {"_class_name": "WanVACEPipeline", "boundary_ratio": None},
    "scheduler/scheduler_config.json": {"_class_name": "UniPCMultistepScheduler"},
    "text_encoder/config.json": {"model_type": "umt5", "d_ff": 64, "num_heads": 4},
    "tokenizer/tokenizer_config.json": {"tokenizer_class": "T5Tokenizer"},
    "transformer/config.json": {
        "_class_name": "WanVACETransformer3DModel",
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "ffn_dim": 32,
        "num_layers": 3,
        "vace_layers": [0, 2],
        "text_dim": 32,
        "patch_size": [1, 2, 2],
    },
    "vae/config.json": {
        "_class_name": "AutoencoderKLWan",
        "base_dim": 3,
        "temperal_downsample": [False, True, True],
    },
}


def safetensors(elements: int, seed: int = 0) -> bytes:
    """A safetensors file with one float16 tensor of that many random numbers."""
    data = random.Random(seed).randbytes(2 * elements)
    entry = {"dtype": "F16", "shape": [elements], "data_offsets": [0, len(data)]}
    header = json.dumps({"__metadata__": {"format": "pt"}, "weight": entry}).encode()
    return len(header).to_bytes(8, "little") + header + data


def vace_files(elements: int = 400_000) -> dict[str, bytes]:
    """The files of a Wan VACE folder by path; its denoiser has that many parameters."""
    files = {path: json.dumps(data).encode() for path, data in _CONFIGS.items()}
    files["text_encoder/model.safetensors"] = safetensors(1000, 1)
    files["vae/diffusion_pytorch_model.safetensors"] = safetensors(1000, 2)
    files[WEIGHTS] = safetensors(elements, 3)
    return files


def write(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def add_entry(home: Path, model: str, repository: str, **changes: object) -> None:
    """Add an entry to the catalogue of a Pickup home."""
    entry = {
        "id": model,
        "name": f"Model {model}",
        "version": "1",
        "family": "wan_vace",
        "repository": repository,
        "revision": "main",
        "licence": "Apache-2.0",
        "licence_url": "https://licence.example",
        "files": [],
        **changes,
    }
    write(home / "catalogue", {f"{model}.json": json.dumps(entry).encode()})
