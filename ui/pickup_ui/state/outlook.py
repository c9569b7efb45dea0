"""What the dock tells: what would happen, what has happened, how the engine is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pickup.protocol import Proposal, RenderPlan
from pickup_ui.state.faults import Setting


class OutlookKind(StrEnum):
    """How far the preview of an edit has come."""

    HINT = "hint"
    WORKING = "working"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outlook:
    """What would happen now. `sentence` says it, or what is missing, or why it is refused.

    `setting`: what has to change, where a refusal is about one setting. `code`: the refusal's own.
    `stale`: something has changed since; the next outlook is on its way.
    """

    kind: OutlookKind
    sentence: str
    hint: str = ""
    setting: Setting | None = None
    warnings: tuple[str, ...] = ()
    proposal: Proposal | None = None
    plan: RenderPlan | None = None
    stale: bool = False
    code: str = ""


@dataclass(frozen=True)
class Remedy:
    """A button of a notice."""

    label: str
    run: Callable[[], None]


@dataclass(frozen=True)
class Notice:
    """A line above everything else: what happened, what to do. `failed` colours it; what neither
    failed nor `stays` nor has remedies goes by itself."""

    text: str
    hint: str = ""
    failed: bool = False
    stays: bool = False
    remedies: tuple[Remedy, ...] = ()


class EngineMood(StrEnum):
    """The engine as the user sees it."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    GONE = "gone"
