"""What can be said without a card of how one is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from pickup.errors import ModelError
from pickup.protocol import Execution, Precision
from pickup_engine.models.machine import Machine
from pickup_engine.worker.backends.wan_vace.components import Components
from pickup_engine.worker.backends.wan_vace.devices import pass_in_blocks, pins_all

GIB = 1 << 30
HOST = Machine("cuda", "a card", 24 * GIB, 64 * GIB)


def test_weights_are_copied_for_the_card_only_where_main_memory_has_room_for_all_copies() -> None:
    assert pins_all(4 * GIB, HOST)
    assert not pins_all(32 * GIB, HOST)
    assert pins_all(32 * GIB, replace(HOST, host_total=128 * GIB))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_a_card_that_cannot_be_reached_is_told_with_the_remedy(random_vace: Path) -> None:
    with pytest.raises(ModelError) as caught:
        Components(random_vace, Execution(device="cuda"), None)
    assert caught.value.code == "model.no_device" and "driver" in caught.value.hint


@pytest.mark.parametrize("precision", [Precision.BFLOAT16, Precision.FLOAT8])
@torch.no_grad()
def test_a_denoiser_that_passes_in_blocks_answers_the_same(
    random_vace: Path, precision: Precision
) -> None:
    execution = Execution(precision=precision)
    whole, passing = (Components(random_vace, execution, None).denoiser(0) for _ in range(2))
    # The processor stands for the card: what is moved does not move, but all hooks run.
    pass_in_blocks(passing, torch.device("cpu"))
    config, generator = whole.config, torch.Generator().manual_seed(1)

    def some(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator).to(torch.bfloat16)

    asked = {
        "hidden_states": some(1, config.in_channels, 2, 4, 6),
        "timestep": torch.tensor([500]),
        "encoder_hidden_states": some(1, 8, config.text_dim),
        "control_hidden_states": some(1, config.vace_in_channels, 2, 4, 6),
        "return_dict": False,
    }
    for _ in range(2):
        assert torch.equal(whole(**asked)[0], passing(**asked)[0])
    held = passing.blocks[0].ffn.net[0].proj.weight.dtype
    assert held == (torch.float8_e4m3fn if precision is Precision.FLOAT8 else torch.bfloat16)
