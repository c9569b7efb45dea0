"""How much memory Wan VACE takes in each phase, and how to run it where that is too much.

Weights are counted exactly (`vace_shape`). What is made while it works follows from the
architecture: the coefficients below are how many tensors of each kind are alive at the peak. They
were fitted to peaks of PyTorch's allocator on the CPU (torch 2.13, diffusers 0.42, one thread;
`python -m pickup_engine.worker.backends.wan_vace.measure` repeats it at sizes that were not used
for the fit).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from pickup.protocol import Execution, Offload, Precision
from pickup_engine.models.vace_shape import VaceShape

WORDS: Final = 512
"""Tokens of a prompt: every prompt is padded to that."""

_FLOAT: Final = 4

_TILE: Final = 256
_STRIDE: Final = 192
"""Side of a tile of the autoencoder and the way to the next, in pixels (diffusers' default)."""

_ENCODE: Final = 42
_DECODE: Final = 56
"""Float32 values alive at the peak, for every pixel and base channel of the autoencoder: it passes
four frames at a time through its widest level. Independent of the number of frames."""

_SHOWN: Final = 11
"""Float32 values for every pixel of every frame while a window is encoded: pictures, mask, and
both halves of the pictures (3 + 1 + 1 + 3 + 3)."""

_MADE: Final = 9
"""The same while a take is decoded: the pictures and two copies on their way to 8 bits."""

_FORWARD: Final = 5
"""Tensors of a token's width beside the hints at the peak of a feed-forward layer, which itself has
two of its own width."""

_ATTENTION: Final = 5
_ATTENTION_FLOATS: Final = 14
"""Tensors of a token's width at the peak of an attention layer: those in the type that is computed
in, and bytes for each value in float32 whatever that type is (norms and rotations)."""

_POSITIONS: Final = 60
_SCORES: Final = 2.3
"""Of the text encoder: bytes for each pair of words, and copies of the attention's scores."""

_GROUPS: Final = 3
"""Groups of the denoiser on the device at once when it passes through: one at work, one coming,
one going."""

_BEGUN: Final = 1 << 19
"""What any run takes beside: small tensors and the allocator's rounding."""


@dataclass(frozen=True)
class Window:
    """What the model makes at once: `frames` (4k+1) pictures of width x height with `references`
    before them."""

    width: int
    height: int
    frames: int
    references: int = 0

    @property
    def pixels(self) -> int:
        """Of one picture."""
        return self.width * self.height


@dataclass(frozen=True)
class Needs:
    """Bytes on the device at the peak of each phase, weights included."""

    text: int
    encode: int
    denoise: int
    decode: int

    @property
    def peak(self) -> int:
        """The most of them."""
        return max(self.text, self.encode, self.denoise, self.decode)


def needs(shape: VaceShape, window: Window, execution: Execution) -> Needs:
    """What a window takes on the device when it is made in that way."""
    text, encoder, denoiser = _weights(shape, execution)
    if reads_in_main_memory(execution):
        text = 0
    together = text + encoder + denoiser * shape.experts
    keeps_all = execution.offload is Offload.NONE
    # In main memory the small autoencoder rests where it is.
    resting = encoder if execution.device == "cpu" and not keeps_all else 0
    loose = Needs(text=text + resting, encode=encoder, denoise=denoiser + resting, decode=encoder)
    held = Needs(together, together, together, together) if keeps_all else loose
    made = activations(shape, window, execution)
    return Needs(
        held.text + made.text,
        held.encode + made.encode,
        held.denoise + made.denoise,
        held.decode + made.decode,
    )


def activations(shape: VaceShape, window: Window, execution: Execution) -> Needs:
    """What is made on top of the weights."""
    width = 4 if execution.precision is Precision.FLOAT32 else 2
    return Needs(
        text=_BEGUN + (0 if reads_in_main_memory(execution) else _text(shape, width)),
        encode=_BEGUN + _encode(shape, window, execution.tiling),
        denoise=_BEGUN + _denoise(shape, window, width, execution),
        decode=_BEGUN + _decode(shape, window, execution.tiling),
    )


def host_bytes(shape: VaceShape, execution: Execution) -> int:
    """Main memory that the weights pass through on their way to a device, or lie in while they
    pass through it: the largest part, and what the text encoder makes where it reads there. On the
    processor there is no such way (0)."""
    if execution.device == "cpu":
        return 0
    text = shape.text_encoder.bytes(Precision.BFLOAT16)
    if reads_in_main_memory(execution):
        text += _text(shape, 2)
    return max(text, shape.denoiser.bytes(Precision.BFLOAT16))


def reads_in_main_memory(execution: Execution) -> bool:
    """Whether the text encoder works on the processor, in bfloat16: where not even one denoiser
    has room on the device, the encoder, often the largest part, has none either."""
    return execution.offload is Offload.BLOCKS and execution.device != "cpu"


def tokens(shape: VaceShape, window: Window) -> int:
    """Places that the denoiser attends to: patches of all latent frames, references first."""
    latents = (window.frames - 1) // 4 + 1 + window.references
    side = shape.scale * shape.patch
    return latents * (window.width // side) * (window.height // side)


def step_flops(shape: VaceShape, window: Window, batch: int = 1, guided: bool = True) -> float:
    """Floating point operations of one denoising step: two for each weight of a linear layer and
    token, and the attention's products (4 x tokens x tokens x width, and with the words)."""
    count, dim = tokens(shape, window), shape.dim
    linear = 2 * count * dim * (6 * dim + 2 * shape.ffn) + 4 * WORDS * dim * dim
    attention = 4 * count * count * dim + 4 * count * WORDS * dim
    hints = 2 * count * dim * dim * (shape.hints + 1)
    ends = 2 * count * shape.patch**2 * (16 + 96 + 16) * dim
    once = (linear + attention) * (shape.layers + shape.hints) + hints + ends
    return float(once * batch * (2 if guided else 1))


def step_down(execution: Execution) -> Execution | None:
    """The next way to run the same job in less memory; None where there is none left.

    First the pictures pass the autoencoder in tiles, takes are made one by one and only what a
    phase needs stays on the device; then the denoiser passes through in blocks as well. Precision
    is left alone: float32 would need more, and less would be another picture.
    """
    lean = replace(execution, tiling=True, batch=1)
    if execution.offload is Offload.NONE:
        return replace(lean, offload=Offload.PHASES)
    if execution.offload is Offload.PHASES and execution.device == "cuda":
        return replace(lean, offload=Offload.BLOCKS)
    return lean if lean != execution else None


def _weights(shape: VaceShape, execution: Execution) -> tuple[int, int, int]:
    """Text encoder, autoencoder, and what of one denoiser is on the device."""
    precision = execution.precision
    whole = Precision.FLOAT32 if precision is Precision.FLOAT32 else Precision.BFLOAT16
    text = shape.text_encoder.bytes(whole)
    encoder = shape.autoencoder.bytes(Precision.FLOAT32)
    denoiser = shape.denoiser.bytes(precision)
    if execution.offload is Offload.BLOCKS:
        numbers = shape.denoiser
        loose = 4 * numbers.kept + 2 * numbers.plain
        blocks = (denoiser - loose) // (shape.layers + shape.hints)
        denoiser = min(denoiser, loose + _GROUPS * blocks)
    return text, encoder, denoiser


def _text(shape: VaceShape, width: int) -> int:
    scores = _SCORES * shape.text_heads * WORDS * WORDS * width
    return max(_POSITIONS * WORDS * WORDS, int(scores) + WORDS * shape.text_ffn * width)


def _encode(shape: VaceShape, window: Window, tiling: bool) -> int:
    pixels = min(window.pixels, _TILE * _TILE) if tiling else window.pixels
    shown = _SHOWN * window.frames * window.pixels
    return _FLOAT * (_ENCODE * shape.base * pixels + shown)


def _decode(shape: VaceShape, window: Window, tiling: bool) -> int:
    pictures = 3 * window.frames * window.pixels
    end = _MADE * window.frames * window.pixels
    if not tiling or max(window.width, window.height) <= _TILE:
        return _FLOAT * max(_DECODE * shape.base * window.pixels + pictures, end)
    # All tiles of all frames are kept until the pictures are put together from them.
    tiles = 3 * window.frames * _tiled(window.height) * _tiled(window.width)
    working = _DECODE * shape.base * min(window.pixels, _TILE * _TILE)
    return _FLOAT * (tiles + max(working, end))


def _tiled(side: int) -> int:
    """The sides of all tiles along a side of that many pixels, together."""
    return sum(min(_TILE, side - start) for start in range(0, side, _STRIDE))


def _denoise(shape: VaceShape, window: Window, width: int, execution: Execution) -> int:
    count, dim = tokens(shape, window), shape.dim
    # A token's share of noise, control and result.
    ends = shape.patch**2 * (16 + 96) * width
    forward = (_FORWARD * dim + 2 * shape.ffn) * width
    attention = _ATTENTION * dim * width + _ATTENTION_FLOATS * dim
    rotations = 8 * dim // shape.heads
    hints = shape.hints * dim * width
    one = ends + hints + max(forward, attention)
    words = (shape.text_dim + dim) * width
    if attention > forward:
        # Keys and values of the words, and the norm of the keys in float32.
        words += (2 * width + 8) * dim
    layer = 2 * dim * shape.ffn if execution.precision is Precision.FLOAT8 else 0
    return execution.batch * (count * one + WORDS * words) + count * rotations + layer
