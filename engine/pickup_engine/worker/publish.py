"""Render, composite, encode, measure, and publish one take under its final name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from pickup.errors import MediaError
from pickup.protocol import (
    BridgeRequest,
    Delivery,
    ExtendRequest,
    InpaintRequest,
    JobPhase,
    JobSubmission,
    MediaRef,
    RenderPlan,
    Request,
    Seam,
    Take,
    asked_of,
)
from pickup_engine.finishing.measure import JoinMeter, MatteMeter
from pickup_engine.finishing.regrain import Grain, living_grain
from pickup_engine.media.colour import Picture
from pickup_engine.media.naming import container_comment, partial_path, take_path
from pickup_engine.media.probe import probe
from pickup_engine.media.sidecar import sidecar_path, write_recipe
from pickup_engine.media.strip import strip_frames, write_strip
from pickup_engine.media.writer import TakeWriter
from pickup_engine.worker.backends.base import Backend, Generated
from pickup_engine.worker.material import Material
from pickup_engine.worker.pipe import JobEvents
from pickup_engine.worker.recipes import input_hashes, make_recipe, source_type
from pickup_engine.worker.render import FinishedFrame, finished_frames


@dataclass
class Written:
    """A take that is encoded and stands under its final name."""

    path: Path
    media: MediaRef
    seam: Seam
    strip: Path
    invented: float
    """Mean share of pixels that were filled from their surroundings."""
    measured: Mapping[str, object]
    """What else was measured while it was rendered."""


@dataclass
class Publisher:
    """Makes the files of one job's takes."""

    submission: JobSubmission
    plan: RenderPlan
    attempt: int
    backend: Backend
    material: Material
    events: JobEvents

    @property
    def request(self) -> Request:
        """What was asked."""
        return self.submission.request

    @property
    def _alpha(self) -> bool:
        request = self.request
        return isinstance(request, InpaintRequest) and request.delivery is Delivery.PATCH

    def _path(self, take: int) -> Path:
        return take_path(self.request.output, self.submission.id, take, self._alpha)

    def withdraw(self, take: int) -> None:
        """Remove the files of a take that was not told: a picture without its recipe is no take."""
        path = self._path(take)
        for file in (path, _strip_path(path), sidecar_path(path)):
            with suppress(OSError):  # what went wrong before is what the user must hear
                file.unlink(missing_ok=True)

    def render(self, take: int, generated: Generated) -> Written:
        """Encode all frames; the file gets its final name when the last one is in it."""
        request, media = self.request, self.request.source.media
        alpha, path = self._alpha, self._path(take)
        comment = container_comment(
            self.submission.id, take, source_type(request, generated.learned)
        )
        self.events.phase(JobPhase.RENDERING, self.plan.frames)
        meter = self._meter()
        kept: list[Picture] = []
        invented: list[float] = []
        measured: dict[str, object] = {}
        # What the cut will show: a handle is not in it.
        asked = asked_of(request)
        wanted = {asked[k] for k in strip_frames(len(asked))}
        with TakeWriter(
            path,
            media.width,
            media.height,
            self.plan.rate,
            request.output.codec,
            media.colour,
            media.pixel_aspect,
            alpha,
            partial=partial_path(path, self.attempt),
            comment=comment,
        ) as writer:
            for k, frame in enumerate(self._frames(generated)):
                writer.write(frame.picture, frame.alpha if alpha else None)
                if meter is not None:
                    meter.frame(k, frame.picture, frame.alpha)
                invented.append(frame.invented)
                measured.update(frame.measured)
                if k in wanted:
                    kept.append(frame.picture)
                self.events.step()
        written = self._measured(path)
        strip = _strip_path(path)
        write_strip(kept, strip, aspect=float(media.pixel_aspect))
        seam = meter.seam(written) if meter is not None else Seam()
        return Written(path, written, seam, strip, float(np.mean(invented)), measured)

    def _meter(self) -> JoinMeter | MatteMeter | None:
        """What follows the take: a join in time, a join around a matte, or nothing."""
        request, material = self.request, self.material
        match request:
            case ExtendRequest(frames=frames) | BridgeRequest(frames=frames):
                before = [one.picture() for one in material.known if one.time < 0][-2:]
                after = [one.picture() for one in material.known if one.time >= frames][:2]
                return JoinMeter(before, after, frames)
            case InpaintRequest():
                return MatteMeter(material.run.picture, self.plan.frames)
            case _:
                return None

    def _frames(self, generated: Generated) -> Iterator[FinishedFrame]:
        return finished_frames(self.request, self.material, generated, self._grain)

    @cached_property
    def _inputs(self) -> Mapping[str, str]:
        """Hashes of what was read once, for all takes."""
        return input_hashes(self.request)

    @cached_property
    def _grain(self) -> Grain | None:
        """The grain of new pictures; all takes have the same."""
        request, material = self.request, self.material
        if not isinstance(request, ExtendRequest | BridgeRequest):
            return None
        times = material.conditioning.known_times
        return living_grain(material.picture, times, request.frames, request.seed)

    def _measured(self, path: Path) -> MediaRef:
        """What really stands on the disk. Raises MediaError where it is not what was planned."""
        media = probe(str(path))
        if media.frames != self.plan.frames or media.rate != self.plan.rate:
            raise MediaError(
                f"{path} holds {media.frames} frames at {media.rate} instead of"
                f" {self.plan.frames} at {self.plan.rate}.",
                "Run the job again; if it happens twice, report it with the job's log.",
                code="media.not_as_planned",
            )
        return media

    def publish(
        self, take: int, generated: Generated, written: Written, spent: Mapping[str, float]
    ) -> Take:
        """Write the recipe and describe the take."""
        self.events.phase(JobPhase.ENCODING, 1)
        recipe = make_recipe(
            self.submission, self.plan, take, self.backend, generated, written.media,
            written.seam, {"invented": round(written.invented, 5), **written.measured},
            self._inputs, spent,
        )  # fmt: skip
        sidecar = write_recipe(recipe)
        self.events.step()
        return Take(
            job=self.submission.id,
            index=take,
            media=written.media,
            sidecar=str(sidecar),
            seed=self.request.seed,
            learned=generated.learned,
            draft=self.plan.draft,
            test=self.plan.test,
            seam=written.seam,
            strip=str(written.strip),
        )


def _strip_path(take: Path) -> Path:
    return take.with_name(f"{take.name}.strip.jpg")
