"""`python -m pickup_engine.service`: the loopback service, one per user.

Exit status 75 (EX_TEMPFAIL): another one runs already; use that.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shlex
import signal
import sys
from types import FrameType

from pickup.errors import PickupError
from pickup.paths import log_dir, runtime_dir
from pickup_engine.service.app import serve
from pickup_engine.service.lock import EngineLock
from pickup_engine.service.logs import start_logging

EXIT_ALREADY_RUNS = 75


def main() -> int:
    """Run until stopped; the exit status."""
    parser = argparse.ArgumentParser(prog="pickup_engine.service", description=__doc__)
    parser.add_argument(
        "--worker-command", help=argparse.SUPPRESS, default=os.environ.get("PICKUP_WORKER")
    )
    options = parser.parse_args()
    if not EngineLock(runtime_dir() / "engine.lock").acquire():
        print("an engine runs already", file=sys.stderr)
        return EXIT_ALREADY_RUNS
    # uvicorn ends politely on these, then raises them again, which must not kill us half way.
    signal.signal(signal.SIGTERM, _noted)
    signal.signal(signal.SIGINT, _noted)
    with start_logging(log_dir()):
        try:
            asyncio.run(
                serve(shlex.split(options.worker_command) if options.worker_command else None)
            )
        except PickupError as error:
            logging.getLogger(__name__).exception("the engine ends")
            print(f"{error.message} {error.hint}", file=sys.stderr)
            return 1
    return 0


def _noted(number: int, frame: FrameType | None) -> None:
    logging.getLogger(__name__).info("signal %s", number)


if __name__ == "__main__":
    sys.exit(main())
