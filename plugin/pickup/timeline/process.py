"""`python -m pickup.timeline`: one JSON object a line in and out, for the dock.

A line `{"id", "method", "params"}` is answered, in order, by `{"id", "result"}` or
`{"id", "error"}`. The process keeps one document, writes nothing else to its output, and ends when
its input does.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import IO, Any

import opentimelineio as otio

from pickup.errors import PickupError, RequestError, TimelineError
from pickup.protocol import encode
from pickup.timeline.methods import Methods

MAX_LINE = 64 * 1024 * 1024


def take_stdout() -> IO[bytes]:
    """The real standard output; what anything else prints goes to standard error from now on."""
    sys.stdout.flush()
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own


def serve(lines: IO[bytes], output: IO[bytes]) -> None:
    """Answer every line until the input ends or nobody reads any more."""
    methods = Methods()
    while line := lines.readline(MAX_LINE):
        if not line.strip():
            continue
        try:
            output.write(answer(methods, line) + b"\n")
            output.flush()
        except BrokenPipeError:
            return


def answer(methods: Methods, line: bytes) -> bytes:
    """The answer to one line, as JSON text without a line end."""
    number: object = None
    reply: dict[str, object]
    try:
        number, method, params = _parse(line)
        reply = {"id": number, "result": encode(methods.call(method, params))}
    except PickupError as error:
        reply = {"id": number, "error": error.to_json()}
    except (otio.exceptions.OTIOError, ValueError, TypeError, LookupError, RuntimeError) as error:
        traceback.print_exc()
        reply = {"id": number, "error": _unexpected(error).to_json()}
    return json.dumps(reply).encode("ascii")


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
