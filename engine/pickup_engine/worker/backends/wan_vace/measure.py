"""Measures how much memory the phases of Wan VACE take, against the formula that plans with it.

    python -m pickup_engine.worker.backends.wan_vace.measure [--device cuda] [--quick]

Random weights of the real classes at sizes that the formula was not fitted to; a table of markdown
is printed. On the processor the peak is that of PyTorch's allocator by its profiler, on a card that
of CUDA's caching allocator.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanVACETransformer3DModel
from PIL import Image
from torch import nn
from torch.profiler import ProfilerActivity, profile
from transformers import UMT5Config, UMT5EncoderModel

from pickup.protocol import Execution, Precision
from pickup_engine.models.vace_configs import configs
from pickup_engine.models.vace_memory import WORDS, Window, activations
from pickup_engine.models.vace_shape import KEPT, VaceShape, shape_of_configs
from pickup_engine.worker.backends.wan_vace.inputs import VaceInputs
from pickup_engine.worker.backends.wan_vace.pipeline import TakesPipeline, decode

_TEXT_DIM: Final = 192


@dataclass(frozen=True)
class Case:
    """What is measured. heads x head wide denoiser, `base` channels of the autoencoder."""

    window: Window
    heads: int = 4
    head: int = 64
    ffn: int = 1024
    layers: int = 4
    hints: int = 2
    base: int = 96
    precision: Precision = Precision.FLOAT32
    batch: int = 1
    tiling: bool = False

    @property
    def shape(self) -> VaceShape:
        """Of a model like this one."""
        return replace(
            shape_of_configs("1.3b"),
            dim=self.heads * self.head,
            heads=self.heads,
            ffn=self.ffn,
            layers=self.layers,
            hints=self.hints,
            text_dim=_TEXT_DIM,
            base=self.base,
            text_ffn=self.ffn,
            text_heads=self.heads * 2,
        )

    @property
    def execution(self) -> Execution:
        """How it is run."""
        return Execution(precision=self.precision, batch=self.batch, tiling=self.tiling)

    @property
    def dtype(self) -> torch.dtype:
        """What is computed in."""
        return torch.float32 if self.precision is Precision.FLOAT32 else torch.bfloat16


@dataclass(frozen=True)
class Measured:
    """Bytes on top of the weights, by the formula and in truth."""

    phase: str
    case: Case
    formula: int
    bytes: int

    @property
    def error(self) -> float:
        """Of the formula, as a share of the truth."""
        return self.formula / self.bytes - 1


DENOISE: Final = (
    Case(Window(208, 144, 17), 5, 80, 2320, 3, 2),
    Case(Window(176, 144, 33, references=1), 6, 48, 1200, 4, 3, precision=Precision.BFLOAT16),
    Case(Window(144, 112, 17), 3, 112, 600, 3, 1, precision=Precision.BFLOAT16, batch=2),
    Case(Window(224, 160, 21), 4, 64, 400, 3, 2),
)
ENCODE: Final = (Case(Window(16, 288, 9), base=28), Case(Window(32, 272, 13), base=48))
"""Narrow and high: for small ones PyTorch's convolutions on the processor take another way, which
needs three times the memory and is never taken at real sizes."""
DECODE: Final = (*ENCODE, Case(Window(320, 288, 9), base=16, tiling=True))
PICTURES: Final = (Case(Window(64, 48, 321), base=2), Case(Window(80, 48, 241), base=2))
"""Where the pictures themselves count for more than the autoencoder's inside."""

TEXT: Final = (Case(Window(16, 16, 1), 7, 48, 1280), Case(Window(16, 16, 1), 9, 64, 1600))


def measure(device: str = "cpu", quick: bool = False) -> Iterator[Measured]:
    """All phases; `quick`: one case each."""
    for phase, made, cases in (
        ("text", text, TEXT),
        ("encode", encode, (*PICTURES, *ENCODE)),
        ("denoise", denoise, DENOISE),
        ("decode", decoded, (*PICTURES, *DECODE)),
    ):
        for case in cases[:1] if quick else cases:
            formula = getattr(activations(case.shape, case.window, case.execution), phase)
            yield Measured(phase, case, formula, made(case, torch.device(device)))


def text(case: Case, device: torch.device) -> int:
    """Peak while a prompt is read."""
    shape = case.shape
    config = UMT5Config(vocab_size=64, d_model=shape.dim, d_kv=shape.dim // shape.text_heads,
        d_ff=shape.text_ffn, num_layers=2, num_heads=shape.text_heads,
        feed_forward_proj="gated-gelu", is_encoder_decoder=False)  # fmt: skip
    model = UMT5EncoderModel(config).eval().to(device, case.dtype)
    words = torch.zeros(1, WORDS, dtype=torch.long, device=device)
    return peak(lambda: model(words, torch.ones_like(words)), device)


def encode(case: Case, device: torch.device) -> int:
    """Peak while a window's pictures and mask become latents."""
    pipe, window = _pipeline(case, device), case.window
    picture = Image.fromarray(np.zeros((window.height, window.width, 3), np.uint8))
    count = window.frames
    inputs = VaceInputs(
        [picture] * count, [picture.convert("L")] * count, [], window.width, window.height, count
    )
    return peak(lambda: pipe.encode(inputs), device)


def decoded(case: Case, device: torch.device) -> int:
    """Peak while latents become 8-bit pictures."""
    window, vae = case.window, _autoencoder(case, device)
    size = (window.frames - 1) // 4 + 1, window.height // 8, window.width // 8
    latents = torch.zeros(1, 16, *size, device=device)
    return peak(lambda: decode(vae, latents, window.frames), device)


def denoise(case: Case, device: torch.device) -> int:
    """Peak of one evaluation of the denoiser."""
    window, model = case.window, denoiser(case, device)
    latents = (window.frames - 1) // 4 + 1 + window.references
    size = case.batch, latents, window.height // 8, window.width // 8

    def run() -> Any:
        def made(channels: int) -> torch.Tensor:
            return torch.zeros(size[0], channels, *size[1:], device=device, dtype=case.dtype)

        words = torch.zeros(case.batch, WORDS, _TEXT_DIM, device=device, dtype=case.dtype)
        time = torch.full((case.batch,), 500, device=device)
        return model(made(16), time, words, control_hidden_states=made(96), return_dict=False)

    return peak(run, device)


def denoiser(case: Case, device: torch.device) -> WanVACETransformer3DModel:
    """A random one of the case's widths, its types as the loader leaves them."""
    model = WanVACETransformer3DModel(
        **{
            **configs("1.3b")["transformer"],
            "num_attention_heads": case.heads,
            "attention_head_dim": case.head,
            "ffn_dim": case.ffn,
            "num_layers": case.layers,
            "vace_layers": list(range(case.hints)),
            "text_dim": _TEXT_DIM,
        }
    ).eval()
    for name, weights in model.named_parameters():
        if not KEPT & set(name.split(".")):
            weights.data = weights.data.to(case.dtype)
    return model.to(device)


def peak(run: Callable[[], Any], device: torch.device) -> int:
    """Bytes that `run` has at once, on top of what was there."""
    with torch.no_grad():
        if device.type == "cuda":
            return _peak_on_card(run, device)
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
            run()
    events = seen.profiler.kineto_results.events()
    steps = [(event.start_ns(), event.nbytes()) for event in events if event.name() == "[memory]"]
    most = now = 0
    for _, size in sorted(steps, key=lambda step: step[0]):
        now += size
        most = max(most, now)
    return most


def _peak_on_card(run: Callable[[], Any], device: torch.device) -> int:
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    run()
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before


def _autoencoder(case: Case, device: torch.device) -> AutoencoderKLWan:
    vae = AutoencoderKLWan(**{**configs("1.3b")["vae"], "base_dim": case.base}).eval().to(device)
    if case.tiling:
        vae.enable_tiling()
    return vae


def _pipeline(case: Case, device: torch.device) -> TakesPipeline:
    with torch.device("meta"):
        outline: nn.Module = WanVACETransformer3DModel(num_layers=1, vace_layers=[0])
    pipe = TakesPipeline(
        tokenizer=None,
        text_encoder=None,
        vae=_autoencoder(case, device),
        scheduler=UniPCMultistepScheduler(),
        transformer=outline,
    )
    pipe.working = device
    return pipe


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description="Memory of Wan VACE: the formula and the truth.")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true", help="one case for each phase")
    told = parser.parse_args()
    if told.device == "cpu":
        torch.set_num_threads(1)
    print("| phase | picture | model | type | formula MB | measured MB | error |")
    print("|---|---|---|---|---:|---:|---:|")
    for one in measure(told.device, told.quick):
        case, window = one.case, one.case.window
        picture = f"{window.width}x{window.height}x{window.frames}+{window.references}"
        model = f"{case.heads}x{case.head}/{case.ffn}, base {case.base}, batch {case.batch}"
        print(
            f"| {one.phase} | {picture} | {model} | {case.precision} | {one.formula / 1e6:.1f} |"
            f" {one.bytes / 1e6:.1f} | {one.error:+.1%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
