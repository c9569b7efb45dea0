"""One entry of the catalogue: what a model is, where its files lie and what they must be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from pickup.protocol import FREE_LICENCES

_ID = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


class Family(StrEnum):
    """Which code runs a model, or how it serves others (`DEPTH`, `DISTILLED`)."""

    MOTION = "motion"
    WAN_VACE = "wan_vace"
    DEPTH = "depth"
    DISTILLED = "distilled"


@dataclass(frozen=True)
class ModelFile:
    """A file of a model: its path below the model's folder, with slashes. bytes 0 and an empty
    sha256 mean not known before it is there."""

    path: str
    bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class ModelEntry:
    """What the catalogue knows. `configs` names the component configurations in `vace_configs`.

    id: also the name of its folder in the store, or the absolute path of a folder that is used
    where it lies. files: exactly those that are pulled. serves: ids of the models that depth or
    distilled weights work with (empty = all of them). settings: how distilled weights want to be
    run (`steps`, `guidance`, `flow_shift`). about_bytes: the size of all files, rounded, where the
    exact size of some is not known. test: the weights are random.
    """

    id: str
    name: str
    version: str
    family: str
    repository: str
    revision: str
    licence: str
    licence_url: str
    files: tuple[ModelFile, ...]
    configs: str = ""
    serves: tuple[str, ...] = ()
    settings: dict[str, float] = field(default_factory=dict)
    about_bytes: int = 0
    test: bool = False

    @property
    def bytes(self) -> int:
        """What its files take on the disk."""
        return self.about_bytes or sum(file.bytes for file in self.files)

    @property
    def is_free(self) -> bool:
        """Whether the licence asks nothing before the model is used."""
        return self.licence in FREE_LICENCES


def is_model_id(text: str) -> bool:
    """Whether it can name a model: it becomes the name of a folder."""
    return bool(_ID.fullmatch(text)) and ".." not in text
