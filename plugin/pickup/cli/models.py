"""`pickup models list`."""

from __future__ import annotations

import argparse

from pickup.cli.console import Console
from pickup.client.blocking import Engine
from pickup.protocol import encode


def show(_options: argparse.Namespace, console: Console) -> None:
    """List the models, what they can do and what they cannot."""
    models = Engine.connect().models()
    for model in models:
        verbs = ", ".join(operation.value for operation in model.operations)
        size = f"{model.bytes / 1e6:.0f} MB"
        console.say(f"{model.id}  {model.name} {model.version}, {size}, {model.licence}: {verbs}")
        if model.presets:
            console.say("  presets: " + ", ".join(model.presets))
        for limit in model.cannot:
            console.say(f"  cannot {limit}")
    console.result({"models": [encode(model) for model in models]})
