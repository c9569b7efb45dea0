"""Writes a Wan VACE folder of the real classes with seeded random weights: a test model.

    python -m pickup_engine.worker.backends.wan_vace.random_model OUT [--size tiny] [--experts 2]

What it makes is noise. It carries the whole path, from the folder to the take, and at full size it
measures time and memory where the real weights are not at hand.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from torch import nn
from transformers import T5Tokenizer, UMT5Config, UMT5EncoderModel

from pickup_engine.models.vace_configs import configs

BOUNDARY: Final = 0.875
"""Share of the noise levels above which the first of two experts works (as in VACE-Fun A14B)."""

_VAE: Final[dict[str, Any]] = {
    "z_dim": 16,
    "num_res_blocks": 1,
    "temperal_downsample": [False, True, True],
}
_TRANSFORMER: Final[dict[str, Any]] = {
    "patch_size": [1, 2, 2],
    "in_channels": 16,
    "out_channels": 16,
    "freq_dim": 256,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    # Inactive and reactive latents, and the mask of 8 x 8 pixels folded into channels.
    "vace_in_channels": 2 * 16 + 8 * 8,
}
_SCHEDULER: Final[dict[str, Any]] = {
    "prediction_type": "flow_prediction",
    "use_flow_sigmas": True,
    "num_train_timesteps": 1000,
    "flow_shift": 3.0,
}
_TEXT: Final[dict[str, Any]] = {
    "relative_attention_num_buckets": 8,
    "feed_forward_proj": "gated-gelu",
    "is_encoder_decoder": False,
    "use_cache": False,
}
_SMALL: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "tiny": {
        "vae": {**_VAE, "base_dim": 3, "dim_mult": [1, 1, 1, 1]},
        "transformer": {
            **_TRANSFORMER,
            "num_attention_heads": 2,
            "attention_head_dim": 12,
            "text_dim": 32,
            "ffn_dim": 32,
            "num_layers": 3,
            "rope_max_seq_len": 128,
            "vace_layers": [0, 2],
        },
        "text_encoder": {**_TEXT, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2,
            "num_heads": 4},
        "scheduler": _SCHEDULER,
    },
    "small": {
        "vae": {**_VAE, "base_dim": 24, "dim_mult": [1, 2, 4, 4]},
        "transformer": {
            **_TRANSFORMER,
            "num_attention_heads": 4,
            "attention_head_dim": 64,
            "text_dim": 128,
            "ffn_dim": 1024,
            "num_layers": 6,
            "rope_max_seq_len": 1024,
            "vace_layers": [0, 2, 4],
        },
        "text_encoder": {**_TEXT, "d_model": 128, "d_kv": 32, "d_ff": 256, "num_layers": 2,
            "num_heads": 4},
        "scheduler": _SCHEDULER,
    },
}  # fmt: skip
_LOUDER: Final = {
    "vace_patch_embedding": 4.0,
    "vace_blocks.*.proj_out": 8.0,
    "*blocks.*.attn1.to_v": 6.0,
    "*blocks.*.attn1.to_out.0": 6.0,
    "blocks.*.attn2.to_v": 6.0,
    "blocks.*.attn2.to_out.0": 6.0,
    "proj_out": 4.0,
    "encoder.conv_out": 4.0,
    "decoder.conv_out": 1.5,
}
"""Factors on random weights of small models, whose biases become 0: as they are first made, what
the model is shown hardly reaches the picture, and no test could tell whether it was shown."""

SIZES: Final = ("tiny", "small", "1.3b", "14b")
"""`tiny` carries tests in seconds, `small` measurements on any machine; the others are full-size
models of that name, tens of gigabytes."""

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?-'\"()/"
_WORDS: Final = (
    "a an the of at in on with and no shot street night day camera man woman child dog cat car red"
    " green blue white black water sky tree house room table light dark slow fast runs walks turns"
)


def make_random_model(folder: Path, size: str = "tiny", experts: int = 1, seed: int = 0) -> Path:
    """Write a model of one of `SIZES` with one or two `experts`; returns the folder.

    Equal arguments make equal weights. The folder must be empty or missing. Raises ValueError.
    """
    if size not in SIZES:
        raise ValueError(f"there is no size “{size}”: use one of {', '.join(SIZES)}")
    if experts not in (1, 2):
        raise ValueError(f"a model has 1 or 2 experts, not {experts}")
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty: name a folder that is")
    parts: Mapping[str, Mapping[str, Any]] = _SMALL[size] if size in _SMALL else configs(size)
    tokenizer = _tokenizer()
    vocabulary = max(len(tokenizer), int(parts["text_encoder"].get("vocab_size", 0)))
    text = _part(parts["text_encoder"]) | {"vocab_size": vocabulary}
    # Full-size models would not fit the memory of most machines in float32.
    dtype = torch.float32 if size in _SMALL else torch.bfloat16
    with _Seeded(dtype, seed):
        UMT5EncoderModel(UMT5Config(**text)).save_pretrained(folder / "text_encoder")
    with _Seeded(torch.float32, seed + 1):
        vae = AutoencoderKLWan(**_part(parts["vae"]))
        if size in _SMALL:
            _raise_voice(vae)
        vae.save_pretrained(folder / "vae")
    names = ("transformer", "transformer_2")[:experts]
    for number, name in enumerate(names):
        with _Seeded(dtype, seed + 2 + number):
            model = WanVACETransformer3DModel(**_part(parts["transformer"]))
            if size in _SMALL:
                _raise_voice(model)
            model.save_pretrained(folder / name)
    tokenizer.save_pretrained(folder / "tokenizer")
    UniPCMultistepScheduler(**_part(parts["scheduler"])).save_pretrained(folder / "scheduler")
    _write_index(folder, experts)
    manifest = {
        "id": "",
        "name": f"Random {size}",
        "version": "0",
        "licence": "Apache-2.0",
        "test": True,
        "sha256": {},
    }
    (folder / "pickup.json").write_text(json.dumps(manifest, indent=1), "utf-8")
    return folder


class _Seeded:
    """Models made inside are of one type and have the weights of one seed; what was set outside
    comes back."""

    def __init__(self, dtype: torch.dtype, seed: int) -> None:
        self._dtype, self._seed = dtype, seed

    def __enter__(self) -> None:
        self._before = torch.get_default_dtype(), torch.get_rng_state()
        torch.set_default_dtype(self._dtype)
        torch.manual_seed(self._seed)

    def __exit__(self, *_: object) -> None:
        torch.set_default_dtype(self._before[0])
        torch.set_rng_state(self._before[1])


@torch.no_grad()
def _raise_voice(model: nn.Module) -> None:
    for name, part in model.named_modules():
        if isinstance(getattr(part, "bias", None), nn.Parameter):
            part.bias.zero_()
        for pattern, factor in _LOUDER.items():
            if fnmatchcase(name, pattern):
                part.weight.mul_(factor)


def _part(config: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments: without what the libraries note for themselves."""
    noted = ("architectures", "model_type", "transformers_version", "torch_dtype", "dtype")
    return {k: v for k, v in config.items() if not k.startswith("_") and k not in noted}


def _tokenizer() -> T5Tokenizer:
    """A Unigram tokenizer in the form of UMT5's, from a fixed vocabulary: training one would give
    another each time. <pad>, </s>, <unk> are 0, 1, 2 as there."""
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0), ("▁", -2.0)]
    pieces += [(f"▁{word}", -3.0 - k / 100) for k, word in enumerate(_WORDS.split())]
    pieces += [(letter, -6.0 - k / 100) for k, letter in enumerate(_LETTERS)]
    return T5Tokenizer(vocab=pieces, extra_ids=0, model_max_length=512)


def _write_index(folder: Path, experts: int) -> None:
    """`model_index.json` as the pipeline writes it, without holding all parts at once."""
    index: dict[str, Any] = {
        "_class_name": WanVACEPipeline.__name__,
        "boundary_ratio": BOUNDARY if experts == 2 else None,
        "scheduler": ["diffusers", "UniPCMultistepScheduler"],
        "text_encoder": ["transformers", "UMT5EncoderModel"],
        "tokenizer": ["transformers", "T5TokenizerFast"],
        "transformer": ["diffusers", "WanVACETransformer3DModel"],
        "transformer_2": ["diffusers", "WanVACETransformer3DModel"] if experts == 2 else [None] * 2,
        "vae": ["diffusers", "AutoencoderKLWan"],
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=2), "utf-8")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Write a Wan VACE test model (it makes noise).")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=SIZES, default="tiny")
    parser.add_argument("--experts", type=int, choices=(1, 2), default=1)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    print(make_random_model(told.folder, told.size, told.experts, told.seed))


if __name__ == "__main__":
    main()
