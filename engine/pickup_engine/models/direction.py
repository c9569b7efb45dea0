"""What the draft model can do with a camera move or strokes of the motion brush."""

from __future__ import annotations

from pickup.errors import ModelError, RequestError
from pickup.protocol import (
    BridgeRequest,
    ExtendRequest,
    InpaintRequest,
    MediaKind,
    MediaRef,
    Request,
    RestyleRequest,
    Side,
    Stroke,
    asked_of,
    frames_of,
)
from pickup_engine.models.camera import Moves, parse_camera
from pickup_engine.models.camera_path import Pose, anchors_of, camera_path

_MAX_STROKES = 8

_NOTICED = 0.03
"""Share of never-filmed picture from which on an editor should hear of it."""


def check_direction(request: Request) -> list[str]:
    """Warnings about the camera move and the strokes of a request. Raises RequestError where they
    cannot be read, ModelError for what the draft model cannot do, with the remedy."""
    guidance = request.guidance
    if not guidance.camera and not guidance.strokes:
        return []
    if isinstance(request, InpaintRequest):
        raise ModelError(
            "The draft model cannot move the camera or things while it removes an object.",
            "Remove the object first; then restyle or extend the new clip with the move.",
            code="model.cannot",
        )
    if isinstance(request, RestyleRequest):
        _check_alone(request)
    if guidance.strokes:
        _check_strokes(request)
    return _camera_warnings(request) if guidance.camera else []


def _check_alone(request: RestyleRequest) -> None:
    """A move shows the clip's own pictures: a look comes before or after it."""
    guidance = request.guidance
    if request.preset or guidance.references or guidance.keyframes:
        raise ModelError(
            "The draft model cannot change the look and move the camera in one step.",
            "Do one after the other: the look first, then the move on the new clip.",
            code="model.cannot",
        )


def _check_strokes(request: Request) -> None:
    guidance, source = request.guidance, request.source
    if guidance.keyframes:
        raise ModelError(
            "The draft model cannot follow strokes and keyframes at once.",
            "Leave out one of them: both say where things go.",
            code="model.cannot",
        )
    if isinstance(request, BridgeRequest):
        raise ModelError(
            "The draft model cannot move things along strokes in a bridge.",
            "Leave the strokes out: the next clip says where things go.",
            code="model.cannot",
        )
    is_still = source.step == 0 or source.media.kind is MediaKind.STILL
    if isinstance(request, RestyleRequest) and not is_still:
        raise ModelError(
            "The motion brush moves things in new frames or in stills, not in a moving clip.",
            "Extend the clip with the stroke, or freeze it first.",
            code="model.cannot",
        )
    if len(guidance.strokes) > _MAX_STROKES:
        raise ModelError(
            f"The draft model follows at most {_MAX_STROKES} strokes, not {len(guidance.strokes)}.",
            "Move fewer things at once.",
            code="model.too_many",
        )
    for number, stroke in enumerate(guidance.strokes, 1):
        _check_stroke(number, stroke, source.media)


def _check_stroke(number: int, stroke: Stroke, media: MediaRef) -> None:
    width, height = media.width, media.height
    if len(stroke.points) < 2 or len(set(stroke.points)) < 2:
        raise _wrong(number, "goes nowhere: it needs two different points at least")
    x, y = stroke.points[0]
    if not (0 <= x < width and 0 <= y < height):
        raise _wrong(number, f"begins at {x},{y}, outside the picture of {width}x{height}")
    if not 1 <= stroke.radius <= min(width, height) // 2:
        limit = min(width, height) // 2
        raise _wrong(number, f"has a radius of {stroke.radius}, not 1 to {limit} pixels")
    far = [(x, y) for x, y in stroke.points if not (-width < x < 2 * width)]
    far += [(x, y) for x, y in stroke.points if not (-height < y < 2 * height)]
    if far:
        raise _wrong(
            number, f"leaves the picture by more than its size, to {far[0][0]},{far[0][1]}"
        )


def _wrong(number: int, what: str) -> RequestError:
    return RequestError(
        f"Stroke {number} {what}.",
        "Draw it in pixels of the source, beginning on the thing that should move.",
        code="request.stroke",
    )


def _camera_warnings(request: Request) -> list[str]:
    moves = parse_camera(request.guidance.camera)
    unseen = max(pose.unseen() for pose in _path(request, moves))
    warnings = []
    if unseen > _NOTICED:
        warnings.append(
            f"The camera move shows up to {unseen:.0%} of picture beyond the edges, which was "
            "never filmed and is mirrored in; move less, or add “zoom-in”, to keep it out."
        )
    if moves.has_parallax:
        warnings.append(
            "Depth for the dolly is coarse: things in front and a ground, told from the shot's "
            "motion or guessed from the picture; the recipe says which."
        )
    return warnings


def _path(request: Request, moves: Moves) -> tuple[Pose, ...]:
    frames, asked = frames_of(request), asked_of(request)
    pins = tuple(pin.frame for pin in request.guidance.keyframes)
    match request:
        case ExtendRequest(side=side):
            anchors = anchors_of(side is Side.TAIL, side is Side.HEAD, frames, pins)
        case BridgeRequest():
            anchors = anchors_of(True, True, frames, pins)
        case _:
            anchors = ()
    return camera_path(moves, frames, anchors, request.source.rate, request.seed * 1009, asked)
