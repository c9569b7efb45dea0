"""Timecode, kept in the protocol because the dock writes it too.

OTIO's own writer picks drop-frame by itself and wraps at 1001 rates.
"""

from pickup.protocol.timecode import (
    base_of,
    can_drop,
    format_timecode,
    looks_like_timecode,
    parse_timecode,
)

__all__ = ["base_of", "can_drop", "format_timecode", "looks_like_timecode", "parse_timecode"]
