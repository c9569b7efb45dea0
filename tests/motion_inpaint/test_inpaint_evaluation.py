"""The measure of removal, on shots whose truth is known."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pickup_engine.training.evaluate_inpaint import (
    MEDIAN,
    OURS,
    TELEA,
    inpaint_limits,
    inpaint_text,
    measure,
)
from pickup_engine.training.halves import Half
from pickup_engine.training.inpaint_cases import UNTOUCHED, Case, paste, plates
from pickup_engine.training.tables import Table
from support.inpaint import panned, scenery


def pasted(clip: str, speed: float) -> Case:
    clean = panned(28, speed)
    pictures, matte = paste(clean, 5)
    return Case(clip, "0", pictures, matte, clean.astype(np.float32))


def test_moving_and_still_cameras_are_judged_apart() -> None:
    table = Table("inpaint", OURS, [measure(pasted("pan", -1.5)), measure(pasted("tripod", 0.0))])
    moving, still = inpaint_limits(table)
    assert (moving.least, still.least) == (1.5, -0.2)
    assert moving.met
    assert still.met
    assert moving.value > 3
    text = inpaint_text(table)
    assert text.index("moving camera") < text.index("pan") < text.index("still camera")


def test_each_method_is_measured_inside_the_matte() -> None:
    found = measure(pasted("tripod", 0.0))
    assert set(found.values) == {TELEA, MEDIAN, OURS}
    assert found.values[MEDIAN][0] > 40
    assert found.values[OURS][0] > 40
    assert found.values[TELEA][0] < 25
    assert found.traits["never seen"] == 0.0


def test_a_pasted_object_moves_and_is_the_same_each_time() -> None:
    clean = panned(8, 0.0)
    first, matte = paste(clean, 3)
    second, _ = paste(clean, 3)
    assert np.array_equal(first, second)
    assert np.array_equal(first[~matte], clean[~matte])
    assert (first != clean)[matte].mean() > 0.9
    assert not np.array_equal(matte[0], matte[-1])


def sequence(folder: Path) -> None:
    """A masked sequence with its clean plate: a white box goes through."""
    (folder / "masks").mkdir(parents=True)
    clean = scenery(160, 96)
    cv2.imwrite(str(folder / "clean_plate.png"), clean)
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(folder / "video.mp4"), code, 25, (160, 96))
    for k in range(6):
        mask = np.zeros((96, 160), np.uint8)
        mask[30:60, 20 + 10 * k : 50 + 10 * k] = 255
        picture = clean // 2
        picture[mask > 0] = 255
        writer.write(picture)
        cv2.imwrite(str(folder / "masks" / f"{k:05}.png"), mask)
    writer.release()


def test_a_plate_takes_the_exposure_of_each_picture(tmp_path: Path) -> None:
    sequence(tmp_path / "masks" / "box")
    (case,) = plates(tmp_path, Half.TUNING)
    assert case.clip == "box"
    away = ~case.matte
    assert np.abs(case.truth - case.pictures)[away].mean() < 4
    assert not list(plates(tmp_path, Half.UNTOUCHED))


def test_a_sequence_belongs_to_one_half(tmp_path: Path) -> None:
    name = sorted(UNTOUCHED)[0]
    sequence(tmp_path / "masks" / name)
    assert not list(plates(tmp_path, Half.TUNING))
    assert [case.clip for case in plates(tmp_path, Half.UNTOUCHED)] == [name]
