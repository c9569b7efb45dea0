"""From what a backend generated to finished full-size pictures, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pickup.errors import ModelError
from pickup.protocol import Delivery, InpaintRequest, Request
from pickup_engine.finishing.composite import composite
from pickup_engine.finishing.render import render_look, render_warp
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Generated, Look, Warp
from pickup_engine.worker.material import Material


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
    match generated.output:
        case Warp() as warp if isinstance(request, InpaintRequest):
            yield from _patches(material, warp, request.delivery)
        case Warp() as warp:
            yield from _warped(material, warp)
        case Look() as look:
            for k in range(material.conditioning.frames):
                picture = render_look(look.tables, k, material.run.picture(k))
                yield FinishedFrame(picture, None, 0.0)
        case _:
            raise ModelError(
                "This model answers with pictures of its own size, which finishing cannot take
                yet.", "Use the draft model.",
                code="model.output",
            )


def _warped(material: Material, warp: Warp) -> Iterator[FinishedFrame]:
    size = _model_size(material)
    pinned = dict(zip(material.conditioning.keyframe_times, material.keyframes, strict=True))
    for k, views in enumerate(warp.frames):
        if k in pinned:
            yield FinishedFrame(pinned[k], None, 0.0)
        else:
            picture, invented = render_warp(views, material.picture, size)
            yield FinishedFrame(picture, None, invented)


def _patches(material: Material, warp: Warp, delivery: Delivery) -> Iterator[FinishedFrame]:
    """The window's rendering inside the matte, the source's own pixels everywhere else.

    A patch keeps the rendering unblended where its alpha is above 0: the host blends it. In full
    frames the blend is done here.
    """
    assert material.matte is not None
    size = _model_size(material)
    for k, views in enumerate(warp.frames):
        source = material.run.picture(k)
        alpha = material.matte.alpha(k)
        made, share = source.copy(), 0.0
        if alpha.any():
            rendered, share = render_warp(views, material.picture, size)
            made[material.window.slices] = rendered
        opaque = np.where(alpha > 0, WHITE, 0).astype(np.uint16)
        shape = opaque if delivery is Delivery.PATCH else alpha
        yield FinishedFrame(composite(source, made, shape), alpha, share)


def _model_size(material: Material) -> tuple[int, int]:
    height, width = material.conditioning.known.shape[1:3]
    return width, height
