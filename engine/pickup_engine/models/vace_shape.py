"""What of a Wan VACE model decides over memory and time: its widths, depths and weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from pickup.protocol import Precision
from pickup_engine.models.folder import read_json, unusable
from pickup_engine.models.headers import broken, read_header
from pickup_engine.models.vace_configs import configs

DENOISERS: Final = ("transformer", "transformer_2")

KEPT: Final = frozenset({"time_embedder", "scale_shift_table", "norm1", "norm2", "norm3"})
"""Parts of the denoiser that diffusers never loads below float32
(`WanVACETransformer3DModel._keep_in_fp32_modules`)."""

_PLAIN: Final = ("patch_embedding", "condition_embedder", "norm", "scale_shift_table")
"""Parts that stay in the type that is computed in, where weights are stored in 8 bits
(`WanVACETransformer3DModel._skip_layerwise_casting_patterns`; a table is no layer)."""


_PATCH: Final = 2
_LEVELS: Final = 3
"""Of every Wan VACE model: 2 latent pixels to a token, 2 x 2 x 2 picture pixels to a latent one."""

_MOST: Final = 1 << 20
"""No width or depth is larger."""


@dataclass(frozen=True)
class Numbers:
    """How many numbers the weights of a component are. kept: of them always held in float32;
    plain: of the others, those never held in 8 bits."""

    total: int
    kept: int = 0
    plain: int = 0

    def bytes(self, precision: Precision) -> int:
        """What they take in memory."""
        rest = self.total - self.kept
        match precision:
            case Precision.FLOAT32:
                return 4 * self.total
            case Precision.BFLOAT16:
                return 4 * self.kept + 2 * rest
            case Precision.FLOAT8:
                return 4 * self.kept + 2 * self.plain + (rest - self.plain)


@dataclass(frozen=True)
class VaceShape:
    """A model, for planning. dim, ffn, heads, layers: of the denoiser; hints: of its layers that
    are told what to keep. patch: latent pixels on a token's side, scale: picture pixels on a latent
    pixel's side. text_*: of the text encoder. base: channels of the autoencoder at full size. The
    numbers are those of one denoiser, of which there are `experts`."""

    dim: int
    ffn: int
    heads: int
    layers: int
    hints: int
    text_dim: int
    patch: int
    scale: int
    text_ffn: int
    text_heads: int
    base: int
    experts: int
    denoiser: Numbers
    autoencoder: Numbers
    text_encoder: Numbers


def shape_of_configs(name: str, experts: int = 1) -> VaceShape:
    """The shape of a full-size model, without its files. Raises ValueError for another name than
    one of `vace_configs.NAMES`."""
    parts = configs(name)
    numbers = {part: Numbers(**told) for part, told in parts["numbers"].items()}
    return _shape(parts, numbers, experts)


def shape_of_folder(folder: Path) -> VaceShape:
    """The shape of the model in a diffusers folder, its weights counted in the headers of its
    files. Raises ModelError: `model.broken` where a file makes no sense, `model.folder` where one
    cannot be read."""
    parts = [part for part in (*DENOISERS, "vae", "text_encoder") if (folder / part).is_dir()]
    try:
        changed = tuple(
            (path.name, path.stat().st_size, path.stat().st_mtime_ns)
            for part in parts
            for path in sorted((folder / part).iterdir())
        )
        return _shape_of_folder(folder, changed)
    except OSError as error:
        why = f"{error.filename or folder}: {error.strerror or error}"
        raise unusable(folder, why) from error


def count_numbers(shapes: Iterable[tuple[str, Sequence[int]]]) -> Numbers:
    """Count the tensors of a component, given by name and shape."""
    total = kept = plain = 0
    for name, shape in shapes:
        size = math.prod(shape)
        total += size
        if KEPT & set(name.split(".")):
            kept += size
        elif any(part in name for part in _PLAIN):
            plain += size
    return Numbers(total, kept, plain)


@lru_cache(maxsize=16)
def _shape_of_folder(folder: Path, _: tuple[tuple[str, int, int], ...]) -> VaceShape:
    experts = [part for part in DENOISERS if (folder / part / "config.json").is_file()]
    denoiser = experts[0] if experts else DENOISERS[0]
    found = {"transformer": denoiser, "vae": "vae", "text_encoder": "text_encoder"}
    parts = {part: read_json(folder / where / "config.json") for part, where in found.items()}
    numbers = {part: _counted(folder / where) for part, where in found.items()}
    try:
        return _shape(parts, numbers, len(experts))
    except (KeyError, TypeError, ValueError, ArithmeticError, IndexError) as error:
        raise broken(folder, f"its configurations say nothing of use about {error}") from error


def _counted(folder: Path) -> Numbers:
    headers = [read_header(path) for path in sorted(folder.glob("*.safetensors"))]
    return count_numbers((name, info.shape) for header in headers for name, info in header.items())


def _shape(
    parts: Mapping[str, Mapping[str, Any]], numbers: Mapping[str, Numbers], experts: int
) -> VaceShape:
    """Raises KeyError, TypeError, ValueError or IndexError where the parts make no sense."""
    denoiser, text, vae = parts["transformer"], parts["text_encoder"], parts["vae"]
    heads = _number(denoiser["num_attention_heads"], "num_attention_heads")
    patch, levels = denoiser["patch_size"][1], len(vae["temperal_downsample"])
    # Sizes that are chosen elsewhere suit these; another grid would need others.
    if (patch, levels) != (_PATCH, _LEVELS):
        raise ValueError(f"a patch_size of {patch!r} with {levels} levels of temperal_downsample")
    return VaceShape(
        dim=heads * _number(denoiser["attention_head_dim"], "attention_head_dim"),
        ffn=_number(denoiser["ffn_dim"], "ffn_dim"),
        heads=heads,
        layers=_number(denoiser["num_layers"], "num_layers"),
        hints=_number(len(denoiser["vace_layers"]), "vace_layers"),
        text_dim=_number(denoiser["text_dim"], "text_dim"),
        patch=patch,
        scale=2**levels,
        text_ffn=_number(text["d_ff"], "d_ff"),
        text_heads=_number(text["num_heads"], "num_heads"),
        base=_number(vae["base_dim"], "base_dim"),
        experts=experts,
        denoiser=numbers["transformer"],
        autoencoder=numbers["vae"],
        text_encoder=numbers["text_encoder"],
    )


def _number(told: Any, name: str) -> int:
    """A width or depth from a file: reckoning divides by some of them."""
    if type(told) is not int or not 0 < told <= _MOST:
        raise ValueError(name)
    return told
