from __future__ import annotations

from fractions import Fraction
from typing import cast

import cv2
import numpy as np
import pytest

from pickup.errors import Cancelled, ModelError
from pickup.protocol import Operation
from pickup_engine.finishing.change import changed_share
from pickup_engine.finishing.edits import EditRenderer
from pickup_engine.worker.backends.base import Bytes, Conditioning, Edits, Generated
from pickup_engine.worker.backends.motion.look import restyle
from support.inpaint import HEIGHT, WIDTH, Steps, panned, scenery, with_ball

SPEED = 1.5
CENTRE = 60, 40
"""Where the mark is painted, in the frame that it is painted in."""


def marked(
    picture: Bytes, at: tuple[float, float] = CENTRE, colour: object = (255, 220, 0)
) -> Bytes:
    out = picture.copy()
    centre = round(at[0]), round(at[1])
    cv2.circle(out, centre, 9, cast("tuple[int, int, int]", colour), -1)
    return out


def followed(
    pictures: Bytes, keyframes: dict[int, Bytes], steps: Steps | None = None
) -> tuple[Generated, Bytes]:
    """The job's answer, and the pictures (n, h, w, 3) that finishing makes of it, 8 bit."""
    given = Conditioning(
        Operation.RESTYLE,
        len(pictures),
        Fraction(25),
        pictures,
        tuple(range(len(pictures))),
        keyframes=np.stack(list(keyframes.values())),
        keyframe_times=tuple(keyframes),
    )
    made = restyle(given, steps or Steps())
    deep = pictures.astype(np.uint16) * np.uint16(257)
    painted = [key.astype(np.uint16) * np.uint16(257) for key in keyframes.values()]
    edits = cast(Edits, made.output)
    renderer = EditRenderer(edits, deep.__getitem__, painted, tuple(keyframes))
    frames = [renderer.picture(k) for k in range(len(pictures))]
    return made, (np.stack(frames) // 257).astype(np.uint8)


def has_mark(picture: Bytes, at: tuple[float, float]) -> bool:
    x, y = round(at[0]), round(at[1])
    return bool(
        np.abs(picture[y - 3 : y + 4, x - 3 : x + 4].astype(int) - (255, 220, 0)).mean() < 25
    )


def test_the_keyframe_itself_is_the_edited_picture_and_the_source_beside_it() -> None:
    shot = panned(8, SPEED)
    edited = marked(shot[3])
    _, made = followed(shot, {3: edited})
    assert np.array_equal(made[3], edited)


def test_a_file_that_was_compressed_with_loss_changes_only_what_was_painted() -> None:
    shot = panned(6, SPEED)
    coded = cv2.imencode(".jpg", marked(shot[2]), [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
    edited = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    assert np.abs(edited.astype(int) - shot[2]).mean() > 0.5
    _, made = followed(shot, {2: edited})
    assert has_mark(made[2], CENTRE)
    far = np.ones(shot.shape[1:3], bool)
    far[CENTRE[1] - 18 : CENTRE[1] + 19, CENTRE[0] - 18 : CENTRE[0] + 19] = False
    assert (made[2][far] == shot[2][far]).all(axis=1).mean() > 0.995


@pytest.mark.parametrize("key", [0, 6, 12])
def test_a_mark_moves_with_what_it_is_painted_on(key: int) -> None:
    shot = panned(13, SPEED)
    made_of, made = followed(shot, {key: marked(shot[key])})
    for k in (0, 4, 12):
        at = CENTRE[0] - SPEED * (k - key), CENTRE[1]
        truth = marked(shot[k], at).astype(np.float32)
        assert has_mark(made[k], at)
        wrong = ((made[k].astype(np.float32) - truth) ** 2).mean()
        assert 10 * np.log10(65025 / (wrong + 1e-9)) > 27
    assert made_of.confidence is not None
    assert made_of.confidence > 0.9
    assert made_of.details["lost_frames"] == []
    assert made_of.details["warnings"] == []


def test_a_mark_goes_behind_what_passes_before_it_and_comes_back() -> None:
    shot, ball = with_ball(panned(25, 0.0), 5, 5.0, radius=16)
    at = (60.0, float(HEIGHT // 2))
    made_of, made = followed(shot, {0: marked(shot[0], at)})
    hidden = [k for k in range(25) if ball[k][HEIGHT // 2 - 9 : HEIGHT // 2 + 10, 51:70].all()]
    assert hidden
    for k in hidden:
        assert np.abs(made[k].astype(int) - shot[k])[ball[k]].mean() < 6
    assert has_mark(made[-1], at)
    shown = cast("list[float]", made_of.details["confidence_by_frame"])
    assert min(shown) < 0.3 < 0.8 < shown[-1]


def test_after_a_cut_the_source_is_shown_and_the_frames_are_told() -> None:
    other = np.stack([scenery(WIDTH, HEIGHT, seed=k // 4 + 40) for k in range(4)])
    shot = np.concatenate([panned(5, SPEED), other])
    made_of, made = followed(shot, {1: marked(shot[1])})
    assert has_mark(made[4], (CENTRE[0] - 3 * SPEED, CENTRE[1]))
    assert np.abs(made[7:].astype(int) - shot[7:]).mean() < 0.5
    lost = cast("list[int]", made_of.details["lost_frames"])
    assert set(lost) >= {7, 8}
    assert made_of.details["warnings"] == [f"What was painted is lost in {len(lost)} of 9 frames."]


def test_between_two_keyframes_one_becomes_the_other() -> None:
    shot = panned(11, 0.0)
    first, last = marked(shot[0]), marked(shot[10], colour=(0, 40, 255))
    _, made = followed(shot, {0: first, 10: last})
    assert np.array_equal(made[0], first)
    assert np.array_equal(made[10], last)
    blue = made[:, CENTRE[1], CENTRE[0], 2].astype(int)
    assert (np.diff(blue) >= -3).all()
    assert 80 < blue[5] < 180


def test_a_grade_of_the_whole_picture_becomes_a_table_and_a_mark_is_kept_beside_it() -> None:
    shot = panned(9, SPEED)
    graded = np.clip(shot * np.array([0.9, 0.7, 0.5]) + (20, 5, 0), 0, 255).astype(np.uint8)
    made_of, made = followed(shot, {4: marked(graded[4])})
    assert cast(Edits, made_of.output).tables is not None
    assert made_of.details["graded"] is True
    assert np.array_equal(made[4], marked(graded[4]))
    away = slice(60, None)
    assert np.abs(made[8, away].astype(int) - graded[8, away]).mean() < 4
    assert has_mark(made[8], (CENTRE[0] - 4 * SPEED, CENTRE[1]))


def test_recoloured_cloth_keeps_its_own_light_and_comes_into_sight_in_its_new_colour() -> None:
    """A blue plate slides out from behind a wall: more of it is seen than in the keyframe."""
    shot = panned(12, 0.0)
    cloth = np.clip(scenery(WIDTH, HEIGHT, 9).mean(2, keepdims=True) * 0.35 + 40, 0, 120)
    colours = (
        (cloth * (0.25, 0.5, 2.0)).astype(np.uint8),
        (cloth * (2.0, 0.4, 0.3)).astype(np.uint8),
    )
    truth = shot.copy()
    for k in range(12):
        width = 40 + 3 * k
        shift = width - WIDTH
        for pictures, colour in ((shot, colours[0]), (truth, colours[1])):
            pictures[k, 20:76, 20 : 20 + width] = np.roll(colour, shift, 1)[20:76, 20 : 20 + width]
    made_of, made = followed(shot, {0: truth[0]})
    told = cast("list[dict[str, object]]", made_of.details["keyframes"])
    assert told[0]["recoloured"] is True
    inside = slice(24, 72), slice(24, 20 + 40 + 33 - 6)
    assert np.abs(made[11][inside].astype(int) - truth[11][inside]).mean() < 12
    assert np.abs(made[11].astype(int) - shot[11])[:, 110:].mean() < 1


def test_nothing_changed_and_another_picture_are_refused() -> None:
    shot = panned(3, 0.0)
    with pytest.raises(ModelError) as same:
        followed(shot, {1: shot[1]})
    assert same.value.code == "model.keyframe_same"
    with pytest.raises(ModelError) as other:
        followed(shot, {1: scenery(WIDTH, HEIGHT, seed=77)})
    assert other.value.code == "model.keyframe_other"


@pytest.mark.parametrize("level", [0, 90])
def test_a_plain_frame_may_be_painted_over(level: int) -> None:
    shot = panned(4, SPEED)
    shot[0] = level
    painted = scenery(WIDTH, HEIGHT, seed=77)
    _, made = followed(shot, {0: painted})
    assert np.abs(made[0].astype(int) - painted).mean() < 1


def test_equal_conditioning_gives_equal_pictures_and_cancel_is_heard() -> None:
    shot = panned(5, SPEED)
    key = {0: marked(shot[0])}
    assert np.array_equal(followed(shot, key)[1], followed(shot, key)[1])
    steps = Steps()
    followed(shot, key, steps)
    assert steps.done == steps.total == 4
    with pytest.raises(Cancelled):
        followed(shot, key, Steps(limit=2))


def test_what_was_painted_is_found_in_8_and_16_bits() -> None:
    base = scenery(80, 60)
    edited = marked(base, (40, 30))
    share = changed_share(base, edited)
    assert share[30, 40] == 255
    assert not share[:15].any()
    deep = changed_share(base.astype(np.uint16) * 257, edited.astype(np.uint16) * 257)
    assert np.array_equal(share, deep)
    assert not changed_share(base, np.clip(base.astype(int) + 1, 0, 255).astype(np.uint8)).any()
