"""The model's input grammar, checked on pictures and masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pickup.protocol import Operation
from pickup_engine.models.vace_frames import Span
from pickup_engine.worker.backends.wan_vace.inputs import Shown, VaceInputs, letterboxed
from pickup_engine.worker.backends.wan_vace.noise import noise
from pickup_engine.worker.backends.wan_vace.schedule import made_steps
from support.vace import HEIGHT, WIDTH, box, extend, over, shot


def values(images: list[Image.Image]) -> list[int | None]:
    """The value of each picture that has only one."""
    found = []
    for image in images:
        known = np.unique(np.asarray(image))
        found.append(int(known[0]) if len(known) == 1 else None)
    return found


def test_an_extension_shows_the_known_and_leaves_the_rest_grey() -> None:
    job = extend(5, 10)
    inputs = Shown(job).inputs(Span(-10, 17, 0, 5), {})
    assert values(inputs.mask) == [0] * 10 + [255] * 7
    assert values(inputs.video)[10:] == [128] * 7
    for shown, known in zip(inputs.video, job.known, strict=False):
        assert np.array_equal(np.asarray(shown), known)


def test_a_later_window_goes_on_from_what_was_made() -> None:
    made = dict(enumerate(shot(11, seed=6)))
    inputs = Shown(extend(20, 6)).inputs(Span(5, 17, 11, 20), made)
    assert values(inputs.mask) == [0] * 6 + [255] * 11
    assert np.array_equal(np.asarray(inputs.video[0]), made[5])


def test_a_later_inpaint_window_goes_on_from_real_pixels_outside_the_matte() -> None:
    job = over(Operation.INPAINT, 20, matte=box(20, 16, 8, 32, 24))
    made = {time: np.full((HEIGHT, WIDTH, 3), 250, np.uint8) for time in range(17)}
    inputs = Shown(job).inputs(Span(11, 13, 17, 20), made)
    first = np.asarray(inputs.video[0])
    assert (first[10:22, 18:30] == 250).all()
    assert np.array_equal(first[:6], job.known[11, :6])
    assert values(inputs.mask)[:6] == [0] * 6
    # Padding holds the last frame with its matte.
    assert np.array_equal(np.asarray(inputs.mask[-1]), np.asarray(inputs.mask[8]))
    assert np.array_equal(np.asarray(inputs.video[-1]), np.asarray(inputs.video[8]))


def test_a_matte_is_hard_grey_inside_and_grown_with_the_size() -> None:
    job = over(Operation.INPAINT, 5, matte=box(5, 16, 8, 32, 24))
    inputs = Shown(job).inputs(Span(0, 5, 0, 5), {})
    mask = np.asarray(inputs.mask[0])
    assert set(np.unique(mask)) == {0, 255}
    assert (np.asarray(inputs.video[0])[mask == 255] == 128).all()
    assert np.array_equal(np.asarray(inputs.video[0])[mask == 0], job.known[0][mask == 0])
    assert (mask[8:24, 15:33] == 255).all() and (mask[:, :15] == 0).all()
    large = replace(
        job,
        frames=1,
        known=np.zeros((1, 480, 832, 3), np.uint8),
        known_times=(0,),
        matte=np.pad(np.ones((1, 100, 100), np.bool_), ((0, 0), (200, 180), (300, 432))),
    )
    grown = np.asarray(Shown(large).inputs(Span(0, 1, 0, 1), {}).mask[0]) == 255
    assert grown[250].sum() == 100 + 2 * 12, "8 to 16 pixels at the usual size"


def test_an_empty_matte_frame_keeps_all() -> None:
    matte = box(5, 16, 8, 32, 24)
    matte[2] = False
    inputs = Shown(over(Operation.INPAINT, 5, matte=matte)).inputs(Span(0, 5, 0, 5), {})
    assert values(inputs.mask)[2] == 0


def test_a_pinned_picture_is_shown_whole_and_kept_in_every_verb() -> None:
    pin = shot(1, seed=7)
    for job in (
        extend(5, 4, keyframes=pin, keyframe_times=(3,)),
        over(Operation.INPAINT, 5, matte=box(5, 0, 0, 9, 9), keyframes=pin, keyframe_times=(3,)),
        over(Operation.RESTYLE, 5, keyframes=pin, keyframe_times=(3,)),
    ):
        control = shot(5) if job.operation is Operation.RESTYLE else None
        inputs = Shown(job, control).inputs(Span(0, 5, 0, 5), {})
        assert np.array_equal(np.asarray(inputs.video[3]), pin[0])
        assert values(inputs.mask)[3] == 0


def test_a_restyle_shows_its_control_and_makes_everything() -> None:
    control = shot(5, seed=9)
    inputs = Shown(over(Operation.RESTYLE, 5), control).inputs(Span(0, 5, 0, 5), {})
    assert values(inputs.mask) == [255] * 5
    assert np.array_equal(np.asarray(inputs.video[4]), control[4])


def test_a_weak_restyle_begins_with_the_new_look_where_it_is_given() -> None:
    pin = shot(1, seed=7)
    job = over(Operation.RESTYLE, 9, keyframes=pin, keyframe_times=(4,))
    made = {3: shot(1, seed=8)[0]}
    source = Shown(job).source(Span(2, 9, 4, 9), made)
    wanted = [job.known[2], made[3], pin[0], *job.known[5:], job.known[8], job.known[8]]
    assert len(source) == len(wanted)
    assert all(np.array_equal(np.asarray(a), b) for a, b in zip(source, wanted, strict=True))


@pytest.mark.parametrize("size", [(40, 10), (10, 40), (48, 32), (3, 3), (200, 1)])
def test_a_reference_keeps_its_shape_on_white(size: tuple[int, int]) -> None:
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    canvas = np.asarray(letterboxed(picture, WIDTH, HEIGHT))
    assert canvas.shape == (HEIGHT, WIDTH, 3)
    rows, columns = np.nonzero(canvas.max(axis=2) < 128)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert width == WIDTH or height == HEIGHT
    assert abs(width * size[1] / size[0] - height) <= max(1, size[1] / size[0])
    assert abs((rows.min() + rows.max() + 1) - HEIGHT) <= 1
    assert abs((columns.min() + columns.max() + 1) - WIDTH) <= 1


def test_numbers_that_do_not_fit_are_refused() -> None:
    rgb, grey = Image.new("RGB", (48, 32)), Image.new("L", (48, 32))
    small = Image.new("RGB", (32, 32))
    whole = VaceInputs([rgb] * 5, [grey] * 5, [rgb], 48, 32, 5)
    for change, words in (
        ({"video": [rgb] * 4 + [small]}, "video 4 is"),
        ({"mask": [grey] * 4 + [small.convert("L")]}, "mask 4 is"),
        ({"references": [small]}, "reference 0 is"),
        ({"references": [rgb] * 5}, "5 references"),
        ({"video": [rgb] * 4}, "4 pictures and 5 masks"),
        ({"frames": 4, "video": [rgb] * 4, "mask": [grey] * 4}, r"not 4k\+1"),
        ({"width": 40}, "no multiple of 16"),
        ({"height": 0}, "no multiple of 16"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(whole, **change)  # type: ignore[arg-type]


def test_noise_follows_seed_take_and_window() -> None:
    shape = (9, WIDTH, HEIGHT, 1)
    first = noise(3, 0, 0, *shape)
    assert first.shape == (1, 16, 4, HEIGHT // 8, WIDTH // 8)
    assert first.equal(noise(3, 0, 0, *shape))
    others = [noise(3, 1, 0, *shape), noise(3, 0, 1, *shape), noise(4, 0, 0, *shape)]
    assert not any(first.equal(other) for other in others)
    assert not others[0].equal(others[1])


@pytest.mark.parametrize(("steps", "share", "made"), [(30, 1, 30), (30, 0.5, 15), (30, 0, 1),
                                                      (4, 0.3, 1), (1, 1, 1)])  # fmt: skip
def test_the_strength_shortens_the_way(steps: int, share: float, made: int) -> None:
    assert made_steps(steps, share) == made
