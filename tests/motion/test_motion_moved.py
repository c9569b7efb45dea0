"""What is behind and beside a moving thing."""

from __future__ import annotations

import numpy as np

from pickup_engine.worker.backends.motion.clone import cloned_in
from pickup_engine.worker.backends.motion.features import analyse
from pickup_engine.worker.backends.motion.moved import moved_views, stage
from pickup_engine.worker.backends.motion.plate import make_plate
from pickup_engine.worker.backends.motion.splat import splat
from pickup_engine.worker.backends.motion.torn import owners
from support.motion import SIZE, still_with_square, texture

SPEED = 3.0


def test_plate_is_the_ground_that_was_seen_before() -> None:
    shots = still_with_square(25, speed=SPEED)
    plate = make_plate(shots, analyse(shots))
    truth = texture(*SIZE, 1).astype(int)
    found = np.argwhere((plate.lag > 0) & ~plate.invented)
    assert len(found) > 500
    wrong = 0
    for row, column in found:
        x, y = np.array([column, row]) + np.rint(plate.offset[row, column]).astype(int)
        seen = shots[-1 - plate.lag[row, column], y, x].astype(int)
        wrong += int(np.abs(seen - truth[row, column]).max() > 12)
    assert wrong / len(found) < 0.02


def test_ground_beside_a_thing_is_known_as_ground() -> None:
    shots = still_with_square(25, speed=SPEED)
    plate = make_plate(shots, analyse(shots))
    truth = texture(*SIZE, 1).astype(int)
    shows_ground = np.abs(shots[-1].astype(int) - truth).max(axis=-1) < 8
    assert plate.ground.any()
    assert shows_ground[plate.ground].mean() > 0.97


def test_motion_that_passes_smoothly_over_an_edge_is_split_there() -> None:
    shots = still_with_square(25, speed=SPEED)
    analysis = analyse(shots)
    whose = owners(shots[-1], analysis)
    before = analysis.velocity
    after = before.reshape(-1, 2)[whose]
    half = np.abs(np.linalg.norm(before, axis=-1) - SPEED / 2) < SPEED / 5
    left = np.abs(np.linalg.norm(after, axis=-1) - SPEED / 2) < SPEED / 5
    assert half.sum() > 20, "flow does pass smoothly"
    assert left.sum() < half.sum() / 2
    calm = np.s_[:15, :60]
    assert np.array_equal(whose[calm], np.arange(whose.size).reshape(whose.shape)[calm])


def test_splat_leaves_no_crumbs_where_a_thing_stretches() -> None:
    """Every second pixel of a stretched thing is empty; still ground must not shine through."""
    displacement = np.zeros((48, 96, 2), np.float32)
    displacement[10:38, 20:50, 0] = np.arange(30, dtype=np.float32)
    importance = np.ones((48, 96), np.float32)
    importance[10:38, 20:50] = 50
    found = splat(displacement, importance)
    motion = np.arange(96, dtype=np.float32) - found.x
    inside = motion[14:34, 24:70]
    assert inside.min() > 1.0


def test_what_was_never_seen_is_copied_from_one_place() -> None:
    height, width = 96, 160
    columns = np.arange(width)
    stripes = np.where(columns // 8 % 2, 40, 200).astype(np.uint8)
    picture = np.repeat(np.repeat(stripes[None, :, None], height, 0), 3, 2)
    missing = np.zeros((height, width), bool)
    missing[30:60, 50:90] = True
    seen = picture.copy()
    seen[missing] = (255, 0, 0)
    offset, done = cloned_in(seen, missing, missing)
    assert done[missing].all()
    assert not done[~missing].any()
    rows, columns = np.nonzero(missing)
    to_x, to_y = (offset[missing] + np.stack([columns, rows], axis=-1)).astype(int).T
    assert np.array_equal(seen[to_y, to_x], picture[missing]), "the stripes go on"


def test_moved_views_weigh_one_everywhere() -> None:
    shots = still_with_square(25, speed=SPEED)
    analysis = analyse(shots)
    ready = stage(shots, analysis, {lag: 24 - lag for lag in range(25)})
    views, invented = moved_views(ready, analysis.trusted * np.float32(6), 6.0)
    assert len(views) > 1, "the ground behind comes from earlier pictures"
    total = np.sum([view.weight for view in views], axis=0)
    assert np.abs(total - 1).max() < 1e-5
    assert invented < 0.05


def test_ground_that_nobody_filmed_is_made_up() -> None:
    shots = still_with_square(25, speed=SPEED)[-2:]
    ready = stage(shots, analyse(shots), {0: 1, 1: 0})
    assert ready.plate.invented.any()
    views, invented = moved_views(ready, ready.analysis.trusted * np.float32(6), 6.0)
    made_up = sum(float(view.weight.mean()) for view in views if view.made_up)
    assert made_up > 0
    assert made_up <= invented + 1e-6


def test_ground_of_one_side_of_an_edge_is_not_copied_over_the_other() -> None:
    """A hole across the edge of a table: whatever is copied, dark stays dark and bright bright."""
    seen = np.full((96, 128, 3), 230, np.uint8)
    seen[48:] = 30
    missing = np.zeros((96, 128), np.bool_)
    missing[30:80, 40:90] = True
    offset, done = cloned_in(seen, missing, missing)
    rows, columns = np.nonzero(done)
    shift = offset[rows, columns].astype(int)
    brought = seen[rows + shift[:, 1], columns + shift[:, 0], 0].astype(int)
    assert len(rows) > 0
    assert np.mean(np.abs(brought - seen[rows, columns, 0]) < 20) > 0.9
