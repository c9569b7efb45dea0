"""The grammar of `pickup timeline insert` and `fill`."""

from __future__ import annotations

from pathlib import Path

from pickup.cli.grammar import Commands, Grammar, add_cut, command, late
from pickup.cli.values import file_part, record_span
from pickup.protocol import Mode

_FILE = "a take or any other file; IN counts frames of the file from 0, or is its own timecode"


def add_shots(inner: Commands[Grammar]) -> None:
    """Both commands."""
    insert = command(
        inner, "insert", "Put files into a track, one after another.", late("shots", "insert")
    )
    add_cut(insert)
    modes = [mode for mode in Mode if mode is not Mode.REPLACE]
    insert.add_argument("--at", required=True, metavar="TC|FRAME", help="where, in the record")
    insert.add_argument("--track", default="V1")
    insert.add_argument("--mode", type=Mode, choices=modes, default=Mode.AUTO)
    insert.add_argument("files", nargs="+", type=file_part, metavar="FILE[=IN+48f]", help=_FILE)
    fill = command(inner, "fill", "Fill a gap with a file, exactly.", late("shots", "fill"))
    add_cut(fill)
    fill.add_argument(
        "--gap", required=True, metavar="V1:3", help="with --range the track alone: V1"
    )
    fill.add_argument(
        "--range", type=record_span, metavar="TC+48f", help="that part of the gap only"
    )
    fill.add_argument(
        "--fit", choices=["exact", "trim", "centre"], default="exact",
        help="of a file that is longer: refuse it, show its first frames, or its middle",
    )  # fmt: skip
    fill.add_argument(
        "--leave-rest", action="store_true", help="a shorter file leaves the rest of the gap empty"
    )
    fill.add_argument("file", type=file_part, metavar="FILE[=IN+48f]", help=_FILE)
    for one in (insert, fill):
        one.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
