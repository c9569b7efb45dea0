from __future__ import annotations

from fractions import Fraction
from typing import cast

import numpy as np
import pytest

from pickup.errors import ModelError
from pickup.protocol import Operation
from pickup_engine.models.draft import PRESETS
from pickup_engine.worker.backends.base import Bytes, Conditioning, Floats, Look
from pickup_engine.worker.backends.motion.look import restyle
from pickup_engine.worker.backends.motion.look_greys import rising_greys
from pickup_engine.worker.backends.motion.look_measure import (
    cielab,
    edge_correlation,
    flicker,
    luma,
    palette_distance,
    restyled,
    unit,
)
from pickup_engine.worker.backends.motion.look_space import apply_table, identity, to_lab, to_rgb
from pickup_engine.worker.backends.motion.look_transfer import Limits, transfer
from pickup_engine.worker.backends.motion.presets import NAMES, preset_table
from support.inpaint import Steps, panned, scenery


def _asked(
    pictures: Bytes,
    references: tuple[Bytes, ...] = (),
    preset: str = "",
    prompt: str = "",
    strength: float = 1.0,
    seed: int = 0,
) -> Conditioning:
    count = len(pictures)
    return Conditioning(
        Operation.RESTYLE,
        count,
        Fraction(25),
        pictures,
        tuple(range(count)),
        references=references,
        preset=preset,
        prompt=prompt,
        strength=strength,
        seed=seed,
    )


def _table(given: Conditioning) -> Floats:
    tables = cast(Look, restyle(given, Steps()).output).tables
    assert tables.shape[0] == 1
    assert tables.dtype == np.float32
    assert tables.min() >= 0
    assert tables.max() <= 1
    return tables[0]


def _teal() -> Bytes:
    picture = scenery(120, 80, seed=5).astype(np.float32)
    return np.clip(picture * (0.35, 0.55, 0.6) + (5, 40, 60), 0, 255).astype(np.uint8)


def test_a_reference_halves_the_palette_distance_and_keeps_edges() -> None:
    shot, reference = panned(10, 1.0), _teal()
    table = _table(_asked(shot, references=(reference,)))
    wanted = cielab(unit(reference.reshape(-1, 3)))
    before = palette_distance(cielab(unit(shot.reshape(-1, 3)[::7])), wanted, seed=4)
    changed = restyled(table, shot)
    after = palette_distance(cielab(changed.reshape(-1, 3)[::7]), wanted, seed=4)
    assert after < 0.5 * before
    old, new = luma(unit(shot)), luma(changed)
    assert edge_correlation(old[4], new[4]) > 0.8
    assert flicker(new) < 1.2 * flicker(old)


@pytest.mark.parametrize("seed", [5, 8])
def test_greys_rise_under_a_fitted_look(seed: int) -> None:
    table = _table(_asked(panned(4, 0.0, seed=seed), references=(_teal(),)))
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[:, None].repeat(3, 1)
    assert np.diff(luma(apply_table(table, ramp))).min() > 0


def test_greys_that_fall_are_levelled_and_little_else_changes() -> None:
    table = identity()
    level = luma(table)
    dented = table - 0.3 * np.exp(-(((level - 0.6) / 0.08) ** 2))[..., None]
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[:, None].repeat(3, 1)
    assert np.diff(luma(apply_table(dented, ramp))).min() < 0
    made = rising_greys(np.clip(dented, 0, 1).astype(np.float32))
    assert np.diff(luma(apply_table(made, ramp))).min() > 0
    # A mix with the identity would have taken most of the change away, at every luma.
    dent = luma(apply_table(dented - made, ramp))
    assert np.abs(dent[:64]).max() < 0.02
    assert luma(apply_table(made, ramp))[150] < 150 / 255 - 0.1


def test_a_transfer_of_colours_alone_leaves_lightness_to_the_tone_curve() -> None:
    source, target = (to_lab(unit(p.reshape(-1, 3)[::9])) for p in (panned(1, 0.0)[0], _teal()))
    plain, colours, whole = (
        transfer(source, target, source, limits, 0)
        for limits in (
            Limits(1.2, sliced=False),
            Limits(1.2, smooth=4.0, light=0.0),
            Limits(1.2, smooth=4.0),
        )
    )
    assert np.allclose(colours[:, 0], plain[:, 0], atol=1e-5)
    assert np.abs(whole[:, 0] - plain[:, 0]).mean() > 0.001
    hues = np.array([0, 1, 1], np.float32)
    left = [palette_distance(made * hues, target * hues) for made in (plain, colours)]
    assert left[1] < left[0]


def test_no_strength_is_the_exact_identity() -> None:
    table = _table(_asked(panned(4, 0.0), references=(_teal(),), strength=0.0))
    assert np.array_equal(table, identity())
    every = np.arange(256, dtype=np.uint8)[:, None].repeat(3, 1)
    assert np.array_equal(np.rint(restyled(table, every) * 255).astype(np.uint8), every)


def test_the_recipe_measures_the_look_that_is_used() -> None:
    shot = panned(4, 0.5)
    told = {
        strength: restyle(_asked(shot, references=(_teal(),), strength=strength), Steps()).details
        for strength in (0.0, 0.5, 1.0)
    }
    assert told[0.0]["palette_after"] == pytest.approx(told[0.0]["palette_before"], rel=0.02)
    assert told[0.0]["bands"] == [1.0] * 4
    assert told[0.0]["edges"] == told[0.0]["flicker"] == 1.0
    left = [float(str(told[strength]["palette_after"])) for strength in (1.0, 0.5, 0.0)]
    assert left[0] < 0.9 * left[1] < 0.81 * left[2]


def test_half_strength_lies_in_the_middle() -> None:
    whole = _table(_asked(panned(4, 0.0), preset="warm"))
    half = _table(_asked(panned(4, 0.0), preset="warm", strength=0.5))
    assert np.allclose(half, (whole + identity()) / 2, atol=1e-6)


def test_a_still_source_and_a_flat_reference_work() -> None:
    flat = np.full((40, 40, 3), (30, 90, 160), np.uint8)
    table = _table(_asked(panned(1, 0.0), references=(flat,)))
    assert np.isfinite(table).all()
    plain = np.full((3, 48, 64, 3), 128, np.uint8)
    assert np.isfinite(_table(_asked(plain, references=(_teal(),)))).all()


def test_equal_conditioning_gives_equal_tables() -> None:
    given = _asked(panned(6, 0.5), references=(_teal(),), seed=7)
    assert np.array_equal(_table(given), _table(given))


def test_a_reference_and_a_preset_follow_each_other() -> None:
    shot = panned(4, 0.0)
    first = _table(_asked(shot, references=(_teal(),)))
    both = _table(_asked(shot, references=(_teal(),), preset="noir"))
    assert np.allclose(both, apply_table(preset_table("noir"), first), atol=1e-6)


def test_presets_are_those_that_the_model_offers() -> None:
    assert NAMES == PRESETS


@pytest.mark.parametrize("name", NAMES)
def test_greys_rise_under_every_preset_and_something_changes(name: str) -> None:
    table = preset_table(name)
    ramp = np.linspace(0, 1, 512, dtype=np.float32)[:, None].repeat(3, 1)
    assert np.diff(luma(apply_table(table, ramp))).min() > 0
    assert np.abs(table - identity()).max() > 0.05


@pytest.mark.parametrize("name", ["noir", "sepia"])
def test_single_colour_presets_have_one_hue(name: str) -> None:
    lab = to_lab(preset_table(name)).reshape(-1, 3)
    assert np.abs(lab[:, 1]).max() < 0.03
    if name == "noir":
        assert np.abs(lab[:, 1:]).max() < 1e-3


def test_warm_and_cool_pull_apart_and_leave_black_and_white() -> None:
    grey = np.full((1, 3), 0.5, np.float32)
    warm, cool = (apply_table(preset_table(n), grey)[0] for n in ("warm", "cool"))
    assert warm[0] > warm[2] + 0.03
    assert cool[2] > cool[0] + 0.03
    ends = np.array([[0, 0, 0], [1, 1, 1]], np.float32)
    assert np.allclose(apply_table(preset_table("warm"), ends), ends, atol=0.01)


def test_colours_go_to_lab_and_back() -> None:
    points = identity(9).reshape(-1, 3)
    assert np.abs(to_rgb(to_lab(points)) - points).max() < 2e-3


def test_words_alone_and_unknown_presets_are_refused() -> None:
    with pytest.raises(ModelError) as words:
        restyle(_asked(panned(2, 0.0), prompt="oil painting"), Steps())
    assert words.value.code == "model.cannot"
    with pytest.raises(ModelError) as unknown:
        restyle(_asked(panned(2, 0.0), preset="technicolor"), Steps())
    assert unknown.value.code == "model.preset"
