"""Where a card has no room for the text encoder, the processor reads the words."""

from __future__ import annotations

from pathlib import Path

import torch

from pickup.protocol import Execution, Offload, Precision
from pickup_engine.worker.backends.wan_vace.components import Components
from pickup_engine.worker.backends.wan_vace.prompts import Prompts

PARTS = Execution("cpu", Precision.BFLOAT16, Offload.PHASES)
BLOCKS = Execution("meta", Precision.BFLOAT16, Offload.BLOCKS)


def test_words_are_read_in_main_memory_when_blocks_pass_through_a_card(random_vace: Path) -> None:
    # A device that holds no numbers stands for the card: nothing of this may touch it.
    beside = Components(random_vace, BLOCKS, None)
    found = Prompts().embed("a boat at dusk", beside)
    plain = Prompts().embed("a boat at dusk", Components(random_vace, PARTS, None))
    assert found.dtype is torch.bfloat16 and torch.equal(found, plain)
    assert next(beside.text_encoder().parameters()).device.type == "cpu"
    assert beside.device.type == "meta"
