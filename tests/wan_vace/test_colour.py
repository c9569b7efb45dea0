"""A colour shift of the model is taken out, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKLWan

from pickup_engine.models.vace_frames import Span
from pickup_engine.worker.backends.wan_vace.colour import Shift, measure_shift
from pickup_engine.worker.backends.wan_vace.inputs import Shown
from support.vace import Told, backend_of, extend, pictures, shot


def shifted(pictures: np.ndarray) -> np.ndarray:
    """Paler and warmer, as an autoencoder may make them."""
    moved = (pictures.astype(np.float32) - 128) * 0.94 + 128 + np.array([4, 0, -3])
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)


def test_a_shift_is_measured_and_taken_out() -> None:
    known = shot(6)
    shift = measure_shift(shifted(known), known)
    assert shift is not None
    new = shot(4, seed=1)
    back = shift.apply(shifted(new)).astype(int)
    # What the paler codes rounded away, or cut off at the ends, cannot come back.
    assert np.abs(back - new).mean() < 1.0
    assert np.abs(shifted(new).astype(int) - new).mean() > 3


def test_what_is_alike_stays_and_what_is_another_picture_says_nothing() -> None:
    known = shot(4)
    same = measure_shift(known, known)
    assert same is not None
    assert np.array_equal(same.apply(known), known)
    assert measure_shift(shot(4, seed=5), known) is None
    assert measure_shift(known[:0], known[:0]) is None


def test_a_shift_has_limits() -> None:
    dark = np.full((2, 8, 8, 3), 100, np.uint8)
    shift = measure_shift(dark, dark + 14)
    assert shift is not None
    # An even picture has no spread to compare: only the limited offset is left.
    assert (shift.apply(dark) == 112).all()
    assert Shift((1, 1, 1), (300, 0, -300)).apply(dark)[0, 0, 0].tolist() == [255, 100, 0]


def test_lost_grain_is_no_lost_contrast() -> None:
    known = shot(6, 96, 64)
    flat = (known.astype(np.float32) - 128) * 0.15 + 90
    grain = np.random.default_rng(2).normal(0, 8, flat.shape)
    grainy = np.clip(np.rint(flat + grain), 0, 255).astype(np.uint8)
    shift = measure_shift(np.rint(flat).astype(np.uint8), grainy)
    assert shift is not None
    assert np.abs(np.array(shift.gain) - 1).max() < 0.02
    assert np.abs(shift.apply(known).astype(int) - known).max() <= 3


def test_where_pictures_do_not_agree_contrast_is_left_alone() -> None:
    rng = np.random.default_rng(4)
    dark, other = (
        np.repeat(np.repeat(rng.integers(low, high, (2, 8, 12, 3)), 8, axis=1), 8, axis=2).astype(
            np.uint8
        )
        for low, high in ((10, 20), (4, 30))
    )
    shift = measure_shift(dark, other)
    assert shift is not None
    assert shift.gain == (1, 1, 1) and np.abs(shift.offset).max() < 6


def test_a_shift_of_dark_pictures_keeps_their_brightness() -> None:
    bright = shot(4, 96, 64)
    pale, deep = (np.rint(bright * share + 4).astype(np.uint8) for share in (0.10, 0.16))
    shift = measure_shift(pale, deep)
    assert shift is not None
    assert max(shift.gain) <= 1.12
    back = shift.apply(pale).astype(int)
    assert np.abs(back.mean(axis=(0, 1, 2)) - deep.mean(axis=(0, 1, 2))).max() < 0.6


def test_the_pictures_beside_what_is_made_are_compared() -> None:
    tail = Shown(extend(5, 18)).kept(Span(-18, 25, 0, 5), {})
    assert list(tail) == list(range(-8, 0))
    head = Shown(extend(5, 16, head=True)).kept(Span(-4, 25, 0, 5), {})
    assert list(head) == list(range(5, 10))
    pinned = extend(9, 4, keyframes=shot(1), keyframe_times=(3,))
    assert list(Shown(pinned).kept(Span(-4, 13, 0, 9), {})) == [-4, -3, -2, -1]
    made = dict(enumerate(shot(8)))
    later = Shown(extend(20, 18)).kept(Span(2, 17, 8, 19), made)
    assert list(later) == list(range(2, 8)) and np.array_equal(later[5], made[5])


def test_a_take_has_the_shots_colours(random_vace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random weights decode to noise, so the autoencoder is made one that knows the shot and pales
    it: the take must come out as the shot was."""
    whole = shot(25)
    video = torch.from_numpy(shifted(whole).transpose(3, 0, 1, 2)[None].copy()) / 127.5 - 1

    def pale(_: AutoencoderKLWan, latents: torch.Tensor, **__: Any) -> tuple[torch.Tensor]:
        return (video[:, :, : (latents.shape[2] - 1) * 4 + 1],)

    monkeypatch.setattr(AutoencoderKLWan, "decode", pale)
    job = extend(7, 18)
    made = pictures(backend_of(random_vace).generate(job, Told()))
    assert np.array_equal(job.known, whole[:18])
    assert np.abs(shifted(whole)[18:].astype(int) - whole[18:]).mean() > 3
    assert np.abs(made - whole[18:]).mean() < 1.0
