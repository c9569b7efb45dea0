"""The rendered sample footage: steady, complete, and its matte covers what moves."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pickup_engine.media.probe import probe
from pickup_engine.media.samples import render_sample
from pickup_engine.media.samples.scenes import HEIGHT, WIDTH, Room, Valley


def test_the_matte_covers_ball_and_shadow_in_every_frame() -> None:
    room = Room()
    empty = np.median([room.picture(k) for k in range(0, room.frames, 12)], axis=0)
    for k in (0, 40, room.frames - 1):
        touched = np.abs(room.picture(k) - empty).max(axis=2) > 0.012
        matte = room.matte(k) > 0
        assert touched.sum() > 4000
        assert not (touched & ~matte).any()
        assert matte.mean() < 0.08


def test_the_pan_moves_near_things_faster() -> None:
    valley = Valley()
    one, two = valley.picture(40), valley.picture(41)
    far = cv2.phaseCorrelate(*(p[10:90].mean(axis=2) for p in (one, two)))[0][0]
    near = cv2.phaseCorrelate(*(p[430:].mean(axis=2) for p in (one, two)))[0][0]
    assert -1.0 < far < 0
    assert near < -2


def test_everything_is_written_and_can_be_read(tmp_path: Path) -> None:
    sample = render_sample(tmp_path / "sample", frames=4)
    for clip in sample.clips:
        assert (clip.frames, clip.width, clip.height) == (4, WIDTH, HEIGHT)
        assert clip.rate == 24
        assert clip == probe(clip.path)
    matte = probe(str(sample.matte))
    assert (matte.frames, matte.width, matte.height) == (4, WIDTH, HEIGHT)
    assert probe(str(sample.reference)).width == 960
