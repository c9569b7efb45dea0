"""Sidecars, hashes, previews and strips."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from pickup.errors import MediaError, RequestError, StorageError
from pickup.protocol import (
    ExtendRequest,
    MediaRef,
    Output,
    Recipe,
    RenderPlan,
    Seam,
    Side,
    Source,
    encode,
)
from pickup_engine.media import preview
from pickup_engine.media.hashing import file_sha256, media_sha256
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.sidecar import read_recipe, sidecar_path, write_recipe
from pickup_engine.media.storage import write_whole
from pickup_engine.media.strip import strip_frames, write_strip
from support.footage import Clip, number_in, write_images


def _source(media: MediaRef, first: int = 0, frames: int = 3) -> Source:
    return Source(media, Fraction(first), Fraction(1), frames, media.rate)


@pytest.fixture
def clip(tmp_path: Path) -> MediaRef:
    return probe(str(Clip("b.mp4", "libx264").write(tmp_path)))


def _recipe(clip: MediaRef, media: Path) -> Recipe:
    request = ExtendRequest(_source(clip), Side.TAIL, 12, Output(str(media.parent), "x"))
    plan = RenderPlan("pickup-draft", True, 12, clip.rate, 128, 64, 128, 64, 1.0, 0)
    return Recipe(
        job="J",
        take=0,
        request=request,
        plan=plan,
        model="pickup-draft",
        model_version="1",
        model_sha256="0",
        draft=True,
        learned=False,
        seed=3,
        media=str(media),
        media_sha256="1",
        source_sha256="2",
        seam=Seam(colour=0.5),
        details={"note": "grün"},
    )


def test_a_recipe_comes_back_as_it_was(clip: MediaRef, tmp_path: Path) -> None:
    recipe = _recipe(clip, tmp_path / "take.mov")
    path = write_recipe(recipe)
    assert path == tmp_path / "take.mov.pickup.json"
    assert read_recipe(tmp_path / "take.mov") == recipe
    assert [f for f in tmp_path.iterdir() if "partial" in f.name] == []


def test_a_broken_or_missing_recipe_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError) as caught:
        read_recipe(tmp_path / "take.mov")
    assert caught.value.code == "media.missing"
    sidecar_path(tmp_path / "take.mov").write_text("{")
    with pytest.raises(MediaError) as caught:
        read_recipe(tmp_path / "take.mov")
    assert caught.value.code == "media.unreadable"


def test_writing_into_a_missing_folder_names_it(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="gone"):
        write_whole(tmp_path / "gone" / "a.json", b"{}")


def test_hashes(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"x" * (5 << 20))
    assert file_sha256(path) == hashlib.sha256(b"x" * (5 << 20)).hexdigest()
    folder = write_images(tmp_path / "s", [1, 2, 3])
    before = media_sha256(probe(str(folder)))
    write_images(tmp_path / "s", [2], "shot.{:04d}.png")
    assert media_sha256(probe(str(folder))) == before
    cv2.imwrite(str(folder / "shot.0002.png"), np.zeros((64, 128, 3), np.uint8))
    assert media_sha256(probe(str(folder))) != before


def test_previews_show_the_right_frames_and_are_kept(clip: MediaRef, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    paths = preview.preview_source(_source(clip, 20), 64, folder)
    pictures = [cv2.imread(path) for path in paths]
    assert [number_in(p.astype(np.uint16) * 257) for p in pictures if p is not None] == [20, 21, 22]
    stamps = {path: Path(path).stat().st_mtime_ns for path in paths}
    assert preview.preview_source(_source(clip, 20), 64, folder) == paths
    assert {path: Path(path).stat().st_mtime_ns for path in paths} == stamps
    assert len(set(preview.preview_source(_source(clip, 38, 5), 64, folder))) == 2


def test_preview_sizes_are_even(tmp_path: Path) -> None:
    media = probe(str(Clip("o.mkv", "ffv1", "yuv444p", size=(133, 97), frames=2).write(tmp_path)))
    path = preview.preview_source(_source(media, 0, 1), 51, tmp_path)[0]
    image = cv2.imread(path)
    assert image is not None
    assert image.shape[:2] == (50, 70)


def test_a_full_frame_keeps_every_pixel(tmp_path: Path) -> None:
    """Height 0 asks for the frame itself: odd sizes and oblong pixels stay as they are."""
    picture = np.random.default_rng(0).integers(0, 65536, (45, 77, 3), dtype=np.uint16)
    still = tmp_path / "still.png"
    cv2.imwrite(str(still), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    media = replace(probe(str(still)), pixel_aspect=Fraction(2))
    (path,) = preview.preview_source(_source(media, 0, 1), 0, tmp_path / "made")
    image = cv2.imread(path, cv2.IMREAD_UNCHANGED)
    assert image is not None
    made = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    assert made.dtype == np.uint16
    assert np.array_equal(made, picture)


def test_the_preview_command(clip: MediaRef, tmp_path: Path) -> None:
    request = {
        "sources": [encode(_source(clip)), encode(_source(clip, 5, 2))],
        "height": 32,
        "folder": str(tmp_path / "cache"),
    }
    run = subprocess.run(
        [sys.executable, "-m", "pickup_engine.media.preview"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(run.stdout)
    assert [len(paths) for paths in answer["frames"]] == [3, 2]
    assert all(Path(path).exists() for paths in answer["frames"] for path in paths)


def test_a_preview_request_must_be_one() -> None:
    for text in ("", "{}", '{"sources": 1, "height": 1, "folder": ""}'):
        with pytest.raises(RequestError):
            preview.answer(text)


def test_previews_of_missing_media_say_so(clip: MediaRef, tmp_path: Path) -> None:
    Path(clip.path).unlink()
    with pytest.raises(MediaError) as caught:
        preview.preview_source(_source(clip), 32, tmp_path)
    assert caught.value.code == "media.missing"


def test_strips_show_first_and_last(clip: MediaRef, tmp_path: Path) -> None:
    assert strip_frames(3) == [0, 1, 2]
    assert strip_frames(100) == [0, 14, 28, 42, 57, 71, 85, 99]
    with open_reader(clip) as reader:
        pictures = [reader.frame(k) for k in range(clip.frames)]
    write_strip(pictures, tmp_path / "strip.jpg", height=64)
    image = cv2.imread(str(tmp_path / "strip.jpg"))
    assert image is not None
    assert image.shape[:2] == (64, 8 * 128)
    shown = [number_in(image[:, i * 128 : (i + 1) * 128].astype(np.uint16) * 257) for i in (0, 7)]
    assert shown == [0, 39]
