"""`pickup timeline export` and `relink`: a cut in another format, its media found again."""

from __future__ import annotations

import argparse

from pickup.cli.console import Console
from pickup.cli.opening import opened


def export(options: argparse.Namespace, console: Console) -> None:
    """Write the cut in the format of the output's suffix, and name all that is lost by it."""
    document = opened(options, console)
    made = document.export(options.output.absolute())
    for loss in made.losses:
        console.warn(loss)
    console.say(f"Wrote {made.path}")
    console.result({"timeline": str(made.path), "losses": list(made.losses)})


def relink(options: argparse.Namespace, console: Console) -> None:
    """Link offline media to the files below a folder; what is not certain stays as it is."""
    document = opened(options, console)
    done = document.relink(options.search.absolute())
    for path in done.missing:
        console.warn(f"{path} was not found below {options.search}.")
    for path in done.doubtful:
        console.warn(f"More than one file below {options.search} could be {path}: not linked.")
    written = document.save(options.output)
    for old, new in done.found.items():
        console.say(f"  {old} is {new}")
    console.say(f"Wrote {written}")
    console.result(
        {
            "timeline": str(written),
            "found": done.found,
            "missing": list(done.missing),
            "doubtful": list(done.doubtful),
        }
    )
