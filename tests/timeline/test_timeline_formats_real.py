"""Files of every format that real programs wrote: at least 75 of the 94 open, none is changed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.footage

READ_ALL = """
import json, sys
from pathlib import Path
from pickup.errors import TimelineError
from pickup.timeline import Document, snapshot
from pickup.timeline.files.convert import read
from pickup.timeline.files.formats import FOREIGN
folder, *names = sys.argv[1:]
for number, name in enumerate(names):
    path = Path(name)
    try:
        if path.suffix in FOREIGN:
            document = Document(read(path, None)[0], path)
        else:
            document = Document.open(path)
        view = snapshot(document)
        saved = Document.open(document.save(Path(folder) / f"{number}.otio"))
        again = snapshot(saved)
        places = [[[(i.record_in, i.frames) for i in t.items] for t in v.tracks]
                  for v in (view, again)]
        print("@", json.dumps([name, "open", "", places[0] == places[1]]), flush=True)
    except TimelineError as error:
        print("@", json.dumps([name, error.code, error.message, bool(error.hint)]), flush=True)
"""


def test_every_format_opens_or_says_why_not(footage: Path, tmp_path: Path) -> None:
    files = sorted((footage / "timelines").iterdir())
    if len(files) < 94:
        pytest.skip("the timelines of the footage folder are not complete")
    before = [file.read_bytes() for file in files]
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(tmp_path), *map(str, files)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    lines = done.stdout.decode().splitlines()
    answers = [json.loads(line[2:]) for line in lines if line.startswith("@ ")]
    assert [answer[0] for answer in answers] == [str(file) for file in files]
    opened = [answer for answer in answers if answer[1] == "open"]
    refused = [answer for answer in answers if answer[1] != "open"]
    assert len(opened) >= 75
    assert all(same for *_, same in opened), [a for a in opened if not a[3]]
    for name, code, message, hint in refused:
        assert code.startswith("timeline.") and hint and Path(name).name in message
    assert [file.read_bytes() for file in files] == before
