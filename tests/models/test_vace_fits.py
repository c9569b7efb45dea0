"""What a model's page says about this machine's memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from pickup_engine.models.catalogue import found
from pickup_engine.models.machine import Machine
from pickup_engine.models.vace_fits import fits
from support.models import vace_files, write

GIB = 1 << 30


def test_a_processor_has_main_memory() -> None:
    memory = 32 * GIB
    processor = Machine("cpu", "processor", memory, memory)
    (small,) = fits(found("wan2.1-vace-1.3b"), processor)
    assert small.startswith("480p (832 x 480) fits: ")
    assert "of 34.4 GB of main memory (" in small
    large = fits(found("wan2.1-vace-14b"), processor)
    assert [sentence.split()[0] for sentence in large] == ["720p", "480p"]
    assert all("does not fit" in sentence for sentence in large)
    assert all(sentence.endswith("there are 34.4 GB of main memory") for sentence in large)


def test_a_card_has_its_name() -> None:
    card = Machine("cuda", "A Card", 8 * GIB, 32 * GIB)
    (sentence,) = fits(found("wan2.1-vace-1.3b"), card)
    assert "3.6 of 8.6 GB of A Card (bfloat16, passed through block by block" in sentence


@pytest.mark.parametrize("model", ["pickup-draft", "depth-anything-v2-small"])
def test_nothing_is_said_of_what_has_no_sizes(model: str) -> None:
    assert fits(found(model)) == ()


def test_nothing_is_said_of_folders_that_are_a_test_or_broken(tmp_path: Path) -> None:
    folder = write(tmp_path / "model", vace_files())
    assert fits(found(str(folder))) == ()
