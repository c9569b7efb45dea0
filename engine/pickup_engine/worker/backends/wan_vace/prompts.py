"""From words to embeddings, once for each text: the encoder is the largest part of small models."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final, TypeAlias

import torch
from diffusers import WanVACEPipeline

from pickup_engine.worker.backends.wan_vace.components import Components

MAX_WORDS: Final = 512
"""Length that the model was trained with, in pieces of words; what is longer is cut off."""

NEGATIVE: Final = (
    "blurry, out of focus, distorted, deformed, flicker, jitter, frozen picture, overexposed,"
    " washed-out colours, banding, compression artefacts, subtitles, watermark, logo"
)
"""What nobody wants to see, used where a request says nothing of its own."""

_KEPT: Final = 16
"""Texts whose embeddings are kept, 4 MB each with the real encoder."""


_Key: TypeAlias = tuple[str, str, str]
"""Text, type and device that it was read in."""


class Prompts:
    """Embeddings of the texts used last; (1, MAX_WORDS, features) each, on the CPU."""

    def __init__(self) -> None:
        self._known: OrderedDict[_Key, torch.Tensor] = OrderedDict()

    def embed(self, texts: Sequence[str], components: Components) -> list[torch.Tensor]:
        """The embeddings of `texts`, in the type that the encoder computes in."""
        for text in texts:
            key = _key(text, components)
            if key in self._known:
                self._known.move_to_end(key)
            else:
                self._known[key] = _encode(text, components)
        found = [self._known[_key(text, components)] for text in texts]
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found


def _key(text: str, components: Components) -> _Key:
    # Devices round otherwise: an equal job must not depend on what was made before it.
    return text, str(components.dtype), components.reading_device.type


@torch.no_grad()
def _encode(text: str, components: Components) -> torch.Tensor:
    pipe = WanVACEPipeline(
        tokenizer=components.tokenizer(),
        text_encoder=components.text_encoder(),
        vae=None,
        scheduler=None,
    )
    embeds, _ = pipe.encode_prompt(
        text,
        do_classifier_free_guidance=False,
        max_sequence_length=MAX_WORDS,
        device=components.reading_device,
    )
    return embeds.cpu()
