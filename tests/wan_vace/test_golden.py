"""What reaches the denoiser is what a plain call of diffusers' pipeline for the same job gives it.

The pipeline's arguments are built here from scratch, by the model's published grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import WanVACEPipeline, WanVACETransformer3DModel
from numpy.typing import NDArray
from PIL import Image

from pickup.protocol import Control, Execution, Operation
from support.vace import (
    HEIGHT,
    STEPS,
    WIDTH,
    Told,
    backend_of,
    box,
    bridge,
    extend,
    over,
    pictures,
    shot,
)

PROMPT, NEGATIVE, SEED = "a street at night", "bad", 7
SIZE = (WIDTH, HEIGHT)
GREY, KEEP, MAKE = Image.new("RGB", SIZE, (128,) * 3), Image.new("L", SIZE, 0), Image.new(
    "L", SIZE, 255)  # fmt: skip


class Enough(Exception):
    """Both halves of the first step were seen."""


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Arguments of the denoiser's first two calls; then it stops."""
    calls: list[dict[str, Any]] = []

    def spy(self: Any, **arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 2:
            raise Enough
        return forward(self, **arguments)

    forward = WanVACETransformer3DModel.forward
    monkeypatch.setattr(WanVACETransformer3DModel, "forward", spy)
    yield calls


@pytest.fixture(scope="module")
def plain(random_vace: Path) -> WanVACEPipeline:
    pipe = WanVACEPipeline.from_pretrained(random_vace, dtype=torch.float32)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def image(picture: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(picture)


def tail() -> tuple[Any, dict[str, Any]]:
    known = [image(one) for one in shot(20)[2:]]
    return extend(15, 20), {
        "video": known + [GREY] * 15,
        "mask": [KEEP] * 18 + [MAKE] * 15,
        "num_frames": 33,
    }


def padded_tail() -> tuple[Any, dict[str, Any]]:
    known = [image(one) for one in shot(12)[2:]]
    return extend(5, 12), {
        "video": known + [GREY] * 7,
        "mask": [KEEP] * 10 + [MAKE] * 7,
        "num_frames": 17,
    }


def head() -> tuple[Any, dict[str, Any]]:
    known = [image(one) for one in shot(18)[:16]]
    return extend(13, 18, head=True), {
        "video": [GREY] * 13 + known,
        "mask": [MAKE] * 13 + [KEEP] * 16,
        "num_frames": 29,
    }


def bridged() -> tuple[Any, dict[str, Any]]:
    before, after = [image(one) for one in shot(12)[2:]], [image(one) for one in shot(8, seed=4)]
    return bridge(7, 12, 8), {
        "video": before + [GREY] * 7 + after,
        "mask": [KEEP] * 10 + [MAKE] * 7 + [KEEP] * 8,
        "num_frames": 25,
    }


def keyframes() -> tuple[Any, dict[str, Any]]:
    pins = shot(2, seed=5)
    video = [image(one) for one in shot(10)] + [GREY] * 15
    mask = [KEEP] * 10 + [MAKE] * 15
    for time, pin in zip((4, 14), pins, strict=True):
        video[10 + time], mask[10 + time] = image(pin), KEEP
    job = extend(15, 10, keyframes=pins, keyframe_times=(4, 14))
    return job, {"video": video, "mask": mask, "num_frames": 25}


def inpaint() -> tuple[Any, dict[str, Any]]:
    frames, matte = shot(9), box(9, 20, 8, 32, 20)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    # The rim is a pixel at this size, measured from the box's outermost pixels.
    aside = np.hypot(x - np.clip(x, 20, 31), y - np.clip(y, 8, 19)) <= 1
    reference = shot(1, 30, 10, seed=9)[0]
    canvas = Image.new("RGB", SIZE, (255, 255, 255))
    canvas.paste(image(reference).resize((48, 16), Image.Resampling.LANCZOS), (0, 8))
    video = []
    for one in frames:
        painted = one.copy()
        painted[aside] = 128
        video.append(image(painted))
    mask = [image((aside * 255).astype(np.uint8))] * 9
    job = over(Operation.INPAINT, 9, matte=matte, references=(reference,))
    return job, {"video": video, "mask": mask, "num_frames": 9, "reference_images": [canvas]}


def restyle() -> tuple[Any, dict[str, Any]]:
    video = []
    for one in shot(9):
        luma = one @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        video.append(image(np.stack([np.rint(luma).astype(np.uint8)] * 3, axis=-1)))
    execution = Execution(steps=STEPS, guidance=3.0, control=Control.GREY)
    job = over(Operation.RESTYLE, 9, execution=execution)
    return job, {"video": video, "mask": [MAKE] * 9, "num_frames": 9}


def call(plain: WanVACEPipeline, arguments: dict[str, Any]) -> Any:
    return plain(
        prompt=PROMPT,
        negative_prompt=NEGATIVE,
        width=WIDTH,
        height=HEIGHT,
        num_inference_steps=STEPS,
        guidance_scale=3.0,
        generator=torch.Generator("cpu").manual_seed(SEED),
        **arguments,
    )


@pytest.mark.parametrize("make", [tail, padded_tail, head, bridged, keyframes, inpaint, restyle])
def test_the_denoiser_sees_what_a_plain_call_shows_it(
    make: Callable[[], tuple[Any, dict[str, Any]]],
    random_vace: Path,
    plain: WanVACEPipeline,
    seen: list[dict[str, Any]],
) -> None:
    job, arguments = make()
    with pytest.raises(Enough):
        call(plain, arguments)
    expected = list(seen)
    seen.clear()
    job = replace(job, prompt=PROMPT, negative=NEGATIVE, seed=SEED)
    with pytest.raises(Enough):
        backend_of(random_vace).generate(job, Told())
    for ours, theirs in zip(seen, expected, strict=True):
        assert ours.keys() == theirs.keys()
        compared = 0
        for name, value in theirs.items():
            if isinstance(value, torch.Tensor):
                assert torch.equal(ours[name], value), name
                compared += 1
        assert compared == 5


@pytest.mark.parametrize(
    ("make", "first", "frames"),
    [(padded_tail, 10, 5), (head, 0, 13), (bridged, 10, 7), (inpaint, 0, 9), (restyle, 0, 9)],
)
def test_the_take_is_the_made_part_of_what_a_plain_call_makes(
    make: Callable[[], tuple[Any, dict[str, Any]]],
    first: int,
    frames: int,
    random_vace: Path,
    plain: WanVACEPipeline,
) -> None:
    job, arguments = make()
    made = backend_of(random_vace).generate(
        replace(job, prompt=PROMPT, negative=NEGATIVE, seed=SEED), Told()
    )
    wanted = np.rint(call(plain, arguments).frames[0][first : first + frames] * 255)
    (shift,) = made.details["colour_shift"]  # type: ignore[misc]
    if shift is not None:
        wanted = wanted * shift[:3] + shift[3:]
    wanted = np.clip(np.rint(wanted), 0, 255)
    assert np.abs(np.diff(wanted, axis=0)).mean() > 1, "the frames differ"
    # The last bit of a float may make a code fall over.
    assert np.abs(pictures(made) - wanted).max() <= 2
