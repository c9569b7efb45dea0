"""Depth of a shot as a control: near is white. The depth model comes and goes in its own phase."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from transformers import AutoModelForDepthEstimation

from pickup.errors import ModelError
from pickup_engine.worker.backends.base import Bytes, Floats
from pickup_engine.worker.backends.wan_vace.control import levels
from pickup_engine.worker.backends.wan_vace.failures import (
    OVER_FILES,
    in_short,
    is_out_of_memory,
)

_SIDE: Final = 518
"""Shorter side, in pixels, that Depth Anything was trained at."""

_MEAN: Final = (0.485, 0.456, 0.406)
_DEVIATION: Final = (0.229, 0.224, 0.225)
"""ImageNet's colours, where the folder does not say."""


@torch.no_grad()
def depth(pictures: Bytes, folder: Path, device: torch.device, step: Callable[[], None]) -> Bytes:
    """Grey pictures of nearness, scaled over the whole run. Raises ModelError for a folder that
    cannot be loaded. The model is freed before this returns."""
    model, (mean, deviation) = _load(folder, device)
    height, width = pictures.shape[1:3]
    patch = int(getattr(model.config, "patch_size", None) or 14)
    side = min(_SIDE, getattr(model.config.backbone_config, "image_size", _SIDE))
    scale = side / min(height, width)
    size = tuple(max(patch, round(length * scale / patch) * patch) for length in (width, height))
    planes = np.empty(pictures.shape[:3], np.float32)
    for k, picture in enumerate(pictures):
        shown = cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
        pixels = torch.from_numpy((shown - mean) / deviation).permute(2, 0, 1)[None].to(device)
        near = model(pixel_values=pixels).predicted_depth[0].float().cpu().numpy()
        planes[k] = cv2.resize(near, (width, height), interpolation=cv2.INTER_CUBIC)
        step()
    return levels(planes)


def _load(folder: Path, device: torch.device) -> tuple[Any, Floats]:
    try:
        model, info = AutoModelForDepthEstimation.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        if info["missing_keys"]:
            raise ValueError("weights are missing")
        told = folder / "preprocessor_config.json"
        colours = json.loads(told.read_text("utf-8")) if told.is_file() else {}
    except OVER_FILES as error:
        if is_out_of_memory(error):
            raise
        raise ModelError(
            f"The depth model in {folder} cannot be loaded: {in_short(error)}.",
            "Get it again with `pickup models pull`, or restyle with --control edges.",
            code="model.broken",
        ) from error
    mean = colours.get("image_mean", _MEAN)
    deviation = colours.get("image_std", _DEVIATION)
    return model.eval().to(device), np.array([mean, deviation], np.float32)
