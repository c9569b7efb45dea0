"""Scenes with exact motion, and a training run that can be stopped and resumed."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pickup_engine.training.clips import Clip, draw_shots
from pickup_engine.training.curves import NOW, TIMES, curve
from pickup_engine.training.film import draw_scene
from pickup_engine.training.layers import Layer, Waves, rectangle, similarity
from pickup_engine.training.objective import guess, seen_loss
from pickup_engine.training.package import package
from pickup_engine.training.photometric import photometric
from pickup_engine.training.prepare import REAL, SCENES
from pickup_engine.training.prepare import main as prepare
from pickup_engine.training.samples import Sample, measured
from pickup_engine.training.scenes import Stock, build_scene
from pickup_engine.training.train import CHECKPOINT, Settings, Trainer, main, make_network
from pickup_engine.training.warm_start import start_from
from pickup_engine.worker.backends.motion.anchors import PATHS
from pickup_engine.worker.backends.motion.backtest import deepened, draw
from pickup_engine.worker.backends.motion.candidates import COAST, STILL, mover
from pickup_engine.worker.backends.motion.features import CHANNELS, analyse
from pickup_engine.worker.backends.motion.model import MotionDiT, MotionOutput
from pickup_engine.worker.backends.motion.moved import stage
from pickup_engine.worker.backends.motion.network import MotionNetwork
from support.motion import pan


def test_layers_move_exactly() -> None:
    """What is drawn at a frame is found at the reference where `origin` says, and back."""
    chance = np.random.default_rng(0)
    texture = cv2.GaussianBlur(chance.random((120, 200, 3), dtype=np.float32), (0, 0), 4)
    maps = similarity(TIMES * 1.0, TIMES * -0.5, TIMES * 0.01, TIMES * 0.005, (80, 48))
    maps = maps @ np.linalg.inv(maps[NOW])
    waves = Waves.random(chance, 160)
    layer = Layer(texture, None, maps, rectangle(texture, -20, -20, 200, 136), waves, TIMES * 0.2)
    y, x = np.mgrid[20:76:8, 30:130:10].astype(np.float64)
    for index in (0, NOW, NOW + 8, NOW + 16):
        there = layer.carry(index, x, y)
        back = layer.origin(index, *there)
        assert np.abs(back[0] - x).max() < 0.05
        now = layer.draw(NOW, x, y, None)
        then = layer.draw(index, *there, None)
        assert np.abs(now - then).max() < 0.01


def test_curves_start_at_the_reference() -> None:
    for seed in range(40):
        values = curve(np.random.default_rng(seed), 10.0)
        assert values.shape == TIMES.shape
        assert values[NOW] == 0
        assert np.isfinite(values).all()


def scene(seed: int) -> Sample:
    stock = Stock.make(0, 3, 6, 3)
    return draw_scene(np.random.default_rng(seed), stock, (64, 48))


def test_samples_are_deterministic_and_sound(tmp_path: Path) -> None:
    first, again, other = scene(3), scene(3), scene(4)
    for field in fields(Sample):
        assert np.array_equal(getattr(first, field.name), getattr(again, field.name))
    assert first.features.shape == (CHANNELS, 6, 8)
    assert first.tracks.shape == (16, 2, 6, 8)
    assert first.paths.shape == (PATHS, 16, 2, 6, 8)
    assert first.truth.shape == (len(first.times), 48, 64, 3)
    assert first.times[-1] == 16
    assert np.isfinite(first.features).all()
    assert set(np.unique(first.visible)) <= {0.0, 1.0}
    assert not np.array_equal(first.reference, other.reference)
    first.save(tmp_path / "one.npz")
    assert np.array_equal(Sample.load(tmp_path / "one.npz").tracks, first.tracks)


def only_path(path: int, like: MotionOutput) -> MotionOutput:
    weights = torch.zeros_like(like.weights)
    weights[:, :, path] = 1
    residual = torch.zeros_like(like.residual)
    return MotionOutput(weights, residual)


def test_looks_are_judged_as_a_job_would_render_them() -> None:
    """The differentiable renderer and the product's agree on a pan, for the right motion and for
    none."""
    shots = pan(33, 1.5)
    sample = measured(shots[:17], None, shots[[20, 32]], [4, 16])
    answer = guess(make_network(tiny=True), sample)
    analysis = analyse(shots[:17])
    ready = stage(shots[:17], analysis, {lag: 16 - lag for lag in range(17)})
    deep = deepened(shots[:17])
    for path, candidate in ((0, STILL), (4, COAST)):
        loss = photometric(only_path(path, answer), 0, sample, [0, 1])
        for index, time in enumerate((4, 16)):
            made = draw(mover(ready, None).views(candidate, time)[0], deep)
            error = np.mean((made.astype(float) - shots[16 + time]) ** 2)
            assert float(loss[index]) == pytest.approx(10 * math.log10(error + 2), abs=0.5)


def test_learning_from_looks_finds_the_path_that_was_taken() -> None:
    """Gradients through the renderer make a network that starts with decaying motion go on."""
    shots = pan(33, 1.5)
    sample = measured(shots[:17], None, shots[[24, 32]], [8, 16])
    torch.manual_seed(0)
    network = make_network(tiny=True)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.02)
    first = float(seen_loss(network, sample, [0, 1]).detach())
    for _ in range(15):
        loss = seen_loss(network, sample, [0, 1])
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
    assert float(loss.detach()) < first - 1.0


def test_shots_of_a_clip_are_real_pictures_in_order() -> None:
    clip = Clip("pan", pan(60, 1.0))
    found = list(draw_shots(np.random.default_rng(0), clip, 6))
    assert len(found) == 6
    for sample in found:
        assert sample.tracks.size == 0
        assert sample.truth.shape[1:] == sample.reference.shape
        assert np.isfinite(sample.features).all()


def test_scene_pictures_move_as_the_truth_says() -> None:
    """Flow between drawn pictures agrees with the exact camera where nothing else moves."""
    stock = Stock.make(1, 4, 4, 2)
    errors = []
    for seed in range(12):
        scene = build_scene(np.random.default_rng(seed), stock, 160, 128)
        start, end = (np.uint8(np.clip(scene.draw(i), 0, 1) * 255) for i in (NOW, NOW + 1))
        solver = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (start, end)]
        flow = solver.calc(*grey, None)
        y, x = np.mgrid[36:92:8, 36:124:8].astype(np.float64)
        owner = np.zeros(x.shape, int)
        for index, layer in enumerate(scene.layers):
            owner[layer.covers(NOW, x, y)] = index
        truth = np.zeros((*x.shape, 2))
        for index, layer in enumerate(scene.layers):
            to_x, to_y = layer.carry(NOW + 1, x, y)
            truth[owner == index] = np.stack([to_x - x, to_y - y], -1)[owner == index]
        seen = flow[y.astype(int), x.astype(int)]
        errors.append(np.median(np.linalg.norm(seen - truth, axis=-1)))
    assert np.median(errors) < 0.25


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    (folder / REAL / "pan").mkdir(parents=True)
    (folder / SCENES).mkdir()
    for index, sample in enumerate(draw_shots(np.random.default_rng(0), Clip("pan", pan(60)), 3)):
        sample.save(folder / REAL / "pan" / f"{index}.npz")
    for index in range(3):
        scene(index).save(folder / SCENES / f"{index}.npz")
    return folder


def settings(samples: Path, out: Path) -> Settings:
    return Settings(samples, out, steps=4, batch=3, save_every=2, tiny=True)


def test_train_resume_and_package(tmp_path: Path, samples: Path) -> None:
    whole = Trainer(settings(samples, tmp_path / "whole"))
    assert math.isfinite(whole.run(4))
    halted = Trainer(settings(samples, tmp_path / "halted"))
    halted.run(2)
    resumed = Trainer(settings(samples, tmp_path / "halted"))
    resumed.resume()
    resumed.run(4)
    for name, value in whole.average.items():
        assert torch.equal(value, resumed.average[name])
    start = Trainer(settings(samples, tmp_path / "start"))
    assert any(not torch.equal(start.average[k], v) for k, v in whole.average.items())
    package(tmp_path / "whole" / CHECKPOINT, tmp_path / "weights")
    prediction = MotionNetwork(tmp_path / "weights").mean(analyse(pan(9)))
    assert prediction.residual.shape == (16, 2, 12, 16)


def test_learning_further_takes_leaves_the_best_guess_alone(tmp_path: Path, samples: Path) -> None:
    trainer = Trainer(replace(settings(samples, tmp_path), takes=True))
    before = {name: value.clone() for name, value in trainer.network.state_dict().items()}
    trainer.run(3)
    changed = 0
    for name, value in trainer.network.state_dict().items():
        if name.startswith(("motion_out", "paths_out")):
            first = len(value) // trainer.network.modes
            assert torch.equal(value[:first], before[name][:first])
            changed += int((value[first:] != before[name][first:]).sum())
        else:
            assert torch.equal(value, before[name])
    assert changed > 0


def test_train_command(tmp_path: Path, samples: Path) -> None:
    arguments = ["--samples", str(samples), "--out", str(tmp_path), "--steps", "1", "--tiny"]
    assert main(arguments) == 0
    assert (tmp_path / CHECKPOINT).is_file()
    with pytest.raises(SystemExit, match="another --seed"):
        main([*arguments, "--resume", "--seed", "9"])


def test_prepare_draws_scenes_and_keeps_what_is_there(tmp_path: Path) -> None:
    assert prepare(["--out", str(tmp_path), "--scenes", "1"]) == 0
    file = tmp_path / SCENES / "00000.npz"
    stamp = file.stat().st_mtime_ns
    assert prepare(["--out", str(tmp_path), "--scenes", "1"]) == 0
    assert file.stat().st_mtime_ns == stamp


def test_a_warm_start_keeps_what_the_old_network_said(tmp_path: Path) -> None:
    """An old network with fewer features answers the same inside the new one."""
    torch.manual_seed(2)
    old = MotionDiT(features=20, stem=8, width=24, layers=2, heads=2)
    torch.nn.init.normal_(old.motion_out.weight)
    old.save_pretrained(tmp_path)
    new = make_network(tiny=True)
    start_from(new, tmp_path)
    features = torch.randn(1, CHANNELS, 6, 8)
    rest = torch.zeros(1, 16, 3, 6, 8), torch.ones(1)
    code = torch.zeros(1, 6)
    with torch.no_grad():
        before = old(*rest, features[:, :20], code)
        after = new(*rest, features, code)
    assert torch.allclose(before.residual, after.residual, atol=1e-5)
