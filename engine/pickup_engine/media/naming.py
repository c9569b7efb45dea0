"""File names of takes. The job id is in the name, because nothing else survives every editor."""

from __future__ import annotations

import re
from pathlib import Path

from pickup.protocol import Codec, Output

_UNSAFE = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')


def extension(codec: Codec, alpha: bool = False) -> str:
    """The container of a codec; what has alpha is always ProRes 4444."""
    if alpha:
        return ".mov"
    return {Codec.PRORES: ".mov", Codec.H264: ".mp4", Codec.FFV1: ".mkv"}[codec]


def take_path(output: Output, job: str, index: int, alpha: bool = False) -> Path:
    """`FOLDER/NAME.JOB.tN.mov`; takes are numbered from 1 in names, `index` from 0."""
    name = _UNSAFE.sub("_", output.name).strip(" .") or "pickup"
    suffix = extension(output.codec, alpha)
    return Path(output.folder) / f"{name}.{job}.t{index + 1}{suffix}"


def partial_path(take: Path, attempt: int) -> Path:
    """`FOLDER/NAME.JOB.tN.aATTEMPT.partial.mov`: what an unfinished take is called."""
    return take.with_name(f"{take.stem}.a{attempt}.partial{take.suffix}")


def container_comment(job: str, take: int, source_type: str) -> str:
    """What is written into the file itself. `source_type` is an IPTC digital source type."""
    return f"pickup job {job} take {take + 1}; digitalSourceType {source_type}"
