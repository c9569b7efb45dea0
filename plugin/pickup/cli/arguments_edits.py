"""The grammar of `pickup timeline remove` and `split`."""

from __future__ import annotations

from pathlib import Path

from pickup.cli.grammar import Commands, Grammar, add_cut, command, late


def add_edits(inner: Commands[Grammar]) -> None:
    """Both commands."""
    remove = command(
        inner, "remove", "Take out what Pickup placed; what was there comes back.",
        late("edits", "remove"),
    )  # fmt: skip
    remove.add_argument(
        "--keep-gap", action="store_true", help="where it had moved the rest, move nothing back"
    )
    split = command(inner, "split", "Cut a generated clip in two.", late("edits", "cut_in_two"))
    split.add_argument("--at", required=True, metavar="TC|FRAME", help="where, in the record")
    for one in (remove, split):
        add_cut(one)
        one.add_argument("--clip", required=True, help="V1:2, a clip's name, or a record timecode")
        one.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.otio")
