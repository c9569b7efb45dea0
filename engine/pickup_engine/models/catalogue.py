"""The models that this machine can use."""

from __future__ import annotations

from pathlib import Path

from pickup.errors import ModelError
from pickup.protocol import ModelInfo
from pickup_engine.models.draft import MODEL_ID, DraftRules
from pickup_engine.models.rules import ModelRules

DRAFT_FOLDER = Path(__file__).parents[1] / "worker" / "backends" / "motion" / "weights"
"""The embedded model in diffusers form: `config.json` and safetensors shards."""

_DRAFT_VERSION = "0.2"


def rules_for(model: str) -> ModelRules:
    """The rules of a catalogue id. Raises ModelError for an unknown one."""
    for rules in _all():
        if rules.info.id == model:
            return rules
    raise ModelError(
        f"There is no model “{model}” on this machine.",
        f"Use “{MODEL_ID}”, or list what is there with `pickup models list`.",
        code="model.unknown",
    )


def catalogue() -> tuple[ModelInfo, ...]:
    """All entries."""
    return tuple(rules.info for rules in _all())


def _all() -> tuple[ModelRules, ...]:
    size = sum(shard.stat().st_size for shard in DRAFT_FOLDER.glob("*.safetensors"))
    return (DraftRules(version=_DRAFT_VERSION, bytes=size),)
