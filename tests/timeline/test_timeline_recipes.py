"""A generated clip is known again by its names and its recipe, whatever dropped its metadata."""

from __future__ import annotations

import json
import os
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from pickup.client import new_job_id
from pickup.protocol import Mode, Recipe, Side, Take, encode, without_take
from pickup.timeline import Document, place, recipe_of, take_of_file
from pickup.timeline.files.convert import read, write
from pickup.timeline.identity import discloses
from pickup.timeline.takes.naming import is_own_job, renumbered, take_in
from pickup.timeline.takes.recipes import read_recipe, sidecar_of
from pickup.timeline.urls import reference_path
from support.takes import JOB, generated_items, write_take
from support.timeline import Shot, make_timeline, open_timeline, propose, text_of

R = Fraction(30)
A = Shot("A", 100, first=50, total=160)
B = Shot("B", 80, first=30)
WRITTEN = (".xml", ".fcpxml", ".edl", ".kdenlive", ".xges", ".mlt", ".aaf")


def placed(folder: Path, takes: int = 1, job: str = JOB, **said: Any) -> tuple[Document, Take]:
    """A cut that shows take 1 of an extension; all takes lie in `cut media` beside it."""
    document = open_timeline(folder, make_timeline(folder, R, [[A, 60, B]]))
    proposal = propose(document, folder, A, Side.TAIL, 24, Mode.GAP)
    media = folder / "cut media"
    made = [write_take(proposal, media, index, job, **said) for index in range(takes)]
    place(document, proposal.placement, made[0])
    return document, made[0]


def bare(timeline: Any) -> Any:
    """The timeline without any metadata and markers of Pickup, as a host gives it back."""
    clone = timeline.clone()
    for clip in list(clone.find_clips()):
        clip.metadata.pop("pickup", None)
        clip.media_reference.metadata.pop("pickup", None)
        clip.markers.clear()
    return clone


def reopened(folder: Path, timeline: Any) -> Document:
    return open_timeline(folder, timeline, "host.otio")


def clip_named(document: Document, text: str) -> Any:
    return next(c for c in list(document.timeline.find_clips()) if text in (c.name or "").lower())


def made_clip(timeline: Any) -> Any:
    return timeline.tracks[0][2]


def as_mlt(document: Document) -> str:
    """The first track as melt and Shotcut would save it."""
    producers = entries = ""
    for number, item in enumerate(document.timeline.tracks[0]):
        frames = int(item.source_range.duration.value)
        if isinstance(item, otio.schema.Gap):
            entries += f'<blank length="{frames}"/>'
            continue
        whole = item.media_reference.available_range
        first = int(item.source_range.start_time.value - whole.start_time.value)
        file = reference_path(item.media_reference, document.folder)
        producers += f'<producer id="p{number}"><property name="length">{whole.duration.value:g}'
        producers += f'</property><property name="resource">{file}</property></producer>'
        entries += f'<entry producer="p{number}" in="{first}" out="{first + frames - 1}"/>'
    rate = (
        f'frame_rate_num="{document.rate.numerator}" frame_rate_den="{document.rate.denominator}"'
    )
    return (
        f'<mlt title="cut" producer="main"><profile {rate}/>{producers}'
        f'<playlist id="v">{entries}</playlist>'
        '<tractor id="main"><multitrack><track producer="v"/></multitrack></tractor></mlt>'
    )


def there_and_back(document: Document, folder: Path, suffix: str) -> Document:
    """What a real adapter writes and reads again."""
    path = folder / f"host{suffix}"
    match suffix:
        case ".mlt":
            path.write_text(as_mlt(document), "utf-8")
        case ".aaf":
            otio.adapters.write_to_file(document.timeline, str(path), use_empty_mob_ids=True)
        case _:
            write(path, document.timeline, document.rate)
    timeline, _ = read(path, document.rate)
    return Document(timeline, path)


@pytest.mark.parametrize("suffix", WRITTEN)
def test_a_generated_clip_comes_back_through_each_format(tmp_path: Path, suffix: str) -> None:
    document, take = placed(tmp_path, takes=3)
    (item,) = generated_items(there_and_back(document, tmp_path, suffix))
    assert (item.job, item.take, item.operation, item.takes) == (JOB, 0, "extend", 3)
    assert not item.refusal
    again = there_and_back(document, tmp_path, suffix)
    assert not again.modified and not again.can_undo
    recipe = recipe_of(clip_named(again, JOB), again.folder)
    assert recipe is not None and recipe == read_recipe(take.sidecar)
    clip = clip_named(again, JOB)
    (said,) = [marker for marker in clip.markers if discloses(marker)]
    assert said.name.casefold() == "ai-generated"
    assert len(clip.markers) == 1, "one that came through by its name is not doubled"


def test_what_comes_back_is_what_was_lost(tmp_path: Path) -> None:
    said = {"learned": True, "model": "the-model", "digital_source_type": "some-type"}
    document, _ = placed(tmp_path, **said)
    kept = made_clip(document.timeline).metadata["pickup"]["generated"]
    again = reopened(tmp_path, bare(document.timeline))
    assert dict(made_clip(again.timeline).metadata["pickup"]["generated"]) == dict(kept)
    assert "generated" not in again.timeline.tracks[0][1].metadata["pickup"], "real frames"


def test_opening_twice_agrees_and_is_no_edit(tmp_path: Path) -> None:
    document, _ = placed(tmp_path)
    first = reopened(tmp_path, bare(document.timeline))
    second = Document.open(tmp_path / "host.otio")
    assert text_of(first) == text_of(second)
    assert not first.modified and not first.can_undo and first.revision == 0
    uid = generated_items(first)[0].uid
    first.save(tmp_path / "saved.otio")
    assert generated_items(Document.open(tmp_path / "saved.otio"))[0].uid == uid


@pytest.mark.parametrize("kept", ["file name", "clip name", "upper case", "reference"])
def test_one_trace_is_enough(tmp_path: Path, kept: str) -> None:
    document, _ = placed(tmp_path)
    timeline = bare(document.timeline)
    clip = made_clip(timeline)
    match kept:
        case "file name":
            clip.name = "my own name"
        case "clip name":
            (tmp_path / "consolidated.mov").touch()
            clip.media_reference.target_url = str(tmp_path / "consolidated.mov")
        case "upper case":
            clip.name = clip.name.upper()
            clip.media_reference.target_url = str(tmp_path / "REEL01.mov")
        case "reference":
            shutil.rmtree(tmp_path / "cut media")
            whole = made_clip(document.timeline).media_reference
            clip.media_reference = whole.clone()
    (item,) = generated_items(reopened(tmp_path, timeline))
    assert (item.job, item.take, item.operation) == (JOB, 0, "extend")


@pytest.mark.parametrize("where", ["stored", "linked", "beside the cut", "in its media folder"])
def test_a_recipe_is_found_where_it_may_lie(tmp_path: Path, where: str) -> None:
    document, take = placed(tmp_path)
    clip = made_clip(document.timeline)
    sidecar = Path(take.sidecar)
    far = tmp_path / "far"
    far.mkdir()
    clip.media_reference.target_url = str(far / "other.mov")
    match where:
        case "stored":
            sidecar = sidecar.rename(far / "kept.pickup.json")
            clip.metadata["pickup"]["generated"]["sidecar"] = str(sidecar)
        case "linked":
            sidecar = sidecar.rename(far / "other.mov.pickup.json")
        case "beside the cut":
            sidecar = sidecar.rename(tmp_path / sidecar.name)
        case "in its media folder":
            (tmp_path / "cut media").rename(tmp_path / "renamed media")
            sidecar = tmp_path / "renamed media" / sidecar.name
    found = sidecar_of(clip, document.folder)
    assert found is not None and (found.path, found.recipe.job) == (str(sidecar), JOB)
    sidecar.unlink()
    assert recipe_of(clip, document.folder) is None
    assert generated_items(document)[0].takes == 0


def test_a_recipe_of_another_take_is_not_taken_for_it(tmp_path: Path) -> None:
    document, take = placed(tmp_path, takes=2)
    other = Path(take.sidecar.replace(".t1.", ".t2."))
    Path(take.sidecar).write_bytes(other.read_bytes())
    assert recipe_of(made_clip(document.timeline), document.folder) is None


def test_the_file_that_a_host_put_into_a_clip_is_right(tmp_path: Path) -> None:
    """Relinked in the editor to the second take: the old metadata came along."""
    document, take = placed(tmp_path, takes=2)
    timeline = document.timeline.clone()
    clip = made_clip(timeline)
    clip.media_reference.target_url = take.media.path.replace(".t1.", ".t2.")
    again = reopened(tmp_path, timeline)
    assert [(item.job, item.take) for item in generated_items(again)] == [(JOB, 1)]
    recipe = recipe_of(made_clip(again.timeline), again.folder)
    assert recipe is not None and recipe.take == 1


def test_a_name_that_a_user_typed_changes_no_take(tmp_path: Path) -> None:
    """The clip's own name says less than its metadata; only its file says more."""
    document, take = placed(tmp_path, takes=2)
    timeline = document.timeline.clone()
    clip = made_clip(timeline)
    clip.name = f"A extend {JOB}.t2"
    clip.media_reference.target_url = str(tmp_path / "consolidated.mov")
    shutil.copy(take.media.path, tmp_path / "consolidated.mov")
    (item,) = generated_items(reopened(tmp_path, timeline))
    assert (item.job, item.take) == (JOB, 0)


def broken(kind: str, recipe: Recipe) -> bytes:
    whole = encode(recipe)
    match kind:
        case "no JSON":
            return b"{"
        case "no object":
            return b"[1]"
        case "deep":
            return b"[" * 100_000
        case "a field is missing":
            del whole["job"]
        case "another type":
            whole["request"]["type"] = "FutureRequest"
        case "a number without end":
            whole["plan"]["rate"] = "1e999999999"
        case "no UTF-8":
            return b"\xff\xfe\x00"
        case "too long":
            return json.dumps(whole).encode() + b" " * 16 * 2**20
        case "a list for a type":
            whole["request"]["type"] = ["ExtendRequest"]
        case _:
            *where, name, value = UNLIKELY[kind]
            record = whole
            for step in where:
                record = record[step]
            record[name] = value
    return json.dumps(whole).encode()


UNLIKELY: dict[str, tuple[Any, ...]] = {
    "a take before the first": ("take", -1),
    "a take beyond all numbers": ("take", 10**30),
    "a model that is no text": ("model", "\ud800"),
    "a job that is a path": ("job", "../job"),
    "no frames": ("plan", "frames", 0),
    "frames without end": ("plan", "frames", 10**30),
    "a rate of nothing": ("plan", "rate", "0/1"),
    "a rate that is no rate": ("plan", "rate", f"{10**60 + 1}/{10**60}"),
    "pictures without width": ("plan", "width", 0),
    "more handle than file": ("request", "handle", 10**6),
    "a handle below nothing": ("request", "handle", -1),
    "made from nothing": ("request", "source", "frames", 0),
    "made from before all time": ("request", "source", "first", f"-{10**30}/1"),
    "made from a file without pace": ("request", "source", "media", "rate", "0/1"),
}
"""What the decoder lets pass and no engine writes: where it stands, and a value."""


@pytest.mark.parametrize(
    "kind",
    [
        *("no JSON", "no object", "deep", "a field is missing", "another type"),
        *("a number without end", "no UTF-8", "too long", "a list for a type", *UNLIKELY),
    ],
)
def test_a_broken_recipe_is_none(tmp_path: Path, kind: str) -> None:
    document, take = placed(tmp_path)
    recipe = read_recipe(take.sidecar)
    assert recipe is not None
    Path(take.sidecar).write_bytes(broken(kind, recipe))
    assert recipe_of(made_clip(document.timeline), document.folder) is None
    assert take_of_file(take.media.path) is None
    (item,) = generated_items(reopened(tmp_path, bare(document.timeline)))
    assert (item.job, item.take, item.operation) == (JOB, 0, ""), "the name is ours all the same"


def test_times_that_a_host_wrote_as_floats_are_likely(tmp_path: Path) -> None:
    _, take = placed(tmp_path)
    data = json.loads(Path(take.sidecar).read_text("utf-8"))
    data["request"]["source"]["first"] = "3709175803909465/8796093022208"
    data["plan"]["rate"] = "{}/{}".format(*(24000 / 1001).as_integer_ratio())
    Path(take.sidecar).write_text(json.dumps(data), "utf-8")
    assert read_recipe(take.sidecar) is not None


def test_a_recipe_of_an_older_version_is_read(tmp_path: Path) -> None:
    _, take = placed(tmp_path)
    data = json.loads(Path(take.sidecar).read_text("utf-8"))
    del data["request"]["handle"], data["request"]["sampling"], data["inputs_sha256"]
    del data["plan"]["execution"], data["plan"]["test"]
    Path(take.sidecar).write_text(json.dumps({**data, "later": [1]}), "utf-8")
    recipe = read_recipe(take.sidecar)
    assert recipe is not None and recipe.job == JOB


def test_only_plain_files_of_their_name_are_read(tmp_path: Path) -> None:
    _, take = placed(tmp_path)
    fifo = tmp_path / "pipe.pickup.json"
    os.mkfifo(fifo)
    assert read_recipe(str(fifo)) is None, "and nothing waits for it"
    large = tmp_path / "large.pickup.json"
    with large.open("wb") as file:
        file.truncate(17 * 2**20)
    assert read_recipe(str(large)) is None
    copy = Path(shutil.copy(take.sidecar, tmp_path / "recipe.json"))
    assert read_recipe(str(copy)) is None
    assert read_recipe(str(tmp_path)) is None and read_recipe("nowhere\0.pickup.json") is None


def test_a_recipe_that_is_written_anew_is_read_anew(tmp_path: Path) -> None:
    document, take = placed(tmp_path)
    clip = made_clip(document.timeline)
    before = recipe_of(clip, document.folder)
    assert before is not None
    assert recipe_of(clip, document.folder) is before, "from the cache"
    data = json.loads(Path(take.sidecar).read_text("utf-8"))
    Path(take.sidecar).write_text(json.dumps({**data, "model_version": "22"}), "utf-8")
    after = recipe_of(clip, document.folder)
    assert after is not None and after.model_version == "22"


LIKE_OURS = (
    "interview.mastershot0001.t1.mov",
    "scene.finalversion2024.t2.mov",
    "A.job.t1.mov",
    "A.00000000000000.t1.mov",
    "A.zzzzzzzzzzzzzz.t1.mov",
    "backup.20260101120000.t1.mov",
    f"A.{JOB}.mov",
    f"A.{JOB}.t0.mov",
    f"A.{JOB}x.t1.mov",
    f"A.{JOB}.t1st.mov",
)


@pytest.mark.parametrize("name", LIKE_OURS)
def test_a_users_file_that_looks_alike_stays_the_users(tmp_path: Path, name: str) -> None:
    timeline = make_timeline(tmp_path, R, [[A, B]])
    (tmp_path / name).touch()
    clip = timeline.tracks[0][0]
    clip.media_reference.target_url, clip.name = str(tmp_path / name), name
    document = open_timeline(tmp_path, timeline)
    assert generated_items(document) == []
    assert recipe_of(clip, str(tmp_path)) is None


def test_any_job_is_known_by_its_recipe(tmp_path: Path) -> None:
    """The service takes other ids than ours, too; their recipe says what they are."""
    document, _ = placed(tmp_path, job="renderfarm42")
    timeline = bare(document.timeline)
    assert [item.job for item in generated_items(reopened(tmp_path, timeline))] == ["renderfarm42"]
    shutil.rmtree(tmp_path / "cut media")
    assert generated_items(Document.open(tmp_path / "host.otio")) == []


def test_sound_is_never_claimed(tmp_path: Path) -> None:
    document, _ = placed(tmp_path)
    timeline = bare(document.timeline)
    timeline.tracks[0].kind = otio.schema.TrackKind.Audio
    assert generated_items(reopened(tmp_path, timeline)) == []


def test_names() -> None:
    assert all(is_own_job(new_job_id()) for _ in range(20))
    assert take_in(f"A extend {JOB}.t12") == (JOB, 11)
    assert take_in(f"A EXTEND {JOB.upper()}.T3") == (JOB, 2)
    assert take_in(f"x {JOB}.t1.{JOB[::-1]}.t2.mov.pickup.json") == (JOB[::-1], 1)
    assert renumbered(f"A EXTEND {JOB.upper()}.T1", JOB, 11) == f"A EXTEND {JOB.upper()}.T12"
    assert renumbered("hero shot", JOB, 1) == "hero shot"
    assert without_take(f"A extend {JOB.upper()}.T1", JOB) == "A extend"
    assert without_take("hero shot", JOB) == without_take("hero shot", "") == "hero shot"


def test_many_clips_that_are_not_ours_cost_no_look_at_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline = make_timeline(tmp_path, R, [[A, B] * 50])

    def forbidden(*_: object) -> None:
        raise AssertionError("a folder is read")

    monkeypatch.setattr("os.scandir", forbidden)
    assert generated_items(Document(timeline, tmp_path / "cut.otio")) == []
