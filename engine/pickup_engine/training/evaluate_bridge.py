"""Bridges between known pictures, and pictures that must appear at their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from pickup.protocol import Operation
from pickup_engine.finishing.render import render_warp
from pickup_engine.training.evaluate_classical import between
from pickup_engine.training.evaluate_compare import (
    Compared,
    compare,
    compared_times,
    drawn,
    shallow,
    ways,
)
from pickup_engine.training.evaluate_extend import OFF, OURS, NoNetwork, Shot
from pickup_engine.training.footage import Window, read_runs
from pickup_engine.training.limits import Limit, over
from pickup_engine.training.tables import Measure, Table, versus
from pickup_engine.worker.backends.base import Bytes, Conditioning, Generated, Silent, Warp
from pickup_engine.worker.backends.motion.backtest import deepened
from pickup_engine.worker.backends.motion.extend import Network, extend
from pickup_engine.worker.backends.motion.quality import psnr, ssim

FRAMES = 16
"""New frames of a measured bridge."""

BEYOND = 9
"""Known pictures after it."""

FADE = "cross-fade"


def measure_bridge(window: Window, network: Network) -> Compared:
    """All methods: 16 frames between known ones on both sides."""
    first = window.known
    last = first + FRAMES
    known = np.concatenate([window.pictures[:first], window.pictures[last:]])
    after = range(FRAMES, FRAMES + len(window.pictures) - last)
    conditioning = Conditioning(
        operation=Operation.BRIDGE,
        frames=FRAMES,
        rate=Fraction(25),
        known=known,
        known_times=(*range(-first, 0), *after),
    )
    times = compared_times(FRAMES)
    ours = extend(conditioning, network, Silent())
    pictures = drawn(ours, conditioning, times)
    off = pictures
    if ours.learned:
        off = drawn(extend(conditioning, NoNetwork(), Silent()), conditioning, times)
    ends = known[first - 1 : first + 1]
    stills = replace(
        conditioning,
        known=ends[:1],
        known_times=(-1,),
        keyframes=ends[1:],
        keyframe_times=(FRAMES,),
        frames=FRAMES + 1,
    )
    made = {
        **between(ends[0], ends[1], FRAMES, times),
        "ours, two stills": drawn(extend(stills, network, Silent()), stills, times),
        OFF: off,
        OURS: pictures,
    }
    return compare(window, FRAMES, made, ways(ours), {"learned": float(ours.learned)})


def bridge_limits(table: Table) -> list[Limit]:
    """What a bridge must be."""
    used = int(table.trait("learned").sum())
    name = f"ours - network off (used in {used} of {len(table.measures)}), dB"
    return [
        over("bridge", "ours - cross-fade, dB", versus(table, OURS, FADE), 1.2),
        over("bridge", name, versus(table, OURS, OFF)),
    ]


def measure_keyframes(shot: Shot) -> Measure:
    """Two true pictures are pinned into the new frames; rendered at the file's own size, only the
    pinned frames are compared. Freezing tells what not pinning would be."""
    pinned = (shot.frames // 3, 2 * shot.frames // 3)
    window = shot.window
    places = [window.known + time for time in pinned]
    made = extend(
        replace(shot.conditioning, keyframes=window.pictures[places], keyframe_times=pinned),
        shot.network,
        Silent(),
    )
    known, *keys = read_runs(
        window.path,
        [
            range(window.start, window.start + window.known),
            *(range(window.start + place, window.start + place + 1) for place in places),
        ],
        small=False,
    )
    full, truth = np.concatenate([known, *keys]), np.concatenate(keys)
    values = {
        "freeze": _quality([known[-1]] * len(keys), truth),
        OURS: _quality([_rendered(made, time, full, window) for time in pinned], truth),
    }
    return Measure(window.clip, str(window.start + window.known), values, ways(made))


def _rendered(made: Generated, time: int, full: Bytes, window: Window) -> Bytes:
    """A frame from pictures of full size, as finishing makes it, in 8 bit."""
    assert isinstance(made.output, Warp)
    height, width = window.pictures.shape[1:3]
    views = made.output.frames[time]
    picture, _ = render_warp(views, lambda index: deepened(full[index]), (width, height))
    return shallow(picture)


def _quality(made: Sequence[Bytes], truth: Bytes) -> tuple[float, float]:
    pairs = list(zip(made, truth, strict=True))
    return float(np.mean([psnr(*pair) for pair in pairs])), float(
        np.mean([ssim(*pair) for pair in pairs])
    )


def keyframe_limits(table: Table) -> list[Limit]:
    """What pinned pictures must be."""
    lowest = float(table.psnr(OURS).min())
    return [Limit("keyframes", "lowest PSNR at their frames, full size, dB", lowest, 40.0)]
