"""The one request type that feeds dock, command, plan, job, sidecar and tests.

A request holds paths and frame numbers, no pixels and no timeline: the engine knows files only.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import PurePath
from typing import TypeAlias

from pickup.protocol.media import MediaRef

HANDLE_FRAMES = 12
"""Generated frames beyond what the cut shows at first, at the free end of an extension, unless the
user says otherwise."""


class Operation(StrEnum):
    """The verbs."""

    EXTEND = "extend"
    BRIDGE = "bridge"
    INPAINT = "inpaint"
    RESTYLE = "restyle"


class Side(StrEnum):
    """The end of a clip that is extended."""

    HEAD = "head"
    TAIL = "tail"


class Codec(StrEnum):
    """How takes are stored. Patches always use ProRes 4444, for their alpha."""

    PRORES = "prores"
    H264 = "h264"
    FFV1 = "ffv1"


class Delivery(StrEnum):
    """A patch is opaque only inside the matte; full frames replace the whole picture."""

    PATCH = "patch"
    FULL = "full"


@dataclass(frozen=True)
class Source:
    """A run of pictures as the timeline shows them.

    Record frame `k` (0 <= k < frames, at `rate`) shows media frame `floor(first + k * step)` of
    `media` (0-based). `step` carries mixed rates and linear retimes; it is negative in reverse and
    0 for a freeze. With `step` > 0 context outside the run is read up to the ends of the media.
    """

    media: MediaRef
    first: Fraction
    step: Fraction
    frames: int
    rate: Fraction

    def media_frame(self, k: int) -> int:
        """The 0-based media frame that record frame `k` shows (k may lie outside the run)."""
        return int((self.first + k * self.step) // 1)


class Quality(StrEnum):
    """A draft is for deciding; the final take of the same request costs more time and memory."""

    DRAFT = "draft"
    FINAL = "final"


class Control(StrEnum):
    """What a restyle keeps of the source: a picture of its structure that a model follows. `auto`
    is depth where a depth model is installed, else edges; the plan says which."""

    AUTO = "auto"
    DEPTH = "depth"
    EDGES = "edges"
    GREY = "grey"
    FLOW = "flow"


@dataclass(frozen=True)
class Sampling:
    """How a model that denoises is asked. 0 leaves a number to the model; the plan says which.

    steps: of denoising. guidance: how strictly the words are followed (1 = not amplified). size:
    shorter side of the model's picture, in pixels.
    """

    quality: Quality = Quality.FINAL
    steps: int = 0
    guidance: float = 0.0
    size: int = 0


@dataclass(frozen=True)
class Keyframe:
    """An image pinned at `frame`, counted from the first generated frame (0-based, edit rate).

    In a request that is the first frame of the file. Planners are asked without the handle: they
    shift what is pinned in a head by it.
    """

    frame: int
    image: str


@dataclass(frozen=True)
class Stroke:
    """A motion brush: the thing under the first point goes along the others over the new frames.

    points: (x, y) in source pixels, two at least; the first is on the thing in the picture that the
    new frames adjoin. radius: of the brush, in source pixels; the region is cut along the thing's
    edges.
    """

    points: tuple[tuple[int, int], ...]
    radius: int


@dataclass(frozen=True)
class Guidance:
    """What the user wants to see: words, reference images, pinned frames, a camera move, strokes of
    the motion brush; `negative` are words for what must not be seen. `camera` is e.g.
    `pan-left 15% + zoom-in 1.2x`; models say what they know."""

    prompt: str = ""
    references: tuple[str, ...] = ()
    keyframes: tuple[Keyframe, ...] = ()
    camera: str = ""
    strokes: tuple[Stroke, ...] = ()
    negative: str = ""


@dataclass(frozen=True)
class Output:
    """Where takes go: `FOLDER/NAME.JOB.tN.mov`. The folder must lie in an allowed project root."""

    folder: str
    name: str
    codec: Codec = Codec.PRORES


@dataclass(frozen=True)
class ExtendRequest:
    """Make `frames` new pictures after (`tail`) or before (`head`) the pictures of `source`.

    `source` is what is really seen next to the new pictures: the clip together with the handle
    that is used up. Frame 0 of the generated file is the first new picture in time order, on
    either side. `frames` is the length of the file; the `handle` of them that lie farthest from the
    source (the last ones at the tail, the first ones at the head) are for trims and dissolves and
    not in the cut at first.
    """

    source: Source
    side: Side
    frames: int
    output: Output
    guidance: Guidance = Guidance()
    model: str = "pickup-draft"
    seed: int = 0
    takes: int = 1
    sampling: Sampling = Sampling()
    handle: int = 0

    @property
    def operation(self) -> Operation:
        """The verb."""
        return Operation.EXTEND


@dataclass(frozen=True)
class BridgeRequest:
    """Make `frames` new pictures that lead from the last one of `source` to the first of `after`.

    Both runs are what is really seen beside the new pictures, at the same rate. The file has the
    size and colour of `source`. Frame 0 of it follows the last picture of `source`.
    """

    source: Source
    after: Source
    frames: int
    output: Output
    guidance: Guidance = Guidance()
    model: str = "pickup-draft"
    seed: int = 0
    takes: int = 1
    sampling: Sampling = Sampling()

    @property
    def operation(self) -> Operation:
        """The verb."""
        return Operation.BRIDGE


@dataclass(frozen=True)
class Matte:
    """The region to generate, white = generate. Exactly one of `path` and `box` is set.

    `path`: one image (still matte), a video, or a folder of images (one per frame of the source
    run, the last one held). `box`: x, y, width, height in source pixels.
    """

    path: str = ""
    box: tuple[int, int, int, int] | None = None


@dataclass(frozen=True)
class InpaintRequest:
    """Fill the matte over all frames of `source`; with an empty prompt the object is removed."""

    source: Source
    matte: Matte
    output: Output
    delivery: Delivery = Delivery.PATCH
    guidance: Guidance = Guidance()
    model: str = "pickup-draft"
    seed: int = 0
    takes: int = 1
    sampling: Sampling = Sampling()

    @property
    def operation(self) -> Operation:
        """The verb."""
        return Operation.INPAINT


@dataclass(frozen=True)
class RestyleRequest:
    """Change the look of all frames of `source`, by a reference image, a preset or words.

    `strength` is 0 (unchanged) to 1; `control` says what models that make new pictures keep.
    """

    source: Source
    output: Output
    preset: str = ""
    strength: float = 1.0
    control: Control = Control.AUTO
    guidance: Guidance = Guidance()
    model: str = "pickup-draft"
    seed: int = 0
    takes: int = 1
    sampling: Sampling = Sampling()

    @property
    def operation(self) -> Operation:
        """The verb."""
        return Operation.RESTYLE


Request: TypeAlias = ExtendRequest | BridgeRequest | InpaintRequest | RestyleRequest


def frames_of(request: Request) -> int:
    """How many frames the file of a take has."""
    if isinstance(request, ExtendRequest | BridgeRequest):
        return request.frames
    return request.source.frames


def asked_of(request: Request) -> range:
    """The frames of a take's file that the user asked for: all but the handle of an extension."""
    frames = frames_of(request)
    if not isinstance(request, ExtendRequest):
        return range(frames)
    if request.side is Side.HEAD:
        return range(request.handle, frames)
    return range(frames - request.handle)


def sources_of(request: Request) -> tuple[Source, ...]:
    """The runs of pictures that a request works from, in time order."""
    after = (request.after,) if isinstance(request, BridgeRequest) else ()
    return (request.source, *after)


def files_of(request: Request) -> tuple[str, ...]:
    """All that a request reads: media, images, matte, and a model that is a folder."""
    guidance = request.guidance
    named = [*guidance.references, *(pin.image for pin in guidance.keyframes)]
    if isinstance(request, InpaintRequest) and request.matte.path:
        named.append(request.matte.path)
    if PurePath(request.model).is_absolute():
        named.append(request.model)
    return (*named, *(run.media.path for run in sources_of(request)))
