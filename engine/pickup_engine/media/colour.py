"""Colour as tags and as exact matrices. A picture is (h, w, 3) uint16 RGB, full range 0..65535.

Code numbers and names are those of ITU-T H.273 (CICP) as FFmpeg spells them; luma weights are those
of H.273 table 4. Only matrix and range are undone: the transfer of the source stays in the picture.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from pickup.errors import MediaError
from pickup.protocol import Colour

Picture: TypeAlias = NDArray[np.uint16]
"""(h, w, 3) RGB, full 16-bit range, in the source's own display-referred transfer."""

WHITE: Final = 65535

PRIMARIES: Final = MappingProxyType(
    {
        1: "bt709",
        4: "bt470m",
        5: "bt470bg",
        6: "smpte170m",
        7: "smpte240m",
        8: "film",
        9: "bt2020",
        10: "smpte428",
        11: "smpte431",
        12: "smpte432",
        22: "ebu3213",
    }
)
TRANSFERS: Final = MappingProxyType(
    {
        1: "bt709",
        4: "bt470m",
        5: "bt470bg",
        6: "smpte170m",
        7: "smpte240m",
        8: "linear",
        9: "log100",
        10: "log316",
        11: "iec61966-2-4",
        12: "bt1361e",
        13: "iec61966-2-1",
        14: "bt2020-10",
        15: "bt2020-12",
        16: "smpte2084",
        17: "smpte428",
        18: "arib-std-b67",
    }
)
MATRICES: Final = MappingProxyType(
    {
        0: "gbr",
        1: "bt709",
        4: "fcc",
        5: "bt470bg",
        6: "smpte170m",
        7: "smpte240m",
        8: "ycgco",
        9: "bt2020nc",
        10: "bt2020c",
    }
)
_LUMA: Final = MappingProxyType(
    {
        "bt709": (0.2126, 0.0722),
        "fcc": (0.30, 0.11),
        "bt470bg": (0.299, 0.114),
        "smpte170m": (0.299, 0.114),
        "smpte240m": (0.212, 0.087),
        "bt2020nc": (0.2627, 0.0593),
    }
)


def code_of(names: MappingProxyType[int, str], name: str) -> int:
    """The CICP number of a name; 2 (unspecified) where it has none."""
    return next((code for code, known in names.items() if known == name), 2)


def tags(
    primaries: int, transfer: int, matrix: int, full: bool, width: int, height: int, rgb: bool
) -> Colour:
    """Names for a stream's colour codes; what is unspecified is decided here, once.

    Untagged video below 720 lines and 1280 columns is BT.601, everything else BT.709. RGB without a
    transfer is sRGB.
    """
    standard = width < 1280 and height < 720
    by_lines = "bt470bg" if height == 576 else "smpte170m"
    if rgb:
        return Colour(
            primaries=PRIMARIES.get(primaries, "bt709"),
            transfer=TRANSFERS.get(transfer, "iec61966-2-1"),
            matrix="gbr",
            range="pc",
        )
    return Colour(
        primaries=PRIMARIES.get(primaries, by_lines if standard else "bt709"),
        transfer=TRANSFERS.get(transfer, "smpte170m" if standard else "bt709"),
        matrix=MATRICES.get(matrix, by_lines if standard else "bt709"),
        range="pc" if full else "tv",
    )


def delivery_colour(colour: Colour) -> Colour:
    """The colour in which takes of a source are stored: its own primaries and transfer, a matrix
    that video codecs carry (BT.709 for RGB sources) and video range, as every editor expects."""
    matrix = colour.matrix if colour.matrix in _LUMA else "bt709"
    return Colour(colour.primaries, colour.transfer, matrix, "tv")


def _rgb_to_ycbcr(matrix: str) -> NDArray[np.float64]:
    """3x3: R'G'B' in 0..1 to Y' in 0..1 and Cb, Cr in -0.5..0.5 (H.273, equations 38 to 40)."""
    if matrix not in _LUMA:
        raise MediaError(
            f"The colour matrix “{matrix}” is not supported.",
            "Convert the clip to BT.709 or BT.2020 (non-constant luminance) and try again.",
            code="media.unreadable",
        )
    kr, kb = _LUMA[matrix]
    y = np.array([kr, 1 - kr - kb, kb])
    cb = (np.array([0.0, 0.0, 1.0]) - y) / (2 * (1 - kb))
    cr = (np.array([1.0, 0.0, 0.0]) - y) / (2 * (1 - kr))
    return np.stack([y, cb, cr])


def _coding(colour: Colour, bits: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scale and offset of the three components in codes of `bits` bits (H.273, 8.3)."""
    unit = float(1 << (bits - 8))
    if colour.range == "pc":
        top = float((1 << bits) - 1)
        return np.array([top, top, top]), np.array([0.0, 128 * unit, 128 * unit])
    return np.array([219.0, 224.0, 224.0]) * unit, np.array([16.0, 128.0, 128.0]) * unit


def ycbcr_to_picture(planes: NDArray[np.uint16], colour: Colour, bits: int, shift: int) -> Picture:
    """(h, w, 3) Y'CbCr codes of `bits` bits, shifted left by `shift`, to a picture."""
    scale, offset = _coding(colour, bits)
    inverse = np.linalg.inv(_rgb_to_ycbcr(colour.matrix)) / (scale * float(1 << shift))
    move = -inverse @ (offset * float(1 << shift))
    matrix = np.concatenate([inverse, move[:, None]], axis=1) * WHITE
    return np.asarray(cv2.transform(planes, matrix), dtype=np.uint16)


def picture_to_ycbcr(picture: Picture, colour: Colour, bits: int, shift: int) -> NDArray[np.uint16]:
    """A picture to (h, w, 3) Y'CbCr codes of `bits` bits, shifted left by `shift`."""
    scale, offset = _coding(colour, bits)
    factor = float(1 << shift)
    matrix = _rgb_to_ycbcr(colour.matrix) * scale[:, None] * factor / WHITE
    matrix = np.concatenate([matrix, (offset * factor)[:, None]], axis=1)
    return np.asarray(cv2.transform(picture, matrix), dtype=np.uint16)


def eight_bit(picture: Picture) -> NDArray[np.uint8]:
    """(h, w, 3) 0..255, rounded."""
    return np.asarray(cv2.convertScaleAbs(picture, alpha=255.0 / WHITE), dtype=np.uint8)


def sixteen_bit(picture: NDArray[np.uint8]) -> Picture:
    """0..255 to 0..65535 without loss."""
    return picture.astype(np.uint16) * np.uint16(257)
