"""Who an item is and who made it: all that Pickup keeps in metadata, under the key `pickup`."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import opentimelineio as otio

KEY = "pickup"
SCHEMA = 1
CUT_FROM: Final = "cut_from"
"""Kept on every part but the first of an item that edits had to cut: the uid of the whole, so that
the parts can be joined again when the edits are taken back, in whatever order."""


@dataclass(frozen=True)
class Made:
    """What a new clip's metadata says of its making ("" and 0 where it is not Pickup's)."""

    job: str = ""
    take: int = 0
    placement: str = ""
    operation: str = ""

    @property
    def generated(self) -> bool:
        """Whether its pictures were generated (a continued original is not)."""
        return bool(self.job)


_NOT_OURS: Final = Made()


def plain(value: Any) -> Any:
    """OTIO's dictionary and vector views as dict and list (its own compare and encode wrongly)."""
    if isinstance(value, otio.core._core_utils.AnyDictionary | dict):
        return {str(key): plain(value[key]) for key in value}
    if isinstance(value, otio.core._core_utils.AnyVector | list | tuple):
        return [plain(item) for item in value]
    return value


def own_data(item: Any) -> dict[str, Any]:
    """A copy of what is stored under our key; empty where nothing or nonsense is."""
    stored = _stored(item)
    return {} if stored is None else plain(stored)


def own_value(item: Any, name: str) -> Any:
    """One value stored under our key, None where there is none: far cheaper than a whole copy."""
    stored = _stored(item)
    return None if stored is None else _value(stored, name)


def _value(stored: Any, name: str) -> Any:
    try:
        value = stored[name]
    except KeyError:
        return None
    return plain(value)


def _stored(item: Any) -> Any:
    """OTIO's view of what is stored under our key; None where it is no dictionary."""
    metadata = item.metadata
    if not len(metadata):
        return None
    try:
        stored = metadata[KEY]
    except KeyError:
        return None
    return stored if isinstance(stored, otio.core._core_utils.AnyDictionary) else None


def _is_named_only(stored: Any) -> bool:
    """Whether there is nothing but a uid, as on every clip of the user's.

    A key that is missing costs a C++ exception, as much as twenty that are there.
    """
    if len(stored) != 2:
        return False
    try:
        return isinstance(stored["uid"], str) and stored["schema"] is not None
    except KeyError:
        return False


def store(item: Any, **values: object) -> None:
    """Merge `values` into what is stored under our key."""
    item.metadata[KEY] = {"schema": SCHEMA, **own_data(item), **values}


def uid_of(item: Any) -> str:
    """The uid of a clip or compound, "" before one is assigned."""
    return _uid_in(_stored(item))


def _uid_in(stored: Any) -> str:
    try:
        uid = "" if stored is None else stored["uid"]
    except KeyError:
        return ""
    return uid if isinstance(uid, str) else ""


def whole_of(item: Any) -> str:
    """The uid of the item that edits had to cut, of which `item` is a part; its own where none
    had."""
    return own_value(item, CUT_FROM) or uid_of(item)


def made_of(item: Any) -> Made:
    """Who made a clip."""
    stored = _stored(item)
    if stored is None or _is_named_only(stored):
        return _NOT_OURS
    placement = str(_value(stored, "placement") or "")
    generated = _value(stored, "generated")
    if not isinstance(generated, dict):
        return Made(placement=placement)
    take = generated.get("take", 0)
    return Made(
        str(generated.get("job", "")),
        take if isinstance(take, int) else 0,
        placement,
        str(generated.get("operation", "")),
    )


def discloses(marker: Any) -> bool:
    """Whether a marker is ours and says that its clip was generated."""
    return own_value(marker, "generated") is not None


def is_owned(track: Any) -> bool:
    """Whether Pickup made the track; only such tracks are ever written to by overlays."""
    return own_value(track, "owned") is True


def derived_uid(item: Any, occurrence: int) -> str:
    """A uid that follows from what the item is, so that opening the same file twice agrees.

    `occurrence` tells apart equal items; position is left out, so that moved clips keep theirs.
    """
    reference = getattr(item, "media_reference", None)
    url = getattr(reference, "target_url", "") or getattr(reference, "name_prefix", "") or ""
    time = item.source_range
    parts = (type(item).__name__, item.name or "", url, str(time), str(occurrence))
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def assign_uids(timeline: Any) -> None:
    """Give every clip and compound of the tracks a uid; copies made in a host get their own."""
    seen: set[str] = set()
    equal: Counter[str] = Counter()
    for _, item in clips_of(timeline):
        stored = _stored(item)
        uid = _uid_in(stored)
        if not uid or uid in seen:
            uid = fresh_uid(item, seen, equal)
            if stored is None:
                item.metadata[KEY] = _only_named(uid)
            else:
                store(item, uid=uid)
        seen.add(uid)


def _only_named(uid: str) -> Any:
    """`{"schema": SCHEMA, "uid": uid}` as OTIO's own value: a dict takes five times longer."""
    kinds = otio.core._core_utils
    stored = kinds.AnyDictionary()
    stored["schema"], stored["uid"] = kinds.PyAny(SCHEMA), kinds.PyAny(uid)
    return kinds.PyAny(stored)


def fresh_uid(item: Any, taken: set[str], equal: Counter[str] | None = None) -> str:
    """The first derived uid of `item` that is not in `taken`.

    `equal` counts the equal items that have been given one, so that many copies cost no search.
    """
    counts = Counter[str]() if equal is None else equal
    base = uid = derived_uid(item, 0)
    while uid in taken:
        counts[base] += 1
        uid = derived_uid(item, counts[base])
    return uid


def all_uids(timeline: Any) -> set[str]:
    """Every uid in use."""
    return {uid for _, item in clips_of(timeline) if (uid := uid_of(item))}


def clips_of(timeline: Any) -> Iterator[tuple[int, Any]]:
    """(track number, item) of every clip and compound on the tracks."""
    for number, track in enumerate(list(timeline.tracks)):
        for item in list(track):
            if not isinstance(item, otio.schema.Gap | otio.schema.Transition):
                yield number, item


def names_job(item: Any, job: str) -> bool:
    """Whether a clip shows the file of `job`: by metadata, else by clip or file name, which are all
    that survives every exchange format. A file that continues a take of `job` names it, too, but is
    not its own."""
    made = made_of(item)
    if made.generated:
        return made.job == job
    reference = getattr(item, "media_reference", None)
    url = getattr(reference, "target_url", "") or ""
    if job not in url and job not in (item.name or ""):
        return False
    word = re.compile(rf"(?<![0-9A-Za-z]){re.escape(job)}(?![0-9A-Za-z])")
    return any(word.search(text) for text in (item.name or "", PurePosixPath(url).name))
