"""Rules of Wan VACE: what it can do, sizes and lengths, how it is run on this machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pickup.errors import ModelError
from pickup.protocol import (
    Control,
    Execution,
    ModelInfo,
    Operation,
    Quality,
    RenderPlan,
    Request,
    RestyleRequest,
    frames_of,
)
from pickup_engine.models.entry import Family, ModelEntry
from pickup_engine.models.machine import Machine, machine
from pickup_engine.models.vace_configs import NAMES
from pickup_engine.models.vace_execution import Chosen, choose, least
from pickup_engine.models.vace_frames import OVERLAP, PREFIX, WINDOW, spans_of
from pickup_engine.models.vace_limits import (
    CANNOT,
    MAX_FRAMES,
    MAX_REFERENCES,
    check_request,
    too_large,
    warnings_of,
)
from pickup_engine.models.vace_memory import Window
from pickup_engine.models.vace_shape import VaceShape, shape_of_configs, shape_of_folder
from pickup_engine.models.vace_size import (
    P360,
    P480,
    TEST,
    aspect_of,
    of_area,
    of_shorter_side,
    of_window,
    tiers,
)

_STEPS: Final = {Quality.DRAFT: 12, Quality.FINAL: 30}
_GUIDANCE: Final = 5.0
"""As Wan's authors use it."""

_OPERATIONS: Final = tuple(Operation)
_DRAWN: Final = (Control.EDGES, Control.GREY, Control.FLOW)
"""Controls that need no other model."""


@dataclass(frozen=True)
class VaceRules:
    """`ModelRules` of one Wan VACE model. folder: where it is installed (None = it is not)."""

    entry: ModelEntry
    folder: Path | None
    machine: Callable[[], Machine] = machine

    @property
    def info(self) -> ModelInfo:
        """The catalogue entry."""
        entry = self.entry
        depth = (Control.DEPTH,) if self._serving(Family.DEPTH) else ()
        return ModelInfo(
            id=entry.id,
            name=entry.name,
            version=entry.version,
            licence=entry.licence,
            draft=False,
            operations=_OPERATIONS,
            installed=self.folder is not None,
            bytes=entry.bytes,
            max_frames=MAX_FRAMES,
            max_references=MAX_REFERENCES,
            cannot=CANNOT,
            words=True,
            keyframes=_OPERATIONS,
            controls=(*depth, *_DRAWN),
            memory_bytes=self._least_memory(),
            repository=entry.repository,
            revision=entry.revision,
            licence_url=entry.licence_url,
            test=entry.test,
        )

    @property
    def context(self) -> int:
        """Real pictures read beside the new ones."""
        return PREFIX

    @property
    def places_cutouts(self) -> bool:
        """References tell what the model shall make."""
        return False

    def model_size(self, width: int, height: int, plan: RenderPlan) -> tuple[int, int]:
        """(width, height), multiples of 16, of the area that the plan was made for."""
        planned = plan.model_width, plan.model_height
        if (width, height) == (plan.width, plan.height):
            return planned
        return of_window(width, height, planned, (plan.width, plan.height))

    def plan(self, request: Request) -> RenderPlan:
        """What would be made. Raises ModelError for what the model cannot, and for what this
        machine cannot, with the remedy."""
        shape = self.shape()
        if self.folder is None or shape is None:
            raise ModelError(
                f"The model {self.entry.name} is not installed.",
                f"Get it with `pickup models pull {self.entry.id}`.",
                code="model.not_installed",
            )
        check_request(request, has_depth=self._serving(Family.DEPTH) is not None)
        media, windows = request.source.media, spans_of(request, frames_of(request))
        base = self._sampled(request, len(windows))
        length = max(span.frames for span in windows)
        references = len(request.guidance.references)
        this = self.machine()
        for width, height in self._sizes(request, shape):
            window = Window(width, height, length, references)
            chosen = choose(shape, window, base, request.takes, this)
            if chosen is not None:
                break
        else:
            raise too_large(request, self.entry, shape, window, this)
        told = warnings_of(request, shape, window, chosen.execution, self.entry.test)
        return self._plan(request, media.width, media.height, window, chosen, told)

    def _plan(
        self,
        request: Request,
        width: int,
        height: int,
        window: Window,
        chosen: Chosen,
        warnings: tuple[str, ...],
    ) -> RenderPlan:
        return RenderPlan(
            model=self.entry.id,
            draft=request.sampling.quality is Quality.DRAFT,
            frames=frames_of(request),
            rate=request.source.rate,
            width=width,
            height=height,
            model_width=window.width,
            model_height=window.height,
            seconds=0.0,
            memory_bytes=chosen.bytes,
            warnings=warnings,
            execution=chosen.execution,
            test=self.entry.test,
        )

    def _sizes(self, request: Request, shape: VaceShape) -> list[tuple[int, int]]:
        """Sizes to be tried, the best first."""
        media, aspect = request.source.media, aspect_of(request.source.media)
        if request.sampling.size:
            return [of_shorter_side(aspect, request.sampling.size)]
        if self.entry.test:
            shown = int(media.width * media.pixel_aspect) * media.height
            return [of_area(aspect, max(16 * 16, min(TEST.area, shown)))]
        areas = [tier.area for tier in tiers(shape)]
        if request.sampling.quality is Quality.DRAFT:
            areas = [P480.area, P360.area]
        return [of_area(aspect, area) for area in areas]

    def _sampled(self, request: Request, windows: int) -> Execution:
        """What does not depend on the machine."""
        sampling = request.sampling
        few = self._serving(Family.DISTILLED) if sampling.quality is Quality.DRAFT else None
        # Weights that were distilled with guidance in them must not get it twice.
        if few is None or sampling.guidance > 1:
            few, steps, guidance = None, _STEPS[sampling.quality], _GUIDANCE
        else:
            steps, guidance = int(few.settings.get("steps", 8)), few.settings.get("guidance", 1.0)
        control = Control.AUTO
        if isinstance(request, RestyleRequest):
            control = request.control
            if control is Control.AUTO:
                control = Control.DEPTH if self._serving(Family.DEPTH) else Control.EDGES
        return Execution(
            steps=sampling.steps or steps,
            guidance=sampling.guidance or guidance,
            window=WINDOW,
            windows=windows,
            overlap=OVERLAP,
            control=control,
            distilled=few.id if few else "",
        )

    def shape(self) -> VaceShape | None:
        """What planning reckons with; None where neither files nor configurations are known. Raises
        ModelError for files that make no sense."""
        if self.folder is not None:
            return shape_of_folder(self.folder)
        return self._catalogued()

    def _catalogued(self) -> VaceShape | None:
        experts = 1 + any(file.path.startswith("transformer_2/") for file in self.entry.files)
        name = self.entry.configs
        return shape_of_configs(name, experts) if name in NAMES else None

    def _least_memory(self) -> int:
        """For one window at the smaller size that real models were trained at."""
        try:
            shape = self.shape()
        except ModelError:
            return 0
        if shape is None:
            return 0
        width, height = of_area(16 / 9, TEST.area if self.entry.test else P480.area)
        return least(shape, Window(width, height, WINDOW), self.machine())

    def _serving(self, family: str) -> ModelEntry | None:
        # Imported here: the catalogue is made of these rules.
        from pickup_engine.models.catalogue import serving

        one = serving(self.entry.id, family)
        return one.entry if one else None
