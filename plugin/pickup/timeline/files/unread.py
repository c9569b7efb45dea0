"""Looks of clips that an adapter leaves out when it reads a file: named, so that the user can copy
them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from pickup.timeline.words import listed

_KDENLIVE_READ: Final = (
    *("fadein", "fade_from_black", "fadeout", "fade_to_black"),
    *("volume", "brightness"),
)
_ADJUST: Final = "adjust-"
_SOUND: Final = ("volume", "panner", "loudness", "noiseReduction", "humReduction", "EQ", "matchEQ")
_NAMED: Final = 4


def unread_looks(adapter: str, root: Element) -> tuple[str, ...]:
    """A sentence that counts and names the effects in the file `root` which `adapter` does not
    read; none where it reads them all."""
    match adapter:
        case "fcpx_xml":
            names = list(_final_cut(root))
        case "kdenlive":
            names = list(_kdenlive(root))
        case _:
            names = []
    if not names:
        return ()
    kinds = list(dict.fromkeys(names))
    rest = len(kinds) - _NAMED
    told = listed([*kinds[:_NAMED], *([f"{rest} more kinds"] if rest > 0 else [])])
    effects = "1 effect of a clip" if len(names) == 1 else f"{len(names)} effects of clips"
    return (f"{effects} could not be read ({told}): copy them to new clips in the editor.",)


def _final_cut(root: Element) -> Iterator[str]:
    for element in root.iter():
        if element.tag == "filter-video":
            yield element.get("name") or "a filter"
        elif element.tag.startswith(_ADJUST):
            kind = element.tag.removeprefix(_ADJUST)
            if kind not in _SOUND:
                yield kind


def _kdenlive(root: Element) -> Iterator[str]:
    for entry in root.iter("entry"):
        for effect in entry.findall("filter"):
            ids = [p.text for p in effect.findall("property") if p.get("name") == "kdenlive_id"]
            if ids and ids[0] and ids[0] not in _KDENLIVE_READ:
                yield ids[0]
