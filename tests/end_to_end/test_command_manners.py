"""What the `pickup` command leaves behind, and what it says where it cannot do what is asked."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.client.blocking import Engine
from pickup.protocol import JobState, PlacementState
from support.command import pickup, refusal
from support.cuts import Cut, make_cut

pytestmark = pytest.mark.usefixtures("shared_engine")


@pytest.fixture
def cut(tmp_path: Path) -> Cut:
    return make_cut(tmp_path, Fraction(24))


def test_no_folder_is_left_where_nothing_is_made(cut: Cut) -> None:
    out = cut.path.with_name("out.otio")
    before = sorted(cut.path.parent.iterdir())
    pickup("extend", cut.path, "--clip", "V1:1", "--tail", "12f", "--dry-run", "-o", out)
    refusal("extend", cut.path, "--clip", "nobody", "--tail", "12f", "-o", out)
    refusal("restyle", cut.path, "--clip", "V1:1", "--preset", "none", "-o", out)
    deep = cut.path.parent / "a" / "b"
    refusal("extend", cut.path, "--clip", "no", "--tail", "8f", "--media-folder", deep, "-o", out)
    assert sorted(cut.path.parent.iterdir()) == before


def test_a_name_that_cannot_be_saved_is_refused_before_the_work(cut: Cut) -> None:
    jobs = len(Engine.connect().jobs())
    out = cut.path.with_name("out.mov")
    error = refusal("extend", cut.path, "--clip", "V1:1", "--tail", "12f", "-o", out)
    assert error["code"] == "timeline.format"
    assert len(Engine.connect().jobs()) == jobs


@pytest.mark.parametrize("option", ["--keyframe", "--reference"])
def test_a_named_file_that_is_missing_is_told_as_such(cut: Cut, option: str) -> None:
    name = cut.path.parent / "no folder" / "image.png"
    value = f"4f={name}" if option == "--keyframe" else str(name)
    out = cut.path.with_name("out.otio")
    error = refusal("extend", cut.path, "--clip", "V1:1", "--tail", "12f", option, value, "-o", out)
    assert (error["code"], error["hint"]) == ("media.missing", "Check the path.")
    assert str(name) in error["message"]


@pytest.mark.parametrize(
    "words",
    [
        ("extend", "cut.otio", "--clip", "V1:1", "--tail", "long", "-o", "out.otio"),
        ("jobs", "place"),
        ("nonsense",),
    ],
)
def test_a_wrong_command_line_gives_the_object_too(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "pickup.cli.main", *words, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    error = json.loads(done.stdout.splitlines()[-1])["error"]
    assert error["code"] == "request.usage"
    assert "--help" in error["hint"]


def test_json_is_heard_before_a_sub_command_too(cut: Cut) -> None:
    command = [sys.executable, "-m", "pickup.cli.main", "jobs", "--json", "cancel", "nobody"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(done.stdout)["error"]["code"] == "engine.unknown_job"


def test_a_take_of_an_edit_that_was_given_up_is_free(cut: Cut) -> None:
    """The head is made and placed; the tail is refused: no cut is written."""
    out = cut.path.with_name("out.otio")
    words = ("--clip", "V1:3", "--head", "9f", "--tail", "2000f", "-o", out)
    refusal("extend", cut.path, *words)
    assert not out.exists()
    (job,) = [j for j in Engine.connect().jobs() if j.submission.timeline == str(cut.path)]
    assert job.submission.label == "extend shot B head"
    assert job.takes[0].placement is PlacementState.OPEN
    pickup("jobs", "place", job.id, "-o", out)
    error = refusal("jobs", "place", job.id, "-o", out)
    assert error["message"].startswith("Take 1 ")


def test_a_take_that_was_taken_out_is_kept_and_not_offered_again(cut: Cut) -> None:
    out, without = cut.path.with_name("out.otio"), cut.path.with_name("without.otio")
    pickup("extend", cut.path, "--clip", "V1:3", "--tail", "3f", "-o", out)
    pickup("timeline", "remove", out, "--clip", "V1:4", "-o", without)
    (job,) = [j for j in Engine.connect().jobs() if j.submission.timeline == str(cut.path)]
    assert job.takes[0].placement is PlacementState.DISMISSED
    assert job not in Engine.connect().jobs(unplaced=True)
    pickup("jobs", "place", job.id, "-o", cut.path.with_name("again.otio"))


def test_alternatives_of_a_placed_take_are_named_and_not_counted_as_waiting(cut: Cut) -> None:
    out = cut.path.with_name("out.otio")
    words = ["extend", str(cut.path), "--clip", "V1:3", "--tail", "3f", "--takes", "2"]
    run = [sys.executable, "-m", "pickup.cli.main"]
    made = subprocess.run(
        [*run, *words, "-o", str(out)], capture_output=True, text=True, timeout=120, check=True
    )
    (job,) = [j for j in Engine.connect().jobs() if j.submission.timeline == str(cut.path)]
    other = cut.path.with_name("other.otio")
    told = made.stdout.partition("Take 2 instead: ")[2].splitlines()[0]
    assert job.id in told
    pickup(*shlex.split(told.replace("OTHER.otio", str(other)))[1:])
    states = [take.placement for take in Engine.connect().job(job.id).takes]
    assert states == [PlacementState.OPEN, PlacementState.PLACED], "the engine follows"
    assert f"{job.id}.t2.mov" in other.read_text("utf-8")
    listed = subprocess.run(
        [*run, "jobs"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert job.id in listed
    assert "finished and not in a cut" not in listed.split(job.id)[1]
    pickup("jobs", "place", job.id, "--take", "1", "-o", cut.path.with_name("again.otio"))
    other_in_it = ("--take", "2", "--timeline", out, "-o", cut.path.with_name("both.otio"))
    Engine.connect().set_placement(job.id, 1, PlacementState.OPEN)
    error = refusal("jobs", "place", job.id, *other_in_it)
    assert error["code"] == "timeline.already_placed" and "timeline take" in error["hint"]


def test_a_stopped_job_can_be_retried(cut: Cut) -> None:
    """Ctrl-C leaves what the job needs when it is run again."""
    out = cut.path.with_name("out.otio")
    words = ["extend", str(cut.path), "--clip", "V1:3", "--tail", "30f", "-o", str(out)]
    stopped = subprocess.Popen([sys.executable, "-m", "pickup.cli.main", *words])
    engine = Engine.connect()
    deadline = time.monotonic() + 30
    while not (mine := [j for j in engine.jobs() if j.submission.timeline == str(cut.path)]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stopped.send_signal(signal.SIGINT)
    assert stopped.wait(30) == 130
    job = engine.wait(mine[0].id)
    assert job.state is JobState.CANCELLED
    engine.retry(job.id)
    assert engine.wait(job.id).state is JobState.SUCCEEDED


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there is always a display")
def test_a_dock_without_a_display_is_not_said_to_open(cut: Cut) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: text for name, text in os.environ.items() if name not in hidden}
    command = [sys.executable, "-m", "pickup.cli.main", "app", str(cut.path), "--json"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**environment, "QT_QPA_PLATFORM": "xcb"},
    )
    assert done.returncode == 1
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "app.start"
