"""A camera move over pictures that are there: a clip reframed, or a still brought to life."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pickup.errors import ModelError
from pickup.protocol import JobPhase
from pickup_engine.worker.backends.base import Conditioning, Generated, Report, Warp
from pickup_engine.worker.backends.motion.camera_move import LazyFrames, Views
from pickup_engine.worker.backends.motion.depth import depth_of_ground, depth_of_picture
from pickup_engine.worker.backends.motion.direct import (
    CameraWork,
    DepthOf,
    camera_work,
)
from pickup_engine.worker.backends.motion.moved import still_views
from pickup_engine.worker.backends.motion.strokes import grab_things, stroked


def reframe(conditioning: Conditioning, report: Report) -> Generated:
    """Each of the known pictures seen by a moving camera; on a still, strokes move things in it.

    Nothing is learned here. Raises ModelError for strokes on pictures that move, RequestError for a
    camera move that cannot be read.
    """
    known, count = conditioning.known, conditioning.frames
    height, width = known.shape[1:3]
    is_still = all(np.array_equal(picture, known[0]) for picture in known[1:])
    report.phase(JobPhase.ANALYSING, 2)
    details: dict[str, object] = {"still": is_still}

    def plain(k: int) -> Views:
        # Pictures that are equal at the model's size may differ in grain or small things.
        return still_views(k, height, width)

    base: Sequence[Views] = LazyFrames(count, plain)
    frames = base
    if conditioning.strokes:
        if not is_still:
            raise ModelError(
                "The motion brush moves things in new frames or in stills, not in a moving clip.",
                "Extend the clip with the stroke, or freeze it first.",
                code="model.cannot",
            )
        grabbed = grab_things(known[0], 0, conditioning.strokes)
        details["strokes"] = grabbed.told
        last = max(1, count - 1)
        frames = LazyFrames(count, lambda k: stroked(base[k], grabbed, k / last))
    report.step()
    made = frames
    if conditioning.camera:
        work: CameraWork = camera_work(conditioning, (), lambda: _depth(conditioning, is_still))
        details["camera"] = work.told(conditioning.camera, base)
        made = work.over(base, frames)
    report.step()
    return Generated(Warp(made), learned=False, details=details)


def _depth(conditioning: Conditioning, is_still: bool) -> DepthOf:
    if is_still:
        picture = conditioning.known[0]
        depth = depth_of_picture(picture).filled(picture)
        return lambda k, views: depth
    # Mattes of moving things that are not steady to the pixel tear the shot: the ground must do.
    ground = depth_of_ground(*conditioning.known.shape[1:3])
    return lambda k, views: ground
