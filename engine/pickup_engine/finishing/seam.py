"""How a take fits at its joins, in the numbers of `protocol.Seam`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.protocol import Seam, Side
from pickup_engine.finishing.difference import ciede2000, lab_of
from pickup_engine.media.colour import WHITE, Picture

BLOCK: Final = 32
_STILL: Final = WHITE / 255 / 4
"""Real frames that differ by less than a quarter of an 8-bit code stand still; a jump is then told
against this."""


def join_seam(
    real: Sequence[Picture],
    new: Sequence[Picture],
    side: Side,
    overlap: tuple[Picture, Picture] | None = None,
) -> Seam:
    """The seam between real pictures and new ones, both in time order and adjacent.

    `real`: at least the two pictures next to the join. `overlap`: (made, real) pictures of one
    moment for the colour; without it the pictures on both sides of the join are compared.
    """
    last, before = (real[-1], real[-2]) if side is Side.TAIL else (real[0], real[1])
    first = new[0] if side is Side.TAIL else new[-1]
    made, original = overlap if overlap is not None else (first, last)
    return Seam(
        colour=block_difference(made, original),
        jump=mean_change(first, last) / max(mean_change(last, before), _STILL),
        sharpness=sharpness(first) / max(sharpness(last), 1e-9),
    )


def worse(one: Seam, other: Seam) -> Seam:
    """Of two joins of a take, what is worse of each: sharpness is best at 1."""

    def largest(*values: float | None) -> float | None:
        return max((value for value in values if value is not None), default=None)

    def off(value: float) -> float:
        return abs(math.log(max(value, 1e-9)))  # a black picture has none

    sharpness = [value for value in (one.sharpness, other.sharpness) if value is not None]
    return Seam(
        colour=largest(one.colour, other.colour),
        jump=largest(one.jump, other.jump),
        sharpness=max(sharpness, key=off, default=None),
    )


def matte_seam(source: Picture, final: Picture, alpha: NDArray[np.uint16]) -> Seam:
    """The seam around a filled matte in one picture; all None where there is nothing to compare.

    colour: a band inside the matte's edge against the band outside it. jump: mean step across the
    edge over the mean step between neighbours in the source outside. sharpness: gradient energy
    inside over that of the source around it.
    """
    inside = (alpha > 0).astype(np.uint8)
    reach = max(4, source.shape[0] // 60)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    around = (cv2.dilate(inside, kernel) > 0) & (inside == 0)
    border = (cv2.erode(inside, kernel) == 0) & (inside > 0)
    if not around.any() or not border.any():
        return Seam()
    colour = _band_difference(final, border, around)
    energy = _gradient(final)
    filled, real = float(energy[inside > 0].mean()), float(energy[around].mean())
    return Seam(colour, _edge_step(final, inside), filled / max(real, 1e-9))


def block_difference(one: Picture, two: Picture) -> float:
    """Mean CIEDE2000 of 32-pixel block means of two pictures of one size."""
    return float(ciede2000(_block_lab(one), _block_lab(two)).mean())


def mean_change(one: Picture, two: Picture) -> float:
    """Mean absolute difference in 16-bit codes."""
    return float(cv2.absdiff(one, two).mean(dtype=np.float64))


def sharpness(picture: Picture) -> float:
    """Mean gradient energy of luma (BT.709 weights)."""
    return float(_gradient(picture).mean())


def _block_lab(picture: Picture) -> NDArray[np.float64]:
    rows, columns = picture.shape[:2]
    size = max(1, columns // BLOCK), max(1, rows // BLOCK)
    small = cv2.resize(picture.astype(np.float32) / WHITE, size, interpolation=cv2.INTER_AREA)
    return lab_of(np.asarray(small, np.float64))


def _gradient(picture: Picture) -> NDArray[np.float32]:
    luma = picture.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    across = cv2.Sobel(luma, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(luma, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(across * across + down * down, dtype=np.float32)


def _band_difference(
    picture: Picture, border: NDArray[np.bool_], around: NDArray[np.bool_]
) -> float | None:
    """Mean CIEDE2000 between the two bands' means, over 32-pixel blocks that hold both."""
    size = picture.shape[1] // BLOCK or 1, picture.shape[0] // BLOCK or 1
    value = picture.astype(np.float32) / WHITE
    means, shares = [], []
    for band in (border, around):
        weight = band.astype(np.float32)
        share = np.asarray(cv2.resize(weight, size, interpolation=cv2.INTER_AREA))
        total = cv2.resize(value * weight[:, :, None], size, interpolation=cv2.INTER_AREA)
        means.append(np.asarray(total) / np.maximum(share, 1e-9)[:, :, None])
        shares.append(share)
    both = (shares[0] > 0.01) & (shares[1] > 0.01)
    if not both.any():
        return None
    return float(ciede2000(lab_of(means[0][both]), lab_of(means[1][both])).mean())


def _edge_step(picture: Picture, inside: NDArray[np.uint8]) -> float:
    luma = picture.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    steps, real = [], []
    for axis in (0, 1):
        change = np.abs(np.diff(luma, axis=axis))
        crossing = np.diff(inside.astype(np.int8), axis=axis) != 0
        near = np.take(inside, range(1, inside.shape[axis]), axis=axis) == 0
        steps.append(change[crossing])
        real.append(change[near & ~crossing])
    usual = float(np.concatenate(real).mean())
    return float(np.concatenate(steps).mean()) / max(usual, _STILL)
