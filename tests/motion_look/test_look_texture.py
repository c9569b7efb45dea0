from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from pickup_engine.training.evaluate_restyle import (
    Effect,
    by_references,
    restyle_limits,
    text,
)
from pickup_engine.worker.backends.base import Bytes, Floats, Look, Texture
from pickup_engine.worker.backends.motion.look_measure import luma, unit
from pickup_engine.worker.backends.motion.look_space import identity
from pickup_engine.worker.backends.motion.look_texture import (
    band_energies,
    faded,
    fitted_bands,
    joined,
    looked,
    noise_of,
    texture_distance,
)
from support.inpaint import panned, scenery


def energies(pictures: Bytes) -> Floats:
    return band_energies(luma(unit(pictures)))


def test_texture_distance_is_in_octaves() -> None:
    shot = panned(2, 0.0)
    halved = (shot // 2).astype(np.uint8)
    assert texture_distance(energies(shot), energies(shot)) == 0
    assert 0.85 < texture_distance(energies(shot), energies(halved)) < 1.05


def test_fitted_bands_carry_detail_to_the_other_picture() -> None:
    shot = panned(2, 0.0)
    soft = cv2.GaussianBlur(scenery(160, 96, seed=8), (0, 0), 0.8)
    want = energies(np.asarray(soft, np.uint8)[None])

    def strength_of(texture: Texture) -> Floats:
        return band_energies(luma(looked(Look(identity()[None], texture), shot)))

    bands = fitted_bands(strength_of, want, noise=0.0)
    before = texture_distance(strength_of(Texture()), want)
    assert texture_distance(strength_of(Texture(bands)), want) < 0.35 * before


def test_noise_is_told_where_nothing_moves_and_is_not_made_stronger() -> None:
    random = np.random.default_rng(0)
    still = np.full((4, 96, 160), 0.5, np.float32)
    trembling = still + random.normal(0, 0.002, still.shape).astype(np.float32)
    assert noise_of([still]) == 0
    noise = noise_of([trembling])
    assert 0.008 < noise < 0.014
    pictures = np.rint(trembling * 255 * 257).astype(np.uint16)
    eight = np.stack([(p // 257).astype(np.uint8)[..., None].repeat(3, 2) for p in pictures])
    strong = Texture(bands=(2.0, 2.0, 2.0, 1.0))
    raw, cored = (
        looked(Look(identity()[None], t), eight).std()
        for t in (strong, replace(strong, noise=0.02))
    )
    assert cored < 0.75 * raw


def test_a_faded_texture_is_weaker_and_bands_of_two_multiply() -> None:
    strong = Texture(bands=(2.0, 0.5, 1.0, 1.0), lines=0.8, levels=5)
    assert faded(strong, 0.0) == Texture()
    half = faded(strong, 0.5)
    assert half.bands == (1.5, 0.75, 1.0, 1.0)
    assert (half.lines, half.levels) == (0.4, 10)
    both = joined(Texture(bands=(2.0, 1.0, 1.0, 1.0), noise=0.01), strong)
    assert both.bands == (4.0, 0.5, 1.0, 1.0)
    assert (both.lines, both.noise) == (0.8, 0.01)


def test_the_evaluation_tells_the_reference_from_another() -> None:
    teal = np.clip(scenery(120, 80, 5) * np.array([0.3, 0.6, 0.7]) + (0, 30, 50), 0, 255)
    sand = np.clip(scenery(120, 80, 6) * np.array([0.6, 0.5, 0.2]) + (110, 80, 30), 0, 255)
    references = {"teal": teal.astype(np.uint8), "sand": sand.astype(np.uint8)}
    found = by_references("clip", panned(9, 1.0), references)
    assert [effect.told_palette for effect in found] == [1.0, 1.0]
    assert all(effect.palette_after < 0.6 * effect.palette_before for effect in found)
    preset = Effect("clip", "noir", True, 0.99, 1.3)
    limits = {limit.name: limit for limit in restyle_limits([*found, preset])}
    assert limits["edges, mean"].met
    share = sum(effect.steady for effect in found) / 3
    assert abs(limits["keep edges and flicker, share"].value - share) < 1e-6
    assert "2 pairs of 1 clips and 2 images" in text([*found, preset])
    assert "noir" in text([*found, preset])
