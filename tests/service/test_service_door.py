"""What the service refuses: strangers, web pages, large bodies, foreign paths."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pickup.client import Engine, core, launcher
from pickup.errors import PickupError, RequestError
from pickup.protocol import (
    Codec,
    Delivery,
    Guidance,
    InpaintRequest,
    Keyframe,
    Matte,
    Output,
    encode,
)
from pickup_engine.service.roots import Roots
from support.engine import extend, running_engine, submission


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Path]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PICKUP_HOME", str(tmp_path_factory.mktemp("door-home")))
        project = tmp_path_factory.mktemp("project")
        with running_engine(patch, project) as engine:
            yield engine, project


def ask(
    engine: Engine,
    method: str = "GET",
    path: str = "/v1/health",
    body: bytes | Iterable[bytes] | None = None,
    changes: dict[str, str | None] | None = None,
) -> tuple[int, str]:
    """Status and error code. `changes`: headers, None leaves one out."""
    connection = engine.connection
    headers: dict[str, str | None] = {
        "Authorization": f"Bearer {connection.token}",
        "Content-Type": "application/json",
    }
    headers.update(changes or {})
    host, port = connection.address
    link = http.client.HTTPConnection(host, port, timeout=5)
    sent = {name: value for name, value in headers.items() if value is not None}
    try:
        link.request(method, path, body, sent)
        response = link.getresponse()
        data = json.loads(response.read())
    finally:
        link.close()
    return response.status, data["error"]["code"] if data.get("error") else ""


def test_the_right_client_is_let_in(door: tuple[Engine, Path]) -> None:
    assert ask(door[0]) == (200, "")
    _, port = door[0].connection.address
    assert ask(door[0], changes={"Host": f"localhost:{port}"}) == (200, "")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Authorization": None}, 401, "engine.token"),
        ({"Authorization": "Bearer wrong"}, 401, "engine.token"),
        ({"Authorization": "Basic dXNlcjp1c2Vy"}, 401, "engine.token"),
        ({"Host": "evil.example:80"}, 421, "engine.host"),
        ({"Host": "127.0.0.1"}, 421, "engine.host"),
        ({"Host": "127.0.0.1:1"}, 421, "engine.host"),
        ({"Origin": "http://evil.example"}, 403, "engine.origin"),
        ({"Origin": "null"}, 403, "engine.origin"),
        ({"Sec-Fetch-Site": "cross-site"}, 403, "engine.origin"),
        ({"Sec-Fetch-Site": "none"}, 403, "engine.origin"),
    ],
)
def test_strangers_are_refused(
    door: tuple[Engine, Path], changes: dict[str, str | None], status: int, code: str
) -> None:
    assert ask(door[0], changes=changes) == (status, code)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
def test_posts_must_be_json(door: tuple[Engine, Path], kind: str | None) -> None:
    answer = ask(door[0], "POST", "/v1/roots", b'{"folders":[]}', changes={"Content-Type": kind})
    assert answer == (415, "request.not_json")


def test_bodies_have_a_limit(door: tuple[Engine, Path]) -> None:
    limit = 1 << 20
    fits = b'{"folders":[]}'.ljust(limit)
    assert ask(door[0], "POST", "/v1/roots", fits) == (200, "")
    assert ask(door[0], "POST", "/v1/roots", fits + b" ") == (413, "request.too_large")
    chunks = (b" " * 65536 for _ in range(17))
    assert ask(door[0], "POST", "/v1/roots", chunks) == (413, "request.too_large")


def test_nonsense_is_answered_with_a_reason(door: tuple[Engine, Path]) -> None:
    engine = door[0]
    assert ask(engine, "POST", "/v1/roots", b"{") == (400, "request.not_json")
    assert ask(engine, "POST", "/v1/roots", b"[]") == (400, "request.malformed")
    assert ask(engine, "POST", "/v1/roots", b'{"folders":[1]}') == (400, "request.malformed")
    assert ask(engine, "POST", "/v1/plan", b"{}") == (400, "request.malformed")
    assert ask(engine, "GET", "/v1/secrets") == (404, "request.unknown_route")
    assert ask(engine, "POST", "/v1/health") == (405, "request.unknown_route")
    assert ask(engine, "GET", "/v1/events?after=soon") == (400, "request.malformed")
    assert ask(engine, "GET", "/v1/jobs/nosuchjob") == (404, "engine.unknown_job")


def refused(engine: Engine, path: Path | str) -> str:
    """The code with which a media path is refused, or "" where it passes the door."""
    answer = launcher.exchange(engine.connection, core.probe([str(path)]))[0]
    assert isinstance(answer, PickupError), "none of these files is a film"
    assert Path(str(path).replace("\0", "\\0")).name in answer.message
    return answer.code


def test_paths_outside_the_project_are_refused(door: tuple[Engine, Path], tmp_path: Path) -> None:
    engine, project = door
    denied = "request.path_not_allowed"
    outside = tmp_path / "outside.mov"
    outside.write_bytes(b"x")
    (project / "link.mov").symlink_to(outside)
    (project / "folder").symlink_to(tmp_path)
    (project / "loop.mov").symlink_to(project / "loop.mov")
    (project / "inside.mov").write_bytes(b"x")
    (project / "good.mov").symlink_to(project / "inside.mov")
    os.mkfifo(project / "pipe.mov")
    sibling = project.with_name(project.name + "-other")
    sibling.mkdir()
    (sibling / "a.mov").write_bytes(b"x")
    for path in (
        outside,
        project / "link.mov",
        project / "folder" / "outside.mov",
        project / ".." / sibling.name / "a.mov",
        sibling / "a.mov",
        "/etc/passwd",
        "inside.mov",
        "./inside.mov",
        "~/inside.mov",
        f"/{project}/inside.mov",
        "\\\\server\\share\\a.mov",
        f"{project}/inside.mov\0.png",
        "",
        project / "pipe.mov",
        project / "loop.mov",
        project,
        "/dev/zero",
        f"{tmp_path}/shot.%04d.png",
        f"{project}/folder/shot.%04d.png",
    ):
        assert refused(engine, path) == denied, path
    assert refused(engine, project / "absent.mov") == "media.missing"
    assert refused(engine, project / "inside.mov") not in (denied, "media.missing")
    assert refused(engine, project / "good.mov") not in (denied, "media.missing")


def test_a_link_inside_a_sequence_or_matte_folder_does_not_lead_outside(
    door: tuple[Engine, Path], tmp_path: Path
) -> None:
    engine, project = door
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"x")
    folder = project / "frames"
    folder.mkdir()
    (folder / "shot.0001.png").write_bytes(b"x")
    (folder / "shot.0002.png").symlink_to(folder / "shot.0001.png")
    (folder / "other.png").symlink_to(outside)
    denied = "request.path_not_allowed"
    roots = Roots()
    roots.allow(str(project))
    pattern = str(folder / "shot.%04d.png")
    roots.check(pattern)
    request = InpaintRequest(
        extend(project).source, Matte(path=str(folder)), Output(str(project / "takes"), "clip")
    )
    body = json.dumps({"request": encode(request)}).encode()
    assert ask(engine, "POST", "/v1/plan", body)[1] == denied
    (folder / "other.png").unlink()
    assert ask(engine, "POST", "/v1/plan", body)[1] == ""
    (folder / "shot.0003.png").symlink_to(outside)
    with pytest.raises(RequestError, match=r"shot\.0003\.png") as caught:
        roots.check(pattern)
    assert caught.value.code == denied


def test_keyframes_have_a_frame_of_their_own(door: tuple[Engine, Path]) -> None:
    engine, project = door
    picture = project / "picture.png"
    picture.write_bytes(b"x")
    request = extend(project, frames=12)

    def plan(*frames: int) -> str:
        pins = tuple(Keyframe(frame, str(picture)) for frame in frames)
        asked = replace(request, guidance=Guidance(keyframes=pins))
        return ask(engine, "POST", "/v1/plan", json.dumps({"request": encode(asked)}).encode())[1]

    assert plan(0, 11) == ""
    for wrong in ((12,), (-1,), (3, 3)):
        assert plan(*wrong) == "request.keyframe", wrong


def test_a_codec_that_loses_the_pixel_aspect_is_refused_before_queueing(
    door: tuple[Engine, Path],
) -> None:
    engine, project = door
    square = extend(project)
    output = replace(square.output, codec=Codec.FFV1)
    media = replace(square.source.media, pixel_aspect=Fraction(4, 3))

    def plan(request: object) -> str:
        body = json.dumps({"request": encode(request)}).encode()
        return ask(engine, "POST", "/v1/plan", body)[1]

    wide = replace(square.source, media=media)
    assert plan(replace(square, output=output)) == ""
    assert plan(replace(square, source=wide)) == ""
    assert plan(replace(square, source=wide, output=output)) == "request.pixel_aspect"
    patch = InpaintRequest(wide, Matte(box=(0, 0, 8, 8)), output)
    assert plan(patch) == "", "patches are ProRes whatever the codec"
    assert plan(replace(patch, delivery=Delivery.FULL)) == "request.pixel_aspect"


def test_every_path_of_a_request_is_checked(door: tuple[Engine, Path], tmp_path: Path) -> None:
    engine, project = door
    good = extend(project)
    picture = project / "picture.png"
    picture.write_bytes(b"x")
    outside = tmp_path / "outside.png"
    outside.write_bytes(b"x")
    mattes = project / "mattes"
    mattes.mkdir()

    def plan(path: Path, where: str) -> str:
        guidance, output, matte = Guidance(), good.output, Matte(box=(0, 0, 8, 8))
        match where:
            case "reference":
                guidance = Guidance(references=(str(path),))
            case "keyframe":
                guidance = Guidance(keyframes=(Keyframe(0, str(path)),))
            case "matte":
                matte = Matte(path=str(path))
            case "output":
                output = Output(str(path), "clip")
        request = InpaintRequest(good.source, matte, output, guidance=guidance)
        body = json.dumps({"request": encode(request)}).encode()
        return ask(engine, "POST", "/v1/plan", body)[1]

    denied = "request.path_not_allowed"
    for where in ("reference", "keyframe", "matte"):
        assert plan(outside, where) == denied, where
        assert plan(picture, where) != denied, where
    assert plan(tmp_path, "output") == denied
    assert plan(picture, "output") == denied
    assert plan(project / "made" / "later", "output") == ""
    assert plan(mattes, "matte") == ""
    assert plan(mattes, "reference") == denied


@pytest.mark.parametrize("name", ["", "a/b", "..\\b", "../b", ".hidden", "a\0", "x" * 300, "a:b"])
def test_names_of_takes_are_plain(door: tuple[Engine, Path], name: str) -> None:
    engine, project = door
    request = encode(extend(project))
    request["output"]["name"] = name
    body = json.dumps({"request": request}).encode()
    assert ask(engine, "POST", "/v1/plan", body) == (400, "request.name")


@pytest.mark.parametrize(
    "job_id", ["", "short", "../../../etc/x", "UPPERCASE1", "a" * 33, "a b c d e"]
)
def test_job_ids_are_fit_for_file_names(door: tuple[Engine, Path], job_id: str) -> None:
    engine, project = door
    body = json.dumps({**encode(submission(project)), "id": job_id}).encode()
    assert ask(engine, "POST", "/v1/jobs", body) == (400, "request.job_id")


def test_only_folders_can_be_allowed(door: tuple[Engine, Path], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x")
    for folder in (file, tmp_path / "absent", "relative", "\\\\server\\share", "//server/share"):
        body = json.dumps({"folders": [str(folder)]}).encode()
        assert ask(door[0], "POST", "/v1/roots", body) == (403, "request.path_not_allowed")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_are_finite(door: tuple[Engine, Path], number: str) -> None:
    body = b'{"folders":[],"x":%s}' % number.encode()
    assert ask(door[0], "POST", "/v1/roots", body) == (400, "request.not_json")


def test_deep_nesting_is_nonsense(door: tuple[Engine, Path]) -> None:
    assert ask(door[0], "POST", "/v1/roots", b"[" * 100_000) == (400, "request.not_json")


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("frames", 0),
        ("handle", -1),
        ("handle", 12),
        ("handle", 10**9),
        ("takes", 0),
        ("takes", 1000),
        ("source.frames", 0),
        ("source.rate", "0/1"),
        ("source.rate", "1/0"),
        ("source.media.width", 0),
        ("source.media.height", 10**9),
        ("source.media.frames", -1),
        ("source.media.pixel_aspect", "-1/1"),
        ("seed", 1.5),
        ("side", "middle"),
    ],
)
def test_numbers_mean_something(door: tuple[Engine, Path], where: str, value: object) -> None:
    engine, project = door
    request = encode(extend(project))
    assert ask(engine, "POST", "/v1/plan", json.dumps({"request": request}).encode()) == (200, "")
    *parents, name = where.split(".")
    part = request
    for parent in parents:
        part = part[parent]
    part[name] = value
    status, code = ask(engine, "POST", "/v1/plan", json.dumps({"request": request}).encode())
    assert status == 400
    assert code in ("request.count", "request.media", "request.malformed")


def test_odd_file_names_pass_through(door: tuple[Engine, Path]) -> None:
    engine, project = door
    odd = os.fsencode(project) + b"/caf\xe9 \xf0\x9f\x8e\xac.mov"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name that is not Unicode
        file.write(b"x")
    name = os.fsdecode(odd)
    assert refused(engine, name) not in ("request.path_not_allowed", "media.missing")
    assert refused(engine, f"{project}/\ud800.mov") == "request.path_not_allowed"


def test_the_folder_for_takes_is_made_or_refused_at_once(
    door: tuple[Engine, Path], tmp_path: Path
) -> None:
    engine, project = door
    (project / "file").write_bytes(b"x")

    def submit(folder: Path) -> tuple[int, str]:
        job = encode(submission(project))
        job["request"]["output"]["folder"] = str(folder)
        return ask(engine, "POST", "/v1/jobs", json.dumps(job).encode())

    assert submit(project / "new" / "takes") == (201, "")
    assert (project / "new" / "takes").is_dir()
    assert submit(project / "file" / "takes") == (403, "request.path_not_allowed")
