"""A cut-out from its image file to the patch on disk, and what is refused before."""

from __future__ import annotations

import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import cv2
import numpy as np
import pytest

from pickup.errors import MediaError, ModelError, RequestError
from pickup.protocol import (
    Delivery,
    Guidance,
    InpaintRequest,
    JobSubmission,
    Matte,
    Output,
    Source,
    Take,
)
from pickup.timeline.edits.sentence import overlay_sentence
from pickup.timeline.locate import Located
from pickup_engine.finishing.cutout import load_cutout
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.sidecar import read_recipe
from pickup_engine.models.catalogue import rules_for
from pickup_engine.worker.run import Backends, run_job
from support.cuts import HEIGHT, WIDTH, write_shot
from support.jobs import Events

FRAMES = 8
BOX = (WIDTH // 3, HEIGHT // 4, WIDTH // 3, HEIGHT // 2)


def disc(path: Path, *, alpha: bool = True, noise: int = 0) -> Path:
    """A red disc of 60 pixels on an even grey, with transparency around it or without."""
    picture = np.full((100, 140, 3), 190, np.int16)
    picture += np.random.default_rng(0).integers(-noise, noise + 1, picture.shape, np.int16)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    shape = np.zeros((100, 140), np.uint8)
    cv2.circle(shape, (70, 50), 30, 255, cv2.FILLED)
    picture[shape > 0] = (30, 40, 200)
    assert cv2.imwrite(str(path), np.dstack([picture, shape]) if alpha else picture)
    return path


def write_indexed(path: Path, picture: np.ndarray, palette: tuple[tuple[int, ...], ...]) -> None:
    """A PNG of 8-bit indices into R, G, B, A colours."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    height, width = picture.shape
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 3, 0, 0, 0))
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"PLTE", b"".join(bytes(colour[:3]) for colour in palette))
        + chunk(b"tRNS", bytes(colour[3] for colour in palette))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def request_for(tmp_path: Path) -> InpaintRequest:
    path = tmp_path / "shot.mp4"
    write_shot(path, FRAMES, Fraction(24), 1)
    source = Source(probe(str(path)), Fraction(0), Fraction(1), FRAMES, Fraction(24))
    (tmp_path / "takes").mkdir()
    return InpaintRequest(
        source,
        Matte(box=BOX),
        Output(str(tmp_path / "takes"), "clip"),
        guidance=Guidance(references=(str(disc(tmp_path / "disc.png")),)),
    )


def run(request: InpaintRequest) -> Take:
    events, plan = Events(), rules_for(request.model).plan(request)
    run_job(JobSubmission("abcdefgh", request), plan, 1, events, Backends())
    return events.takes[0]


def test_a_patch_holds_the_thing_in_its_box_and_nothing_else(request_for: InpaintRequest) -> None:
    take = run(request_for)
    assert not take.learned
    assert take.draft
    with open_reader(take.media) as reader:
        alpha, picture = reader.alpha(0), reader.frame(0)
    assert alpha is not None
    x, y, width, height = BOX
    side = min(width, height)
    # The disc stands on the box's lower edge, in its middle, as large as fits.
    middle = (y + height - side // 2, x + width // 2)
    assert alpha[middle] == 65535
    assert picture[middle][0] > 2 * picture[middle][2]
    assert alpha[y + height - side + 2, x + width // 2] > 0
    assert alpha[: y + height - side - 3].max() == 0
    assert take.seam.outside_before == 0
    assert take.seam.outside_after == 0
    details = read_recipe(take.media.path).details
    assert details["method"] == "cutout"
    assert details["keyed"] is False
    assert set(details) >= {"carried_by", "light", "shadow", "layer"}


def test_full_frames_are_the_source_outside(request_for: InpaintRequest) -> None:
    take = run(replace(request_for, delivery=Delivery.FULL))
    assert take.seam.outside_before == 0
    with open_reader(take.media) as reader:
        assert reader.alpha(0) is None


def test_the_plan_says_what_it_is(request_for: InpaintRequest) -> None:
    rules = rules_for(request_for.model)
    assert any("animatic" in warning for warning in rules.plan(request_for).warnings)
    two = request_for.guidance.references * 2
    with pytest.raises(ModelError, match="one cut-out at a time") as caught:
        rules.plan(replace(request_for, guidance=Guidance(references=two)))
    assert "one after the other" in caught.value.hint
    with pytest.raises(ModelError, match="words"):
        rules.plan(replace(request_for, guidance=Guidance(prompt="a duck")))


def test_the_sentence_says_that_it_is_placed(request_for: InpaintRequest) -> None:
    found = SimpleNamespace(base_name="shot 1", label="V1")
    sentence = overlay_sentence(cast(Located, found), request_for)
    assert sentence.startswith(f"Puts disc.png into {FRAMES} frames of shot 1, as a patch")
    bare = overlay_sentence(cast(Located, found), replace(request_for, guidance=Guidance()))
    assert bare.startswith("Removes")


def test_a_matte_that_is_black_at_first_says_no_place(
    request_for: InpaintRequest, tmp_path: Path
) -> None:
    folder = tmp_path / "mattes"
    folder.mkdir()
    for number, level in ((1, 0), (2, 255)):
        file = folder / f"m.{number:04d}.png"
        assert cv2.imwrite(str(file), np.full((HEIGHT, WIDTH), level, np.uint8))
    with pytest.raises(RequestError, match="black in the first frame"):
        run(replace(request_for, matte=Matte(path=str(folder))))


def test_an_image_gives_its_own_transparency(tmp_path: Path) -> None:
    image = load_cutout(str(disc(tmp_path / "disc.png")))
    assert not image.keyed
    assert image.picture.shape == (61, 61, 3)
    assert image.alpha[30, 30] == 65535
    assert image.alpha[0, 0] == 0


@pytest.mark.parametrize("noise", [0, 6])
def test_an_even_background_is_taken_out(tmp_path: Path, noise: int) -> None:
    image = load_cutout(str(disc(tmp_path / "disc.png", alpha=False, noise=noise)))
    assert image.keyed
    assert abs(image.alpha.shape[0] - 61) <= 4
    shape = np.zeros(image.alpha.shape, np.uint8)
    cv2.circle(shape, (shape.shape[1] // 2, shape.shape[0] // 2), 30, 1, cv2.FILLED)
    assert np.mean((image.alpha > 32768) != (shape > 0)) < 0.03
    # Soft edges carry the thing's colour, none of the background's grey.
    assert image.picture[image.alpha > 0][:, 2].max() < 60 * 257


def test_bad_images_are_refused_with_the_remedy(tmp_path: Path) -> None:
    busy, empty = tmp_path / "busy.png", tmp_path / "empty.png"
    noise = np.random.default_rng(1).integers(0, 256, (80, 80, 3), np.uint8)
    assert cv2.imwrite(str(busy), noise)
    assert cv2.imwrite(str(empty), np.dstack([noise, np.zeros((80, 80), np.uint8)]))
    plain = tmp_path / "plain.png"
    assert cv2.imwrite(str(plain), np.full((80, 80, 3), 90, np.uint8))
    for file, code in (
        (busy, "media.no_cutout"),
        (plain, "media.no_cutout"),
        (empty, "media.transparent"),
    ):
        with pytest.raises(MediaError, match=file.name) as caught:
            load_cutout(str(file))
        assert caught.value.code == code
        assert caught.value.hint


def test_a_palette_may_hold_the_transparency(tmp_path: Path) -> None:
    picture = np.random.default_rng(5).integers(0, 2, (100, 140), np.uint8)
    picture[30:70, 50:90] = 2
    # An indexed PNG with a tRNS chunk, as small images of the web are.
    path = tmp_path / "thing.png"
    write_indexed(path, picture, ((0, 0, 0, 0), (255, 255, 255, 0), (200, 40, 30, 255)))
    image = load_cutout(str(path))
    assert not image.keyed
    assert image.picture.shape == (40, 40, 3)
    assert (image.picture == np.array([200, 40, 30]) * 257).all()
