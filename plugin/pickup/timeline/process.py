"""`python -m pickup.timeline`: one JSON object a line in and out, for the dock.

A line `{"id", "method", "params"}` is answered, in order, by `{"id", "result"}` or
`{"id", "error"}`; a long snapshot takes several lines (`parcels.py`). `"changed": true` goes
with the result of a method that changed the cut: the dock carries it out again should the process
die. The process keeps one document, writes nothing else to its output, and ends when its input
does.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterator
from typing import IO, Any

import opentimelineio as otio

from pickup.errors import PickupError, RequestError, TimelineError
from pickup.protocol import Snapshot, encode
from pickup.timeline.methods import Methods
from pickup.timeline.parcels import Sender

MAX_LINE = 64 * 1024 * 1024


def take_stdout() -> IO[bytes]:
    """The real standard output; what anything else prints goes to standard error from now on."""
    sys.stdout.flush()
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


def serve(lines: IO[bytes], output: IO[bytes]) -> None:
    """Answer every line until the input ends or nobody reads any more."""
    methods, sender = Methods(), Sender()
    while line := lines.readline(MAX_LINE):
        if not line.strip():
            continue
        try:
            for message in answer(methods, sender, line):
                output.write(json.dumps(message).encode("ascii") + b"\n")
            output.flush()
        except BrokenPipeError:
            return


def answer(methods: Methods, sender: Sender, line: bytes) -> Iterator[dict[str, Any]]:
    """The answer to one line: JSON objects, one for each line of it."""
    number: object = None
    try:
        number, method, params = _parse(line)
        before = methods.revision
        result = methods.call(method, params)
        if isinstance(result, Snapshot):
            yield from sender.messages(number, result)
        elif methods.revision > before:
            yield {"id": number, "result": encode(result), "changed": True}
        else:
            yield {"id": number, "result": encode(result)}
    except PickupError as error:
        yield {"id": number, "error": error.to_json()}
    except (otio.exceptions.OTIOError, ValueError, TypeError, LookupError, RuntimeError) as error:
        traceback.print_exc()
        yield {"id": number, "error": _unexpected(error).to_json()}


def _parse(line: bytes) -> tuple[object, str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise RequestError("A line is not JSON.", code="request.json") from None
    if not isinstance(request, dict) or not isinstance(request.get("method"), str):
        raise RequestError('A line needs "id" and "method".', code="request.json")
    return request.get("id"), request["method"], request.get("params") or {}


def _unexpected(error: Exception) -> TimelineError:
    return TimelineError(
        f"The timeline process failed inside: {type(error).__name__}: {error}",
        "The cut is unchanged. Please report this together with the log.",
        code="timeline.unexpected",
    )


def main() -> None:
    """Serve standard input and output."""
    output = take_stdout()
    serve(sys.stdin.buffer, output)
