"""From what a backend generated to finished full-size pictures, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pickup.protocol import Delivery, InpaintRequest, Request
from pickup_engine.finishing.composite import composite
from pickup_engine.finishing.conform import from_model
from pickup_engine.finishing.membrane import fit_to_surroundings
from pickup_engine.finishing.render import render_look, render_warp
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Frames, Generated, Look, Warp
from pickup_engine.worker.material import Material

Render: TypeAlias = Callable[[int], tuple[Picture, float]]
"""Frame number -> the window's picture, and the share of it that was filled from surroundings."""


@dataclass(frozen=True)
class FinishedFrame:
    """A picture of the take: (h, w, 3); alpha (h, w), 65535 where it is opaque, or None."""

    picture: Picture
    alpha: NDArray[np.uint16] | None
    invented: float


def finished_frames(
    request: Request, material: Material, generated: Generated
) -> Iterator[FinishedFrame]:
    """All frames of a take in order, rendered when they are asked for: memory stays flat."""
    render = _renderer(material, generated)
    if isinstance(request, InpaintRequest):
        yield from _patches(material, render, request.delivery)
        return
    conditioning = material.conditioning
    pinned = dict(zip(conditioning.keyframe_times, material.keyframes, strict=True))
    for k in range(conditioning.frames):
        if k in pinned:
            yield FinishedFrame(pinned[k], None, 0.0)
        else:
            picture, invented = render(k)
            yield FinishedFrame(picture, None, invented)


def _renderer(material: Material, generated: Generated) -> Render:
    window, run = material.window, material.run
    match generated.output:
        case Warp(frames=frames):
            height, width = material.conditioning.known.shape[1:3]
            return lambda k: render_warp(frames[k], material.picture, (width, height))
        case Look(tables=tables):
            return lambda k: (render_look(tables, k, window.crop(run.picture(k))), 0.0)
        case Frames(pictures=pictures):
            return lambda k: (from_model(pictures[k], window.width, window.height), 0.0)


def _patches(material: Material, render: Render, delivery: Delivery) -> Iterator[FinishedFrame]:
    """The window's rendering inside the matte, the source's own pixels everywhere else.

    A patch keeps the rendering unblended where its alpha is above 0: the host blends it. In full
    frames the blend is done here.
    """
    assert material.matte is not None
    window = material.window
    # Backends fill some model pixels beyond the matte that they are given, which is grown by one
    # already; the first pixel of the ring may still hold the object's own edge.
    pixel = max(1, round(window.width / material.conditioning.known.shape[2]))
    for k in range(material.conditioning.frames):
        source = material.run.picture(k)
        alpha = material.matte.alpha(k)
        made, invented = source.copy(), 0.0
        if alpha.any():
            rendered, invented = render(k)
            made[window.slices] = fit_to_surroundings(
                rendered,
                window.crop(source),
                material.matte.mask(k)[window.slices],
                pixel,
                4 * pixel,
            )
        opaque = np.where(alpha > 0, WHITE, 0).astype(np.uint16)
        shape = opaque if delivery is Delivery.PATCH else alpha
        yield FinishedFrame(composite(source, made, shape), alpha, invented)
