"""Everything needed to make a take again; written beside each take as `FILE.pickup.json`."""

from __future__ import annotations

from dataclasses import dataclass, field

from pickup.protocol.plan import RenderPlan
from pickup.protocol.requests import Request


@dataclass(frozen=True)
class Seam:
    """How a take fits at its joins. None where it has no join of that kind.

    `colour`: mean CIEDE2000 of 32-pixel block means between overlap and source. `jump`: mean
    absolute difference across the join over that of the real frames beside it (1 = natural).
    `outside_before` and `outside_after`: largest 16-bit difference outside the matte before and
    after encoding.
    """

    colour: float | None = None
    jump: float | None = None
    sharpness: float | None = None
    outside_before: int | None = None
    outside_after: int | None = None


@dataclass(frozen=True)
class Recipe:
    """A complete record of how one take was made. `learned` is true only where a network's output
    is in the picture; `inputs_sha256` are the hashes of references, keyframes and mattes by path;
    `details` is what the backend reports of its own choices (JSON values)."""

    job: str
    take: int
    request: Request
    plan: RenderPlan
    model: str
    model_version: str
    model_sha256: str
    draft: bool
    learned: bool
    seed: int
    media: str
    media_sha256: str
    source_sha256: str
    inputs_sha256: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    timing: dict[str, float] = field(default_factory=dict)
    seam: Seam = Seam()
    details: dict[str, object] = field(default_factory=dict)
    digital_source_type: str = "compositeWithTrainedAlgorithmicMedia"
    created: str = ""
