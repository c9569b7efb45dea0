"""What an edit of pictures may do to the sound: continue it in its own file where there was none,
and open its track elsewhere than the pictures only so that it keeps in step with them.
"""

from __future__ import annotations

from collections.abc import Iterator

from support.oracle import Item, Mix, TrackMap
from support.runs import Run, moved_mixes, opened_up, seen


def pictures_of(cut: list[TrackMap]) -> list[TrackMap]:
    """All tracks but those of sound."""
    return [track for track in cut if track.kind != "Audio"]


def check_sound(
    before: list[TrackMap], after: list[TrackMap], at: int, shift: int, real: int
) -> None:
    """`shift` frames were opened at record frame `at` (0: nothing moves), and a picture goes on by
    `real` frames of its own file."""
    elsewhere = False
    for old, now in zip(_sounds(before), _sounds(after), strict=True):
        opened = (p for p in _openings(old, at, shift) if _is_opened(old, now, p, shift, real))
        first = next(opened, None)
        assert first is not None, "sound is cut, moved or made otherwise than it may be"
        elsewhere |= first != at
    if elsewhere:
        assert _in_step(before) <= _in_step(after), "sound has parted from its picture"


def _sounds(cut: list[TrackMap]) -> list[TrackMap]:
    return [track for track in cut if track.kind == "Audio"]


def _in_step(cut: list[TrackMap]) -> set[tuple[str, object]]:
    """The frames of files that are heard with their own picture."""
    return {
        shown[:2]
        for picture in pictures_of(cut)
        for sound in _sounds(cut)
        for shown, heard in zip(picture.base, sound.base, strict=False)
        if shown is not None and heard is not None and shown[:2] == heard[:2]
    }


def _openings(old: TrackMap, at: int, shift: int) -> list[int]:
    ends = {item.start for item in old.items} | {item.start + item.frames for item in old.items}
    return [at, *sorted(ends - {at})] if shift else [at]


def _is_opened(old: TrackMap, now: TrackMap, at: int, shift: int, real: int) -> bool:
    expected = opened_up(old.base, at, shift)
    base = seen(now.base)
    if now.mixes != _mixes(old, at, shift):
        return False
    expected += (None,) * (len(base) - len(expected))
    new = [k for k, picture in enumerate(base) if picture != expected[k]]
    if not new:
        return len(base) == len(seen(expected))
    whole = new == list(range(new[0], new[-1] + 1)) and len(new) <= real
    empty = all(expected[k] is None for k in new)
    return whole and empty and any(_goes_on(i, at, shift, new, base) for i in old.items)


def _mixes(old: TrackMap, at: int, shift: int) -> dict[int, Mix]:
    return moved_mixes(old, at, shift) if shift else old.mixes


def _goes_on(item: Item, at: int, shift: int, new: list[int], base: Run) -> bool:
    """Whether the new frames are those of the item's own file next to one of its ends."""
    if item.kind == "Gap":
        return False
    for start in {item.start, item.start + shift, *_halves(item, at, shift)}:
        touches = new[0] == start + item.frames or new[-1] + 1 == start
        if touches and all(base[k] == item.picture(k - start) for k in new):
            return True
    return False


def _halves(item: Item, at: int, shift: int) -> Iterator[int]:
    """Where a half behind the opening would begin if it were the whole item."""
    if item.start < at < item.start + item.frames:
        yield item.start + shift
