"""The words of a camera move: `pan-left 15% + zoom-in 1.2x`.

Plain arithmetic that the rules (to refuse before queueing) and the worker share. All amounts are
what the move has come to at the last new frame.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pickup.errors import RequestError


@dataclass(frozen=True)
class Word:
    """One word of the grammar. axis: what it changes; sign: in which direction. unit: what follows
    the number. default, least, most: of the number as it is written."""

    name: str
    axis: str
    sign: int
    unit: str
    default: float
    least: float
    most: float


WORDS = (
    Word("pan-left", "pan", -1, "%", 10, 0, 50),
    Word("pan-right", "pan", 1, "%", 10, 0, 50),
    Word("tilt-up", "tilt", 1, "%", 10, 0, 50),
    Word("tilt-down", "tilt", -1, "%", 10, 0, 50),
    Word("zoom-in", "zoom", 1, "x", 1.15, 1, 4),
    Word("zoom-out", "zoom", -1, "x", 1.15, 1, 2),
    Word("dolly-in", "dolly", 1, "x", 1.15, 1, 2),
    Word("dolly-out", "dolly", -1, "x", 1.15, 1, 2),
    Word("truck-left", "truck", -1, "%", 8, 0, 25),
    Word("truck-right", "truck", 1, "%", 8, 0, 25),
    Word("handheld", "handheld", 1, "", 0.5, 0, 1),
)
"""pan, tilt: share of the width or height that the picture shifts by. zoom: size of things, dolly:
size of the nearest things, at the end over that at the start. truck: share of the width that the
nearest things shift by. handheld: 1 = a restless operator."""

_BY_NAME = {word.name: word for word in WORDS}
_MOVE = re.compile(r"([a-z-]+)(?:\s+|(?=\d)|$)(?:(\d+(?:\.\d+)?)\s*(%|x|))?")
_REMEDY = (
    "Join moves with “+”, e.g. “pan-left 15% + zoom-in 1.2x”; the words are "
    + ", ".join(word.name for word in WORDS)
    + "."
)


@dataclass(frozen=True)
class Moves:
    """What the camera does, each axis 0 (or 1 for a factor) where it does nothing.

    pan: share of the width, > 0 = to the right; tilt: share of the height, > 0 = up. zoom, dolly:
    factors > 1 = in. truck: share of the width, > 0 = to the right. handheld: 0..1.
    """

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 1.0
    dolly: float = 1.0
    truck: float = 0.0
    handheld: float = 0.0

    @property
    def has_parallax(self) -> bool:
        """Whether near and far things move differently."""
        return self.dolly != 1.0 or self.truck != 0.0


def parse_camera(text: str) -> Moves:
    """Read a camera move. Raises RequestError that names what was not understood."""
    amounts: dict[str, float] = {}
    for part in text.split("+"):
        word, amount = _move(part.strip().lower(), text)
        if word.axis in amounts:
            raise _wrong(f"The camera move “{text}” says twice how to {word.axis}.")
        amounts[word.axis] = _signed(word, amount)
    return Moves(**amounts)


def _move(part: str, text: str) -> tuple[Word, float]:
    found = _MOVE.fullmatch(part)
    word = _BY_NAME.get(found[1]) if found else None
    if found is None or word is None:
        raise _wrong(f"“{part or text}” is no camera move.")
    if found[2] is None:
        return word, word.default
    amount = float(found[2])
    if (found[3] or "") != word.unit:
        example = f"{word.name} {word.default:g}{word.unit}"
        raise _wrong(f"“{part}” has the wrong unit: it is written “{example}”.")
    if not word.least < amount <= word.most:
        raise _wrong(
            f"“{part}” is out of range: more than {word.least:g}{word.unit}, at most "
            f"{word.most:g}{word.unit}."
        )
    return word, amount


def _signed(word: Word, amount: float) -> float:
    match word.unit:
        case "%":
            return word.sign * amount / 100
        case "x":
            return amount**word.sign
        case _:
            return amount


def _wrong(message: str) -> RequestError:
    return RequestError(message, _REMEDY, code="request.camera")
