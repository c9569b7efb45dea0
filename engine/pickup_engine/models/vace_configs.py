"""The full-size Wan VACE models as they are published: what their components are configured as.

The numbers are those of the `config.json` files in the repositories that the catalogue names
(`configs` of an entry is the name here): `1.3b` is Wan 2.1 VACE 1.3B, `14b` Wan 2.1 VACE 14B, and
each of the two experts of Wan 2.2 VACE-Fun A14B. All share one autoencoder and one text encoder
(umt5-xxl, the encoder half).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

NAMES: Final = ("1.3b", "14b")

_FOLDER: Final = Path(__file__).with_name("vace_configs")


@cache
def configs(name: str) -> Mapping[str, Any]:
    """One of `NAMES`: `transformer`, `vae`, `text_encoder` and `scheduler`, each with the arguments
    of its class; `stored`, the type that the published files hold a component's tensors in, by the
    longest beginning of their names; `numbers`, how many it has (see `vace_shape.Numbers`).

    Raises ValueError for another name.
    """
    if name not in NAMES:
        raise ValueError(f"there are no configurations “{name}”: use one of {', '.join(NAMES)}")
    found: Mapping[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))
    return found
