"""Who an item is and who made it: all that Pickup keeps in metadata, under the key `pickup`."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import opentimelineio as otio

KEY = "pickup"
SCHEMA = 1


@dataclass(frozen=True)
class Made:
    """What a new clip's metadata says of its making ("" and 0 where it is not Pickup's)."""

    job: str = ""
    take: int = 0
    placement: str = ""

    @property
    def generated(self) -> bool:
        """Whether its pictures were generated (a continued original is not)."""
        return bool(self.job)


def plain(value: Any) -> Any:
    """OTIO's dictionary and vector views as dict and list (its own compare and encode wrongly)."""
    if isinstance(value, otio.core._core_utils.AnyDictionary | dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, otio.core._core_utils.AnyVector | list | tuple):
        return [plain(item) for item in value]
    return value


def own_data(item: Any) -> dict[str, Any]:
    """A copy of what is stored under our key; empty where nothing or nonsense is."""
    try:
        stored = item.metadata[KEY]
    except KeyError:
        return {}
    data = plain(stored)
    return data if isinstance(data, dict) else {}


def store(item: Any, **values: object) -> None:
    """Merge `values` into what is stored under our key."""
    item.metadata[KEY] = {"schema": SCHEMA, **own_data(item), **values}


def uid_of(item: Any) -> str:
    """The uid of a clip or compound, "" before one is assigned."""
    uid = own_data(item).get("uid", "")
    return uid if isinstance(uid, str) else ""


def made_of(item: Any) -> Made:
    """Who made a clip."""
    data = own_data(item)
    placement = data.get("placement", "")
    generated = data.get("generated")
    if not isinstance(generated, dict):
        return Made(placement=str(placement))
    take = generated.get("take", 0)
    return Made(str(generated.get("job", "")), take if isinstance(take, int) else 0, str(placement))


def is_owned(track: Any) -> bool:
    """Whether Pickup made the track; only such tracks are ever written to by overlays."""
    return own_data(track).get("owned") is True


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
        uid = uid_of(item)
        if not uid or uid in seen:
            uid = fresh_uid(item, seen, equal)
            store(item, uid=uid)
        seen.add(uid)


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
    that survives every exchange format."""
    if made_of(item).job == job:
        return True
    reference = getattr(item, "media_reference", None)
    file_name = PurePosixPath(getattr(reference, "target_url", "") or "").name
    word = re.compile(rf"(?<![0-9A-Za-z]){re.escape(job)}(?![0-9A-Za-z])")
    return any(word.search(text) for text in (item.name or "", file_name))
