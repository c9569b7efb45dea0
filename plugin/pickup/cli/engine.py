"""`pickup engine status|stop`."""

from __future__ import annotations

import argparse

from pickup.cli.console import Console
from pickup.client.blocking import Engine
from pickup.errors import EngineError


def status(_options: argparse.Namespace, console: Console) -> None:
    """Say whether the engine runs; never starts it."""
    try:
        health = Engine.connect(start=False).health()
    except EngineError as error:
        if error.code != "engine.not_running":
            raise
        console.say("The engine does not run; the first job starts it.")
        console.result({"running": False})
        return
    console.say(f"The engine runs (process {health.pid}, version {health.version}).")
    console.result({"running": True, "pid": health.pid, "version": health.version})


def stop(options: argparse.Namespace, console: Console) -> None:
    """Stop the engine; refuses while jobs run, unless forced (they run again at the next start)."""
    try:
        Engine.connect(start=False).shutdown(force=options.force)
    except EngineError as error:
        if error.code != "engine.not_running":
            raise
        console.say("The engine does not run.")
    else:
        console.say("The engine has stopped.")
    console.result({"running": False})
