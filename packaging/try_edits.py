"""Tries every edit on every timeline of a folder, with synthetic media standing in.

    python packaging/try_edits.py FOLDER [--most 25] [--json OUT.json]

Opens each file, makes every applicable edit on a spread of its clips (at most `--most` a file),
and has each judged by the tests' oracle: exactly the intended record frames changed, undo and redo
bring the bytes back, and the saved file shows the same. Prints a line a file, the share of edits
that were applied by kind, and why the others were refused. Ends with 1 where an edit was wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from support.try_edits import MOST_CLIPS, Outcome, Tried, try_file


def share(outcomes: Iterable[Outcome]) -> str:
    known = list(outcomes)
    applied = sum(outcome.applied for outcome in known)
    percent = f"{100 * applied / len(known):.0f} %" if known else ""
    return f"{applied:5d} of {len(known):5d}  {percent:>5s}"


def print_file(tried: Tried) -> None:
    if tried.refused:
        print(f"{tried.name}\n    does not open: {tried.refused}", flush=True)
        return
    print(f"{tried.name}\n    {tried.clips} clips, {share(tried.outcomes)}", flush=True)
    wrong = {(o.kind, o.wrong): o.clip for o in tried.outcomes if o.wrong}
    for (kind, what), clip in wrong.items():
        print(f"    WRONG {kind}, as of {clip}: {what}")
    for reason, count in Counter(o.reason for o in tried.outcomes if o.reason).most_common():
        print(f"    {count:5d} {reason}")


def print_summary(files: list[Tried]) -> None:
    opened = [tried for tried in files if not tried.refused]
    everything = [outcome for tried in opened for outcome in tried.outcomes]
    native = [o for tried in opened if tried.name.endswith(".otio") for o in tried.outcomes]
    print(f"\n{len(opened)} of {len(files)} files open")
    for kind in dict.fromkeys(outcome.kind for outcome in everything):
        print(f"  {kind:24s} {share(o for o in everything if o.kind == kind)}")
    print(f"  {'all':24s} {share(everything)}\n  {'all in .otio files':24s} {share(native)}")
    print("refused because")
    reasons = Counter((o.code, o.reason) for o in everything if o.reason)
    for (code, reason), count in reasons.most_common():
        print(f"  {count:5d} {code}: {reason}")
    print(f"{sum(bool(o.wrong) for o in everything)} edits were wrong")


def main() -> int:
    parser = argparse.ArgumentParser(description="Try every edit on every timeline of a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=MOST_CLIPS, help="clips of one file")
    parser.add_argument("--json", type=Path, help="write all outcomes to this file")
    arguments = parser.parse_args()
    files = []
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(arguments.folder.iterdir()):
            files.append(try_file(path, Path(folder), arguments.most))
            print_file(files[-1])
    print_summary(files)
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(tried) for tried in files], indent=1))
    return int(any(outcome.wrong for tried in files for outcome in tried.outcomes))


if __name__ == "__main__":
    sys.exit(main())
