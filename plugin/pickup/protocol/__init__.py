"""The contract between all sides: frozen dataclasses and a JSON codec, standard library only.

Times are integer frames at a rate; media never crosses the wire, only absolute paths. A change to
any type changes its golden file in `tests/protocol`, `VERSION`, and ARCHITECTURE.md together.
"""

from pickup.protocol.codec import decode, encode
from pickup.protocol.jobs import (
    JobEvent,
    JobPhase,
    JobState,
    JobStatus,
    JobSubmission,
    PlacementState,
    Take,
)
from pickup.protocol.media import Colour, MediaKind, MediaRef
from pickup.protocol.models import ModelInfo
from pickup.protocol.placement import (
    ClipRecord,
    EditResult,
    Mode,
    Origin,
    Piece,
    Placement,
    Proposal,
)
from pickup.protocol.plan import RenderPlan
from pickup.protocol.recipe import Recipe, Seam
from pickup.protocol.requests import (
    Codec,
    Delivery,
    ExtendRequest,
    Guidance,
    InpaintRequest,
    Keyframe,
    Matte,
    Operation,
    Output,
    Request,
    RestyleRequest,
    Side,
    Source,
    Stroke,
)
from pickup.protocol.snapshot import ItemKind, Snapshot, SnapshotItem, SnapshotTrack
from pickup.protocol.time import RationalTime, TimeRange

VERSION = 2

__all__ = [
    "VERSION",
    "ClipRecord",
    "Codec",
    "Colour",
    "Delivery",
    "EditResult",
    "ExtendRequest",
    "Guidance",
    "InpaintRequest",
    "ItemKind",
    "JobEvent",
    "JobPhase",
    "JobState",
    "JobStatus",
    "JobSubmission",
    "Keyframe",
    "Matte",
    "MediaKind",
    "MediaRef",
    "Mode",
    "ModelInfo",
    "Operation",
    "Origin",
    "Output",
    "Piece",
    "Placement",
    "PlacementState",
    "Proposal",
    "RationalTime",
    "Recipe",
    "RenderPlan",
    "Request",
    "RestyleRequest",
    "Seam",
    "Side",
    "Snapshot",
    "SnapshotItem",
    "SnapshotTrack",
    "Source",
    "Stroke",
    "Take",
    "TimeRange",
    "decode",
    "encode",
]
