"""Jobs, their states, their takes and the events that report them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from pickup.protocol.media import MediaRef
from pickup.protocol.placement import Placement
from pickup.protocol.plan import RenderPlan
from pickup.protocol.recipe import Seam
from pickup.protocol.requests import Request


class JobState(StrEnum):
    """Where a job stands; the last four are final, except that `interrupted` is run again."""

    QUEUED = "queued"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})
"""States that a job does not leave by itself."""


class JobPhase(StrEnum):
    """What the worker does, in this order."""

    LOADING = "loading"
    DECODING = "decoding"
    ANALYSING = "analysing"
    DENOISING = "denoising"
    RENDERING = "rendering"
    ENCODING = "encoding"


class PlacementState(StrEnum):
    """Whether a take is in the cut. `intended` is stored before the edit, `placed` after it."""

    OPEN = "open"
    INTENDED = "intended"
    PLACED = "placed"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class JobSubmission:
    """What a client posts. `id` is made by the client, so that posting twice makes one job.

    `timeline` (absolute path or a host's document id), `placement` and `label` are kept for the
    client: the engine never reads the timeline.
    """

    id: str
    request: Request
    placement: Placement | None = None
    timeline: str = ""
    label: str = ""


@dataclass(frozen=True)
class Take:
    """One finished alternative. `strip` is a small JPEG of frames side by side ("" if none).
    `test`: made by a test model, it is noise."""

    job: str
    index: int
    media: MediaRef
    sidecar: str
    seed: int
    learned: bool
    draft: bool
    seam: Seam = Seam()
    strip: str = ""
    placement: PlacementState = PlacementState.OPEN
    test: bool = False


@dataclass(frozen=True)
class JobStatus:
    """A job as it stands. `progress` is 0..1 over the whole job, `eta` seconds left (None =
    unknown)."""

    id: str
    state: JobState
    submission: JobSubmission
    plan: RenderPlan
    attempt: int = 0
    position: int = 0
    phase: JobPhase | None = None
    step: int = 0
    steps: int = 0
    progress: float = 0.0
    eta: float | None = None
    takes: tuple[Take, ...] = ()
    error: dict[str, str] | None = None
    created: float = 0.0
    started: float | None = None
    finished: float | None = None
    timing: dict[str, float] = field(default_factory=dict)
    preview: str = ""


@dataclass(frozen=True)
class JobEvent:
    """One line of the event stream. `seq` only grows; the job is sent whole, so that a client that
    missed events is right again with the next one."""

    seq: int
    job: JobStatus
