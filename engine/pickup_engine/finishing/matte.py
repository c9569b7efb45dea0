"""Mattes: white = generate. Loaded once, checked against the source, kept as packed bits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.errors import MediaError, RequestError
from pickup.protocol import Matte
from pickup_engine.media import failures
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.sequences import IMAGES

Mask: TypeAlias = NDArray[np.bool_]
"""(h, w), true = generate."""

_WHITE: Final = 32768
"""A matte is a hard threshold at half: models and compositing take no half-known pixels."""

_NUMBER = re.compile(r"(\d+)(?=\.[^.]+$)")


class MatteRun:
    """The matte of each record frame of a source, at the source's size; the last one is held."""

    def __init__(self, masks: Iterator[Mask], width: int, height: int, feather: int) -> None:
        self.width, self.height = width, height
        self._feather = feather
        self._packed = [np.packbits(mask, axis=1) for mask in masks]
        self._union = np.zeros((height, width), np.bool_)
        for k in range(len(self._packed)):
            self._union |= self.mask(k)

    def __len__(self) -> int:
        return len(self._packed)

    def mask(self, k: int) -> Mask:
        """(h, w) of record frame `k`."""
        packed = self._packed[min(k, len(self._packed) - 1)]
        return np.unpackbits(packed, axis=1, count=self.width).astype(np.bool_)

    def union(self) -> Mask:
        """(h, w) true where any frame's matte is."""
        return self._union

    def for_model(
        self, k: int, window: tuple[slice, slice], width: int, height: int, grow: int = 1
    ) -> Mask:
        """(height, width) for the model: every model pixel that the matte touches inside `window`
        (rows, columns), grown by `grow` model pixels so that no trace of the object is left."""
        part = self.mask(k)[window].astype(np.float32)
        small = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA) > 0
        return grown(np.asarray(small, np.bool_), grow)

    def alpha(self, k: int) -> NDArray[np.uint16]:
        """(h, w) 0 outside the matte, 65535 inside it, rising inward over a few pixels."""
        return np.rint(feathered(self.mask(k), self._feather) * 65535).astype(np.uint16)


def load_matte(matte: Matte, width: int, height: int, frames: int) -> MatteRun:
    """Read the matte of a run of `frames` pictures of `width` x `height`.

    Raises RequestError: request.matte_size where a matte has another size (both are named),
    request.matte_empty where nothing is white, request.matte_box for a box outside the picture;
    MediaError where a file cannot be read.
    """
    if matte.box is not None:
        masks = iter([_box(matte.box, width, height)])
    else:
        masks = _from_files(matte.path, width, height, frames)
    run = MatteRun(masks, width, height, feather=max(1, round(height / 270)))
    if not run.union().any():
        raise RequestError(
            f"The matte {Path(matte.path).name or matte.box} is empty: nothing in it is white.",
            "Paint white over what shall be generated.",
            code="request.matte_empty",
        )
    return run


def _box(box: tuple[int, int, int, int], width: int, height: int) -> Mask:
    x, y, w, h = box
    if w <= 0 or h <= 0 or x < 0 or y < 0 or x + w > width or y + h > height:
        raise RequestError(
            f"The box {x}, {y}, {w} × {h} does not lie inside the picture of {width} × {height}.",
            "Give x, y, width and height in pixels of the source.",
            code="request.matte_box",
        )
    mask = np.zeros((height, width), np.bool_)
    mask[y : y + h, x : x + w] = True
    return mask


def _from_files(path: str, width: int, height: int, frames: int) -> Iterator[Mask]:
    if Path(path).is_dir():
        for file in _images(Path(path))[:frames]:
            yield from _from_media(str(file), width, height, 1)
    else:
        yield from _from_media(path, width, height, frames)


def _images(folder: Path) -> list[Path]:
    """The images of a folder by their number, then by name."""
    files = [f for f in folder.iterdir() if f.suffix.lower() in IMAGES and f.name[0] != "."]
    if not files:
        raise MediaError(
            f"The matte folder “{folder.name}” holds no images.",
            "Choose a folder with one image per frame, such as matte.0001.png.",
            code="media.missing",
        )

    def order(file: Path) -> tuple[int, str]:
        number = _NUMBER.search(file.name)
        return (int(number[1]) if number else 0, file.name)

    return sorted(files, key=order)


def _from_media(path: str, width: int, height: int, frames: int) -> Iterator[Mask]:
    failures.check_readable(path)
    media = probe(path)
    if (media.width, media.height) != (width, height):
        raise RequestError(
            f"The matte “{Path(path).name}” is {media.width} × {media.height}, but the clip is"
            f" {width} × {height}.",
            "Export the matte at the size of the clip.",
            code="request.matte_size",
        )
    with open_reader(media) as reader:
        for k in range(min(frames, media.frames)):
            yield reader.frame(k).max(axis=2) >= _WHITE


def grown(mask: Mask, pixels: int) -> Mask:
    """The mask with a round margin of `pixels`."""
    if pixels <= 0:
        return mask
    side = 2 * pixels + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), dtype=np.bool_)


def feathered(mask: Mask, pixels: int) -> NDArray[np.float32]:
    """0 outside the mask, rising inward to 1 over `pixels`: nothing outside is ever touched.

    The picture's own edge is no edge of the matte.
    """
    if pixels <= 1 or not mask.any():
        return mask.astype(np.float32)
    padded = np.pad(mask, 1, mode="edge").astype(np.uint8)
    far = np.float32(pixels + 1)
    inside = cv2.distanceTransform(padded, cv2.DIST_L2, 5) if not padded.all() else far * padded
    ramp = np.clip(inside[1:-1, 1:-1] / (pixels + 1), 0.0, 1.0)
    return np.where(mask, ramp, 0.0).astype(np.float32)
