"""Measures Wan VACE on this machine with random weights: speed, memory, and what could be had.

    python packaging/benchmark_vace.py [--size tiny|small|1.3b|14b] [--device cuda|cpu]
        [--picture 832x480] [--frames 81] [--steps 3] [--peak TFLOPS]

Weights are made on the device, the full size included: time and memory do not depend on what they
are. One markdown table is printed: our pipeline, whole and in tiles, and a plain call of
diffusers' WanVACEPipeline with the same parts, the same pictures and the same number of steps.

step: the median of all but the first. share: floating point operations by the formula (attention
and linear layers) over those that the device could do in that time: the datasheet's number for
dense bfloat16 where the card is known (or --peak), else what a large matrix product reaches here.
memory: the allocator's peak; formula: what a plan would have reckoned with for the same parts (on
the processor small pictures take more, see `measure.ENCODE`).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from PIL import Image

from pickup.protocol import Execution, Precision
from pickup_engine.models.folder import read_json
from pickup_engine.models.vace_configs import NAMES, configs
from pickup_engine.models.vace_frames import PREFIX
from pickup_engine.models.vace_memory import WORDS, Window, activations, step_flops
from pickup_engine.models.vace_shape import KEPT, VaceShape, shape_of_configs, shape_of_folder
from pickup_engine.worker.backends.wan_vace.inputs import VaceInputs
from pickup_engine.worker.backends.wan_vace.measure import peak
from pickup_engine.worker.backends.wan_vace.noise import noise
from pickup_engine.worker.backends.wan_vace.pipeline import Sampler, TakesPipeline, decode
from pickup_engine.worker.backends.wan_vace.random_model import SIZES, make_random_model

GUIDANCE: Final = 5.0
DATASHEET: Final = {"H200": 989e12, "H100": 989e12, "A100": 312e12, "L40S": 362e12,
    "RTX 4090": 165e12, "RTX 3090": 71e12}  # fmt: skip
"""Operations a second, dense bfloat16 with float32 sums, by NVIDIA's datasheets (H100: SXM)."""

_GREY: Final = (128, 128, 128)


@dataclass(frozen=True)
class Model:
    """Parts of a model on a device."""

    shape: VaceShape
    denoiser: WanVACETransformer3DModel
    autoencoder: AutoencoderKLWan
    scheduler: Mapping[str, Any]
    device: torch.device
    dtype: torch.dtype

    @property
    def bytes(self) -> int:
        """Of all weights here."""
        parts = (self.denoiser, self.autoencoder)
        return sum(w.numel() * w.element_size() for part in parts for w in part.parameters())

    def noise_levels(self) -> UniPCMultistepScheduler:
        """A new scheduler."""
        return UniPCMultistepScheduler(**self.scheduler)


@dataclass(frozen=True)
class Job:
    """An extension: `PREFIX` known pictures (fewer in a short window), the rest to be made."""

    window: Window
    steps: int
    words: torch.Tensor

    def inputs(self) -> VaceInputs:
        """What the model is shown."""
        window, size = self.window, (self.window.width, self.window.height)
        known = min(PREFIX, window.frames // 2)
        rng = np.random.default_rng(0)
        shot = rng.integers(0, 256, (known, window.height, window.width, 3), np.uint8)
        grey = [Image.new("RGB", size, _GREY)] * (window.frames - known)
        video = [*(Image.fromarray(picture) for picture in shot), *grey]
        masks = [Image.new("L", size, 0 if k < known else 255) for k in range(window.frames)]
        return VaceInputs(video, masks, [], window.width, window.height, window.frames)


@dataclass
class Clock:
    """Times of what happened, once the device has done it."""

    device: torch.device
    times: list[float] = field(default_factory=list)

    def tick(self, *_: object) -> None:
        """Now."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self.times.append(time.perf_counter())

    def ticked(self, _: Any, __: int, ___: Any, values: dict[str, Any]) -> dict[str, Any]:
        """As diffusers' callback after a step."""
        self.tick()
        return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--picture", default="")
    parser.add_argument("--frames", type=int, default=0)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--peak", type=float, default=0.0, help="of the device, in TFLOP/s")
    told = parser.parse_args()
    device = torch.device(told.device)
    full = told.size in NAMES
    width, height = map(int, (told.picture or ("832x480" if full else "128x96")).split("x"))
    window = Window(width, height, told.frames or (81 if full else 25))
    model = made(told.size, device)
    words = torch.randn(1, WORDS, model.shape.text_dim, device=device, dtype=model.dtype)
    job = Job(window, told.steps, words)
    top, source = (told.peak * 1e12, "--peak") if told.peak else top_speed(device, model.dtype)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "processor"
    print(
        "| model | picture | how | encode s | step s | TFLOP/s | share | decode s | memory GB"
        " | formula GB |\n|---|---|---|---:|---:|---:|---:|---:|---:|---:|"
    )
    ways = (
        ("Pickup", ours, False),
        ("Pickup, tiles", ours, True),
        ("plain diffusers", plain, False),
    )
    for how, run, tiling in ways:
        clock, most = observed(run, model, job, tiling)
        formula = model.bytes + reckoned(model, window, tiling)
        print(row(told.size, how, model, job, clock, most, formula, top), flush=True)
    print(
        f"\n{name}, torch {torch.__version__}, {model.dtype}; share of {top / 1e12:.3g} TFLOP/s"
        f" ({source}); guidance {GUIDANCE:g}: two evaluations a step."
    )


def row(
    size: str, how: str, model: Model, job: Job, clock: Clock, most: int, formula: int, top: float
) -> str:
    """A line of the table. The clock ticked before and after encoding, after every step and after
    decoding; a plain call encodes and takes its first step in one."""
    window, times = job.window, clock.times
    steps = times[-1 - job.steps : -1]
    lengths = [b - a for a, b in pairwise(steps)] or [steps[0] - times[-3]]
    step = statistics.median(lengths)
    speed = step_flops(model.shape, window) / step
    encode = f"{times[1] - times[0]:.2f}" if len(times) == job.steps + 3 else "–"
    return (
        f"| {size} | {window.width}x{window.height}x{window.frames} | {how} | {encode} |"
        f" {step:.3f} | {speed / 1e12:.3g} | {speed / top:.0%} | {times[-1] - times[-2]:.2f} |"
        f" {most / 1e9:.2f} | {formula / 1e9:.2f} |"
    )


@torch.no_grad()
def ours(model: Model, job: Job, tiling: bool, clock: Clock) -> None:
    """As the worker does it: encode, denoise, decode."""
    pipe = _pipeline(TakesPipeline, model, tiling)
    pipe.working = model.device
    clock.tick()
    shown = pipe.encode(job.inputs())
    clock.tick()
    window = job.window
    start = noise(0, 0, 0, window.frames, window.width, window.height, 0)
    sampler = Sampler(job.steps, GUIDANCE, job.words, job.words)
    latents = pipe.denoise([shown], start, sampler, clock.tick)
    decode(model.autoencoder, latents, window.frames)
    clock.tick()


@torch.no_grad()
def plain(model: Model, job: Job, tiling: bool, clock: Clock) -> None:
    """The same by one call."""
    pipe, inputs = _pipeline(WanVACEPipeline, model, tiling), job.inputs()
    clock.tick()
    pipe(
        video=inputs.video,
        mask=inputs.mask,
        prompt_embeds=job.words,
        negative_prompt_embeds=job.words,
        height=inputs.height,
        width=inputs.width,
        num_frames=inputs.frames,
        num_inference_steps=job.steps,
        guidance_scale=GUIDANCE,
        generator=torch.Generator("cpu").manual_seed(0),
        callback_on_step_end=clock.ticked,
    )
    clock.tick()


def observed(
    run: Callable[[Model, Job, bool, Clock], None], model: Model, job: Job, tiling: bool
) -> tuple[Clock, int]:
    """When things were done, and the most bytes that there were at once, weights included."""
    clock = Clock(model.device)
    if model.device.type != "cuda":
        run(model, job, tiling, clock)
        again = Clock(model.device)
        return clock, model.bytes + peak(lambda: run(model, job, tiling, again), model.device)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats(model.device)
    run(model, job, tiling, clock)
    return clock, torch.cuda.max_memory_allocated(model.device)


def reckoned(model: Model, window: Window, tiling: bool) -> int:
    """Bytes on top of the weights by the formula, without the phase that reads words."""
    precision = Precision.FLOAT32 if model.dtype == torch.float32 else Precision.BFLOAT16
    found = activations(model.shape, window, Execution(precision=precision, tiling=tiling))
    return max(found.encode, found.denoise, found.decode)


def made(size: str, device: torch.device) -> Model:
    """Random parts of a size; bfloat16 on a card, the autoencoder always float32."""
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    parts, shape = _parts(size)
    torch.manual_seed(0)
    with device:
        torch.set_default_dtype(dtype)
        denoiser = WanVACETransformer3DModel(**parts["transformer"]).eval()
        torch.set_default_dtype(torch.float32)
        autoencoder = AutoencoderKLWan(**parts["vae"]).eval()
    for name, weights in denoiser.named_parameters():
        if KEPT & set(name.split(".")):
            weights.data = weights.data.float()
    return Model(shape, denoiser, autoencoder, parts["scheduler"], device, dtype)


def _parts(size: str) -> tuple[Mapping[str, Mapping[str, Any]], VaceShape]:
    if size in NAMES:
        return configs(size), shape_of_configs(size)
    with tempfile.TemporaryDirectory() as folder:
        path = make_random_model(Path(folder) / "model", size)
        names = {"transformer": "config", "vae": "config", "scheduler": "scheduler_config"}
        found = {part: read_json(path / part / f"{name}.json") for part, name in names.items()}
        shape = shape_of_folder(path)
    plain = {
        part: {key: value for key, value in config.items() if not key.startswith("_")}
        for part, config in found.items()
    }
    return plain, shape


def _pipeline(kind: type[Any], model: Model, tiling: bool) -> Any:
    vae = model.autoencoder
    (vae.enable_tiling if tiling else vae.disable_tiling)()
    pipe = kind(
        tokenizer=None,
        text_encoder=None,
        vae=vae,
        scheduler=model.noise_levels(),
        transformer=model.denoiser,
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def top_speed(device: torch.device, dtype: torch.dtype) -> tuple[float, str]:
    """Operations a second, and where the number is from."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        for known, speed in DATASHEET.items():
            if known in name:
                return speed, "datasheet"
    side = 8192 if device.type == "cuda" else 1024
    a = torch.randn(side, side, device=device, dtype=dtype)
    clock, times = Clock(device), 4
    for _ in range(times):
        a @ a
        clock.tick()
    best = min(b - a for a, b in pairwise(clock.times))
    return 2 * side**3 / best, f"a product of {side} x {side} here"


if __name__ == "__main__":
    main()
