"""The parts of a model in memory: each is loaded alone, offline, and goes when it is not needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

import diffusers
import torch
import transformers
from diffusers import AutoencoderKLWan, WanVACETransformer3DModel
from torch import nn
from transformers import T5Tokenizer, UMT5EncoderModel

from pickup.errors import ModelError
from pickup.protocol import Execution, Offload, Precision
from pickup_engine.models.folder import read_json
from pickup_engine.models.vace_memory import reads_in_main_memory
from pickup_engine.models.vace_shape import DENOISERS
from pickup_engine.worker.backends.wan_vace.devices import (
    give_back,
    pass_in_blocks,
    usable_device,
)
from pickup_engine.worker.backends.wan_vace.distilled import Distilled
from pickup_engine.worker.backends.wan_vace.failures import (
    OVER_FILES,
    in_short,
    is_out_of_memory,
)
from pickup_engine.worker.backends.wan_vace.schedule import PartialUniPC

Part = TypeVar("Part", bound=nn.Module)
Key: TypeAlias = tuple[str, Precision, Offload, str]

_DTYPES: Final = {
    Precision.FLOAT32: torch.float32,
    Precision.BFLOAT16: torch.bfloat16,
    Precision.FLOAT8: torch.bfloat16,
}
"""What is computed in. The autoencoder is always float32: bfloat16 shifts its colours."""

_OFFLINE: Final = {
    "use_safetensors": True,
    "local_files_only": True,
    "output_loading_info": True,
}

_LARGE: Final = 600
"""Shorter side, in pixels, from which the model wants to spend more steps on high noise levels."""

_LARGE_SHIFT: Final = 5.0
"""Flow shift that Wan's authors give for 720p; checkpoints are set up for 480p."""


def part_names(folder: Path) -> tuple[str, ...]:
    """The denoisers of a folder: one, or the two experts for high and low noise levels."""
    return tuple(name for name in DENOISERS if (folder / name / "config.json").is_file())


def boundary_ratio(folder: Path) -> float | None:
    """Share of the noise levels above which the first expert works; None where there is one."""
    if len(part_names(folder)) < 2:
        return None
    told = read_json(folder / "model_index.json").get("boundary_ratio")
    if not isinstance(told, (int, float)) or not 0 < told < 1:
        raise ModelError(
            f"{folder / 'model_index.json'} does not say where the second denoiser takes over"
            " (“boundary_ratio”).",
            "Get the model again with `pickup models pull`, or import a complete folder.",
            code="model.broken",
        )
    return float(told)


class Components:
    """Parts of the model in `folder`, held as `execution` says.

    With `Offload.NONE` all that was loaded stays. Otherwise the text encoder and the denoisers are
    held one at a time, read again from the disk when they are needed: what the machine's memory can
    hold of the files is in its cache anyway, and nothing is claimed that it cannot.
    """

    def __init__(self, folder: Path, execution: Execution, distilled: Distilled | None) -> None:
        self.folder = folder
        self.device = usable_device(execution.device)
        self.denoisers = part_names(folder)
        self.boundary = boundary_ratio(folder)
        self.reading_device = (
            torch.device("cpu") if reads_in_main_memory(execution) else self.device
        )
        self._offload = execution.offload
        self._precision = execution.precision
        self.dtype = _DTYPES[execution.precision]
        self.distilled = distilled
        self._held: dict[str, Any] = {}
        self._config: Any = None
        # Nobody reads bars in a log.
        diffusers.logging.disable_progress_bar()
        transformers.utils.logging.disable_progress_bar()

    @staticmethod
    def key(execution: Execution) -> Key:
        """Equal keys can share parts."""
        return execution.device, execution.precision, execution.offload, execution.distilled

    @property
    def keeps_all(self) -> bool:
        """Whether nothing ever has to go."""
        return self._offload is Offload.NONE

    def tokenizer(self) -> T5Tokenizer:
        """Words to numbers."""
        return self._read(
            "tokenizer", lambda path: T5Tokenizer.from_pretrained(path, local_files_only=True)
        )

    def text_encoder(self) -> UMT5EncoderModel:
        """Numbers to embeddings, on `reading_device`."""
        return self._alone("text_encoder", self._load_text_encoder)

    def denoiser(self, number: int) -> WanVACETransformer3DModel:
        """The denoiser (0), or the expert for low noise levels (1), on the device."""
        name = self.denoisers[number]
        return self._alone(name, lambda: self._load_denoiser(name, number))

    def autoencoder(self, tiling: bool) -> AutoencoderKLWan:
        """Pictures to latents and back, on the device; denoisers leave it first."""
        if not self.keeps_all:
            self._free(("text_encoder", *self.denoisers))
        vae = self.resting_autoencoder()
        if tiling:
            vae.enable_tiling()
        else:
            vae.disable_tiling()
        return vae.to(self.device)

    def resting_autoencoder(self) -> AutoencoderKLWan:
        """The same wherever it is: small enough to be kept, but not on a device that is short."""
        if "vae" not in self._held:
            self._held["vae"] = self._read(
                "vae",
                lambda path: _whole(
                    *AutoencoderKLWan.from_pretrained(path, dtype=torch.float32, **_OFFLINE)
                ),
            ).eval()
        return self._held["vae"]

    def scheduler(self, width: int, height: int) -> PartialUniPC:
        """A new one with the noise levels for that picture size."""
        config = self._read(
            "scheduler", lambda path: PartialUniPC.load_config(path, local_files_only=True)
        )
        shift = self.distilled.flow_shift if self.distilled else 0.0
        if not shift and min(width, height) >= _LARGE and len(self.denoisers) == 1:
            shift = _LARGE_SHIFT
        return PartialUniPC.from_config(config, **({"flow_shift": shift} if shift else {}))

    def denoiser_config(self) -> Any:
        """The configuration of the denoisers, with what their files leave out, without weights."""
        if self._config is None:
            told = self._read(
                self.denoisers[0],
                lambda path: WanVACETransformer3DModel.load_config(path, local_files_only=True),
            )
            with torch.device("meta"):
                self._config = WanVACETransformer3DModel.from_config(told).config
        return self._config

    def make_room(self) -> None:
        """On a device that is short, only what is made from now on is on it."""
        if not self.keeps_all:
            self._free(("text_encoder", *self.denoisers))
            if "vae" in self._held:
                self._held["vae"].to("cpu")

    def rest(self) -> None:
        """A job is done, or was stopped: on a device that is short nothing stays."""
        if not self.keeps_all:
            self.free()
        elif "vae" in self._held:
            # Where it was stopped it still holds what it had made of the pictures before.
            self._held["vae"].clear_cache()

    def free(self) -> None:
        """Let everything go."""
        self._free(tuple(self._held))

    def _alone(self, name: str, load: Callable[[], Part]) -> Part:
        if name not in self._held:
            self.make_room()
            self._held[name] = load()
        held: Part = self._held[name]
        return held

    def _load_text_encoder(self) -> UMT5EncoderModel:
        encoder = self._read(
            "text_encoder",
            lambda path: _whole(
                *UMT5EncoderModel.from_pretrained(path, dtype=self.dtype, **_OFFLINE)
            ),
        )
        return encoder.eval().to(self.reading_device)

    def _load_denoiser(self, name: str, number: int) -> WanVACETransformer3DModel:
        model = self._read(
            name,
            lambda path: _whole(
                *WanVACETransformer3DModel.from_pretrained(path, dtype=self.dtype, **_OFFLINE)
            ),
        ).eval()
        if self.distilled is not None:
            self.distilled.merge(model, number)
        if self._precision is Precision.FLOAT8:
            model.enable_layerwise_casting(
                storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.bfloat16
            )
        if self._offload is Offload.BLOCKS and self.device.type != "cpu":
            pass_in_blocks(model, self.device)
            return model
        return model.to(self.device)

    def _read(self, name: str, load: Callable[[Path], Any]) -> Any:
        """Raises ModelError where the libraries cannot make sense of the files."""
        path = self.folder / name
        if not path.is_dir():
            raise _broken(path, "it is missing")
        try:
            return load(path)
        except OVER_FILES as error:
            if is_out_of_memory(error):
                raise
            raise _broken(path, in_short(error)) from error

    def _free(self, names: tuple[str, ...]) -> None:
        gone = [name for name in names if self._held.pop(name, None) is not None]
        if gone:
            give_back(self.device)


def _whole(model: Part, info: Mapping[str, Any]) -> Part:
    """Raises ValueError where weights are missing: the libraries would make random ones."""
    if missing := sorted(info["missing_keys"]):
        raise ValueError(f"{len(missing)} weights are missing, {missing[0]} for one")
    return model


def _broken(path: Path, why: str) -> ModelError:
    return ModelError(
        f"{path} cannot be loaded: {why}.",
        "Check the model with `pickup models verify`, or get it again with `pickup models pull`.",
        code="model.broken",
    )
