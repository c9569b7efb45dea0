"""The pictures of an extension: rendered, with the grain that they lack. Jobs and measurements make
them here alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pickup_engine.finishing.conform import from_model
from pickup_engine.finishing.regrain import Grain, Grained, Pictures, Render
from pickup_engine.finishing.render import render_warp
from pickup_engine.media.colour import Picture
from pickup_engine.worker.backends.base import Frames, Warp


class Extension:
    """Renders the frames of an extension when they are asked for.

    picture_of: the known pictures, keyframes following, at full size. model_size, size: (width,
    height) of the output's maps and of the pictures. made: the frames that will be asked for.
    """

    def __init__(
        self,
        output: Warp | Frames,
        picture_of: Pictures,
        model_size: tuple[int, int],
        size: tuple[int, int],
        grain: Grain | None,
        made: Sequence[int],
    ) -> None:
        source = picture_of if grain is None else grain.source
        render = rendered(output, source, model_size, size)
        self._grained = None if grain is None else Grained(grain, render, made)
        self._render = render if self._grained is None else self._grained.frame

    def frame(self, k: int) -> tuple[Picture, float]:
        """Frame `k`, and the share of it that was filled from surroundings."""
        return self._render(k)

    def told(self) -> Mapping[str, object]:
        """What the recipe shall hold of it."""
        return {} if self._grained is None else {"grain": self._grained.told()}


def rendered(
    output: Warp | Frames, source: Pictures, model_size: tuple[int, int], size: tuple[int, int]
) -> Render:
    """The frames of an output as they are, from the known pictures of `source`; sizes as above."""
    match output:
        case Warp(frames=frames):
            return lambda k: render_warp(frames[k], source, model_size)
        case Frames(pictures=pictures):
            return lambda k: (from_model(pictures[k], *size), 0.0)
