"""The methods of the timeline process: what the dock may ask, with typed parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from pickup.errors import RequestError, TimelineError
from pickup.protocol import (
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
from pickup.timeline.extend import propose_extend
from pickup.timeline.paint import propose_inpaint, propose_restyle
from pickup.timeline.place import place
from pickup.timeline.select import find_clip
from pickup.timeline.shown import media_of, shown
from pickup.timeline.snapshot import snapshot


@dataclass(frozen=True)
class _Nothing:
    pass


@dataclass(frozen=True)
class _Path:
    path: str


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
            "open": (_Path, self._open),
            "snapshot": (_Nothing, lambda _: snapshot(self._opened)),
            "find": (_Text, lambda p: find_clip(self._opened, p.text)),
            "media_of": (_Clip, lambda p: media_of(self._opened, p.clip)),
            "propose_extend": (_Extend, lambda p: propose_extend(self._opened, **_values(p))),
            "propose_inpaint": (_Inpaint, lambda p: propose_inpaint(self._opened, **_values(p))),
            "propose_restyle": (_Restyle, lambda p: propose_restyle(self._opened, **_values(p))),
            "place": (
                _Place,
                lambda p: place(self._opened, p.placement, p.take, model=p.model, media=p.media),
            ),
            "undo": (_Nothing, lambda _: self._opened.undo()),
            "redo": (_Nothing, lambda _: self._opened.redo()),
            "save": (_Path, lambda p: str(self._opened.save(p.path))),
            "shown": (_Shown, lambda p: shown(self._opened, **_values(p))),
        }

    @property
    def _opened(self) -> Document:
        if self._document is None:
            raise TimelineError(
                "No timeline is open.", "Open a timeline first.", code="timeline.not_open"
            )
        return self._document

    def _open(self, params: _Path) -> object:
        self._document = Document.open(params.path)
        return snapshot(self._document)

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
