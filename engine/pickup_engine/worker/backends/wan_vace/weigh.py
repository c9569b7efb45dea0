"""The exact bytes of a model's weights, from its configuration alone: built on the meta device."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import torch
from diffusers import AutoencoderKLWan, WanVACETransformer3DModel
from torch import nn
from transformers import UMT5Config, UMT5EncoderModel

Stored: TypeAlias = Mapping[str, str]
"""Type of the tensors of a component, by the longest beginning of their names."""

_BYTES: Final = {"float32": 4, "bfloat16": 2, "float16": 2}

_TIED: Final = "encoder.embed_tokens.weight"
"""The text encoder's second name for `shared.weight`; files hold it once."""


def weigh(configs: Mapping[str, Any], stored: Mapping[str, Stored] | None = None) -> dict[str, int]:
    """Bytes of the tensors of each component (`transformer`, `vae`, `text_encoder`), without the
    headers of the files they are in. `configs` as in `models.vace_configs`; `stored`: other types
    than those told there. Allocates no memory for weights."""
    types = stored or configs["stored"]
    return {
        part: sum(
            math.prod(shape) * _BYTES[type_of(name, types[part])]
            for name, shape in tensors(part, configs[part])
        )
        for part in ("transformer", "vae", "text_encoder")
    }


def tensors(part: str, config: Mapping[str, Any]) -> Iterator[tuple[str, Sequence[int]]]:
    """Name and shape of every tensor that the file of a component holds, in the model's order."""
    with torch.device("meta"):
        model = _model(part, config)
    for name, tensor in model.state_dict().items():
        if name != _TIED:
            yield name, tuple(tensor.shape)


def type_of(name: str, stored: Stored) -> str:
    """The type that a tensor of that name is stored in."""
    return stored[max((begin for begin in stored if name.startswith(begin)), key=len)]


def _model(part: str, config: Mapping[str, Any]) -> nn.Module:
    match part:
        case "transformer" | "transformer_2":
            return WanVACETransformer3DModel(**config)
        case "vae":
            return AutoencoderKLWan(**config)
        case "text_encoder":
            return UMT5EncoderModel(UMT5Config(**config))
    raise ValueError(f"a model has no component “{part}”")
