"""Cuts, jobs and takes made by hand, for tests of the dock and its pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPolygonF
from PySide6.QtWidgets import QWidget

from pickup.protocol import (
    Control,
    Execution,
    ExtendRequest,
    ItemKind,
    JobPhase,
    JobState,
    JobStatus,
    JobSubmission,
    MediaKind,
    MediaRef,
    Mode,
    ModelInfo,
    Operation,
    Origin,
    Output,
    Piece,
    Placement,
    PlacementState,
    Proposal,
    RenderPlan,
    Seam,
    Side,
    Snapshot,
    SnapshotItem,
    SnapshotTrack,
    Source,
    Take,
)

RATE = Fraction(24)


def media(
    path: str = "/cut/shot12.mov", frames: int = 200, size: tuple[int, int] = (1920, 1080)
) -> MediaRef:
    """A measured file."""
    return MediaRef(path, MediaKind.VIDEO, frames, RATE, 1920, 1080)


def clip(uid: str, name: str, record_in: int, frames: int, **more: object) -> SnapshotItem:
    """A clip of a file of its own."""
    fields: dict[str, object] = {"media": f"/cut/{name.replace(' ', '')}.mov", "index": 1}
    fields |= {"head_handle": 20, "tail_handle": 14} | more
    return SnapshotItem(
        kind=ItemKind.CLIP, uid=uid, name=name, record_in=record_in, frames=frames, **fields
    )


def gap(record_in: int, frames: int, index: int = 2) -> SnapshotItem:
    """A gap."""
    return SnapshotItem(ItemKind.GAP, f"gap:V1:{record_in}", index, "", record_in, frames)


def cut(*extra: SnapshotTrack, **more: object) -> Snapshot:
    """A small cut: two clips, a gap, a clip, sound."""
    video = (
        clip("c1", "shot 11", 0, 96, index=1),
        clip("c2", "shot 12", 96, 120, index=2),
        gap(216, 60, 3),
        clip("c3", "shot 14", 276, 140, index=4),
    )
    sound = (clip("a1", "room tone", 0, 416, refusal="room tone is sound: select the picture."),)
    fields: dict[str, object] = {
        "name": "Harbour",
        "path": "/cut/harbour.otio",
        "rate": RATE,
        "start": 86400,
        "drop_frame": False,
        "frames": 416,
        "revision": 0,
        "tracks": (
            SnapshotTrack("V1", "", "video", True, False, video),
            *extra,
            SnapshotTrack("A1", "", "audio", True, False, sound),
        ),
    }
    return Snapshot(**(fields | more))


def long_cut(clips: int) -> Snapshot:
    """A cut of `clips` clips of 10 frames, with a gap after every fifth."""
    items: list[SnapshotItem] = []
    at = 0
    for k in range(clips):
        items.append(clip(f"k{k}", f"shot {k}", at, 10, index=len(items) + 1))
        at += 10
        if k % 5 == 4:
            items.append(gap(at, 4, len(items) + 1))
            at += 4
    track = SnapshotTrack("V1", "", "video", True, False, tuple(items))
    return Snapshot("Long", "/cut/long.otio", RATE, 0, False, at, 0, (track,))


def draft_model(**more: object) -> ModelInfo:
    """The built-in model."""
    fields: dict[str, object] = {
        "id": "pickup-draft",
        "name": "Draft (built in)",
        "version": "0.2",
        "licence": "Apache-2.0",
        "draft": True,
        "operations": tuple(Operation),
        "installed": True,
        "bytes": 12_400_000,
        "presets": ("noir", "warm", "cool"),
        "max_references": 1,
        "keyframes": (Operation.EXTEND, Operation.BRIDGE, Operation.RESTYLE),
        "cannot": ("invent objects, people or places from words",),
    }
    return ModelInfo(**(fields | more))


def vace(**more: object) -> ModelInfo:
    """A model that denoises."""
    fields: dict[str, object] = {
        "id": "wan2.1-vace-1.3b",
        "name": "Wan2.1 VACE 1.3B",
        "version": "2.1",
        "licence": "Apache-2.0",
        "draft": False,
        "operations": tuple(Operation),
        "installed": True,
        "bytes": 19_000_000_000,
        "max_references": 4,
        "words": True,
        "keyframes": tuple(Operation),
        "controls": (Control.DEPTH, Control.EDGES, Control.GREY, Control.FLOW),
        "memory_bytes": 9_200_000_000,
        "repository": "Wan-AI/Wan2.1-VACE-1.3B-diffusers",
        "licence_url": "https://example.org/licence",
    }
    return ModelInfo(**(fields | more))


def request(frames: int = 34) -> ExtendRequest:
    """Shot 12, longer at its tail."""
    source = Source(media(), Fraction(0), Fraction(1), 64, RATE)
    return ExtendRequest(source, Side.TAIL, frames, Output("/cut/harbour media", "shot 12 extend"))


def placement() -> Placement:
    """14 real and 34 generated frames into the gap after shot 12."""
    pieces = (
        Piece(Origin.SOURCE, "shot 12 handle", 14, 120),
        Piece(Origin.GENERATED, "shot 12 extend", 34),
    )
    return Placement(Operation.EXTEND, Mode.GAP, 0, "c2", 216, pieces, "96:x")


def plan(seconds: float = 9.0, **more: object) -> RenderPlan:
    """What the draft model would do."""
    fields: dict[str, object] = {
        "model": "pickup-draft",
        "draft": True,
        "frames": 34,
        "rate": RATE,
        "width": 1920,
        "height": 1080,
        "model_width": 256,
        "model_height": 144,
        "seconds": seconds,
        "memory_bytes": 2 << 30,
    }
    return RenderPlan(**(fields | more))


def vace_plan(**more: object) -> RenderPlan:
    """What a model that denoises would do."""
    fields: dict[str, object] = {
        "model": "wan2.1-vace-1.3b",
        "draft": False,
        "model_width": 832,
        "model_height": 480,
        "memory_bytes": 9_200_000_000,
        "execution": Execution(steps=30, guidance=5.0, window=81),
    }
    return plan(240.0, **(fields | more))


def proposal() -> Proposal:
    """The outlook of that extension."""
    sentence = (
        "Fills 48 frames of the gap after shot 12: 14 real, 34 generated. Nothing else moves."
    )
    return Proposal(request(), placement(), sentence)


def take(job: str, index: int = 0, strip: str = "", **more: object) -> Take:
    """A finished draft."""
    fields: dict[str, object] = {
        "media": media(f"/cut/harbour media/shot 12 extend.{job}.t{index + 1}.mov", 34),
        "sidecar": "",
        "seed": index,
        "learned": True,
        "draft": True,
        "seam": Seam(jump=0.6 + 0.3 * index),
        "strip": strip,
        "placement": PlacementState.OPEN,
    }
    return Take(job, index, **(fields | more))


def job(id_: str, state: JobState, **more: object) -> JobStatus:
    """A job on that extension."""
    fields: dict[str, object] = {"created": 1.0}
    if state is JobState.RUNNING:
        fields |= {
            "phase": JobPhase.DENOISING,
            "step": 3,
            "steps": 4,
            "progress": 0.62,
            "eta": 4.0,
        }
    if state is JobState.SUCCEEDED:
        fields |= {"progress": 1.0, "takes": (take(id_),)}
    submission = JobSubmission(
        id_, request(), placement(), "/cut/harbour.otio", str(more.pop("label", "Extend shot 12"))
    )
    return JobStatus(id_, state, submission, plan(), **(fields | more))


def scenery(k: float, width: int = 640, height: int = 360) -> QImage:
    """A harbour at dusk; the boat moves with `k` (frames)."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    sky = QLinearGradient(0, 0, 0, height * 0.62)
    sky.setColorAt(0, QColor(36, 52, 84))
    sky.setColorAt(0.7, QColor(206, 138, 108))
    sky.setColorAt(1, QColor(242, 196, 142))
    painter.fillRect(image.rect(), sky)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 228, 178))
    painter.drawEllipse(QPointF(width * 0.7, height * 0.52), height * 0.07, height * 0.07)
    sea = QLinearGradient(0, height * 0.6, 0, height)
    sea.setColorAt(0, QColor(150, 112, 108))
    sea.setColorAt(1, QColor(28, 40, 62))
    painter.fillRect(QRectF(0, height * 0.6, width, height * 0.4), sea)
    painter.setBrush(QColor(40, 44, 62))
    hills = [(0, 0.6), (0, 0.5), (0.12, 0.42), (0.26, 0.52), (0.4, 0.46), (0.55, 0.57), (0.6, 0.6)]
    painter.drawPolygon(QPolygonF([QPointF(x * width, y * height) for x, y in hills]))
    x, y = width * (0.2 + 0.0022 * k), height * 0.68
    painter.setBrush(QColor(20, 22, 30))
    hull = [(-42, 0), (42, 0), (30, 16), (-32, 16)]
    scale = width / 640
    painter.drawPolygon(QPolygonF([QPointF(x + a * scale, y + b * scale) for a, b in hull]))
    painter.setBrush(QColor(232, 222, 206))
    sail = [(-2, -4), (-2, -74), (36, -4)]
    painter.drawPolygon(QPolygonF([QPointF(x + a * scale, y + b * scale) for a, b in sail]))
    painter.end()
    return image


def film_strip(folder: Path, first: float = 120, pictures: int = 8) -> str:
    """A film strip as the engine makes it; returns its path."""
    wide = QImage(160 * pictures, 90, QImage.Format.Format_RGB32)
    painter = QPainter(wide)
    for k in range(pictures):
        painter.drawImage(160 * k, 0, scenery(first + 5 * k, 160, 90))
    painter.end()
    path = folder / f"strip{first:.0f}.jpg"
    wide.save(str(path), "JPEG", 90)
    return str(path)


def seen(panel: QWidget, kind: type[QWidget], name: str) -> list[QWidget]:
    """The visible widgets of a kind with this accessible name."""
    found = panel.findChildren(kind)
    return [w for w in found if w.accessibleName() == name and w.isVisibleTo(panel)]
