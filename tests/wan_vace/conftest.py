"""The test models."""

from __future__ import annotations

from support.vace import random_experts, random_vace

__all__ = ["random_experts", "random_vace"]
