"""The recipe beside each take: `FILE.pickup.json`."""

from __future__ import annotations

import json
from pathlib import Path

from pickup.errors import MediaError
from pickup.protocol import Recipe, decode, encode
from pickup_engine.media.failures import check_readable
from pickup_engine.media.storage import write_whole


def sidecar_path(media: str | Path) -> Path:
    """Where the recipe of a take lies."""
    return Path(f"{media}.pickup.json")


def write_recipe(recipe: Recipe) -> Path:
    """Write the recipe beside `recipe.media`, whole or not at all. Raises StorageError."""
    path = sidecar_path(recipe.media)
    text = json.dumps(encode(recipe), indent=2, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode())
    return path


def read_recipe(media: str | Path) -> Recipe:
    """The recipe of a take. Raises MediaError media.missing or media.unreadable."""
    path = sidecar_path(media)
    check_readable(str(path))
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError):
        raise MediaError(
            f"“{path.name}” is not a recipe: it is no valid JSON.",
            "Make the take again.",
            code="media.unreadable",
        ) from None
    return decode(Recipe, data)
