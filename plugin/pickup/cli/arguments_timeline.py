"""The grammar of `pickup timeline …`."""

from __future__ import annotations

from pathlib import Path

from pickup.cli.grammar import Commands, Grammar, command, late
from pickup.cli.values import rate


def add_timeline(commands: Commands[Grammar]) -> None:
    """All that is done to a timeline without the engine."""
    group = commands.add_parser("timeline", help="Look into a timeline.")
    inner = group.add_subparsers(required=True, metavar="COMMAND")
    show = command(inner, "show", "List tracks and clips.", late("timeline", "show"))
    export = command(
        inner, "export", "Write a timeline in another format.", late("timeline", "export")
    )
    export.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.xml")
    relink = command(inner, "relink", "Find media that moved.", late("timeline", "relink"))
    relink.add_argument("--search", type=Path, required=True, metavar="FOLDER")
    relink.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
    for one in (show, export, relink):
        one.add_argument("timeline", type=Path, metavar="CUT")
        one.add_argument("--rate", type=rate, metavar="FPS", help="of an EDL: it tells none")
