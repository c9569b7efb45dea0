from __future__ import annotations

import cv2
import numpy as np
import pytest

from pickup_engine.finishing.look import render_textured
from pickup_engine.finishing.texture import textured
from pickup_engine.media.colour import Picture
from pickup_engine.worker.backends.base import Look, Texture
from pickup_engine.worker.backends.motion.look_space import identity
from support.inpaint import scenery

EACH = (
    Texture(bands=(1.5, 1.3, 0.8, 1.1)),
    Texture(lines=1.0),
    Texture(paper=0.9, lines=0.5),
    Texture(paint=1.0),
    Texture(levels=6.0),
    Texture(night=1.0),
)


def deep(width: int = 256, height: int = 144, seed: int = 3) -> Picture:
    return scenery(width, height, seed).astype(np.uint16) * np.uint16(257)


def difference(first: Picture, second: Picture) -> float:
    """In 8-bit steps."""
    return float(np.abs(first.astype(np.float32) - second.astype(np.float32)).mean() / 257)


def test_no_texture_is_the_same_bits() -> None:
    picture = deep()
    assert np.array_equal(textured(Texture(), picture, picture), picture)


@pytest.mark.parametrize("texture", EACH, ids=str)
def test_a_texture_changes_something_and_every_run_alike(texture: Texture) -> None:
    picture = deep()
    before = picture.copy()
    made = textured(texture, picture, picture)
    assert made.dtype == np.uint16
    assert difference(made, picture) > 0.1
    assert np.array_equal(made, textured(texture, picture, picture))
    assert np.array_equal(picture, before)


@pytest.mark.parametrize("texture", [t for t in EACH if not t.levels], ids=str)
def test_a_little_noise_stays_little(texture: Texture) -> None:
    picture = deep()
    noise = np.random.default_rng(0).normal(0, 1.0 * 257, picture.shape)
    noisy = np.clip(picture + noise, 0, 65535).astype(np.uint16)
    made, shaken = (textured(texture, p, p) for p in (picture, noisy))
    assert difference(made, shaken) < 1.7 * difference(picture, noisy) + 0.1


@pytest.mark.parametrize("texture", [EACH[0], EACH[1], EACH[3], EACH[5]], ids=str)
def test_a_larger_picture_looks_alike(texture: Texture) -> None:
    """At 4 times the size wide windows run on a smaller copy: seen small, nothing differs."""
    small = deep()
    large = cv2.resize(small, (2048, 1152), interpolation=cv2.INTER_CUBIC)
    made = textured(texture, large, large)
    seen = cv2.resize(made, (256, 144), interpolation=cv2.INTER_AREA)
    assert difference(seen, textured(texture, small, small)) < 3.0


def test_bands_are_stronger_and_weaker() -> None:
    picture = deep()
    soft, sharp = (textured(Texture(bands=(g, g, 1.0, 1.0)), picture, picture) for g in (0.4, 1.8))
    detail = [float(cv2.Laplacian(p[..., 1].astype(np.float32), -1).std()) for p in (soft, sharp)]
    plain = float(cv2.Laplacian(picture[..., 1].astype(np.float32), -1).std())
    assert detail[0] < 0.75 * plain < plain < 0.75 * detail[1]


def test_strong_edges_get_no_halo() -> None:
    picture = np.full((144, 256, 3), 20000, np.uint16)
    picture[:, 128:] = 45000
    made = textured(Texture(bands=(2.8, 2.8, 2.8, 2.8)), picture, picture).astype(float)
    # Beyond the finest bands' reach, where a glow would be seen.
    assert np.abs(made - picture)[:, :122].max() < 0.06 * 65535


def test_what_is_below_the_noise_is_softened_and_the_rest_is_made_stronger() -> None:
    picture = np.full((144, 256, 3), 30000.0)
    across = np.sin(np.arange(256) * 2.2)[None, :, None]
    picture[:72] += 120 * across
    picture[72:] += 4000 * across
    deep_picture = np.rint(picture).astype(np.uint16)
    texture = Texture(bands=(2.0, 1.0, 1.0, 1.0), noise=0.01)
    made = textured(texture, deep_picture, deep_picture).astype(float)
    weak, strong = (
        (made[rows].std() / picture[rows].std()) for rows in (slice(60), slice(84, 144))
    )
    assert weak < 0.85
    assert strong > 1.4


def test_ink_follows_edges_and_leaves_flat_places() -> None:
    picture = np.full((144, 256, 3), 45000, np.uint16)
    picture[40:100, 80:170] = 15000
    made = textured(Texture(lines=1.0), picture, picture)
    assert made[70, 78:84].min() < 8000
    assert difference(made[:20, :40], picture[:20, :40]) < 0.5
    assert difference(made[60:80, 110:140], picture[60:80, 110:140]) < 0.5


def test_paint_keeps_edges_and_evens_out_what_is_between() -> None:
    random = np.random.default_rng(1)
    picture = np.full((144, 256, 3), 40000.0)
    picture[:, 128:] = 20000
    noisy = np.clip(picture + random.normal(0, 1500, picture.shape), 0, 65535).astype(np.uint16)
    made = textured(Texture(paint=1.0), noisy, noisy).astype(np.float32)
    assert made[20:120, 20:100].std() < 0.35 * noisy[20:120, 20:100].std()
    step = made[:, 120:136].mean(axis=(0, 2))
    assert np.abs(np.diff(step)).max() > 6000


def test_at_night_the_sky_goes_dark_and_a_lamp_stays() -> None:
    picture = np.full((144, 256, 3), 14000, np.uint16)
    picture[:60] = 56000
    cv2.circle(picture, (128, 110), 3, (65535, 65535, 65535), -1)
    made = textured(Texture(night=1.0), picture, picture).astype(float) / picture
    assert made[20, 60].mean() < 0.55
    assert made[110, 128, 0] > 0.9
    assert made[135, 20].mean() > 0.9


def test_bars_stay_black_to_their_last_row() -> None:
    picture = np.maximum(deep(), 9000)
    picture[:17] = 300
    picture[:, 245:] = 300
    bright = np.clip(identity()[None] + np.float32(0.3), 0, 1)
    plain = render_textured(Look(bright), 0, picture)
    made = render_textured(Look(bright, bars=(18 / 144, 0, 0, 12 / 256)), 0, picture)
    assert np.array_equal(made[:17], picture[:17])
    assert np.array_equal(made[:, 245:], picture[:, 245:])
    assert np.array_equal(made[17:, :245], plain[17:, :245])


def test_a_look_is_its_table_and_then_its_texture() -> None:
    picture = deep()
    dark = identity()[None] * np.float32(0.5)
    look = Look(dark, Texture(night=1.0))
    table_only = render_textured(Look(dark), 0, picture)
    assert difference(table_only, picture // 2) < 0.01
    # Night is told from the picture before the table made it dark.
    assert np.array_equal(
        render_textured(look, 0, picture), textured(look.texture, table_only, picture)
    )
