"""The grammar of `pickup timeline …`."""

from __future__ import annotations

from pathlib import Path

from pickup.cli.arguments_edits import add_edits
from pickup.cli.arguments_shots import add_shots
from pickup.cli.grammar import Commands, Grammar, add_cut, command, late


def add_timeline(commands: Commands[Grammar]) -> None:
    """All that is done to a timeline without the engine."""
    group = commands.add_parser("timeline", help="Look into a timeline.")
    inner = group.add_subparsers(required=True, metavar="COMMAND")
    show = command(inner, "show", "List tracks and clips.", late("show", "show"))
    show.add_argument("--track", default="", metavar="V1", help="only this one")
    for what in ("generated", "stale", "offline"):
        show.add_argument(f"--{what}", action="store_true", help="only clips that are")
    export = command(
        inner, "export", "Write a timeline in another format.", late("timeline", "export")
    )
    export.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.xml")
    relink = command(inner, "relink", "Find media that moved.", late("timeline", "relink"))
    relink.add_argument("--search", type=Path, required=True, metavar="FOLDER")
    relink.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
    takes = command(inner, "takes", "List the takes of a generated clip.", late("takes", "show"))
    take = command(inner, "take", "Show another take of it.", late("takes", "use"))
    take.add_argument("--use", type=int, required=True, metavar="N", help="counted from 1")
    take.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
    for one in (takes, take):
        one.add_argument("--clip", required=True, help="V1:2, a clip's name, or a record timecode")
    for one in (show, export, relink, takes, take):
        add_cut(one)
    add_shots(inner)
    add_edits(inner)
