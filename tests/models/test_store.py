"""Deleting models: what is another model's stays, what was half deleted goes."""

from __future__ import annotations

from pathlib import Path

from pickup_engine.models.entry import is_model_id
from pickup_engine.models.store import (
    DOOMED,
    delete_model,
    model_folder,
    staging_folder,
    sweep,
)
from pickup_engine.models.transfer.staging import opened
from support.models import write


def test_deleting_touches_no_other_model(pickup_home: Path) -> None:
    kept = [
        write(model_folder("mine.old"), {"pickup.json": b"{}"}),
        write(staging_folder("mine.old"), {"a.json": b"{}"}),
    ]
    gone = [
        write(model_folder("mine"), {"pickup.json": b"{}"}),
        write(staging_folder("mine"), {"a.json": b"{}"}),
    ]
    delete_model("mine")
    assert all(folder.is_dir() for folder in kept)
    assert not any(folder.exists() for folder in gone)
    assert not list(staging_folder("x").parent.glob(f"*{DOOMED}"))


def test_what_a_killed_deletion_left_goes_at_the_next_start(pickup_home: Path) -> None:
    half = write(staging_folder("x").with_name(f"x~0{DOOMED}"), {"a.json": b"{}"})
    begun = write(staging_folder("x"), {"a.json": b"{}"})
    sweep()
    assert not half.exists() and begun.is_dir()
    assert not is_model_id(half.name)


def test_the_lock_of_a_model_is_in_no_other_model_s_way(pickup_home: Path) -> None:
    with opened("mine"), opened("mine.lock") as other:
        assert other.folder.is_dir()
