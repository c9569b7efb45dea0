"""A look over the source's own full-size pictures: the colour table, then the texture."""

from __future__ import annotations

from typing import Final

import numpy as np

from pickup_engine.finishing.render import render_look
from pickup_engine.finishing.texture import textured
from pickup_engine.media.colour import Picture
from pickup_engine.worker.backends.base import Look

_BLACK: Final = 26 * 257
"""Brightest value of a bar: black with the noise of strong compression."""


def render_textured(look: Look, frame: int, picture: Picture) -> Picture:
    """(h, w, 3) uint16 in and out; `frame` chooses the table."""
    made = textured(look.texture, render_look(look.tables, frame, picture), picture)
    if any(look.bars):
        top, bottom, left, right = look.bars
        _keep_bars(made, picture, top, bottom)
        _keep_bars(made.transpose(1, 0, 2), picture.transpose(1, 0, 2), left, right)
    return made


def _keep_bars(made: Picture, picture: Picture, first: float, last: float) -> None:
    """Put the rows of the bars back, in place; the model's size knows their edge only roughly."""
    count = len(picture)
    for share, rows in ((first, slice(0, None)), (last, slice(None, None, -1))):
        reach = min(count, int(np.ceil(share * count)) + 1) if share else 0
        strip = picture[rows][:reach]
        black = np.flatnonzero(strip.max(axis=(1, 2)) <= _BLACK) if reach else np.empty(0, np.int64)
        made[rows][black] = strip[black]
