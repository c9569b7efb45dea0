"""Procedural pictures for training scenes; nothing is photographed, nothing is downloaded."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.random import Generator

from pickup_engine.worker.backends.base import Floats

SHEET = (240, 400)
"""Height and width of a background texture."""

PATCH = 96
"""Side of a sprite."""


def noise(
    chance: Generator, height: int, width: int, octaves: int = 5, rough: float = 0.55
) -> Floats:
    """Fractal value noise in 0..1, (height, width)."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        coarse = chance.random((2**octave * 2 + 2, 2**octave * 3 + 2), dtype=np.float32) - 0.5
        finer = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        total += finer * np.float32(rough**octave)
    total -= total.min()
    return np.asarray(total / (total.max() + 1e-6), np.float32)


def background(chance: Generator) -> Floats:
    """A large texture, (240, 400, 3) in 0..1: a landscape, a pattern, or bricks and planks."""
    pick = chance.random()
    if pick < 0.45:
        return _landscape(chance)
    if pick < 0.75:
        return _pattern(chance)
    return _wall(chance)


def _colour(chance: Generator) -> Floats:
    return chance.uniform(0.05, 0.95, 3).astype(np.float32)


def _mix(below: Floats, above: Floats, mask: Floats) -> Floats:
    return np.asarray(below * (1 - mask[..., None]) + above * mask[..., None], np.float32)


def _landscape(chance: Generator) -> Floats:
    height, width = SHEET
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, width, dtype=np.float32)[None]
    horizon = chance.uniform(0.45, 0.7)
    light = chance.uniform(0.3, 1.0)
    down = np.clip(y / horizon, 0, 1) * np.ones_like(x)
    picture = _mix(
        np.broadcast_to(_colour(chance) * light, (height, width, 3)),
        np.broadcast_to(_colour(chance) * light, (height, width, 3)),
        down,
    )
    clouds = np.clip((noise(chance, height, width, 6) - 0.55) * 4, 0, 1) * (y < horizon)
    picture = _mix(picture, np.full_like(picture, light), clouds.astype(np.float32) * 0.7)
    for layer in range(int(chance.integers(1, 4))):
        ridge = np.full(x.shape, horizon - 0.12 + 0.05 * layer)
        for _ in range(4):
            waves = chance.uniform(1, 9) * (layer + 1)
            ridge = ridge + chance.uniform(0.01, 0.06) * np.sin(
                waves * 2 * math.pi * x + chance.uniform(0, 2 * math.pi)
            )
        rock = (0.7 + 0.6 * noise(chance, height, width, 6, 0.7))[..., None]
        mask = np.clip((y - ridge) * height / 2, 0, 1).astype(np.float32)
        picture = _mix(picture, rock * _colour(chance) * 0.6 * light, mask)
    ground = (0.6 + 0.7 * noise(chance, height, width, 7, 0.75))[..., None]
    mask = np.clip((y - horizon) * height / 2, 0, 1) * np.ones_like(x)
    picture = _mix(picture, ground * _colour(chance) * light, mask.astype(np.float32))
    if chance.random() < 0.5:
        _houses(chance, picture, int(height * horizon))
    return np.clip(picture, 0, 1)


def _houses(chance: Generator, picture: Floats, ground: int) -> None:
    width = picture.shape[1]
    for _ in range(int(chance.integers(4, 11))):
        left, across = int(chance.integers(0, width - 20)), int(chance.integers(12, 40))
        top = ground - int(chance.integers(15, max(16, int(ground * 0.7))))
        block = picture[top : ground + 8, left : left + across]
        block[:] = _colour(chance) * 0.7
        for row in (3, 4):
            block[row:-3:7, 2:-2:6] = (1.0, 0.9, 0.4)


def _pattern(chance: Generator) -> Floats:
    height, width = SHEET
    fine = noise(chance, height, width, int(chance.integers(5, 8)), chance.uniform(0.55, 0.8))
    if chance.random() < 0.5:
        fine = (np.sin(fine * chance.uniform(10, 40)) * 0.5 + 0.5).astype(np.float32)
    broad = noise(chance, height, width, 3)
    flat = [np.broadcast_to(_colour(chance), (height, width, 3)) for _ in range(3)]
    return _mix(_mix(flat[0], flat[1], fine), flat[2], broad)


def _wall(chance: Generator) -> Floats:
    height, width = SHEET
    y, x = np.mgrid[:height, :width].astype(np.float32)
    tall, wide = chance.uniform(8, 36), chance.uniform(14, 70)
    row = np.floor(y / tall)
    shifted = x / wide + 0.5 * (row % 2)
    joint = chance.uniform(0.04, 0.15)
    mortar = ((y / tall) % 1 < joint) | (shifted % 1 < joint * tall / wide)
    shades = chance.uniform(0.6, 1.2, 4096).astype(np.float32)
    each = shades[(row * 61 + np.floor(shifted) * 17).astype(int) % 4096]
    grain = 0.75 + 0.5 * noise(chance, height, width, 7, 0.8)
    bricks = _colour(chance) * (each * grain)[..., None]
    dark = np.broadcast_to(_colour(chance) * 0.6, bricks.shape)
    return np.clip(_mix(bricks, dark, mortar.astype(np.float32)), 0, 1)


def sprite(chance: Generator) -> tuple[Floats, Floats]:
    """A thing: colours (96, 96, 3) and coverage (96, 96), both in 0..1."""
    y, x = np.mgrid[-1.1 : 1.1 : PATCH * 1j, -1.1 : 1.1 : PATCH * 1j].astype(np.float32)
    inside = _outline(chance, x, y)
    cover = np.clip(inside * PATCH / 4, 0, 1).astype(np.float32)
    colours = np.broadcast_to(_colour(chance), (PATCH, PATCH, 3))
    pick = chance.random()
    if pick < 0.3:
        stripes = np.sin((x * math.cos(1) + y) * chance.uniform(8, 14)) > 0
        colours = _mix(
            colours,
            np.broadcast_to(_colour(chance), colours.shape),
            np.asarray(stripes, np.float32),
        )
    elif pick < 0.6:
        dots = np.sin(x * 12) * np.sin(y * 12) > 0.45
        colours = _mix(
            colours, np.broadcast_to(_colour(chance), colours.shape), np.asarray(dots, np.float32)
        )
    else:
        colours = colours * (0.6 + 0.8 * noise(chance, PATCH, PATCH, 6, 0.7))[..., None]
    lit = 0.75 + 0.3 * (-0.5 * x - 0.7 * y)
    rim = 1 - np.clip((0.08 - inside) * PATCH / 5, 0, 1) * 0.5
    return np.clip(colours * (lit * rim)[..., None], 0, 1).astype(np.float32), cover


def _outline(chance: Generator, x: Floats, y: Floats) -> Floats:
    """Positive inside: a disc, a box, or a star with some arms."""
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    pick = chance.random()
    if pick < 0.3:
        return np.asarray(1 - radius)
    if pick < 0.55:
        return np.asarray(0.82 - np.maximum(np.abs(x), np.abs(y)))
    arms, depth = int(chance.integers(2, 8)), chance.uniform(0.08, 0.28)
    return np.asarray(0.72 + depth * np.cos(arms * angle + chance.uniform(0, 6)) - radius)


def blot(chance: Generator) -> Floats:
    """An irregular mask (128, 128) with soft edges, for layers in front."""
    field = noise(chance, 128, 128, 4)
    level = float(field.mean()) + chance.uniform(-0.05, 0.15)
    return np.asarray(np.clip((field - level) * 30 + 0.5, 0, 1), np.float32)
