"""Which files are timelines, who reads them, and who can write them.

`.otio` keeps everything and is read without an adapter. All other formats go through adapters of
OpenTimelineIO in a process of their own (`foreign.py`), because their files come from anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pickup.errors import TimelineError

MEGABYTE: Final = 2**20


@dataclass(frozen=True)
class Format:
    """An exchange format: `adapter` is OTIO's name of its reader ("mlt" is ours).

    `writes`: whether it can be written, too. `largest` is the limit of its size in bytes.
    """

    name: str
    suffix: str
    adapter: str
    writes: bool = True
    largest: int = 128 * MEGABYTE


FOREIGN: Final = {
    form.suffix: form
    for form in (
        Format("Final Cut Pro 7 XML", ".xml", "fcp_xml"),
        Format("Final Cut Pro X XML", ".fcpxml", "fcpx_xml"),
        Format("CMX 3600 EDL", ".edl", "cmx_3600", largest=16 * MEGABYTE),
        Format("AAF", ".aaf", "AAF", writes=False, largest=4096 * MEGABYTE),
        Format("Kdenlive project", ".kdenlive", "kdenlive"),
        Format("MLT XML", ".mlt", "mlt", writes=False),
        Format("GStreamer Editing Services project", ".xges", "xges"),
    )
}
"""The formats that adapters read, by suffix. Suffixes are those that editors give the files."""

NATIVE: Final = (".otio", ".otiod", ".otioz")
"""The formats of OpenTimelineIO itself."""

_NO_CUT: Final = {
    ".ale": ("a log of clips, without a cut", "Lay the clips on a timeline in the editor."),
    ".srt": ("a file of subtitles", "Export the timeline itself."),
    ".prproj": ("a Premiere project", "Export the sequence as Final Cut Pro XML or .otio."),
    ".drp": ("a Resolve project", "Export the timeline as .otio."),
    ".fcpxmld": ("a Final Cut Pro bundle", "Open the Info.fcpxml inside."),
    ".fcpbundle": ("a Final Cut Pro library", "Export the project as XML (.fcpxml)."),
    ".avb": ("an Avid bin", "Export the sequence as AAF."),
}


def format_of(path: Path) -> Format | None:
    """The foreign format of `path`; None for OpenTimelineIO's own.

    Raises TimelineError that says what the file is instead, and what to do.
    """
    suffix = path.suffix.lower()
    if suffix in NATIVE:
        return None
    if form := FOREIGN.get(suffix):
        return form
    what, hint = _NO_CUT.get(
        suffix, ("no timeline that Pickup reads", "Export the timeline from the editor as .otio.")
    )
    raise TimelineError(f"{path.name} is {what}.", hint, code="timeline.format")
