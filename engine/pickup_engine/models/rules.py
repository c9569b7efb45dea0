"""What a model family asks of a request, as plain arithmetic that service and worker share."""

from __future__ import annotations

from typing import Protocol

from pickup.protocol import ModelInfo, RenderPlan, Request


class ModelRules(Protocol):
    """Torch-free knowledge about one catalogue entry."""

    @property
    def info(self) -> ModelInfo:
        """The catalogue entry."""

    @property
    def context(self) -> int:
        """How many real pictures beside the new ones the model reads at most."""

    @property
    def places_cutouts(self) -> bool:
        """Whether the reference of an inpaint is placed as it is, as a cut-out, instead of telling
        what the model shall make."""

    def model_size(self, width: int, height: int, plan: RenderPlan) -> tuple[int, int]:
        """(width, height) that the model works at for a window of that many source pixels, in a
        job of that plan."""

    def plan(self, request: Request) -> RenderPlan:
        """What would be made (`seconds` left 0). Raises ModelError with the remedy for what it
        cannot."""
