"""From what a backend generated to finished full-size pictures, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pickup.protocol import BridgeRequest, Delivery, ExtendRequest, InpaintRequest, Request
from pickup_engine.finishing.composite import composite
from pickup_engine.finishing.edits import EditRenderer
from pickup_engine.finishing.look import render_textured
from pickup_engine.finishing.membrane import fit_to_surroundings
from pickup_engine.finishing.overlay import OverlayRenderer
from pickup_engine.finishing.regrain import Grain, Render
from pickup_engine.media.colour import WHITE, Picture
from pickup_engine.worker.backends.base import Edits, Frames, Generated, Look, Overlay, Warp
from pickup_engine.worker.extension import Extension, rendered
from pickup_engine.worker.material import Material


@dataclass(frozen=True)
class FinishedFrame:
    """A picture of the take: (h, w, 3); alpha (h, w), 65535 where it is opaque, or None.
    `measured`: what the recipe shall hold of it, the latest frame's word counts."""

    picture: Picture
    alpha: NDArray[np.uint16] | None
    invented: float
    measured: Mapping[str, object] = field(default_factory=dict)


def finished_frames(
    request: Request, material: Material, generated: Generated, grain: Grain | None = None
) -> Iterator[FinishedFrame]:
    """All frames of a take in order, rendered when they are asked for: memory stays flat.

    grain: of the job, for new pictures beside real ones; None = they get none.
    """
    if isinstance(generated.output, Overlay) and isinstance(request, InpaintRequest):
        yield from _laid_over(material, generated.output, request.delivery)
        return
    output = generated.output
    goes_on = isinstance(request, ExtendRequest | BridgeRequest)
    if goes_on and isinstance(output, Warp | Frames):
        yield from _extended(material, output, grain)
        return
    render = _renderer(material, generated)
    if isinstance(request, InpaintRequest):
        yield from _patches(material, render, request.delivery)
        return
    conditioning = material.conditioning
    # What `Edits` render at a keyframe is that picture, and the source's own bits beside the edit.
    shown_as_given = not isinstance(generated.output, Edits)
    pinned = dict(zip(conditioning.keyframe_times, material.keyframes, strict=True))
    for k in range(conditioning.frames):
        if k in pinned and shown_as_given:
            yield FinishedFrame(pinned[k], None, 0.0)
        else:
            picture, invented = render(k)
            yield FinishedFrame(picture, None, invented)


def _extended(
    material: Material, output: Warp | Frames, grain: Grain | None
) -> Iterator[FinishedFrame]:
    """New pictures with living grain; what the user gave is shown as it is."""
    conditioning, window = material.conditioning, material.window
    pinned = dict(zip(conditioning.keyframe_times, material.keyframes, strict=True))
    made = [k for k in range(conditioning.frames) if k not in pinned]
    size = (window.width, window.height)
    extension = Extension(output, material.picture, _model_size(material), size, grain, made)
    for k in range(conditioning.frames):
        if k in pinned:
            yield FinishedFrame(pinned[k], None, 0.0)
        else:
            picture, invented = extension.frame(k)
            yield FinishedFrame(picture, None, invented, extension.told())


def _model_size(material: Material) -> tuple[int, int]:
    height, width = material.conditioning.known.shape[1:3]
    return width, height


def _renderer(material: Material, generated: Generated) -> Render:
    window, run = material.window, material.run
    match generated.output:
        case Look() as look:
            return lambda k: (render_textured(look, k, window.crop(run.picture(k))), 0.0)
        case Edits() as edits:
            times = material.conditioning.keyframe_times
            renderer = EditRenderer(edits, run.picture, material.keyframes, times)
            return lambda k: (renderer.picture(k), 0.0)
        case Warp() | Frames() as output:
            size = (window.width, window.height)
            return rendered(output, material.picture, _model_size(material), size)
        case Overlay():
            raise ValueError("only an inpaint request lays something over its source")


def _laid_over(material: Material, overlay: Overlay, delivery: Delivery) -> Iterator[FinishedFrame]:
    """A cut-out over the source's own pixels; a patch keeps it unblended, the host blends it."""
    assert material.cutout is not None
    renderer = OverlayRenderer(overlay, material.cutout, material.run.picture)
    for k in range(material.conditioning.frames):
        made, alpha = renderer.frame(k)
        if delivery is Delivery.FULL:
            made = composite(material.run.picture(k), made, alpha)
        yield FinishedFrame(made, alpha, 0.0, {"layer": renderer.fit.told()})


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
    pinned = dict(zip(material.conditioning.keyframe_times, material.keyframes, strict=True))
    for k in range(material.conditioning.frames):
        source = material.run.picture(k)
        alpha = material.matte.alpha(k)
        made, invented = source.copy(), 0.0
        if k in pinned:
            made = pinned[k]
        elif alpha.any():
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
