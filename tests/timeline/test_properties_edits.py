"""Whatever edits follow one another, with undo and redo between: each does what it says, no more.

Hypothesis draws the cut and the edits; `support.attempts` says what each must do to every frame.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from pickup.errors import PickupError
from pickup.protocol import ItemKind, MediaRef
from pickup.timeline import Document, snapshot
from support.any_cut import any_cut
from support.attempts import Attempt, Bench, attempts, made_by_job, spot_of
from support.attempts_more import (
    more_attempts,
    remove_last,
    split_made,
    switch_made,
)
from support.expected import cut_of
from support.timeline import text_of

EXAMPLES = 90
STEPS = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("media")


class Film:
    """A cut that is worked on, and its texts after every edit: `at` is the present one."""

    def __init__(self, document: Document, folder: Path, media: dict[str, MediaRef]) -> None:
        self.document, self.media = document, media
        self.files: dict[str, str] = {}
        self.bench = Bench(document, folder, self._probe, knows_media=True)
        self.bench.look()
        self.texts, self.at = [self.bench.text], 0
        self.placed_at = -1

    def _probe(self, uid: str) -> MediaRef:
        path = self.files[uid]
        return self.media.get(path) or self._made(path)

    def _made(self, path: str) -> MediaRef:
        """A take, or a shot that was put in, as long as the cut says."""
        lengths = (
            round(clip.media_reference.available_range.duration.value)
            for clip in self.document.timeline.find_clips()
            if path and getattr(clip.media_reference, "target_url", "") == path
        )
        frames = next(lengths, 500)
        return MediaRef(path, "video", frames, self.document.rate, 640, 360)

    def draw_edit(self, draw: st.DrawFn) -> Attempt | None:
        """An edit of a drawn clip, or of the clip that was generated last."""
        if self.placed_at == self.at and made_by_job(self.bench) and draw(st.booleans()):
            edit = draw(st.sampled_from((remove_last, split_made, switch_made)))
            return Attempt(edit.__name__, edit)
        clips = [
            (number, item)
            for number, track in enumerate(snapshot(self.document).tracks)
            for item in track.items
            if track.kind == "video" and item.kind is ItemKind.CLIP
        ]
        self.files = {item.uid: item.media for _, item in clips}
        working = [(n, i) for n, i in clips if not i.refusal or "offline" in i.refusal]
        if not working:
            return None
        spot = spot_of(self.bench, *draw(st.sampled_from(working)))
        self.bench.job = f"proof{len(self.texts):04d}at{self.document.revision:04d}"
        return draw(st.sampled_from([*attempts(spot), *more_attempts(spot)]))

    def make(self, attempt: Attempt) -> None:
        document, bench = self.document, self.bench
        try:
            check = attempt.run(bench)
        except PickupError as refused:
            event(f"refused {refused.code}")
            assert text_of(document) == bench.text
            return
        event(attempt.kind)
        check(cut_of(document))
        bench.look()
        self.texts = [*self.texts[: self.at + 1], bench.text]
        self.at += 1
        if made_by_job(bench) and attempt.kind != "remove_last":
            self.placed_at = self.at

    def travel(self, by: int) -> None:
        """Undo or redo, which bring the very bytes of another time."""
        if not 0 <= self.at + by < len(self.texts):
            return
        self.document.undo() if by < 0 else self.document.redo()
        self.at += by
        self.placed_at = -1
        self.bench.look()
        assert self.bench.text == self.texts[self.at]


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_any_edits_in_any_order(folder: Path, data: st.DataObject) -> None:
    cut = data.draw(any_cut(folder))
    document = Document(cut.timeline, folder / "any.otio")
    film = Film(document, folder, dict(cut.media))
    for _ in range(STEPS):
        match data.draw(st.sampled_from(("edit", "edit", "edit", "edit", "undo", "redo"))):
            case "undo":
                film.travel(-1)
            case "redo":
                film.travel(1)
            case _:
                attempt = film.draw_edit(data.draw)
                if attempt is not None:
                    film.make(attempt)
    again = Document.open(document.save(folder / "saved.otio"))
    now, then = cut_of(document), cut_of(again)
    assert [(t.base, t.mixes) for t in then] == [(t.base, t.mixes) for t in now]
    while document.can_undo:
        document.undo()
    assert text_of(document) == film.texts[0]
    assert isinstance(document.rate, Fraction)
