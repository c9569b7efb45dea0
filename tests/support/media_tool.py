"""Stands in for Python with `-m pickup_engine.media.probe` and `.preview`: what those tools do when
media is hostile. A path with `crash` in it ends the process, one with `hang` never answers."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

_, _, module, *paths = sys.argv
with Path(os.environ["PICKUP_TEST_RUNS"]).open("a") as runs:
    runs.write(f"{module} {len(paths)}\n")
for path in paths:
    if "crash" in path:
        os.abort()
    if "hang" in path:
        time.sleep(60)
    if "chatter" in path:
        print("not JSON", flush=True)
    print(json.dumps({"path": path}), flush=True)
if module.endswith("preview"):
    question = json.loads(sys.stdin.read())
    if question["height"] == 1:
        os.abort()
    print(json.dumps(question))
