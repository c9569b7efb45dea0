"""The embedded draft model: a diffusion transformer over dense motion.

The picture is divided into cells of 8 x 8 pixels of the reference frame (the last known one). For
each cell the network says where its content goes in each of 16 following frames: how likely each of
a few anchored paths is (see `anchors.py`), a small residual, and whether the content stays visible.
Pixels are never generated, they are moved.

One token holds 2 x 2 cells with all 16 frames. Blocks are those of DiT (Peebles & Xie, 2023) with
adaptive layer norm shared by all layers plus a learned table per layer (PixArt-alpha, 2023), axial
rotary positions and normalised queries and keys (Dehghani et al., ViT-22B, 2023).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional

from pickup_engine.worker.backends.motion.anchors import DEFAULT, KNOTS, PATHS, between
from pickup_engine.worker.backends.motion.features import CHANNELS

TIME_FEATURES = 128
"""Width of the sinusoidal encoding of the noise level."""

_MODULATIONS = 6
"""Shift, scale and gate, for attention and for the feed-forward part."""

_FIRST_GATE = 0.3
"""Initial gate of each residual branch: small enough to be stable, large enough to learn at
once."""

_VISIBLE = 0.9
"""Visibility that a zero output stands for (-1 hidden .. 1 visible)."""


_SURE = 3.0
"""Logit of the path that a new network answers with, against 0 of each other one."""

CODES = 6
"""Numbers of a code, see `MotionDiT.forward`."""

STARTS = (DEFAULT, 5, 2, 6)
"""That path for each mode: the best single guess, going on, stopping soon, the camera's."""


@dataclass(frozen=True)
class MotionOutput:
    """weights: (b, modes, paths, frames, h, w), they sum to 1 over the paths. residual: (b, modes,
    frames, 3, h, w): x and y in target units to add to the mixed paths, visibility in -1..1."""

    weights: Tensor
    residual: Tensor

    def mixed(self, paths: Tensor, mode: int = 0) -> Tensor:
        """The motion of one mode, (b, frames, 3, h, w), from paths (b, paths, frames, 2, h, w) in
        target units."""
        motion = (self.weights[:, mode, :, :, None] * paths).sum(dim=1)
        residual = self.residual[:, mode]
        return torch.cat([motion + residual[:, :, :2], residual[:, :, 2:]], dim=2)


class RmsNorm(nn.Module):
    """Root mean square norm over the last axis with a learned gain (Zhang & Sennrich, 2019)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """(..., width) -> same shape."""
        return functional.rms_norm(x.to(self.gain.dtype), (x.shape[-1],), self.gain)


class Block(nn.Module):
    """Attention over all tokens and a feed-forward part, both modulated by the noise level."""

    def __init__(self, width: int, heads: int, expansion: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.project = nn.Linear(width, width, bias=False)
        self.query_norm = RmsNorm(width // heads)
        self.key_norm = RmsNorm(width // heads)
        self.expand = nn.Linear(width, expansion * width)
        self.contract = nn.Linear(expansion * width, width)
        self.modulation = nn.Parameter(torch.randn(_MODULATIONS, width) / width**0.5)

    def forward(self, x: Tensor, shared: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        """x (b, n, width), shared (b, 6, width), rotary tables (n, width / heads / 2) -> like x."""
        modulation = (self.modulation[None] + shared).unsqueeze(2)
        shift, scale, gate, shift2, scale2, gate2 = modulation.unbind(1)
        normed = functional.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift
        x = x + gate * self.project(self._attend(normed, cosine, sine))
        normed = functional.layer_norm(x, x.shape[-1:]) * (1 + scale2) + shift2
        hidden = functional.gelu(self.expand(normed), approximate="tanh")
        return x + gate2 * cast(Tensor, self.contract(hidden))

    def _attend(self, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        split = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        query = _rotate(self.query_norm(query), cosine, sine).to(value.dtype)
        key = _rotate(self.key_norm(key), cosine, sine).to(value.dtype)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return mixed.transpose(1, 2).reshape(batch, tokens, width)


class MotionDiT(ModelMixin, ConfigMixin):
    """Predicts the clean motion from a noisy one ("sample prediction" of a flow).

    A new network answers with one anchored path and everything visible.
    """

    @register_to_config
    def __init__(
        self,
        frames: int = 16,
        features: int = CHANNELS,
        paths: int = PATHS,
        modes: int = 4,
        stem: int = 96,
        width: int = 240,
        layers: int = 6,
        heads: int = 6,
        expansion: int = 3,
        patch: int = 2,
        codes: int = CODES,
    ) -> None:
        super().__init__()
        if width % (4 * heads) != 0:
            raise ValueError("width must be a multiple of 4 x heads, for two rotary axes")
        self.width, self.heads, self.patch, self.frames = width, heads, patch, frames
        self.paths, self.modes = paths, modes
        cells = patch * patch
        self.motion_in = nn.Linear(frames * 3 * cells, width)
        self.feature_in = nn.Sequential(
            nn.Conv2d(features, stem, 3, padding=1),
            nn.GELU(),
            nn.Conv2d(stem, width, patch, stride=patch),
        )
        self.time_in = nn.Sequential(
            nn.Linear(TIME_FEATURES, width), nn.SiLU(), nn.Linear(width, width)
        )
        self.code_in = nn.Linear(codes, width)
        self.shared = nn.Linear(width, _MODULATIONS * width)
        self.blocks = nn.ModuleList([Block(width, heads, expansion) for _ in range(layers)])
        self.final = nn.Linear(width, 2 * width)
        self.motion_out = nn.Linear(width, modes * frames * 3 * cells)
        self.paths_out = nn.Linear(width, modes * paths * len(KNOTS) * cells)
        self._start_at_zero()

    def _start_at_zero(self) -> None:
        for layer in (self.motion_out, self.paths_out, self.final, self.shared):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        with torch.no_grad():
            gates = self.shared.bias.view(_MODULATIONS, self.width)
            gates[2] = _FIRST_GATE
            gates[5] = _FIRST_GATE

    def forward(
        self, motion: Tensor, sigma: Tensor, features: Tensor, code: Tensor
    ) -> MotionOutput:
        """One evaluation.

        motion: (b, frames, 3, h, w) noisy motion: x, y in target units as the difference to the
        default path, visibility in -1..1. sigma: (b,) noise level, 1 = pure noise. features: (b,
        features, h, w), see `features.py`. code: (b, codes): the last is 1 to ask for the best
        single guess instead of a sample (then motion is zero and sigma 1); the others, a camera
        move in version 0.1, are 0. h and w must be multiples of the patch.
        """
        height, width = motion.shape[-2:]
        rows, columns = height // self.patch, width // self.patch
        context = self.feature_in(features).flatten(2).transpose(1, 2)
        x = self.motion_in(self._to_tokens(motion, rows, columns)) + context
        level = functional.silu(self.time_in(_sinusoid(sigma)) + self.code_in(code))
        shared = self.shared(level).view(len(motion), _MODULATIONS, self.width)
        cosine, sine = self._rotary(rows, columns, motion.device)
        for block in self.blocks:
            x = block(x, shared, cosine, sine)
        shift, scale = self.final(level)[:, None].chunk(2, -1)
        x = functional.layer_norm(x, (self.width,)) * (1 + scale) + shift
        residual = self._to_cells(self.motion_out(x), (self.modes, self.frames, 3), rows, columns)
        rest = torch.tensor([0.0, 0.0, _VISIBLE], device=x.device, dtype=x.dtype)
        logits = self._to_cells(
            self.paths_out(x), (self.modes, self.paths, len(KNOTS)), rows, columns
        )
        return MotionOutput(self._weights(logits.float()), residual + rest[:, None, None])

    def best_guess(self, features: Tensor) -> MotionOutput:
        """One evaluation without noise: the best single guess, and the other modes' ways to go on,
        for features (b, features, h, w)."""
        empty = features.new_zeros(len(features), self.frames, 3, *features.shape[2:])
        code = features.new_zeros(len(features), CODES)
        code[:, -1] = 1.0
        guess: MotionOutput = self(empty, features.new_ones(len(features)), features, code)
        return guess

    def _weights(self, logits: Tensor) -> Tensor:
        """(b, modes, paths, knots, h, w) -> (b, modes, paths, frames, h, w)."""
        start = torch.zeros(self.modes, self.paths, device=logits.device)
        for mode in range(self.modes):
            start[mode, STARTS[mode % len(STARTS)]] = _SURE
        weights = torch.softmax(logits + start[None, :, :, None, None, None], dim=2)
        places = [between(float(time)) for time in range(1, self.frames + 1)]
        low = torch.tensor([index for index, _ in places], device=logits.device)
        part = torch.tensor([share for _, share in places], device=logits.device)[:, None, None]
        return weights[:, :, :, low] * (1 - part) + weights[:, :, :, low + 1] * part

    def _to_tokens(self, motion: Tensor, rows: int, columns: int) -> Tensor:
        batch, frames = motion.shape[:2]
        cells = motion.reshape(batch, frames * 3, rows, self.patch, columns, self.patch)
        return cells.permute(0, 2, 4, 1, 3, 5).reshape(batch, rows * columns, -1)

    def _to_cells(self, tokens: Tensor, shape: tuple[int, ...], rows: int, columns: int) -> Tensor:
        batch, size = tokens.shape[0], self.patch
        cells = tokens.view(batch, rows, columns, math.prod(shape), size, size)
        return cells.permute(0, 3, 1, 4, 2, 5).reshape(batch, *shape, rows * size, columns * size)

    def _rotary(self, rows: int, columns: int, device: torch.device) -> tuple[Tensor, Tensor]:
        quarter = self.width // self.heads // 4
        steps = torch.arange(quarter, device=device) / quarter
        frequencies = torch.exp(-math.log(100.0) * steps)
        down = torch.arange(rows, device=device).repeat_interleave(columns)[:, None] * frequencies
        across = torch.arange(columns, device=device).repeat(rows)[:, None] * frequencies
        angles = torch.cat([down, across], -1)
        return angles.cos(), angles.sin()


def _rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    real, imaginary = x.chunk(2, -1)
    turned = (real * cosine - imaginary * sine, imaginary * cosine + real * sine)
    return torch.cat(turned, -1)


def _sinusoid(sigma: Tensor) -> Tensor:
    """(b,) -> (b, 128); frequencies 1 .. 1/1000 of 1000 sigma (Vaswani et al., 2017)."""
    half = TIME_FEATURES // 2
    steps = torch.arange(half, device=sigma.device) / half
    angles = torch.exp(-math.log(1000.0) * steps) * sigma[:, None] * 1000
    return torch.cat([angles.cos(), angles.sin()], -1)
