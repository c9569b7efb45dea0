"""The three shots and the reference picture. A scene gives frame `k` as (h, w, 3) float32, 0..1."""

from __future__ import annotations

import cv2
import numpy as np

from pickup_engine.media.samples import plates
from pickup_engine.media.samples.noise import (
    Plane,
    fbm,
    mix,
    paste,
    premultiplied,
    relief,
    shifted,
    smoothstep,
)

WIDTH, HEIGHT = 854, 480
_SIZE = (WIDTH, HEIGHT)


class Valley:
    """A pan to the right over a valley with parallax; a balloon drifts by."""

    frames = 120

    def __init__(self, seed: int = 11) -> None:
        rng = np.random.default_rng(seed)
        wide = (1400, HEIGHT)
        palette = plates.DAY
        self._sky = plates.sky((1100, HEIGHT), palette, rng)
        far = plates.ridge(wide, 0.40, 0.15, 420, rng)
        self._far = plates.mountain(wide, far, palette.far, palette.horizon, rng)
        wood = plates.ridge(wide, 0.55, 0.06, 380, rng)
        self._wood = plates.forest(wide, wood, palette.near, rng)
        self._ground = plates.meadow((1700, HEIGHT - self._horizon), rng)
        self._trees = self._plant(rng)
        self._balloon = plates.balloon(84)

    _horizon = 292

    def _plant(self, rng: np.random.Generator) -> list[tuple[float, float, Plane]]:
        """Trees as (x at frame 0, y of the foot, sprite), far ones first; their shadows fall on the
        ground plate."""
        trees = []
        feet = (
            (170, 306),
            (660, 302),
            (980, 310),
            (1240, 316),
            (420, 330),
            (870, 352),
            (1420, 350),
        )
        for x, foot in feet:
            size = int(46 + (foot - self._horizon) * 3.1)
            row = foot - self._horizon
            shade = np.zeros(self._ground.shape[:2], np.float32)
            drawn = x + 180 - 60 * self._speed(row) + size * 0.22  # the plate's x at frame 60
            middle = (int(drawn), int(row + size * 0.012))
            cv2.ellipse(shade, middle, (int(size * 0.46), int(size * 0.055)), 0, 0, 360, 1.0, -1)
            soft = cv2.GaussianBlur(shade, (0, 0), 1.5 + size * 0.02)
            self._ground *= 1 - 0.55 * soft[:, :, None]
            trees.append((float(x), float(foot), plates.tree(size, rng)))
        return trees

    def _speed(self, row: float) -> float:
        """Pixels per frame of a ground row counted from the horizon."""
        return 1.5 + 0.009 * row

    def picture(self, k: int) -> Plane:
        """Frame `k`."""
        picture = shifted(self._sky, 0.35 * k, 0, _SIZE)
        paste(picture, self._balloon, 560 - 0.9 * k, 74 - 0.22 * k)
        for plate, speed in ((self._far, 0.7), (self._wood, 1.4)):
            layer = shifted(plate, speed * k, 0, _SIZE)
            picture = picture * (1 - layer[:, :, 3:]) + layer[:, :, :3]
        rows = np.arange(HEIGHT - self._horizon, dtype=np.float32)[:, None]
        moved = np.array([self._speed(row) * (k - 60) + 180 for row in range(len(rows))])
        x = np.arange(WIDTH, dtype=np.float32)[None, :] + moved[:, None].astype(np.float32)
        y = np.repeat(rows, WIDTH, axis=1)
        ground = cv2.remap(self._ground, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        fade = smoothstep(0, 5, rows)[:, :, None]
        picture[self._horizon :] = picture[self._horizon :] * (1 - fade) + ground * fade
        for x0, foot, sprite in self._trees:
            left = x0 - self._speed(foot - self._horizon) * k - sprite.shape[1] / 2
            paste(picture, sprite, left, foot - sprite.shape[0] * 0.985)
        return picture


class Room:
    """A ball rolls along a wall on floorboards; the camera stands still."""

    frames = 108
    _floor = 318
    _radius = 46.0

    def __init__(self, seed: int = 23) -> None:
        rng = np.random.default_rng(seed)
        self._plate = self._paint(rng)
        self._rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
        self._columns = np.arange(WIDTH, dtype=np.float32)[None, :]

    def _paint(self, rng: np.random.Generator) -> Plane:
        wall = self._wall(rng)
        picture = np.concatenate([wall, self._boards(rng)], axis=0)
        board = slice(self._floor - 26, self._floor)
        picture[board] = mix((0.83, 0.81, 0.76), picture[board], np.full((26, WIDTH), 0.12, "f4"))
        picture[self._floor - 26 : self._floor - 24] *= 0.82
        picture[self._floor - 3 : self._floor + 3] *= 0.62
        x = np.linspace(0, 1, WIDTH, dtype=np.float32)[None, :]
        y = np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None]
        picture *= (1.10 - 0.42 * np.hypot(x - 0.3, 0.8 * (y - 0.35)))[:, :, None]
        return np.asarray(np.clip(picture * self._window()[:, :, None], 0, 1), dtype=np.float32)

    def _wall(self, rng: np.random.Generator) -> Plane:
        size = (WIDTH, self._floor)
        rows, columns = np.mgrid[0 : self._floor, 0:WIDTH].astype(np.float32)
        course = np.floor(rows / 21)
        along = columns + np.where(course % 2 == 0, 0, 31)
        brick = np.floor(along / 62)
        wobble = 1.6 * (fbm(size, (18, 18), 3, rng) - 0.5)
        inside = np.minimum.reduce([rows % 21, 21 - rows % 21, along % 62, 62 - along % 62])
        mortar = smoothstep(2.4, 1.2, inside.astype(np.float32) + wobble)
        tone = rng.random((64, 64)).astype(np.float32)[course.astype(int), brick.astype(int)]
        grit = fbm(size, (9, 7), 4, rng, 0.8)
        base = mix((0.58, 0.34, 0.26), (0.72, 0.47, 0.36), tone)
        bricks = base * np.clip(0.72 + 0.55 * grit, 0, 1.6)[:, :, None]
        joint = np.asarray((0.68, 0.64, 0.58), np.float32) * (0.7 + 0.4 * grit)[:, :, None]
        light = relief(np.asarray(cv2.GaussianBlur(1 - mortar, (0, 0), 0.8), np.float32), 0.16)
        return mix(bricks, joint.astype(np.float32), mortar) * light[:, :, None]

    def _boards(self, rng: np.random.Generator) -> Plane:
        height = HEIGHT - self._floor
        flat = fbm((1400, 700), (230, 5), 5, rng, 0.7)
        grain = 0.75 + 0.5 * flat
        rows, columns = np.mgrid[0:height, 0:WIDTH].astype(np.float32)
        depth = 1.0 / (0.32 + rows / height * 0.68)
        u = (columns - WIDTH / 2) * depth * 0.62 + 700
        v = 640 * (depth - 1) / 2.2
        board = np.floor(v / 34)
        shift = (board * 131.0) % 97
        wood = cv2.remap(
            grain,
            u + 3 * shift,
            (v + 60 * board) % 699,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        tone = rng.random(64).astype(np.float32)[board.astype(int) % 64]
        base = mix((0.50, 0.33, 0.19), (0.66, 0.46, 0.28), tone)
        gap = smoothstep(2.2, 0.8, np.minimum(v % 34, 34 - v % 34))
        picture = base * wood[:, :, None] * (1 - 0.6 * gap[:, :, None])
        return np.asarray(picture, dtype=np.float32)

    def _window(self) -> Plane:
        """Sunlight through a window with a cross, slanting over wall and floor."""
        light = np.zeros((HEIGHT, WIDTH), np.float32)
        for column in (0, 1):
            for row in (0, 1):
                x, y = 470 + column * 92, 34 + row * 112
                corners = [(x, y), (x + 84, y - 16), (x + 112, y + 84), (x + 28, y + 100)]
                corners = [(cx + row * 31, cy) for cx, cy in corners]
                cv2.fillPoly(light, [np.array(corners, np.int32)], 1.0)
        return 1 + 0.38 * np.asarray(cv2.GaussianBlur(light, (0, 0), 4), dtype=np.float32)

    def _centre(self, k: int) -> tuple[float, float]:
        return 118 + 5.6 * k, 372 - self._radius + 0.12 * k

    def _shadow(self, k: int) -> Plane:
        """(h, w) how much light is taken: a dark core at the contact and a soft long part."""
        x, y = self._centre(k)
        foot = y + self._radius
        core = np.exp(-(((self._columns - x - 6) / 30) ** 2) - ((self._rows - foot + 2) / 5) ** 2)
        wide = np.exp(-(((self._columns - x - 34) / 58) ** 2) - ((self._rows - foot - 2) / 10) ** 2)
        amount = 1 - (1 - 0.62 * core) * (1 - 0.44 * wide)
        return np.asarray(amount * (self._rows > self._floor), dtype=np.float32)

    def _ball(self, k: int) -> Plane:
        """(2r+4, 2r+4, 4) premultiplied: a rolling ball of six coloured sectors."""
        x, y = self._centre(k)
        side = int(2 * self._radius) + 4
        rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
        nx = (columns - side / 2 + 0.5 - (x - np.floor(x))) / self._radius
        ny = (rows - side / 2 + 0.5 - (y - np.floor(y))) / self._radius
        reach = np.hypot(nx, ny)
        nz = np.sqrt(np.clip(1 - reach**2, 0, 1))
        turn = (x - 118) / self._radius
        px = nx * np.cos(turn) + ny * np.sin(turn)
        py = -nx * np.sin(turn) + ny * np.cos(turn)
        tilted = py * 0.82 + nz * 0.57
        sector = np.sin(3 * np.arctan2(nz * 0.82 - py * 0.57, px)).astype(np.float32)
        colour = mix((0.86, 0.16, 0.14), (0.93, 0.90, 0.82), smoothstep(-0.06, 0.06, sector))
        colour = mix(colour, (0.12, 0.24, 0.52), smoothstep(0.90, 0.925, np.abs(tilted)))
        light = np.clip(-0.45 * nx - 0.62 * ny + 0.64 * nz, 0, 1)
        shine = 0.45 * np.clip(-0.35 * nx - 0.55 * ny + 0.76 * nz, 0, 1) ** 40
        lit = np.clip(colour * (0.30 + 0.78 * light)[:, :, None] + shine[:, :, None], 0, 1)
        cover = np.clip((1 - reach) * self._radius + 0.5, 0, 1)
        return premultiplied(lit.astype(np.float32), cover.astype(np.float32))

    def _corner(self, k: int) -> tuple[int, int]:
        x, y = self._centre(k)
        half = (int(2 * self._radius) + 4) // 2
        return int(np.floor(x)) - half, int(np.floor(y)) - half

    def picture(self, k: int) -> Plane:
        """Frame `k`."""
        picture = self._plate * (1 - self._shadow(k)[:, :, None])
        paste(picture, self._ball(k), *self._corner(k))
        return picture

    def matte(self, k: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        """(h, w) 255 over the ball and its shadow with a margin, else 0."""
        cover = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        sprite = self._ball(k)
        paste(cover, np.repeat(sprite[:, :, 3:], 4, axis=2), *self._corner(k))
        touched = ((cover[:, :, 0] > 0) | (self._shadow(k) > 0.012)).astype(np.uint8)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
        return np.asarray(cv2.dilate(touched, kernel) * 255, dtype=np.uint8)


class Lake:
    """A slow push in on a lake; a sailing boat crosses, the water mirrors and moves."""

    frames = 108
    _shore = 262

    def __init__(self, seed: int = 5) -> None:
        rng = np.random.default_rng(seed)
        self._view = _landscape((WIDTH + 60, self._shore), plates.DAY, rng)
        self._boat = plates.sailboat(96)
        water = HEIGHT + 34 - self._shore
        self._ripples = [fbm((WIDTH + 400, water), (74, 7), 4, rng, 0.65) for _ in range(2)]

    def picture(self, k: int) -> Plane:
        """Frame `k`."""
        size = (WIDTH + 60, HEIGHT + 34)
        upper = self._view.copy()
        x = 250 + 1.5 * k
        bob = 1.2 * np.sin(k * 0.13)
        lower = np.asarray(cv2.flip(upper, 0), dtype=np.float32)
        paste(lower, np.asarray(cv2.flip(self._boat, 0), dtype=np.float32), x, 12 - bob)
        picture = np.concatenate([upper, self._water(lower, k, size)], axis=0)
        paste(picture, self._boat, x, self._shore - 81 + bob)
        zoom = 1 / (1 + 0.0006 * k)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        mx, my = (size[0] - WIDTH * zoom) / 2, (size[1] - HEIGHT * zoom) / 2
        matrix = np.array([[zoom, 0, mx], [0, zoom, my]], np.float64)
        return np.asarray(cv2.warpAffine(picture, matrix, _SIZE, flags=flags), dtype=np.float32)

    def _water(self, mirror: Plane, k: int, size: tuple[int, int]) -> Plane:
        width, height = size[0], size[1] - self._shore
        waves = shifted(self._ripples[0], 40 + 0.9 * k, 0, (width, height))
        waves = waves + shifted(self._ripples[1], 300 - 0.7 * k, 0, (width, height)) - 1.0
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        near = rows / height
        reach = 3 + 42 * near
        x = columns + waves * reach * 0.35
        y = np.clip(rows * 1.02 + waves * reach, 0, self._shore - 1)
        seen = cv2.remap(
            mirror, x, y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        deep = mix((0.20, 0.36, 0.42), (0.08, 0.20, 0.26), near)
        share = np.clip(0.74 - 0.30 * near + 0.55 * waves, 0.1, 0.92).astype(np.float32)
        return mix(deep, np.asarray(seen, dtype=np.float32), share)


def _landscape(size: tuple[int, int], palette: plates.Palette, rng: np.random.Generator) -> Plane:
    """(h, w, 3): sky, two mountain ranges and a wooded shore at the bottom."""
    picture = plates.sky(size, palette, rng)
    for top, swing, cell, weight in ((0.55, 0.24, 300, 0.45), (0.74, 0.15, 210, 0.0)):
        line = plates.ridge(size, top, swing, cell, rng)
        tone = tuple(
            f * (1 - weight) + h * weight for f, h in zip(palette.far, palette.horizon, strict=True)
        )
        layer = plates.mountain(size, line, (tone[0], tone[1], tone[2]), palette.horizon, rng)
        picture = picture * (1 - layer[:, :, 3:]) + layer[:, :, :3]
    line = plates.ridge(size, 0.93, 0.03, 260, rng)
    layer = plates.forest(size, line, palette.near, rng)
    return np.asarray(picture * (1 - layer[:, :, 3:]) + layer[:, :, :3], dtype=np.float32)


def dusk(seed: int = 31) -> Plane:
    """(540, 960, 3): a sunset with a strong palette, the reference picture for a restyle."""
    rng = np.random.default_rng(seed)
    picture = _landscape((960, 540), plates.DUSK, rng)
    return np.asarray(np.clip(picture, 0, 1), dtype=np.float32)
