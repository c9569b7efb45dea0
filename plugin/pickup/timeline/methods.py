"""The methods of the timeline process: what the dock may ask, with typed parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from pickup.errors import RequestError, TimelineError
from pickup.protocol import (
    HANDLE_FRAMES,
    Control,
    Delivery,
    Guidance,
    Matte,
    MediaRef,
    Mode,
    Output,
    Placement,
    Sampling,
    Side,
    Take,
    decode,
)
from pickup.timeline.document import Document
from pickup.timeline.edits.bridge import following, propose_bridge
from pickup.timeline.edits.extend import propose_extend
from pickup.timeline.edits.fill import Fit, fill_gap
from pickup.timeline.edits.paint import propose_inpaint, propose_restyle
from pickup.timeline.edits.place import place
from pickup.timeline.edits.remove import remove
from pickup.timeline.edits.shot import Shot, take_of_file
from pickup.timeline.edits.shots import insert_shots
from pickup.timeline.edits.split import split
from pickup.timeline.living.stale import keep, staleness
from pickup.timeline.living.update import propose_update, update_media
from pickup.timeline.select import find_clip
from pickup.timeline.shown import media_of, shown
from pickup.timeline.snapshot import snapshot
from pickup.timeline.takes.takes import switch_take, takes_of


@dataclass(frozen=True)
class _Nothing:
    pass


@dataclass(frozen=True)
class _Open:
    path: str
    rate: Fraction | None = None


@dataclass(frozen=True)
class _Path:
    path: str


@dataclass(frozen=True)
class _Search:
    search: str


@dataclass(frozen=True)
class _Clip:
    clip: str


@dataclass(frozen=True)
class _Text:
    text: str


@dataclass(frozen=True)
class _Extend:
    clip: str
    side: Side
    frames: int
    media: MediaRef
    output: Output
    mode: Mode = Mode.AUTO
    guidance: Guidance | None = None
    model: str = "pickup-draft"
    seed: int = 0
    takes: int = 1
    sampling: Sampling = Sampling()
    handle: int = HANDLE_FRAMES


@dataclass(frozen=True)
class _Bridge:
    clip: str
    media: MediaRef
    after: MediaRef
    output: Output
    frames: int | None = None
    mode: Mode = Mode.AUTO
    guidance: Guidance | None = None
    model: str = "pickup-draft"
    seed: int = 0
    takes: int = 1
    sampling: Sampling = Sampling()


@dataclass(frozen=True)
class _Inpaint:
    clip: str
    media: MediaRef
    matte: Matte
    output: Output
    delivery: Delivery = Delivery.PATCH
    guidance: Guidance | None = None
    model: str = "pickup-draft"
    seed: int = 0
    takes: int = 1
    sampling: Sampling = Sampling()
    record_range: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Restyle:
    clip: str
    media: MediaRef
    output: Output
    preset: str = ""
    strength: float = 1.0
    control: Control = Control.AUTO
    guidance: Guidance | None = None
    model: str = "pickup-draft"
    seed: int = 0
    takes: int = 1
    sampling: Sampling = Sampling()
    record_range: tuple[int, int] | None = None


@dataclass(frozen=True)
class _Place:
    placement: Placement
    take: Take | None = None
    model: str = ""
    media: MediaRef | None = None


@dataclass(frozen=True)
class _SwitchTake:
    clip: str
    take: Take


@dataclass(frozen=True)
class _Update:
    clip: str
    media: MediaRef | None = None
    after: MediaRef | None = None
    output: Output | None = None


@dataclass(frozen=True)
class _Remove:
    clip: str
    close: bool = True


@dataclass(frozen=True)
class _Split:
    clip: str
    record_frame: int


@dataclass(frozen=True)
class _InsertShots:
    shots: tuple[Shot, ...]
    track: str
    record_in: int
    mode: Mode = Mode.AUTO


@dataclass(frozen=True)
class _FillGap:
    gap: str
    shot: Shot
    record_range: tuple[int, int] | None = None
    fit: Fit = Fit.EXACT
    leave_rest: bool = False


@dataclass(frozen=True)
class _Shown:
    start: int
    frames: int
    track: str = ""
    media: tuple[MediaRef, ...] = ()


def _values(params: Any) -> dict[str, Any]:
    return {field.name: getattr(params, field.name) for field in fields(params)}


class Methods:
    """One open document and what can be asked of it. Results are protocol values or plain ones."""

    def __init__(self) -> None:
        self._document: Document | None = None
        self._known: dict[str, tuple[type, Callable[[Any], object]]] = {
            "open": (_Open, self._open),
            "snapshot": (_Nothing, lambda _: snapshot(self._opened)),
            "find": (_Text, lambda p: find_clip(self._opened, p.text)),
            "media_of": (_Clip, lambda p: media_of(self._opened, p.clip)),
            "propose_extend": (_Extend, lambda p: propose_extend(self._opened, **_values(p))),
            "following": (_Clip, lambda p: following(self._opened, p.clip)),
            "propose_bridge": (_Bridge, lambda p: propose_bridge(self._opened, **_values(p))),
            "propose_inpaint": (_Inpaint, lambda p: propose_inpaint(self._opened, **_values(p))),
            "propose_restyle": (_Restyle, lambda p: propose_restyle(self._opened, **_values(p))),
            "place": (
                _Place,
                lambda p: place(self._opened, p.placement, p.take, model=p.model, media=p.media),
            ),
            "takes": (_Clip, lambda p: takes_of(self._opened, p.clip)),
            "switch_take": (_SwitchTake, lambda p: switch_take(self._opened, p.clip, p.take)),
            "take_of_file": (_Path, lambda p: take_of_file(p.path)),
            "insert_shots": (_InsertShots, lambda p: insert_shots(self._opened, **_values(p))),
            "fill_gap": (_FillGap, lambda p: fill_gap(self._opened, **_values(p))),
            "staleness": (_Clip, self._staleness),
            "update_media": (_Clip, lambda p: update_media(self._opened, p.clip)),
            "propose_update": (_Update, lambda p: propose_update(self._opened, **_values(p))),
            "keep": (_Clip, lambda p: keep(self._opened, p.clip)),
            "remove": (_Remove, lambda p: remove(self._opened, **_values(p))),
            "split": (_Split, lambda p: split(self._opened, **_values(p))),
            "undo": (_Nothing, lambda _: self._opened.undo()),
            "redo": (_Nothing, lambda _: self._opened.redo()),
            "relink": (_Search, lambda p: self._opened.relink(p.search)),
            "save": (_Path, lambda p: str(self._opened.save(p.path))),
            "export": (_Path, self._export),
            "shown": (_Shown, lambda p: shown(self._opened, **_values(p))),
        }

    @property
    def revision(self) -> int:
        """That of the open document, which grows with every change of the cut; 0 without one."""
        return self._document.revision if self._document else 0

    @property
    def _opened(self) -> Document:
        if self._document is None:
            raise TimelineError(
                "No timeline is open.", "Open a timeline first.", code="timeline.not_open"
            )
        return self._document

    def _open(self, params: _Open) -> object:
        self._document = Document.open(params.path, params.rate)
        return snapshot(self._document)

    def _staleness(self, params: _Clip) -> object:
        stale = staleness(self._opened, params.clip)
        return stale and {"reason": stale.reason, "remedy": stale.remedy.value}

    def _export(self, params: _Path) -> object:
        made = self._opened.export(params.path)
        return {"path": str(made.path), "losses": made.losses}

    def call(self, method: str, params: object) -> object:
        """Run one method. Raises PickupError; a failed `open` keeps the document that was open."""
        if method not in self._known:
            raise RequestError(
                f'The timeline process knows no method "{method}".',
                "It knows " + ", ".join(self._known) + ".",
                code="request.method",
            )
        kind, run = self._known[method]
        return run(decode(kind, params, "params"))
