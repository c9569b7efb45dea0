"""`python -m pickup.timeline`, for real: lines in, lines out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio

from pickup.protocol import (
    EditResult,
    Matte,
    Mode,
    Output,
    Proposal,
    Side,
    Snapshot,
    decode,
    encode,
)
from pickup.timeline import Document
from support.timeline import (
    Shot,
    make_timeline,
    media_of_shot,
    open_timeline,
    propose,
    take_for,
    text_of,
)

R = Fraction(25)
A = Shot("A", 100, first=50, total=160)


class Session:
    """A client of the process that checks the form of every answer."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.number = 0

    def send(self, line: bytes) -> dict[str, Any]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        reply: dict[str, Any] = json.loads(self.process.stdout.readline())
        return reply

    def ask(self, method: str, **params: object) -> Any:
        self.number += 1
        request = {"id": self.number, "method": method, "params": encode(params)}
        reply = self.send(json.dumps(request).encode())
        assert reply["id"] == self.number
        return reply.get("result", reply.get("error"))


@contextmanager
def session() -> Iterator[Session]:
    process = subprocess.Popen(
        [sys.executable, "-m", "pickup.timeline"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        yield Session(process)
    finally:
        assert process.stdin and process.stdout
        process.stdin.close()
        assert process.stdout.read() == b""
        assert process.wait(10) == 0


def test_a_whole_session(tmp_path: Path) -> None:
    path = tmp_path / "cut.otio"
    otio.adapters.write_to_file(make_timeline(tmp_path, R, [[A, 60, Shot("B", 20)]]), str(path))
    media = media_of_shot(tmp_path, A, R)
    output = Output(str(tmp_path), "out")
    with session() as dock:
        assert dock.ask("snapshot")["code"] == "timeline.not_open"
        view: Snapshot = decode(Snapshot, dock.ask("open", path=str(path)))
        assert view.tracks[0].items[0].name == "A"
        clip = view.tracks[0].items[0].uid
        assert dock.ask("find", text="V1:1")["uid"] == clip
        assert dock.ask("media_of", clip=clip) == media.path
        restyle = {"clip": clip, "media": media, "output": output, "strength": 0.5}
        proposal: Proposal = decode(
            Proposal,
            dock.ask(
                "propose_extend", clip=clip, side="tail", frames=24, media=media, output=output
            ),
        )
        assert proposal.sentence.startswith("Fills 24 frames")
        patch = dock.ask(
            "propose_inpaint",
            clip=clip,
            media=media,
            matte=Matte(box=(0, 0, 9, 9)),
            output=output,
            record_range=(10, 20),
        )
        assert patch["placement"]["pieces"][0]["frames"] == 20
        assert dock.ask("propose_restyle", **restyle)["request"]["strength"] == 0.5
        take = take_for(tmp_path, proposal)
        result: EditResult = decode(
            EditResult, dock.ask("place", placement=proposal.placement, take=take, media=media)
        )
        assert [clip.record_in for clip in result.clips] == [100, 110]
        again = dock.ask("place", placement=proposal.placement, take=take)
        assert again["code"] == "timeline.already_placed"
        runs = dock.ask("shown", start=95, frames=30, media=[media])
        assert [run["name"] for run in runs] == ["A", "A handle", "A extend job-0001.t1", ""]
        assert dock.ask("undo") == "Extend A"
        assert dock.ask("redo") == "Extend A"
        assert dock.ask("redo")["code"] == "timeline.history"
        assert dock.ask("snapshot")["revision"] == 3
        assert dock.ask("save", path=str(path))["code"] == "timeline.input_file"
        out = tmp_path / "cut.pickup.otio"
        assert dock.ask("save", path=str(out)) == str(out)
        assert not dock.ask("snapshot")["modified"]
    assert len(list(Document.open(out).timeline.find_clips())) == 4


def test_what_is_wrong_is_answered_and_the_session_goes_on(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A]]))
    (tmp_path / "bad.otio").write_text("[" * 100_000)
    with session() as dock:
        for line in (b"{", b"5", b"[]", b'{"id": 3}', b"[" * 100_000, b"\xff", b'{"method": 5}'):
            assert dock.send(line)["error"]["code"] == "request.json"
        assert dock.ask("fly")["code"] == "request.method"
        assert dock.ask("open")["code"].startswith("request")
        assert dock.ask("open", path=5)["code"].startswith("request")
        assert dock.ask("open", path="no.otio")["code"] == "timeline.missing"
        assert dock.ask("open", path=str(document.path))["frames"] == 100
        assert dock.ask("open", path=str(tmp_path / "bad.otio"))["code"] == "timeline.depth"
        assert dock.ask("snapshot")["path"] == str(document.path)
        assert dock.ask("place", placement={"operation": "fly"})["code"].startswith("request")
        assert dock.ask("shown", start=0, frames=10)[0]["name"] == "A"


def test_an_answer_says_whether_the_cut_was_changed(tmp_path: Path) -> None:
    """By it the dock knows what to carry out again after a crash: every edit that there will ever
    be, and nothing else."""
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A, 60]]))
    proposal = propose(document, tmp_path, A, Side.TAIL, 24, Mode.AUTO)
    params = {"placement": proposal.placement, "take": take_for(tmp_path, proposal)}
    steps: tuple[tuple[str, dict[str, object], bool], ...] = (
        ("open", {"path": str(document.path)}, False),
        ("snapshot", {}, False),
        ("relink", {"search": str(tmp_path)}, False),
        ("place", params, True),
        ("place", params, False),
        ("shown", {"start": 0, "frames": 9}, False),
        ("undo", {}, True),
        ("redo", {}, True),
        ("save", {"path": str(tmp_path / "saved.otio")}, False),
        ("open", {"path": str(document.path)}, False),
    )
    with session() as dock:
        for method, values, changes in steps:
            line = json.dumps({"id": 1, "method": method, "params": encode(values)})
            assert dock.send(line.encode()).get("changed", False) is changes, method


def test_nothing_else_reaches_the_output(tmp_path: Path) -> None:
    """What native code or a plugin prints goes to standard error."""
    code = (
        "import os, sys, io\n"
        "from pickup.timeline.process import take_stdout, serve\n"
        "out = take_stdout()\n"
        "print('noise'); os.write(1, b'native noise\\n')\n"
        "serve(sys.stdin.buffer, out)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=b'{"id": 1, "method": "undo"}\n',
        capture_output=True,
        check=True,
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1]
    assert b"native noise" in done.stderr


def test_opening_by_process_and_by_hand_is_the_same(tmp_path: Path) -> None:
    document = open_timeline(tmp_path, make_timeline(tmp_path, R, [[A]]))
    with session() as dock:
        dock.ask("open", path=str(document.path))
        dock.ask("save", path=str(tmp_path / "out.otio"))
    assert text_of(Document.open(tmp_path / "out.otio")) == text_of(document)
