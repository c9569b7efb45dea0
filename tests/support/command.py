"""Runs the real `pickup` command and reads its JSON line."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any


def pickup(*arguments: object, ok: bool = True) -> dict[str, Any]:
    """The command's JSON object; fails the test where the exit status is not the wanted one."""
    done = subprocess.run(
        [sys.executable, "-m", "pickup.cli.main", *map(str, arguments), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode == 0) is ok, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def refusal(*arguments: object) -> dict[str, str]:
    """The error of a command that must fail: code, message and hint, none of them empty."""
    error: dict[str, str] = pickup(*arguments, ok=False)["error"]
    assert error["code"] and error["message"] and error["hint"], error
    assert error["code"] != "engine.bug", error
    return error
