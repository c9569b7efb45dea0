"""`pickup`: reads the arguments, runs one command, and turns any failure into one clear error."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pickup.cli.arguments import parser
from pickup.cli.console import Console
from pickup.cli.grammar import UsageError
from pickup.errors import PickupError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `pickup ARGUMENTS`; the status is 0, 1 (failed), 2 (usage) or 130 (stopped)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Before they are parsed: a command that cannot be read owes its caller the object too.
    console = Console(json="--json" in words)
    try:
        options = parser().parse_args(words)
        console.json = console.json or options.json
        options.run(options, console)
    except UsageError as error:
        console.fail(error)
        return 2
    except PickupError as error:
        console.fail(error)
        return 1
    except KeyboardInterrupt as stop:
        # A command that was in the middle of something says what is left of it.
        hint = str(stop) or "Nothing was written."
        console.fail(PickupError("Stopped.", hint, code="cancelled"))
        return 130
    except BrokenPipeError:
        # The reader of a pipe (`pickup jobs | head`) has left: nothing is wrong.
        sys.stderr.close()
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
