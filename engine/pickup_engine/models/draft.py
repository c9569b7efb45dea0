"""Rules of the embedded draft model: sizes, limits and what it refuses before queueing."""

from __future__ import annotations

from dataclasses import dataclass

from pickup.errors import ModelError
from pickup.protocol import (
    BridgeRequest,
    Execution,
    ExtendRequest,
    InpaintRequest,
    ModelInfo,
    Operation,
    RenderPlan,
    Request,
    RestyleRequest,
    asked_of,
    frames_of,
)
from pickup_engine.models.camera import parse_camera
from pickup_engine.models.direction import check_direction
from pickup_engine.models.looks import PRESETS, check_look

MODEL_ID = "pickup-draft"
CONTEXT = 33
"""Real pictures read beside new ones: the model looks back 8, its backtest predicts the 24
frames after the ninth."""

_HELD = 50
"""Full-size pictures that a job is reckoned to need: those that the worker keeps, a gigabyte at
most, and what rendering takes (measured: 1.3 GB in all at 1080p, 2.6 GB at 4K)."""

_WIDTH = 256
_CELL = 16
_MAX_FRAMES = 480
"""Of those that are asked for: a handle comes on top."""

_STEPS = 1
_BYTES_PER_PIXEL = 6
_FIXED_BYTES = 600 << 20


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
            operations=tuple(Operation),
            installed=True,
            bytes=self.bytes,
            presets=PRESETS,
            max_frames=_MAX_FRAMES,
            max_references=1,
            keyframes=(Operation.EXTEND, Operation.BRIDGE, Operation.RESTYLE),
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

    @property
    def places_cutouts(self) -> bool:
        """A reference of an inpaint is a cut-out."""
        return True

    def model_size(self, width: int, height: int, plan: RenderPlan) -> tuple[int, int]:
        """The size that the model works at: the same for every plan."""
        return model_size(width, height)

    def plan(self, request: Request) -> RenderPlan:
        """Plan a request, or refuse it with the remedy."""
        media = request.source.media
        width, height = model_size(media.width, media.height)
        frames, asked = frames_of(request), len(asked_of(request))
        warnings: list[str] = []
        match request:
            case ExtendRequest():
                self._check_extend(request, warnings)
            case BridgeRequest():
                self._check_bridge(request, warnings)
            case InpaintRequest():
                self._check_inpaint(request, warnings)
            case RestyleRequest():
                self._check_restyle(request, warnings)
        if asked > _MAX_FRAMES:
            raise ModelError(
                f"The draft model makes at most {_MAX_FRAMES} frames at once, not {asked}.",
                f"Ask for {_MAX_FRAMES} frames or fewer, in several steps if need be.",
                code="model.too_long",
            )
        warnings += check_direction(request)
        if request.takes > 1 and _is_cutout(request):
            warnings.append(
                "Takes of a cut-out: light and shadow fitted; no shadow; half the light; as it is."
            )
        elif request.takes > 1 and not _takes_differ(request):
            warnings.append("The draft model makes this in one way only: the takes will be alike.")
        pixels = media.width * media.height
        held = _HELD + len(request.guidance.keyframes)
        held += frames if isinstance(request, InpaintRequest) else 0
        return RenderPlan(
            model=MODEL_ID,
            draft=True,
            frames=frames,
            rate=request.source.rate,
            width=media.width,
            height=media.height,
            model_width=width,
            model_height=height,
            seconds=0.0,
            memory_bytes=_FIXED_BYTES + pixels * _BYTES_PER_PIXEL * held,
            warnings=tuple(warnings),
            execution=Execution(steps=_STEPS if _asks_network(request) else 0),
        )

    def _check_extend(self, request: ExtendRequest, warnings: list[str]) -> None:
        if request.guidance.references:
            raise _cannot("bring people or things of a reference image into an extension")
        if request.guidance.prompt:
            warnings.append(
                "The draft model does not read words: the motion of the shot is continued."
            )
        if len(asked_of(request)) > 2 * 24:
            warnings.append("Long draft extensions settle to a still picture.")

    def _check_bridge(self, request: BridgeRequest, warnings: list[str]) -> None:
        if request.guidance.references:
            raise _cannot("bring people or things of a reference image into a bridge")
        if request.guidance.prompt:
            warnings.append(
                "The draft model does not read words: the motion of both shots decides."
            )
        warnings.append(
            "Where both shots do not show the same place, the draft model dissolves from one to"
            " the other."
        )

    def _check_inpaint(self, request: InpaintRequest, warnings: list[str]) -> None:
        guidance = request.guidance
        if guidance.prompt:
            raise _cannot(
                "put new things from words into a picture; it removes things, or places a"
                " cut-out of a reference image"
            )
        if guidance.keyframes:
            raise _cannot("follow keyframes while it fills a region")
        if len(guidance.references) > 1:
            raise ModelError(
                f"The draft model places one cut-out at a time, not {len(guidance.references)}.",
                "Give one reference image; place the others one after the other, each over the"
                " last take.",
                code="model.one_cutout",
            )
        if guidance.references:
            warnings.append(
                "The reference image is placed as a flat cut-out that the scene carries: it does"
                " not turn, act or step. An animatic, not a shot."
            )

    def _check_restyle(self, request: RestyleRequest, warnings: list[str]) -> None:
        if request.guidance.camera or request.guidance.strokes:
            if request.guidance.prompt:
                warnings.append("The draft model does not read words: the move decides.")
            if request.strength < 1:
                warnings.append("The strength is not used: the move is made in full.")
            return
        warnings += check_look(request)


def _takes_differ(request: Request) -> bool:
    """Every take of a hand-held camera is another hand."""
    camera = request.guidance.camera
    by_hand = bool(camera) and parse_camera(camera).handheld > 0
    return _asks_network(request) or by_hand


def _asks_network(request: Request) -> bool:
    return isinstance(request, ExtendRequest | BridgeRequest)


def _is_cutout(request: Request) -> bool:
    return isinstance(request, InpaintRequest) and bool(request.guidance.references)


def _cannot(what: str) -> ModelError:
    return ModelError(
        f"The draft model cannot {what}.",
        "Change the request, or install a larger model (see `pickup models list`).",
        code="model.cannot",
    )
