"""A filled region takes the light around it, and nothing of an object's leftover edge."""

from __future__ import annotations

import numpy as np
import pytest

from pickup_engine.finishing.matte import grown
from pickup_engine.finishing.membrane import fit_to_surroundings

SIZE = 96


@pytest.fixture
def scene() -> np.ndarray:
    rng = np.random.default_rng(0)
    texture = rng.integers(18000, 30000, (SIZE, SIZE, 3))
    return texture.astype(np.uint16)


@pytest.fixture
def matte() -> np.ndarray:
    mask = np.zeros((SIZE, SIZE), bool)
    mask[36:60, 36:60] = True
    return mask


def test_a_darker_moment_is_lifted_to_the_frame_around_it(
    scene: np.ndarray, matte: np.ndarray
) -> None:
    darker = scene - 1200
    fitted = fit_to_surroundings(darker, scene, matte, 1, 6)
    error = np.abs(fitted[matte].astype(int) - scene[matte])
    assert error.max() < 40
    assert np.array_equal(fitted[~matte], darker[~matte])


def test_a_gradient_of_light_is_followed(scene: np.ndarray, matte: np.ndarray) -> None:
    shade = np.linspace(-1500, 1500, SIZE)[None, :, None]
    made = (scene + shade).astype(np.uint16)
    fitted = fit_to_surroundings(made, scene, matte, 1, 6)
    error = fitted[matte].astype(float) - scene[matte]
    assert np.abs(error).mean() < 0.25 * np.abs(shade[:, 36:60]).mean()


def test_a_bright_rim_of_the_removed_object_does_not_bleed_in(
    scene: np.ndarray, matte: np.ndarray
) -> None:
    source = scene.copy()
    rim = grown(matte, 3) & ~matte
    source[rim] = 65535
    fitted = fit_to_surroundings(scene, source, matte, 1, 6)
    assert np.abs(fitted[matte].astype(int) - scene[matte]).max() < 40


def test_without_anything_to_compare_nothing_changes(scene: np.ndarray) -> None:
    everywhere = np.ones((SIZE, SIZE), bool)
    assert np.array_equal(fit_to_surroundings(scene, scene, everywhere, 1, 4), scene)
