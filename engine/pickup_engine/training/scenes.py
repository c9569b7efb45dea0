"""Training scenes: layers with exact motion, so that where every pixel goes is known.

A background, layers at other depths, and things with limbs, each moved by a camera and by curves of
its own. See `samples` for what the network is shown of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from pickup_engine.training.curves import Curve, curve, handheld, log_uniform, still
from pickup_engine.training.layers import (
    Doubles,
    Layer,
    Waves,
    rectangle,
    similarity,
    tilted,
)
from pickup_engine.training.textures import PATCH, SHEET, background, blot, sprite
from pickup_engine.worker.backends.base import Floats

BASE = 256.0
"""Width at which speeds are given in pixels."""

_STEADY_SCENES = 0.35
"""Share of scenes in which nearly all motion is constant: without them the network learns that
everything stops."""


@dataclass(frozen=True)
class Stock:
    """Textures to build many scenes from; making them is slower than using them."""

    sheets: tuple[Floats, ...]
    sprites: tuple[tuple[Floats, Floats], ...]
    blots: tuple[Floats, ...]

    @staticmethod
    def make(seed: int, sheets: int = 36, sprites: int = 60, blots: int = 24) -> Stock:
        """Draw a stock."""
        chance = np.random.default_rng([seed, 7])
        return Stock(
            tuple(background(chance) for _ in range(sheets)),
            tuple(sprite(chance) for _ in range(sprites)),
            tuple(blot(chance) for _ in range(blots)),
        )

    def sheet(self, chance: Generator) -> Floats:
        """Any background texture."""
        return self.sheets[int(chance.integers(len(self.sheets)))]

    def thing(self, chance: Generator) -> tuple[Floats, Floats]:
        """Colours and coverage of a sprite; half of them filled with a piece of a background."""
        colours, cover = self.sprites[int(chance.integers(len(self.sprites)))]
        if chance.random() < 0.55:
            top = int(chance.integers(0, SHEET[0] - PATCH))
            left = int(chance.integers(0, SHEET[1] - PATCH))
            piece = self.sheet(chance)[top : top + PATCH, left : left + PATCH]
            colours = np.ascontiguousarray(piece)
        return colours, cover

    def veil(self, chance: Generator) -> Floats:
        """Any irregular mask."""
        return self.blots[int(chance.integers(len(self.blots)))]


@dataclass(frozen=True)
class Scene:
    """Layers from back to front, and the camera's own map of the background."""

    layers: tuple[Layer, ...]
    camera: Doubles
    width: int
    height: int

    def draw(self, index: int) -> Floats:
        """Frame `index` of `TIMES`, (height, width, 3) in 0..1."""
        y, x = np.mgrid[: self.height, : self.width].astype(np.float64)
        picture: Floats | None = None
        for layer in self.layers:
            picture = layer.draw(index, x, y, picture)
        assert picture is not None
        return picture


class _Builder:
    """One scene in the making; all speeds follow from a few drawn numbers."""

    def __init__(self, chance: Generator, stock: Stock, width: int, height: int) -> None:
        self.chance, self.stock, self.width, self.height = chance, stock, width, height
        self.unit = width / BASE
        self.steady = 0.85 if chance.random() < _STEADY_SCENES else 0.0
        self.still = chance.random() < 0.3
        self.speed = log_uniform(chance, 1.5, 60) * self.unit
        self.centre = (chance.uniform(0.2, 0.8) * width, chance.uniform(0.2, 0.8) * height)

    def build(self) -> Scene:
        shift_x, shift_y, turn, zoom = self._camera()
        camera = similarity(shift_x, shift_y, turn, zoom, self.centre)
        layers = [self._backdrop(camera)]
        for _ in range(int(self.chance.choice(3, p=[0.5, 0.3, 0.2]))):
            depth = self.chance.uniform(1.15, 2.2)
            maps = similarity(shift_x * depth, shift_y * depth, turn, zoom * depth, self.centre)
            layers.append(self._nearer(maps))
        for _ in range(int(self.chance.choice(4, p=[0.2, 0.35, 0.28, 0.17]))):
            layers += self._thing(camera)
        return Scene(tuple(layers), camera, self.width, self.height)

    def _camera(self) -> tuple[Curve, Curve, Curve, Curve]:
        chance = self.chance
        shared = self._curve(1.0)
        slow = min(1.0, self.speed / 20)
        path = [still()] * 4
        if not self.still:
            path = [
                self._follow(shared, self.speed * chance.random(), 0.7),
                self._follow(shared, self.speed * 0.6 * chance.random(), 0.5),
                self._follow(shared, 0.12 * chance.random() * slow, 0.25),
                self._follow(shared, 0.25 * chance.random() * slow, 0.3),
            ]
        if chance.random() < 0.35:
            shake = log_uniform(chance, 0.5, 8) * self.unit
            path[0] = path[0] + handheld(chance, shake)
            path[1] = path[1] + handheld(chance, shake)
        return path[0], path[1], path[2], path[3]

    def _curve(self, amount: float) -> Curve:
        return curve(self.chance, amount, self.steady)

    def _follow(self, shared: Curve, amount: float, odds: float) -> Curve:
        """Mostly the shared curve of a body, sometimes one of its own, or none."""
        if self.chance.random() >= odds:
            return still()
        if self.chance.random() < 0.8:
            return shared * amount * float(self.chance.choice([-1.0, 1.0]))
        return self._curve(amount)

    def _lean(self, maps: Doubles, odds: float) -> Doubles:
        chance = self.chance
        if chance.random() >= odds:
            return maps
        path = self._curve(1.0) * min(1.0, self.speed / 30) / self.unit
        across, down = chance.uniform(-1, 1) * 0.0008, chance.uniform(-1, 1) * 0.0012
        return tilted(maps, path * across, path * down, self.centre)

    def _bent(self, layer: Layer, amount: float) -> Layer:
        amount = min(amount, 10 * self.unit)
        if amount <= 0:
            return layer
        waves = Waves.random(self.chance, self.width)
        return Layer(
            layer.texture, layer.cover, layer.maps, layer.placing, waves, self._curve(amount)
        )

    def _backdrop(self, camera: Doubles) -> Layer:
        chance = self.chance
        room = 1.15 if self.still else 1.6
        texture = self.stock.sheet(chance)
        left, top = -self.width * (room - 1) / 2, -self.height * (room - 1) / 2
        placing = rectangle(texture, left, top, self.width * room, self.height * room)
        amount = 0.0
        if not self.still and chance.random() < 0.45:
            amount = self.speed * 0.5 * chance.random()
        elif chance.random() < 0.2:
            amount = self.speed * 0.15 * chance.random()
        return self._bent(Layer(texture, None, self._lean(camera, 0.25), placing), amount)

    def _nearer(self, maps: Doubles) -> Layer:
        chance, width, height = self.chance, self.width, self.height
        texture = self.stock.sheet(chance)
        placing = rectangle(
            texture,
            chance.uniform(-0.6, 0.5) * width,
            chance.uniform(0, 0.6) * height,
            chance.uniform(0.5, 1.6) * width,
            chance.uniform(0.4, 1.2) * height,
        )
        amount = self.speed * 0.2 * chance.random() if chance.random() < 0.3 else 0.0
        cover = self.stock.veil(chance)
        return self._bent(Layer(texture, cover, self._lean(maps, 0.2), placing), amount)

    def _thing(self, camera: Doubles) -> list[Layer]:
        chance = self.chance
        size = log_uniform(chance, 0.15, 1.15) * self.height
        x, y = chance.uniform(0.05, 0.95) * self.width, chance.uniform(0.1, 0.95) * self.height
        speed = log_uniform(chance, 2, 70) * self.unit
        shared = self._curve(1.0)
        maps = similarity(
            self._follow(shared, speed, 0.8),
            self._follow(shared, speed * 0.6, 0.6),
            self._follow(shared, 0.8 * chance.random(), 0.3),
            self._follow(shared, 0.3 * chance.random(), 0.3),
            (x, y),
        )
        if chance.random() < 0.8:
            maps = camera @ maps
        stretch = np.exp(chance.uniform(-0.6, 0.6))
        wide, tall = size * stretch, size / stretch
        colours, cover = self.stock.thing(chance)
        placing = rectangle(colours, x - wide / 2, y - tall / 2, wide, tall)
        amount = speed * 0.25 * chance.random() if chance.random() < 0.35 else 0.0
        layers = [self._bent(Layer(colours, cover, maps, placing), amount)]
        for _ in range(int(chance.choice(3, p=[0.55, 0.25, 0.2]))):
            joint = (x + chance.uniform(-0.4, 0.4) * wide, y + chance.uniform(-0.4, 0.4) * tall)
            layers.append(self._limb(maps, joint, size))
        return layers

    def _limb(self, body: Doubles, joint: tuple[float, float], size: float) -> Layer:
        """A part that swings about a joint of its body."""
        chance = self.chance
        length = size * chance.uniform(0.4, 1.0)
        thick = length * chance.uniform(0.25, 0.6)
        swing = self._curve(chance.uniform(0.2, 1.6))
        maps = body @ similarity(still(), still(), swing, still(), joint)
        turn = chance.uniform(0, 2 * np.pi)
        corner = (joint[0] + thick / 2 * np.sin(turn), joint[1] - thick / 2 * np.cos(turn))
        colours, cover = self.stock.thing(chance)
        return Layer(colours, cover, maps, rectangle(colours, *corner, length, thick, turn))


def build_scene(chance: Generator, stock: Stock, width: int, height: int) -> Scene:
    """Draw a scene."""
    return _Builder(chance, stock, width, height).build()
