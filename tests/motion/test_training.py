"""Scenes with exact motion, and a training run that can be stopped and resumed."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pickup_engine.training.augment import add_camera
from pickup_engine.training.batches import Batch
from pickup_engine.training.curves import NOW, TIMES, curve
from pickup_engine.training.evaluate import main as evaluate
from pickup_engine.training.layers import Layer, Waves, rectangle, similarity
from pickup_engine.training.package import package
from pickup_engine.training.samples import draw_batch
from pickup_engine.training.scenes import Stock, build_scene
from pickup_engine.training.tables import Measure, Table, interval, summary, text
from pickup_engine.training.train import CHECKPOINT, Settings, Trainer, main
from pickup_engine.worker.backends.motion.features import analyse
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


def test_samples_are_deterministic_and_sound() -> None:
    stock = Stock.make(0, 3, 6, 3)
    first, again = (draw_batch(3, 5, stock, 2, tiny=True) for _ in range(2))
    for one, two in zip(first, again, strict=True):
        assert np.array_equal(one.features, two.features)
        assert np.array_equal(one.residual, two.residual)
        assert one.features.shape == (30, 6, 8)
        assert one.residual.shape == (16, 2, 6, 8)
        assert np.isfinite(one.features).all()
        assert set(np.unique(one.visible)) <= {0.0, 1.0}
    assert not np.array_equal(draw_batch(3, 6, stock, 2, tiny=True)[0].residual, first[0].residual)


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


def test_added_camera_is_consistent() -> None:
    """A steady pan added to features and targets leaves prediction = truth for constant motion."""
    stock = Stock.make(0, 3, 6, 3)
    batch = Batch.stack(draw_batch(3, 5, stock, 4, tiny=True))
    still = Batch(
        torch.zeros_like(batch.features),
        torch.zeros_like(batch.residual),
        torch.ones_like(batch.visible),
        torch.zeros_like(batch.code),
    )
    still.features[:, 12] = 1
    moved = add_camera(still, torch.Generator().manual_seed(3))
    velocity = torch.stack([moved.features[:, 0], moved.features[:, 1]], 1)
    changed = velocity.abs().amax((1, 2, 3)) > 0
    assert int(changed.sum()) > 0
    decay = 25 * (1 - math.exp(-16 / 25)) / 16
    small = (velocity.abs() < 3.9).all(1, keepdim=True)
    total = moved.residual[:, -1] + velocity * decay
    assert torch.allclose((total * small)[changed], (velocity * small)[changed], atol=1e-4)


def settings(out: Path) -> Settings:
    return Settings(out, steps=4, batch=2, save_every=2, tiny=True)


def test_train_resume_and_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = Trainer(settings(tmp_path / "whole"))
    assert math.isfinite(whole.run(4))
    halted = Trainer(settings(tmp_path / "halted"))
    halted.run(2)
    resumed = Trainer(settings(tmp_path / "halted"))
    resumed.resume()
    resumed.run(4)
    for name, value in whole.average.items():
        assert torch.equal(value, resumed.average[name])
    start = Trainer(settings(tmp_path / "start"))
    assert any(not torch.equal(start.average[k], v) for k, v in whole.average.items())
    package(tmp_path / "whole" / CHECKPOINT, tmp_path / "weights")
    residual = MotionNetwork(tmp_path / "weights").mean(analyse(pan(9)))
    assert residual.shape == (16, 2, 12, 16)


def test_train_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--out", str(tmp_path), "--steps", "1", "--batch", "2", "--workers", "0", "--tiny"]
    assert main(arguments) == 0
    assert "track error" in capsys.readouterr().out
    assert (tmp_path / CHECKPOINT).is_file()
    with pytest.raises(SystemExit, match="another --seed"):
        main([*arguments, "--resume", "--seed", "9"])


def test_tables() -> None:
    measures = [
        Measure(f"clip{n % 3}", str(n), {"freeze": (20.0 + n, 0.5), "ours": (21.0 + n, 0.6)})
        for n in range(6)
    ]
    table = Table("extend", "ours", measures)
    found = summary(table)["methods"]
    assert isinstance(found, dict)
    assert found["freeze"]["gain"] == pytest.approx(1.0)
    assert found["freeze"]["wins"] == 6
    assert "freeze" in text(table)
    low, high = interval(np.array([0.0, 0.0, 1.0, 1.0]), ["a", "a", "b", "b"])
    assert (low, high) == (0.0, 1.0)


def test_evaluate_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shots = pan(30)
    writer = cv2.VideoWriter(
        str(tmp_path / "pan.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, shots.shape[2:0:-1]
    )
    for shot in shots:
        writer.write(cv2.cvtColor(shot, cv2.COLOR_RGB2BGR))
    writer.release()
    only = ["--only", "extend", "--frames", "4", "--windows", "1", "--json"]
    assert evaluate([str(tmp_path), *only]) == 0
    out = capsys.readouterr().out
    assert '"ours"' in out
    assert '"windows": 1' in out
