from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from pickup_engine.training.evaluate_restyle import (
    Effect,
    by_references,
    mean_apart,
    restyle_limits,
    signs_of,
    text,
)
from pickup_engine.worker.backends.base import Bytes, Floats, Look, Texture
from pickup_engine.worker.backends.motion.look_bands import Probes
from pickup_engine.worker.backends.motion.look_measure import flicker, luma, unit
from pickup_engine.worker.backends.motion.look_space import identity
from pickup_engine.worker.backends.motion.look_texture import (
    band_energies,
    faded,
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


def probes_of(shot: Bytes, want: Floats) -> Probes:
    plain = luma(unit(shot))
    return Probes([plain], [plain], want)


def test_bands_are_carried_to_the_other_picture() -> None:
    shot = panned(4, 0.0)
    soft = cv2.GaussianBlur(scenery(160, 96, seed=8), (0, 0), 0.8)
    want = energies(np.asarray(soft, np.uint8)[None])
    found = probes_of(shot, want).nearest(0.0, 0.5, 2.0)
    before = texture_distance(energies(shot), want)
    assert found.away < 0.35 * before
    made = looked(Look(identity()[None], found.texture), shot)
    # What is foreseen is what is rendered, but for what is clipped.
    assert abs(texture_distance(band_energies(luma(made)), want) - found.away) < 0.05
    assert abs(flicker(luma(made)) - found.flicker * flicker(luma(unit(shot)))) < 1e-3


def test_detail_rises_only_as_far_as_flicker_allows() -> None:
    shot = panned(4, 1.5)
    want = 2 * energies(shot)
    free, bound = (probes_of(shot, want).nearest(0.0, 0.5, most) for most in (9.0, 1.1))
    assert free.flicker > 1.2
    assert bound.flicker <= 1.1
    assert free.away < bound.away < texture_distance(energies(shot), want)


def test_what_trembles_is_softened_to_make_the_rest_stronger() -> None:
    random = np.random.default_rng(2)
    still = panned(1, 0.0).astype(np.float32)
    height, width = still.shape[1:3]
    still[:, :, width // 4 :] = 128
    noise = random.normal(0, 1.5, (4, height, width, 1))
    shot = np.clip(still + noise, 0, 255).astype(np.uint8)
    want = 1.6 * energies(shot)
    probes = probes_of(shot, want)
    plain, cored = (probes.nearest(pivot, 0.8, 1.05) for pivot in (0.0, 0.6 * probes.strength))
    assert cored.flicker <= 1.05
    assert cored.away < 0.8 * plain.away


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
    assert limits["told, in units of the few images"].value == 1.0
    share = sum(effect.steady for effect in found) / 3
    assert abs(limits["keep edges and flicker, share"].value - share) < 1e-6
    assert "2 pairs of 1 clips and 2 images" in text([*found, preset])
    assert "noir" in text([*found, preset])


def test_units_weigh_palette_and_texture_against_each_other() -> None:
    """The right palette and a texture that is farther: what a unit is decides."""
    teal = np.clip(scenery(120, 80, 5) * np.array([0.3, 0.6, 0.7]) + (0, 30, 50), 0, 255)
    sand = np.clip(scenery(120, 80, 6) * np.array([0.6, 0.5, 0.2]) + (110, 80, 30), 0, 255)
    references = {"teal": teal.astype(np.uint8), "sand": sand.astype(np.uint8)}
    by_palette, by_texture = (
        by_references("clip", panned(9, 1.0), references, np.array(units, np.float32))
        for units in ((1e-3, 1e3), (1e3, 1e-3))
    )
    assert [e.told for e in by_palette] == [e.told_palette for e in by_palette]
    assert [e.told for e in by_texture] == [e.told_texture for e in by_texture]
    one = mean_apart([signs_of(references["teal"])])
    assert one.tolist() == [1.0, 1.0]
