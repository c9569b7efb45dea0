"""Rules of the embedded draft model: sizes, limits and what it refuses before queueing."""

from __future__ import annotations

from dataclasses import dataclass

from pickup.errors import ModelError
from pickup.protocol import (
    ExtendRequest,
    InpaintRequest,
    ModelInfo,
    Operation,
    RenderPlan,
    Request,
    RestyleRequest,
)

MODEL_ID = "pickup-draft"
PRESETS = ("noir", "warm", "cool", "faded", "bleach", "night", "sepia")
CONTEXT = 33
"""Real pictures read beside an extension: the model looks back 8, its backtest predicts the 24
frames after the ninth."""

_HELD = 25
"""Full-size pictures in memory at most: the worker keeps a gigabyte of them, whatever is read."""

_WIDTH = 256
_CELL = 16
_MAX_FRAMES = 480
_STEPS = 1
_BYTES_PER_PIXEL = 6
_FIXED_BYTES = 700 << 20


def model_size(width: int, height: int) -> tuple[int, int]:
    """The size that the model works at: the longer side 256, both sides multiples of 16."""
    scale = _WIDTH / max(width, height)
    fit = [max(_CELL * 2, round(side * scale / _CELL) * _CELL) for side in (width, height)]
    return fit[0], fit[1]


@dataclass(frozen=True)
class DraftRules:
    """`ModelRules` of the motion model that ships inside Pickup."""

    version: str
    bytes: int

    @property
    def info(self) -> ModelInfo:
        """The catalogue entry."""
        return ModelInfo(
            id=MODEL_ID,
            name="Draft (built in)",
            version=self.version,
            licence="Apache-2.0",
            draft=True,
            operations=(Operation.EXTEND, Operation.INPAINT, Operation.RESTYLE),
            installed=True,
            bytes=self.bytes,
            presets=PRESETS,
            max_frames=_MAX_FRAMES,
            max_references=1,
            cannot=(
                "invent objects, people or places from words",
                "show sides of things that were never filmed",
                "act, speak or lip-sync",
            ),
        )

    @property
    def context(self) -> int:
        """Real pictures read beside the new ones."""
        return CONTEXT

    def model_size(self, width: int, height: int) -> tuple[int, int]:
        """The size that the model works at."""
        return model_size(width, height)

    def plan(self, request: Request) -> RenderPlan:
        """Plan a request, or refuse it with the remedy."""
        media = request.source.media
        width, height = model_size(media.width, media.height)
        warnings: list[str] = []
        match request:
            case ExtendRequest():
                frames = request.frames
                self._check_extend(request, warnings)
            case InpaintRequest():
                frames = request.source.frames
                self._check_inpaint(request)
            case RestyleRequest():
                frames = request.source.frames
                self._check_restyle(request, warnings)
        if frames > _MAX_FRAMES:
            raise ModelError(
                f"The draft model makes at most {_MAX_FRAMES} frames at once, not {frames}.",
                f"Ask for {_MAX_FRAMES} frames or fewer, in several steps if need be.",
                code="model.too_long",
            )
        if request.takes > 1 and not isinstance(request, ExtendRequest):
            warnings.append("The draft model makes this in one way only: the takes will be alike.")
        pixels = media.width * media.height
        held = _HELD + (frames if isinstance(request, InpaintRequest) else 0)
        return RenderPlan(
            model=MODEL_ID,
            draft=True,
            frames=frames,
            rate=request.source.rate,
            width=media.width,
            height=media.height,
            model_width=width,
            model_height=height,
            steps=_STEPS if isinstance(request, ExtendRequest) else 0,
            seconds=0.0,
            memory_bytes=_FIXED_BYTES + pixels * _BYTES_PER_PIXEL * held,
            warnings=tuple(warnings),
        )

    def _check_extend(self, request: ExtendRequest, warnings: list[str]) -> None:
        if request.guidance.references:
            raise _cannot("bring people or things of a reference image into an extension")
        if request.guidance.camera:
            raise _cannot("steer the camera yet")
        if request.guidance.prompt:
            warnings.append(
                "The draft model does not read words: the motion of the shot is continued."
            )
        if request.frames > 2 * 24:
            warnings.append("Long draft extensions settle to a still picture.")

    def _check_inpaint(self, request: InpaintRequest) -> None:
        if request.guidance.prompt:
            raise _cannot("put new things from words into a picture; it only removes")
        if request.guidance.references:
            raise _cannot("put a reference image into a picture; it only removes")
        if request.guidance.keyframes:
            raise _cannot("follow keyframes while it removes an object")

    def _check_restyle(self, request: RestyleRequest, warnings: list[str]) -> None:
        if request.preset and request.preset not in PRESETS:
            raise ModelError(
                f"The draft model has no preset “{request.preset}”.",
                "Choose one of: " + ", ".join(PRESETS) + ".",
                code="model.preset",
            )
        if request.guidance.keyframes:
            raise _cannot("follow keyframes while it changes the look")
        if not request.preset and not request.guidance.references:
            raise _cannot("change a look by words alone; give a reference image or a preset")
        if len(request.guidance.references) > 1:
            raise _cannot("mix several reference images into one look")
        if request.guidance.prompt:
            warnings.append("The draft model does not read words: the reference or preset decides.")


def _cannot(what: str) -> ModelError:
    return ModelError(
        f"The draft model cannot {what}.",
        "Change the request, or install a larger model (see `pickup models list`).",
        code="model.cannot",
    )
