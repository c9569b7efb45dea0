"""`python -m pickup_engine.media.sheet`: a contact sheet PNG out of small pictures.

Reads one JSON object from stdin: `{"out": PNG, "rows": [{"label", "cells": [{"image", "caption",
"generated"}]}]}`; `image` is a file or null (a gap). Generated pictures get an accent frame, since
colour alone must not carry a meaning the caption says so too.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_Picture = NDArray[np.uint8]

_CELL = (240, 136)
_GAP = 6
_LABEL = 24
_CAPTION = 16
_BACKGROUND = (24, 24, 24)
_TEXT = (215, 215, 215)
_ACCENT = (64, 170, 255)
"""Blue, green, red, as OpenCV orders them."""


@dataclass(frozen=True)
class Cell:
    """One picture of a row."""

    image: str | None
    caption: str
    generated: bool


@dataclass(frozen=True)
class Row:
    """A line of pictures under one label."""

    label: str
    cells: tuple[Cell, ...]


def write_sheet(rows: list[Row], out: Path) -> None:
    """Draw the rows and write the PNG atomically."""
    columns = max((len(row.cells) for row in rows), default=1)
    width = columns * (_CELL[0] + _GAP) + _GAP
    row_height = _LABEL + _CELL[1] + _CAPTION + _GAP
    sheet = np.full((len(rows) * row_height + _GAP, width, 3), _BACKGROUND, np.uint8)
    for number, row in enumerate(rows):
        top = _GAP + number * row_height
        _write(sheet, row.label, (_GAP, top + 16), 0.5)
        for column, cell in enumerate(row.cells):
            _draw(sheet, cell, _GAP + column * (_CELL[0] + _GAP), top + _LABEL)
    done, data = cv2.imencode(".png", sheet)
    if not done:
        raise OSError(f"the sheet {out} could not be encoded")
    partial = out.with_name(out.name + ".partial")
    partial.write_bytes(data.tobytes())
    partial.replace(out)


def _draw(sheet: _Picture, cell: Cell, left: int, top: int) -> None:
    area = sheet[top : top + _CELL[1], left : left + _CELL[0]]
    picture = None if cell.image is None else cv2.imread(cell.image, cv2.IMREAD_COLOR)
    if picture is None:
        area[:] = 8
        _write(sheet, "gap", (left + 8, top + 20), 0.4)
    else:
        area[:] = _fit(picture.astype(np.uint8))
    if cell.generated:
        cv2.rectangle(sheet, (left, top), (left + _CELL[0] - 1, top + _CELL[1] - 1), _ACCENT, 2)
    _write(sheet, cell.caption, (left, top + _CELL[1] + 12), 0.38)


def _fit(picture: _Picture) -> _Picture:
    """The picture inside a cell, letterboxed."""
    height, width = picture.shape[:2]
    scale = min(_CELL[0] / width, _CELL[1] / height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    cell = np.zeros((_CELL[1], _CELL[0], 3), np.uint8)
    top, left = (_CELL[1] - size[1]) // 2, (_CELL[0] - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = small
    return cell


def _write(sheet: _Picture, text: str, at: tuple[int, int], scale: float) -> None:
    # OpenCV's letters are ASCII only.
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(sheet, plain, at, cv2.FONT_HERSHEY_SIMPLEX, scale, _TEXT, 1, cv2.LINE_AA)


def main() -> int:
    """Read the description from stdin, write the sheet."""
    wanted = json.load(sys.stdin)
    rows = [
        Row(row["label"], tuple(Cell(**cell) for cell in row["cells"])) for row in wanted["rows"]
    ]
    write_sheet(rows, Path(wanted["out"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
