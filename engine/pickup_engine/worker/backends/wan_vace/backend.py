"""Wan VACE behind the `Backend` door."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from pickup.protocol import Control, Execution, JobPhase, Operation
from pickup_engine.models.folder import inspect_folder
from pickup_engine.models.vace_frames import OVERLAP, PREFIX, SUFFIX, Span, model_frames, spans
from pickup_engine.worker.backends.base import (
    Bytes,
    Conditioning,
    Frames,
    Generated,
    Report,
)
from pickup_engine.worker.backends.wan_vace.components import Components
from pickup_engine.worker.backends.wan_vace.control import DRAWN
from pickup_engine.worker.backends.wan_vace.fingerprint import weights_sha256
from pickup_engine.worker.backends.wan_vace.helpers import Helpers
from pickup_engine.worker.backends.wan_vace.inputs import Shown
from pickup_engine.worker.backends.wan_vace.memory import with_less
from pickup_engine.worker.backends.wan_vace.pipeline import Sampler
from pickup_engine.worker.backends.wan_vace.prompts import NEGATIVE, Prompts
from pickup_engine.worker.backends.wan_vace.takes import Made, Scene, TakesRun


class WanVaceBackend:
    """Makes takes with the model in a diffusers folder; nothing is fetched from anywhere."""

    def __init__(self, folder: Path, helpers: Helpers) -> None:
        self._folder = folder
        self._helpers = helpers
        self._prompts = Prompts()
        self._components: Components | None = None
        self._key: object = None
        self._checked = False
        self._hash = ""

    def load(self, report: Report) -> None:
        """Check the files; they are read when a plan says how. Raises ModelError."""
        if not self._checked:
            inspect_folder(self._folder)
            self._checked = True

    def generate(self, conditioning: Conditioning, report: Report) -> Generated:
        """Make one take. Deterministic for equal conditioning. Raises ModelError."""
        return next(self.expand(conditioning, (conditioning.take,), report))

    def expand(
        self, conditioning: Conditioning, takes: Sequence[int], report: Report
    ) -> Iterator[Generated]:
        """Make takes, `execution.batch` of them side by side; what they share is encoded once.

        Where memory runs out the rest is made in a way that needs less; `details` says so.
        """
        self.load(report)
        planned = conditioning.execution
        execution = planned
        scene: Scene | None = None
        left = list(takes)
        while left:
            make = partial(self._batch, conditioning, scene, left, report)
            (scene, done), execution = with_less(execution, make, self.unload)
            for one in done:
                details = _details(scene, one, planned, execution)
                yield Generated(Frames(one.pictures), learned=True, details=details)
            left = left[len(done) :]

    def _batch(
        self,
        conditioning: Conditioning,
        scene: Scene | None,
        left: Sequence[int],
        report: Report,
        execution: Execution,
    ) -> tuple[Scene, list[Made]]:
        components = self._ready(execution)
        try:
            if scene is None:
                told = replace(conditioning, execution=execution)
                scene = self._scene(told, components, report)
            scene.tiling = execution.tiling
            run = TakesRun(scene, components, report)
            return scene, run.takes(left[: max(1, execution.batch)])
        finally:
            components.rest()

    def _scene(self, conditioning: Conditioning, components: Components, report: Report) -> Scene:
        """Everything that comes before noise: words, control pictures, the first window."""
        execution = conditioning.execution
        texts = [conditioning.prompt]
        if execution.guidance > 1:
            texts.append(conditioning.negative or NEGATIVE)
        scene = Scene(
            conditioning,
            Shown(conditioning),
            _spans(conditioning),
            # Words are read below: how many steps that takes has to be told first.
            Sampler(execution.steps, execution.guidance, torch.empty(0), None),
            execution.tiling,
        )
        if components.distilled is not None:
            folder = components.distilled.files[0].parent
            scene.helpers[execution.distilled] = weights_sha256(folder)
        run = TakesRun(scene, components, report)
        restyles = conditioning.operation is Operation.RESTYLE
        drawn = len(conditioning.known) if restyles else 0
        report.phase(JobPhase.ANALYSING, len(texts) + drawn + run.encode_steps())
        embeds = []
        for text in texts:
            embeds.append(self._prompts.embed(text, components))
            report.step()
        scene.sampler = replace(
            scene.sampler,
            positive=embeds[0].to(components.device),
            negative=embeds[1].to(components.device) if len(embeds) > 1 else None,
        )
        if restyles:
            scene.shown = Shown(conditioning, self._control(scene, components, report))
        run.encode_first()
        return scene

    def _control(self, scene: Scene, components: Components, report: Report) -> Bytes:
        """Raises ModelError where depth is asked for and there is no depth model."""
        known = scene.conditioning.known
        control = _control_of(scene.conditioning.execution)
        if control is not Control.DEPTH:
            return DRAWN[control](known, report.step)
        folder = self._helpers.depth()
        scene.helpers["depth"] = weights_sha256(folder)
        # Imported here: most jobs need no depth.
        from pickup_engine.worker.backends.wan_vace.depth import depth

        components.make_room()
        return depth(known, folder, components.device, report.step)

    def _ready(self, execution: Execution) -> Components:
        distilled = execution.distilled
        weights = self._helpers.distilled(distilled) if distilled else None
        # Merged weights that were fetched anew since are others: the recipe names what is there.
        files = weights.stamp() if weights else ()
        key = (Components.key(execution), files)
        if self._components is None or self._key != key:
            self.unload()
            self._components = Components(self._folder, execution, weights)
            self._key = key
        return self._components

    def unload(self) -> None:
        """Free everything."""
        if self._components is not None:
            self._components.free()
        self._components = None

    @property
    def sha256(self) -> str:
        """Hash over names and hashes of all weight files."""
        self._hash = self._hash or weights_sha256(self._folder)
        return self._hash


def _spans(conditioning: Conditioning) -> tuple[Span, ...]:
    execution = conditioning.execution
    whole = model_frames(conditioning.frames + PREFIX + SUFFIX)
    return spans(
        conditioning.frames,
        conditioning.known_times,
        conditioning.covers,
        execution.window or whole,
        execution.overlap or OVERLAP,
    )


def _control_of(execution: Execution) -> Control:
    """The plan decides; `auto` is only left where something else than our rules has planned."""
    return Control.EDGES if execution.control is Control.AUTO else execution.control


def _details(scene: Scene, made: Made, planned: Execution, used: Execution) -> dict[str, object]:
    """What the recipe holds of how it was made."""
    conditioning = scene.conditioning
    told: dict[str, object] = {
        "steps": used.steps,
        "guidance": used.guidance,
        "windows": [[span.first, span.frames, span.begin, span.end] for span in scene.spans],
        "colour_shift": [shift and [*shift.gain, *shift.offset] for shift in made.shifts],
        "prompt": conditioning.prompt,
        "device": used.device,
        "precision": used.precision.value,
        "offload": used.offload.value,
        "tiling": used.tiling,
        "batch": used.batch,
    }
    if used.guidance > 1:
        told["negative"] = conditioning.negative or NEGATIVE
    if conditioning.operation is Operation.RESTYLE:
        told["control"] = _control_of(used).value
        told["steps_made"] = scene.steps
    if used.distilled:
        told["distilled"] = used.distilled
    if scene.helpers:
        told["helpers_sha256"] = dict(scene.helpers)
    if used != planned:
        told["stepped_down"] = {
            "from": {"offload": planned.offload.value, "tiling": planned.tiling,
                     "batch": planned.batch},
            "why": "memory ran out",
        }  # fmt: skip
    return told
