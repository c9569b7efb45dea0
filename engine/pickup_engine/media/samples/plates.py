"""Painted parts of the landscapes: sky, ridges, ground, trees, a balloon, a sail."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pickup_engine.media.samples.noise import (
    Plane,
    Tone,
    fbm,
    mix,
    premultiplied,
    relief,
    smoothstep,
)


@dataclass(frozen=True)
class Palette:
    """The tones of a time of day."""

    zenith: Tone
    horizon: Tone
    cloud: Tone
    shade: Tone
    far: Tone
    near: Tone
    glow: Tone
    glow_at: tuple[float, float]


DAY = Palette(
    zenith=(0.25, 0.46, 0.74),
    horizon=(0.80, 0.87, 0.91),
    cloud=(0.97, 0.97, 0.96),
    shade=(0.72, 0.76, 0.82),
    far=(0.45, 0.55, 0.66),
    near=(0.24, 0.34, 0.22),
    glow=(1.0, 0.96, 0.85),
    glow_at=(0.2, 0.1),
)
DUSK = Palette(
    zenith=(0.10, 0.10, 0.30),
    horizon=(0.98, 0.52, 0.24),
    cloud=(0.98, 0.45, 0.40),
    shade=(0.36, 0.17, 0.38),
    far=(0.36, 0.18, 0.36),
    near=(0.09, 0.05, 0.14),
    glow=(1.0, 0.80, 0.38),
    glow_at=(0.66, 0.60),
)


def sky(size: tuple[int, int], palette: Palette, rng: np.random.Generator) -> Plane:
    """(h, w, 3): a gradient, a glow and flat-bottomed clouds that thin out towards the top."""
    width, height = size
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None] * np.ones((1, width), np.float32)
    x = np.linspace(0, 1, width, dtype=np.float32)[None, :] * np.ones((height, 1), np.float32)
    picture = mix(palette.zenith, palette.horizon, smoothstep(0.0, 0.95, y))
    gx, gy = palette.glow_at
    distance = np.hypot((x - gx) * width / height, y - gy).astype(np.float32)
    picture = mix(picture, palette.glow, 0.65 * np.exp(-(distance**2) / 0.09).astype(np.float32))
    body = fbm(size, (260, 90), 6, rng, 0.55)
    amount = smoothstep(0.47, 0.86, body + 0.10 * (y - 0.3)) * smoothstep(1.0, 0.75, y)
    lit = smoothstep(-0.09, 0.10, body - np.roll(body, -9, axis=0) + 0.03)
    return mix(picture, mix(palette.shade, palette.cloud, lit), 0.9 * amount)


def ridge(
    size: tuple[int, int], top: float, swing: float, cell: float, rng: np.random.Generator
) -> Plane:
    """(w,) height in pixels from the top of a ridge line."""
    width, height = size
    line = fbm((width, 1), (cell, 1e6), 6, rng, 0.45)[0]
    return np.asarray(height * (top - swing * (line - 0.5) * 2), dtype=np.float32)


def below(line: Plane, height: int, softness: float = 1.2) -> Plane:
    """(h, w) coverage of what lies under a ridge line, antialiased."""
    rows = np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(np.clip((rows - line[None, :]) / softness + 0.5, 0, 1), dtype=np.float32)


def mountain(
    size: tuple[int, int], line: Plane, tone: Tone, haze: Tone, rng: np.random.Generator
) -> Plane:
    """(h, w, 4) premultiplied: craggy slopes under `line`, fading into `haze` downwards."""
    height = size[1]
    crag = fbm(size, (120, 150), 6, rng, 0.6)
    folded = 1 - np.abs(2 * crag - 1)
    light = np.clip(relief(folded.astype(np.float32), 1.4), 0.55, 1.5)
    colour = np.asarray(tone, np.float32) * light[:, :, None]
    rows = np.arange(height, dtype=np.float32)[:, None]
    depth = np.clip((rows - line[None, :]) / (0.30 * height), 0, 1).astype(np.float32)
    return premultiplied(mix(colour, haze, 0.85 * depth), below(line, height))


def forest(size: tuple[int, int], line: Plane, tone: Tone, rng: np.random.Generator) -> Plane:
    """(h, w, 4) premultiplied: a wooded slope whose ragged edge is made of crowns."""
    width = size[0]
    crowns = fbm(size, (13, 11), 4, rng, 0.6)
    edge = line - 9 * smoothstep(0.35, 0.8, fbm((width, 1), (11, 1e6), 3, rng))[0]
    light = np.clip(relief(crowns, 0.9), 0.35, 1.7)
    patches = fbm(size, (160, 60), 3, rng)
    colour = np.asarray(tone, np.float32) * (light * (0.75 + 0.5 * patches))[:, :, None]
    return premultiplied(np.clip(colour, 0, 1).astype(np.float32), below(edge, size[1]))


def meadow(size: tuple[int, int], rng: np.random.Generator) -> Plane:
    """(h, w, 3) grass seen at a low angle: blades are finer near the horizon (the first row)."""
    width, height = size
    grass = np.zeros((height, width), np.float32)
    depth = np.linspace(0, 1, height, dtype=np.float32)[:, None] ** 0.8
    for cell, share in (
        ((14, 3), smoothstep(0.6, 0.0, depth)),
        ((30, 9), smoothstep(0.2, 1, depth)),
    ):
        grass += fbm(size, cell, 5, rng, 0.75) * share
    grass /= smoothstep(0.6, 0.0, depth) + smoothstep(0.2, 1, depth) + 1e-3
    patches = fbm(size, (240, 40), 4, rng)
    base = mix((0.34, 0.40, 0.15), (0.60, 0.55, 0.26), smoothstep(0.35, 0.75, patches))
    blades = np.clip(relief(grass, 0.5) + 0.8 * (grass - 0.5), 0.4, 1.7)
    flowers = smoothstep(0.80, 0.86, fbm(size, (7, 4), 2, rng, 0.8)) * smoothstep(0.1, 0.6, depth)
    lit = np.clip(base * blades[:, :, None], 0, 1).astype(np.float32)
    return mix(lit, (0.93, 0.90, 0.80), 0.75 * flowers)


def tree(height: int, rng: np.random.Generator) -> Plane:
    """(h, w, 4) premultiplied: a broadleaf tree, lit from the upper left."""
    width = int(height * 0.9)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    crown = np.zeros((height, width), np.float32)
    lift = np.zeros((height, width), np.float32)
    for _ in range(44):
        angle, reach = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1))
        cx = width * (0.5 + 0.32 * reach * np.cos(angle))
        cy = height * (0.37 + 0.25 * reach * np.sin(angle))
        radius = height * rng.uniform(0.08, 0.15)
        round_ = np.clip(1 - np.hypot(x - cx, y - cy) / radius, 0, 1)
        crown = np.maximum(crown, round_)
        lift = np.maximum(lift, np.sqrt(round_) * (1.1 - 0.8 * cy / height))
    leaves = fbm((width, height), (height / 14, height / 16), 4, rng, 0.75)
    cover = smoothstep(0.10, 0.20, crown + 0.50 * (leaves - 0.5) * (crown > 0))
    light = np.clip(relief(lift, 1.2) * relief(leaves, 0.8) * (0.6 + 0.55 * lift), 0.25, 1.8)
    colour = np.asarray((0.25, 0.36, 0.13), np.float32) * light[:, :, None]
    half = height * (0.022 + 0.03 * np.clip(y / height - 0.85, 0, 1) * 4)
    trunk = smoothstep(1.5, -0.5, np.abs(x - width / 2) - half) * (y > 0.45 * height)
    bark = np.asarray((0.27, 0.21, 0.16), np.float32) * (1.25 - 0.5 * x / width)[:, :, None]
    return premultiplied(mix(bark, np.clip(colour, 0, 1), cover), np.maximum(cover, trunk))


def balloon(height: int) -> Plane:
    """(h, w, 4) premultiplied: a striped hot-air balloon."""
    width = int(height * 0.76)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    v = y / height
    u = (x - width / 2 + 0.5) / (width / 2)
    half = np.where(v < 0.42, np.sqrt(np.clip(1 - ((v - 0.42) / 0.42) ** 2, 0, 1)), 0)
    half = np.where(
        v >= 0.42, np.clip(1 - (np.maximum(v - 0.42, 0) / 0.40) ** 1.7 * 0.83, 0, 1), half
    )
    bag = smoothstep(0.03, -0.01, np.abs(u) - half.astype(np.float32)) * (v < 0.82)
    around = np.arcsin(np.clip(u / np.maximum(half, 1e-3), -1, 1))
    stripe = smoothstep(-0.15, 0.15, np.sin(around * 6).astype(np.float32))
    cloth = mix((0.80, 0.17, 0.13), (0.95, 0.78, 0.35), stripe)
    shade = np.clip(1.08 - 0.42 * np.sin(around + 0.4) - 0.25 * (v - 0.3), 0.45, 1.2)
    basket = (np.abs(u) < 0.13) & (v > 0.90)
    ropes = (np.abs(np.abs(u) - 0.12) < 0.02) & (v > 0.80) & (v <= 0.90)
    colour = mix(cloth * shade[:, :, None], (0.33, 0.22, 0.13), (basket | ropes).astype(np.float32))
    cover = np.maximum(bag, (basket | ropes).astype(np.float32))
    sprite = premultiplied(np.clip(colour, 0, 1).astype(np.float32), cover)
    return np.asarray(cv2.GaussianBlur(sprite, (0, 0), 0.6), dtype=np.float32)


def sailboat(height: int) -> Plane:
    """(h, w, 4) premultiplied: two sails and a hull, drawn large and reduced."""
    big = 4
    canvas = np.zeros((height * big, height * big, 4), np.float32)
    unit = height * big

    def shape(points: list[tuple[float, float]], tone: Tone) -> None:
        polygon = np.array([[round(x * unit), round(y * unit)] for x, y in points], np.int32)
        cv2.fillPoly(canvas, [polygon], (*tone, 1.0), lineType=cv2.LINE_AA)

    shape([(0.52, 0.04), (0.52, 0.80), (0.90, 0.80), (0.80, 0.45)], (0.95, 0.94, 0.90))
    shape([(0.49, 0.10), (0.49, 0.80), (0.20, 0.80), (0.36, 0.50)], (0.86, 0.30, 0.22))
    shape([(0.50, 0.02), (0.515, 0.02), (0.515, 0.86), (0.50, 0.86)], (0.35, 0.28, 0.22))
    shape([(0.12, 0.84), (0.92, 0.84), (0.80, 0.98), (0.24, 0.98)], (0.23, 0.29, 0.38))
    shape([(0.12, 0.84), (0.92, 0.84), (0.905, 0.87), (0.135, 0.87)], (0.93, 0.92, 0.88))
    small = cv2.resize(canvas, (height, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float32)
