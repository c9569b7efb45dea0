"""One batch of takes, window after window: encode, denoise, decode."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import numpy as np
import torch

from pickup.protocol import JobPhase, Operation
from pickup_engine.models.vace_frames import Span
from pickup_engine.worker.backends.base import Bytes, Conditioning, Report
from pickup_engine.worker.backends.wan_vace.colour import Shift, measure_shift
from pickup_engine.worker.backends.wan_vace.components import Components
from pickup_engine.worker.backends.wan_vace.inputs import Earlier, Shown
from pickup_engine.worker.backends.wan_vace.noise import noise
from pickup_engine.worker.backends.wan_vace.pipeline import (
    Encoded,
    Sampler,
    Seat,
    TakesPipeline,
    counted,
    decode,
    guess,
)
from pickup_engine.worker.backends.wan_vace.preview import SAMPLES, Preview, middle
from pickup_engine.worker.backends.wan_vace.schedule import made_steps

_LOOK_SECONDS: Final = 1.0
"""Pictures on the way come at most this often."""

_HAND_OVER: Final = 2
"""Steps that the work between two windows counts as: decoding one, encoding the next."""


@dataclass
class Scene:
    """What all takes of a job have in common. `first` is the first window, once it is encoded.

    helpers: hashes of the other weights that had a part in it.
    """

    conditioning: Conditioning
    shown: Shown
    spans: tuple[Span, ...]
    sampler: Sampler
    tiling: bool
    helpers: dict[str, str] = field(default_factory=dict)
    first: Encoded | None = None
    preview: Preview | None = None

    @property
    def share(self) -> float:
        """Of the noise, how much a take begins with."""
        restyles = self.conditioning.operation is Operation.RESTYLE
        return self.conditioning.strength if restyles else 1.0

    @property
    def steps(self) -> int:
        """Of denoising, in each window."""
        return made_steps(self.sampler.steps, self.share)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        height, width = self.conditioning.known.shape[1:3]
        return width, height


@dataclass
class Made:
    """A take as it comes about: its frames by their time, and the colour shift of each window
    (None = none was taken out)."""

    frames: dict[int, Bytes] = field(default_factory=dict)
    shifts: list[Shift | None] = field(default_factory=list)

    @property
    def pictures(self) -> Bytes:
        """(frames, h, w, 3)."""
        return np.stack([self.frames[time] for time in sorted(self.frames)])


@dataclass
class TakesRun:
    """Makes one batch of takes of a scene with the parts of a model."""

    scene: Scene
    components: Components
    report: Report
    _pipe: TakesPipeline = field(init=False)

    def __post_init__(self) -> None:
        parts = self.components
        config = parts.denoiser_config()
        seats = [
            Seat(config, parts.dtype, partial(parts.denoiser, number))
            for number in range(len(parts.denoisers))
        ]
        self._pipe = TakesPipeline(
            tokenizer=None,
            text_encoder=None,
            vae=parts.resting_autoencoder(),
            scheduler=parts.scheduler(*self.scene.size),
            transformer=seats[0],
            transformer_2=seats[1] if len(seats) > 1 else None,
            boundary_ratio=parts.boundary,
        )
        self._pipe.set_progress_bar_config(disable=True)
        self._pipe.working = parts.device
        self._looked = 0.0

    def encode_first(self) -> None:
        """Encode what all takes begin with; steps of the current phase: `encode_steps`."""
        scene = self.scene
        vae = self.components.autoencoder(scene.tiling)
        with counted(vae.encoder, self.report.step):
            if scene.preview is None:
                real = scene.conditioning.known
                scene.preview = Preview.fit(vae, real, self.components.device)
            scene.first = self._encode(scene.spans[0], {})

    def _encode(self, span: Span, made: Earlier) -> Encoded:
        shown = self.scene.shown
        source = shown.source(span, made) if self.scene.share < 1 else ()
        return self._pipe.encode(shown.inputs(span, made), source)

    def takes(self, takes: Sequence[int]) -> list[Made]:
        """The takes with these numbers."""
        scene, count = self.scene, len(self.scene.spans)
        assert scene.first is not None
        steps = count * scene.steps + (count - 1) * _HAND_OVER
        self.report.phase(JobPhase.DENOISING, steps)
        made = [Made() for _ in takes]
        shown = [scene.first] * len(takes)
        for number, span in enumerate(scene.spans):
            if number > 0:
                self.components.autoencoder(scene.tiling)
                shown = [self._encode(span, one.frames) for one in made]
                self.report.step()
            latents = self._denoise(shown, takes, number, span)
            last = number == count - 1
            if last:
                kept = scene.shown.kept(span, made[0].frames)
                latent_frames = (_decoded(span, kept) - 1 + 3) // 4 + 1
                steps = latent_frames * self._tiles() * len(takes)
                self.report.phase(JobPhase.RENDERING, steps)
            self._decode(latents, span, made, self.report.step if last else _nothing)
            if not last:
                self.report.step()
        return made

    def _denoise(
        self, shown: Sequence[Encoded], takes: Sequence[int], number: int, span: Span
    ) -> torch.Tensor:
        scene, pipe = self.scene, self._pipe
        seed, references = scene.conditioning.seed, shown[0].references
        start = torch.cat(
            [noise(seed, take, number, span.frames, *scene.size, references) for take in takes]
        )
        pipe.scheduler.share = scene.share
        if shown[0].source is not None:
            source = torch.cat([one.source for one in shown if one.source is not None])
            pipe.scheduler.set_timesteps(scene.sampler.steps)
            start = pipe.scheduler.begin(start.to(source.device), source)

        def after_step(_: int) -> None:
            self.report.step()
            self._look(span, references)

        return pipe.denoise(shown, start, scene.sampler, after_step)

    def _look(self, span: Span, references: int) -> None:
        latents, now = guess(self._pipe.scheduler), time.monotonic()
        if latents is None or self.scene.preview is None or now - self._looked < _LOOK_SECONDS:
            return
        frame = references + middle(span.begin - span.first, span.end - span.first)
        self.report.look(self.scene.preview.picture(latents[0], frame, self.scene.size))
        # Making it may take a while, too.
        self._looked = time.monotonic()

    def _decode(
        self,
        latents: torch.Tensor,
        span: Span,
        made: Sequence[Made],
        step: Callable[[], None],
    ) -> None:
        vae = self.components.autoencoder(self.scene.tiling)
        with counted(vae.decoder, step):
            for row, one in enumerate(made):
                kept = self.scene.shown.kept(span, one.frames)
                pictures = decode(vae, latents[row : row + 1], _decoded(span, kept))
                known = np.stack([*kept.values()]) if kept else pictures[:0]
                shift = measure_shift(pictures[[time - span.first for time in kept]], known)
                new = pictures[span.begin - span.first : span.end - span.first]
                new = new if shift is None else shift.apply(new)
                one.frames.update(zip(range(span.begin, span.end), new, strict=True))
                one.shifts.append(shift)

    def encode_steps(self) -> int:
        """Steps of `encode_first`: one for each latent frame and tile, of both halves, of the
        references and of the preview's samples."""
        span = self.scene.spans[0]
        references = len(self.scene.conditioning.references)
        known = len(self.scene.conditioning.known)
        samples = min(SAMPLES, known) if self.scene.preview is None else 0
        halves = 2 if self.scene.share == 1 else 3
        whole = halves * ((span.frames - 1) // 4 + 1) + references + samples
        return whole * self._tiles()

    def _tiles(self) -> int:
        """In how many pieces a picture passes the autoencoder."""
        vae = self.components.resting_autoencoder()
        width, height = self.scene.size
        small = height <= vae.tile_sample_min_height and width <= vae.tile_sample_min_width
        if small or not self.scene.tiling:
            return 1
        down = -(-height // vae.tile_sample_stride_height)
        return down * -(-width // vae.tile_sample_stride_width)


def _decoded(span: Span, kept: Earlier) -> int:
    """How many frames of a window are decoded: up to the last that is new or compared."""
    return max([span.end - 1, *kept]) + 1 - span.first


def _nothing() -> None:
    """Work that is no step of its own."""
