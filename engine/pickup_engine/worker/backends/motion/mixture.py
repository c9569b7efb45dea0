"""What the network said at cells, made into the motion of pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pickup_engine.worker.backends.base import Floats
from pickup_engine.worker.backends.motion.anchors import between
from pickup_engine.worker.backends.motion.features import SPAN, Analysis
from pickup_engine.worker.backends.motion.upsample import spread_cells


@dataclass(frozen=True)
class Prediction:
    """weights: (paths, knots, h / 8, w / 8), they sum to 1 over the paths. residual: (16, 2, h / 8,
    w / 8) pixels to add."""

    weights: Floats
    residual: Floats


@dataclass(frozen=True)
class Mixture:
    """The same for pixels. weights: (paths, knots, h, w). residual: (16, h, w, 2)."""

    weights: Floats
    residual: Floats

    def move(self, paths: Floats, time: float) -> Floats:
        """Displacement (h, w, 2) after `time` of the 16 frames, from (paths, h, w, 2) displacements
        of the single paths. Beyond the last frame its last word is kept."""
        low, part = between(time)
        weights = self.weights[:, low] * np.float32(1 - part)
        weights = weights + self.weights[:, low + 1] * np.float32(part)
        mixed = np.einsum("khw,khwc->hwc", weights, paths)
        return np.asarray(mixed + self._residual(time), np.float32)

    def _residual(self, time: float) -> Floats:
        """Between two of its frames; nothing at frame 0."""
        time = min(time, float(SPAN))
        low = min(int(time), SPAN - 1)
        part = np.float32(time - low)
        before = self.residual[low - 1] if low else np.zeros_like(self.residual[0])
        return np.asarray(before * (1 - part) + self.residual[low] * part, np.float32)


def spread(prediction: Prediction, analysis: Analysis) -> Mixture:
    """From cells to pixels, along the edges of motion; what hardly moves keeps no residual."""
    guide = analysis.velocity * SPAN if analysis.end is None else analysis.end
    paths, knots, rows, columns = prediction.weights.shape
    weights = prediction.weights.reshape(-1, 2, rows, columns)
    both = np.concatenate([weights, prediction.residual])
    pixels = spread_cells(both, np.asarray(guide / analysis.scale, np.float32))
    height, width = pixels.shape[1:3]
    wide = pixels[: len(weights)].transpose(0, 3, 1, 2).reshape(paths, knots, height, width)
    residual = pixels[len(weights) :] * analysis.moving[..., None]
    return Mixture(np.ascontiguousarray(wide), np.asarray(residual, np.float32))
