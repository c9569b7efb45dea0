"""`pickup app`: the dock as a process of its own."""

from __future__ import annotations

import argparse
import subprocess
import sys

from pickup.cli.console import Console


def start(options: argparse.Namespace, console: Console) -> None:
    """Start the dock and return; it outlives the terminal."""
    command = [sys.executable, "-m", "pickup_ui"]
    if options.timeline:
        command.append(str(options.timeline.absolute()))
    process = subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)
    console.say(f"The dock is opening (process {process.pid}).")
    console.result({"pid": process.pid})
