"""From words to embeddings, once for each text: the encoder is the largest part of small models."""

from __future__ import annotations

from collections import OrderedDict
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

    def embed(self, text: str, components: Components) -> torch.Tensor:
        """The embedding of `text`, in the type that the encoder computes in."""
        key = _key(text, components)
        if key not in self._known:
            self._known[key] = _encode(text, components)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return self._known[key]


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
