"""Distilled weights (LoRA): a few steps without guidance do what many steps did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from diffusers import WanVACEPipeline, WanVACETransformer3DModel

from pickup.errors import ModelError
from pickup_engine.worker.backends.wan_vace.failures import (
    OVER_FILES,
    in_short,
    is_out_of_memory,
)

_NAME = "distilled"


@dataclass(frozen=True)
class Distilled:
    """Low-rank weights for one or two denoisers.

    files: one for all denoisers, or one each in their order. flow_shift: 0 = as the model has it.
    """

    files: tuple[Path, ...]
    flow_shift: float = 0.0

    def stamp(self) -> tuple[tuple[Path, int, int], ...]:
        """Which files these are: path, size and time."""
        stats = [(path, path.stat()) for path in self.files]
        return tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats)

    def merge(self, model: WanVACETransformer3DModel, number: int) -> None:
        """Add them to the weights of denoiser `number`: they then cost nothing while it works.

        Raises ModelError for a file that does not fit the model.
        """
        path = self.files[min(number, len(self.files) - 1)]
        try:
            state, metadata = WanVACEPipeline.lora_state_dict(
                path.parent,
                weight_name=path.name,
                use_safetensors=True,
                local_files_only=True,
                return_lora_metadata=True,
            )
            known = {k: v for k, v in state.items() if k.startswith("transformer.")}
            if not known:
                raise ValueError("it holds no low-rank weights of a denoiser")
            model.load_lora_adapter(
                known, prefix="transformer", adapter_name=_NAME, metadata=metadata
            )
        except OVER_FILES as error:
            if is_out_of_memory(error):
                raise
            raise ModelError(
                f"{path} does not fit the model: {in_short(error)}.",
                "Remove it with `pickup models remove`, or use the weights made for this model.",
                code="model.broken",
            ) from error
        model.fuse_lora(adapter_names=[_NAME])
        model.unload_lora()


def find_distilled(id: str, folder: Path, settings: Mapping[str, float]) -> Distilled:
    """The weights in a folder. Of two files, the one with “low” in its name is for low noise.

    Raises ModelError where there are none, or more than two.
    """
    files = sorted(
        folder.glob("*.safetensors"), key=lambda path: ("low" in path.name.lower(), path.name)
    )
    if not 1 <= len(files) <= 2:
        raise ModelError(
            f"{folder} holds {len(files)} safetensors files instead of one or two.",
            f"Get the weights again with `pickup models pull {id}`.",
            code="model.broken",
        )
    return Distilled(tuple(files), settings.get("flow_shift", 0.0))
