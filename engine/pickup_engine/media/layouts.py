"""How each choice of codec is encoded: encoder, pixel format, options."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pickup.protocol import Codec, Colour
from pickup_engine.media.colour import delivery_colour

_PRORES_MATRICES = ("bt709", "smpte170m", "bt2020nc")


@dataclass(frozen=True)
class Layout:
    """`bits` per component of `pixel_format`; `rgb` stores R'G'B' itself, without a matrix."""

    encoder: str
    pixel_format: str
    bits: int
    container: str
    rgb: bool = False
    subsampled: bool = False
    alpha: bool = False
    options: dict[str, str] = field(default_factory=dict)
    gop: int = 1

    def stored(self, colour: Colour) -> Colour:
        """The colour tags of a file in this layout for pictures of `colour`.

        A ProRes frame header knows three transfers: BT.709 (it stands for BT.601, BT.2020 and sRGB
        too), PQ and HLG. It knows three matrices: 625-line BT.601 shares the code of 525 lines, and
        pictures of rarer ones are stored with BT.709's.
        """
        video = delivery_colour(colour)
        if self.encoder.startswith("prores"):
            known = video.transfer in ("smpte2084", "arib-std-b67")
            matrix = "smpte170m" if video.matrix == "bt470bg" else video.matrix
            matrix = matrix if matrix in _PRORES_MATRICES else "bt709"
            transfer = video.transfer if known else "bt709"
            video = replace(video, transfer=transfer, matrix=matrix)
        return replace(video, matrix="gbr", range="pc") if self.rgb else video


def layout_for(codec: Codec, width: int, height: int, alpha: bool) -> Layout:
    """The layout that keeps exactly `width` x `height`.

    4:2:2 needs an even width and 4:2:0 an even size: odd sizes take 4:4:4 instead of a lost column.
    """
    if alpha:
        options = {"profile": "4444", "alpha_bits": "16", "vendor": "apl0"}
        return Layout("prores_ks", "yuva444p10le", 10, "mov", alpha=True, options=options)
    match codec:
        case Codec.PRORES if width % 2 == 0:
            # prores_aw takes a third of prores_ks's time, with less error; it has no odd widths and
            # its opaque alpha is not quite opaque, so 4444 stays with prores_ks.
            options = {"profile": "3", "vendor": "apl0"}
            return Layout("prores_aw", "yuv422p10le", 10, "mov", subsampled=True, options=options)
        case Codec.PRORES:
            options = {"profile": "4444", "vendor": "apl0"}
            return Layout("prores_ks", "yuv444p10le", 10, "mov", options=options)
        case Codec.H264:
            even = width % 2 == 0 and height % 2 == 0
            # No B-frames: the first picture then lies at 0 without an edit list.
            options = {"crf": "12", "preset": "veryfast", "bf": "0"}
            name = "yuv420p" if even else "yuv444p"
            return Layout("libx264", name, 8, "mp4", subsampled=even, options=options, gop=12)
        case Codec.FFV1:
            options = {"level": "3", "coder": "range_def", "slicecrc": "1", "slices": "4"}
            return Layout("ffv1", "gbrp16le", 16, "matroska", rgb=True, options=options)
