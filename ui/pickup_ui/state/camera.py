"""The camera moves that the dock offers; the engine says which words it knows."""

from __future__ import annotations

MOVES = (
    "pan-left 10%",
    "pan-right 10%",
    "tilt-up 10%",
    "tilt-down 10%",
    "zoom-in 1.15x",
    "zoom-out 1.15x",
    "dolly-in 1.15x",
    "dolly-out 1.15x",
    "truck-left 8%",
    "truck-right 8%",
    "handheld 0.5",
    "pan-left 10% + zoom-in 1.15x",
)
"""As the request words them: what is chosen can be changed in place."""

GRAMMAR = (
    "How far the camera has moved at the last frame.\n"
    "pan-left, pan-right, tilt-up, tilt-down, truck-left, truck-right: per cent of the picture\n"
    "zoom-in, zoom-out, dolly-in, dolly-out: a factor such as 1.2x\n"
    "handheld: 0 to 1\n"
    "Join moves with +, e.g. pan-left 15% + zoom-in 1.2x"
)
"""For the tool tip."""
