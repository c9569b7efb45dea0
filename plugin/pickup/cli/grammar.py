"""What every command's grammar is made of. Commands are imported when they run, so that `--help` is
instant."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, Protocol

from pickup.cli.console import Console
from pickup.cli.values import rate
from pickup.errors import RequestError


class Command(Protocol):
    """A command's entry point."""

    def __call__(self, options: argparse.Namespace, console: Console) -> None:
        """Run with the parsed options; raises PickupError."""


class UsageError(RequestError):
    """The command line does not follow the grammar."""

    code = "request.usage"


class Grammar(argparse.ArgumentParser):
    """Raises UsageError where argparse would end the process."""

    def error(self, message: str) -> NoReturn:
        """What is wrong, and where the grammar is told."""
        raise UsageError(f"{self.prog}: {message}.", f"See `{self.prog} --help`.")


Commands = argparse._SubParsersAction  # argparse gives the type no public name


def late(module: str, function: str) -> Command:
    """The command `function` of `pickup.cli.MODULE`, imported when it runs."""

    def run(options: argparse.Namespace, console: Console) -> None:
        command: Callable[[argparse.Namespace, Console], None] = getattr(
            importlib.import_module(f"pickup.cli.{module}"), function
        )
        command(options, console)

    return run


def command(commands: Commands[Grammar], name: str, text: str, run: Command) -> Grammar:
    """A command that `run` carries out, with what all have in common."""
    made = commands.add_parser(name, help=text, description=text)
    made.add_argument("--json", action="store_true", help="one JSON object as the last line")
    made.set_defaults(run=run)
    return made


def add_cut(made: Grammar) -> None:
    """The cut that a command of `pickup timeline` is about."""
    made.add_argument("timeline", type=Path, metavar="CUT")
    made.add_argument("--rate", type=rate, metavar="FPS", help="of an EDL: it tells none")
