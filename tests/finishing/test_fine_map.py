"""Reading a warp's maps at full size, and filling what they leave open."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pickup_engine.finishing.fine_map import FineMap, Tile
from pickup_engine.finishing.holes import Holes, tiles
from pickup_engine.finishing.render import render_warp
from pickup_engine.worker.backends.base import View

MODEL = (64, 48)
SIZE = (512, 384)
WHOLE = Tile(0, SIZE[1], 0, SIZE[0])


def moved(dx: NDArray[np.float32] | float, weight: float = 1.0, source: int = 0) -> View:
    y, x = np.mgrid[: MODEL[1], : MODEL[0]].astype(np.float32)
    return View(source, x + np.float32(dx), y, np.full(x.shape, weight, np.float32))


def halves() -> View:
    """The left half stands, the right half comes from 20 model pixels to the left."""
    return moved(np.where(np.arange(MODEL[0]) < 32, 0, -20)[None].astype(np.float32))


def test_tiles_cover_every_pixel_once() -> None:
    seen = np.zeros((601, 300), int)
    for tile in tiles(*seen.shape):
        seen[tile.slices] += 1
    assert np.all(seen == 1)


@pytest.mark.parametrize("dx", [0.0, 1.25, -3.5])
def test_smooth_map_is_the_same_in_tiles(dx: float) -> None:
    x = np.arange(MODEL[0], dtype=np.float32)[None] * np.float32(0.03)
    fine = FineMap(moved(dx + x), SIZE)
    whole = fine.read(WHOLE)
    assert whole.other is None
    part = Tile(100, 231, 57, 401)
    read = fine.read(part)
    assert np.abs(read.x - whole.x[part.slices]).max() < 1e-3
    assert np.abs(read.y - whole.y[part.slices]).max() < 1e-3


def test_nothing_is_read_between_two_motions() -> None:
    fine = FineMap(halves(), SIZE)
    read = fine.read(WHOLE)
    shift = read.x - np.arange(SIZE[0], dtype=np.float32)
    motions = np.array([0.0, -160.0])
    assert np.abs(shift[..., None] - motions).min(axis=-1).max() < 1e-3
    step = np.flatnonzero(np.abs(np.diff(shift[100])) > 1)
    assert step.tolist() == [255], "one clean line, half way between the two model pixels"


def test_an_edge_is_as_soft_as_a_lens_draws_it() -> None:
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.uint16)
    picture[:, :256] = 60000
    picture[:, 90:250] = 20000
    made, _ = render_warp([halves()], lambda _: picture, MODEL)
    row = made[100, :, 0].astype(int)
    between = np.flatnonzero((row > 20100) & (row < 59900))
    assert np.all(np.abs(between - 255) <= 6), "the source's own edges and the break, nothing else"
    assert not np.any(np.isin(row[240:270], [0])), "what lies between the motions is not shown"


def test_the_last_pixels_with_weight_are_not_torn() -> None:
    """Beside a hole the map says nothing; its zeros must not be blended in."""
    view = moved(10.0)
    view.weight[:, 40:] = 0
    view.x[:, 40:] = -500
    read = FineMap(view, SIZE).read(WHOLE)
    shown = read.weight > 0.01
    shift = read.x - np.arange(SIZE[0], dtype=np.float32)
    assert np.abs(shift[shown] - 80).max() < 1e-3


def test_used_part_holds_every_pixel_with_weight() -> None:
    view = moved(0.0, weight=0.0)
    view.weight[10:14, 20:23] = 1
    fine = FineMap(view, SIZE)
    part = fine.used(WHOLE)
    assert part is not None
    outside = np.ones((SIZE[1], SIZE[0]), bool)
    outside[part.slices] = False
    assert fine.read(WHOLE).weight[outside].max() == 0
    assert not outside.mean() < 0.9, "and little more"
    assert fine.used(Tile(300, 384, 300, 512)) is None


def test_still_tiles_are_the_source_bit_for_bit() -> None:
    source = np.random.default_rng(1).integers(0, 65536, (SIZE[1], SIZE[0], 3)).astype(np.uint16)
    shift = np.zeros(MODEL, np.float32).T.copy()
    shift[:, 40:] = 0.3
    made, _ = render_warp([moved(shift)], lambda _: source, MODEL)
    assert np.array_equal(made[:, :256], source[:, :256])
    assert not np.array_equal(made[:, 256:], source[:, 256:])


@pytest.mark.parametrize("size", [(300, 500), (2100, 2600)])
def test_holes_keep_what_is_known_and_continue_the_rest(size: tuple[int, int]) -> None:
    """The larger size is filled from a smaller picture; a slope must go on without steps."""
    height, width = size
    slope = np.linspace(10000, 50000, width, dtype=np.float32)
    picture = np.repeat(np.repeat(slope[None, :, None], height, 0), 3, 2).astype(np.uint16)
    truth = picture.copy()
    holes = Holes(size)
    gap = np.s_[40:60, 100:120]
    for tile in tiles(*size):
        known = np.ones((height, width), np.float32)
        known[gap] = 0
        known = known[tile.slices]
        if known.min() < 1:
            colours = picture[tile.slices].astype(np.float32)
            holes.add(tile, colours * known[..., None], known)
            picture[tile.slices] = 0
    assert holes
    holes.fill(picture)
    filled = np.zeros((height, width), bool)
    filled[gap] = True
    assert np.array_equal(picture[~filled], truth[~filled])
    assert np.abs(picture[filled].astype(int) - truth[filled]).max() < 2500


def test_a_map_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="map"):
        render_warp([moved(0.0)], lambda _: np.zeros((48, 64, 3), np.uint16), (32, 24))
