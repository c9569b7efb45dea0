"""`pickup app`: the dock as a process of its own."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys

from pickup.cli.console import Console
from pickup.errors import PickupError

_START_SECONDS = 1.5
"""A dock that cannot reach a display ends well within this."""


def start(options: argparse.Namespace, console: Console) -> None:
    """Start the dock and return; it outlives the terminal. PickupError where it ends at once."""
    command = [sys.executable, "-m", "pickup_ui"]
    if options.timeline:
        command.append(str(options.timeline.absolute()))
    process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        if status := process.wait(_START_SECONDS):
            raise PickupError(
                f"The dock could not be opened: it ended with status {status}.",
                "The reason is printed above. It needs a desktop with a display.",
                code="app.start",
            )
    console.say(f"The dock is opening (process {process.pid}).")
    console.result({"pid": process.pid})
