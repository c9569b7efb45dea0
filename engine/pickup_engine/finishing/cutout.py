"""A reference image as a cut-out: its own transparency, or one keyed from an even background."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.errors import MediaError
from pickup.protocol import MediaKind
from pickup_engine.media import failures
from pickup_engine.media.colour import WHITE, Picture, eight_bit
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader

_OPAQUE: Final = 0.98
"""A picture whose alpha is nowhere below this says nothing by it."""
_VISIBLE: Final = 0.05
_LEAST_PIXELS: Final = 16
_LONGEST_KEYED: Final = 640
"""Longer side at which an even background is keyed; edges are refined at full size."""
_BORDER: Final = 0.04
_EVEN: Final = 6.0
"""CIELAB units by which nine tenths of the border differ at most from a smooth slope of colour."""
_SHARE: Final = (0.01, 0.9)
_ROUNDS: Final = 6


@dataclass(frozen=True)
class CutoutImage:
    """A thing without its surroundings, cropped to what is visible of it.

    picture: (h, w, 3) uint16, alpha: (h, w) uint16, straight. keyed: the image had no transparency,
    an even background was taken out.
    """

    picture: Picture
    alpha: NDArray[np.uint16]
    keyed: bool


def load_cutout(path: str) -> CutoutImage:
    """The thing that an image shows.

    Raises MediaError: media.missing and media.unreadable as every image; media.transparent where
    nothing is visible, media.no_cutout where there is neither transparency nor an even background.
    """
    media = probe(path)
    if media.kind is not MediaKind.STILL:
        raise failures.unreadable(path, "it is no still image")
    with open_reader(media) as reader:
        picture, alpha = reader.frame(0), reader.alpha(0)
    if alpha is not None and alpha.min() < _OPAQUE * WHITE:
        return _cropped(path, picture, alpha, keyed=False)
    return _cropped(path, *_keyed(path, picture), keyed=True)


def _cropped(path: str, picture: Picture, alpha: NDArray[np.uint16], *, keyed: bool) -> CutoutImage:
    visible = alpha >= _VISIBLE * WHITE
    if int(visible.sum()) < _LEAST_PIXELS:
        raise MediaError(
            f"Nothing is visible in {Path(path).name}: it is transparent all over.",
            "Export the thing with its alpha channel, opaque where it shall be seen.",
            code="media.transparent",
        )
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    return CutoutImage(picture[part], alpha[part], keyed)


def _keyed(path: str, picture: Picture) -> tuple[Picture, NDArray[np.uint16]]:
    """The picture and an alpha that takes an even background out (GrabCut, Rother et al., 2004)."""
    height, width = picture.shape[:2]
    scale = min(1.0, _LONGEST_KEYED / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = np.asarray(cv2.resize(eight_bit(picture), size, interpolation=cv2.INTER_AREA), np.uint8)
    apart = _apart_from_border(small)
    border = _border(small.shape[:2])
    if float(np.percentile(apart[border], 90)) > _EVEN:
        raise _no_cutout(path, "its background is not even")
    thing = _grab(small, apart, border)
    share = float(thing.mean())
    if not _SHARE[0] < share < _SHARE[1]:
        raise _no_cutout(path, "nothing stands out from its background")
    wide = cv2.resize(thing.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    # One source pixel inwards: the outermost ring is a mixture with the background.
    soft = cv2.GaussianBlur(wide, (0, 0), 0.7 / scale)
    alpha = np.clip((soft - 0.6) / 0.3, 0, 1)
    return _bled(picture, alpha > 0.95), np.rint(alpha * WHITE).astype(np.uint16)


def _border(shape: tuple[int, ...]) -> NDArray[np.bool_]:
    wide = max(2, round(_BORDER * min(shape[:2])))
    inner = np.zeros(shape[:2], np.bool_)
    inner[wide:-wide, wide:-wide] = True
    return ~inner


def _apart_from_border(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIELAB distance of every pixel to a plane of colour through the border, (h, w)."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width]
    terms = np.stack([np.ones(x.shape), x / width - 0.5, y / height - 0.5], axis=-1)
    edge = _border(picture.shape)
    kept = np.ones(int(edge.sum()), np.bool_)
    fit = np.zeros((3, 3))
    for _ in range(3):
        # What reaches the border of the picture is no background: fitted again without it.
        fit = np.linalg.lstsq(terms[edge][kept], lab[edge][kept], rcond=None)[0]
        rest = np.linalg.norm(lab[edge] - terms[edge] @ fit, axis=1)
        kept = rest <= max(float(np.percentile(rest, 85)), 1e-6)
    return np.asarray(np.linalg.norm(lab - terms @ fit, axis=-1), np.float32)


def _grab(
    picture: NDArray[np.uint8], apart: NDArray[np.float32], border: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    labels = np.full(apart.shape, cv2.GC_PR_BGD, np.uint8)
    labels[apart > 1.5 * _EVEN] = cv2.GC_PR_FGD
    labels[apart > 4 * _EVEN] = cv2.GC_FGD
    labels[border & (apart <= 1.5 * _EVEN)] = cv2.GC_BGD
    if not (labels == cv2.GC_PR_FGD).any() and not (labels == cv2.GC_FGD).any():
        return np.zeros(apart.shape, np.bool_)
    cv2.setRNGSeed(0)  # its mixtures start from k-means
    cv2.grabCut(
        np.ascontiguousarray(picture[..., ::-1]),
        labels,
        (0, 0, 1, 1),
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        _ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )
    found = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    number, parts = cv2.connectedComponents(found.astype(np.uint8))
    if number < 2:
        return np.zeros(apart.shape, np.bool_)
    sizes = np.bincount(parts.ravel())[1:]
    kept = np.isin(parts, np.flatnonzero(sizes >= 0.05 * sizes.max()) + 1)
    outlines, _ = cv2.findContours(kept.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # Drawn filled: what the thing encloses and looks like the background belongs to it.
    filled = cv2.drawContours(np.zeros(kept.shape, np.uint8), outlines, -1, 1, cv2.FILLED)
    return np.asarray(filled > 0, np.bool_)


def _bled(picture: Picture, sure: NDArray[np.bool_]) -> Picture:
    """The thing's colours beyond its edge, so that soft edges carry none of the background."""
    if not sure.any():
        return picture
    _, label = cv2.distanceTransformWithLabels(
        (~sure).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    colour = np.zeros((int(label.max()) + 1, 3), np.uint16)
    colour[label[sure]] = picture[sure]
    return np.asarray(colour[label], np.uint16)


def _no_cutout(path: str, why: str) -> MediaError:
    return MediaError(
        f"{Path(path).name} has no transparency, and {why}.",
        "Cut the thing out in a paint program and save it as PNG with transparency, or photograph"
        " it before an even background.",
        code="media.no_cutout",
    )
