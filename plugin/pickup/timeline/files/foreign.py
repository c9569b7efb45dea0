"""Reading and writing foreign files in a process of its own, under limits of size, time, memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from pickup.errors import PickupError, TimelineError
from pickup.timeline.files.checks import MAX_BYTES, not_readable
from pickup.timeline.files.formats import MEGABYTE, Format

TIMEOUT: Final = 120.0
"""Seconds that a conversion may take."""
_NO_WINDOW: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def read_foreign(
    path: Path, form: Format, rate: Fraction | None = None, timeout: float = TIMEOUT
) -> tuple[str, tuple[str, ...]]:
    """OTIO text of a foreign file, and sentences about how it was read.

    `rate` is for formats that do not state theirs (EDL). Raises TimelineError that names the file.
    """
    _check_size(path, form)
    reply = _run({"read": str(path.absolute()), "rate": _pair(rate)}, path.name, timeout)
    return str(reply["timeline"]), tuple(map(str, reply["notes"]))


def write_foreign(
    path: Path, text: str, rate: Fraction, name: str, timeout: float = TIMEOUT
) -> tuple[str, ...]:
    """Write OTIO text to a foreign file; sentences about what was changed for it.

    `name` is what errors call the file, whose own name may be a temporary one.
    """
    request = {"write": str(path.absolute()), "timeline": text, "rate": _pair(rate)}
    return tuple(map(str, _run(request, name, timeout)["notes"]))


def _pair(rate: Fraction | None) -> list[int] | None:
    return None if rate is None else [rate.numerator, rate.denominator]


def _check_size(path: Path, form: Format) -> None:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise not_readable(path, error) from None
    if size > form.largest:
        raise TimelineError(
            f"{path.name} is {size // MEGABYTE} MB; {form.name} may have "
            f"{form.largest // MEGABYTE} MB.",
            "Split the timeline, or check that the file is a timeline at all.",
            code="timeline.too_large",
        )


def _run(request: dict[str, Any], name: str, timeout: float) -> dict[str, Any]:
    """One conversion. The working folder is not on its import path (`-P`)."""
    environment = {k: v for k, v in os.environ.items() if k != "OTIO_PLUGIN_MANIFEST_PATH"}
    command = [sys.executable, "-P", "-X", "utf8", "-m", "pickup.timeline.files.convert"]
    with tempfile.TemporaryFile() as output:
        try:
            done = subprocess.run(
                command,
                input=json.dumps(request).encode("ascii"),
                stdout=output,
                stderr=subprocess.PIPE,
                env=environment,
                timeout=timeout,
                check=False,
                creationflags=_NO_WINDOW,
            )
        except subprocess.TimeoutExpired:
            raise TimelineError(
                f"{name} was not converted within {timeout:g} s.",
                "Its format may be too slow for so long a cut, or the file broken: use .otio.",
                code="timeline.slow",
            ) from None
        if done.returncode or output.tell() > MAX_BYTES:
            raise failure(name, done)
        output.seek(0)
        reply: dict[str, Any] = json.load(output)
    if "error" in reply:
        raise PickupError.from_json(reply["error"])
    return reply


def failure(name: str, done: subprocess.CompletedProcess[bytes]) -> TimelineError:
    """What to say when the process that converts the file `name` ended without an answer."""
    last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if "MemoryError" in last or not done.returncode:
        return TimelineError(
            f"{name} needs more memory than a timeline may.",
            "The file may be broken or hostile. Export the timeline as .otio.",
            code="timeline.too_large",
        )
    return TimelineError(
        f"{name} made its reader fail ({last[:160] or f'code {done.returncode}'}).",
        "The file may be broken or hostile. Export the timeline as .otio.",
        code="timeline.broken",
    )
