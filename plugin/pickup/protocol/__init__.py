"""The contract between all sides: frozen dataclasses and a JSON codec, standard library only.

Times are integer frames at a rate; media never crosses the wire, only absolute paths. A change to
any type changes its golden file in `tests/protocol`, `VERSION`, and ARCHITECTURE.md together.
"""

from pickup.protocol.codec import decode, encode
from pickup.protocol.jobs import (
    FINAL_STATES,
    JobEvent,
    JobPhase,
    JobState,
    JobStatus,
    JobSubmission,
    PlacementState,
    Take,
)
from pickup.protocol.media import Colour, MediaKind, MediaRef
from pickup.protocol.models import (
    FREE_LICENCES,
    ModelInfo,
    ModelTransfer,
    TransferKind,
    TransferState,
)
from pickup.protocol.placement import (
    ClipRecord,
    EditResult,
    Mode,
    Origin,
    Piece,
    Placement,
    Proposal,
)
from pickup.protocol.plan import Execution, Offload, Precision, RenderPlan
from pickup.protocol.recipe import Recipe, Seam
from pickup.protocol.requests import (
    BridgeRequest,
    Codec,
    Control,
    Delivery,
    ExtendRequest,
    Guidance,
    InpaintRequest,
    Keyframe,
    Matte,
    Operation,
    Output,
    Quality,
    Request,
    RestyleRequest,
    Sampling,
    Side,
    Source,
    Stroke,
)
from pickup.protocol.snapshot import ItemKind, Snapshot, SnapshotItem, SnapshotTrack
from pickup.protocol.time import RationalTime, TimeRange

VERSION = 4

__all__ = [
    "FINAL_STATES",
    "FREE_LICENCES",
    "VERSION",
    "BridgeRequest",
    "ClipRecord",
    "Codec",
    "Colour",
    "Control",
    "Delivery",
    "EditResult",
    "Execution",
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
    "ModelTransfer",
    "Offload",
    "Operation",
    "Origin",
    "Output",
    "Piece",
    "Placement",
    "PlacementState",
    "Precision",
    "Proposal",
    "Quality",
    "RationalTime",
    "Recipe",
    "RenderPlan",
    "Request",
    "RestyleRequest",
    "Sampling",
    "Seam",
    "Side",
    "Snapshot",
    "SnapshotItem",
    "SnapshotTrack",
    "Source",
    "Stroke",
    "Take",
    "TimeRange",
    "TransferKind",
    "TransferState",
    "decode",
    "encode",
]
