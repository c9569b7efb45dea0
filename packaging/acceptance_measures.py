"""What `acceptance.py` measures: pictures are (frames, h, w, 3) 8-bit RGB."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

Pictures = NDArray[np.uint8]


# --------------------------------------------------------------------------------------


def psnr(made: Pictures, truth: Pictures, mattes: NDArray[np.bool_] | None = None) -> float:
    """Mean over frames of 10 log10(255² / mean squared error), inside the mattes where given."""
    values = []
    for k in range(len(truth)):
        error = (made[k].astype(np.float64) - truth[k]) ** 2
        if mattes is not None:
            if not mattes[k].any():
                continue
            error = error[mattes[k]]
        values.append(10 * math.log10(65025 / (error.mean() + 0.05)))
    return float(np.mean(values))


def ssim(made: Pictures, truth: Pictures) -> float:
    return float(
        np.mean(
            [
                structural_similarity(grey(a), grey(b), data_range=255)
                for a, b in zip(made, truth, strict=True)
            ]
        )
    )


def grey(picture: Pictures) -> Pictures:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def edge_correlation(before: Pictures, after: Pictures) -> float:
    """Correlation of gradient magnitudes of luma."""

    def edges(picture: Pictures) -> NDArray[np.float64]:
        luma = grey(picture).astype(np.float32)
        return np.hypot(cv2.Sobel(luma, -1, 1, 0), cv2.Sobel(luma, -1, 0, 1)).ravel()

    pairs = list(zip(before, after, strict=True))[::6]
    return float(np.mean([np.corrcoef(edges(a), edges(b))[0, 1] for a, b in pairs]))


def palette_distance(pictures: Pictures, reference: Pictures) -> float:
    """Sliced Wasserstein distance of Lab colours, 64 directions, 4096 samples."""
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(64, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)

    def sample(rgb: Pictures) -> NDArray[np.float64]:
        lab = cv2.cvtColor((rgb.reshape(-1, 1, 3) / 255).astype(np.float32), cv2.COLOR_RGB2LAB)
        return np.sort(lab[rng.integers(0, len(lab), 4096), 0] @ directions.T, axis=0)

    return float(np.abs(sample(pictures) - sample(reference)).mean())


def flicker(pictures: Pictures) -> float:
    """Mean absolute second difference of the frames' mean colours, plus the source's own noise."""
    means = pictures.reshape(len(pictures), -1, 3).mean(1)
    return float(np.abs(np.diff(means, 2, axis=0)).mean()) + 0.02
