"""The evaluation: its arithmetic by hand, its windows, and its rows on pictures with known
motion."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pickup_engine.media.samples import render_sample
from pickup_engine.training.evaluate import main
from pickup_engine.training.evaluate_compare import sharpness
from pickup_engine.training.evaluate_extend import (
    OFF,
    OURS,
    TAKES,
    NoNetwork,
    Shot,
    best_estimate,
    extend_limits,
    measure_extend,
    measure_takes,
    takes_limits,
)
from pickup_engine.training.evaluate_sheet import write_sheet
from pickup_engine.training.footage import Footage, Wanted, Window, read_runs
from pickup_engine.training.halves import TRAINING, TUNING, UNTOUCHED, Half, belongs
from pickup_engine.training.limits import Limit, limits_data, limits_text
from pickup_engine.training.tables import Measure, Table, interval, summary, text, versus, worst
from support.motion import pan, texture

Pictures = NDArray[np.uint8]


def two_methods(gains: dict[str, list[float]]) -> Table:
    """Windows of clips where ours is so many dB over freeze."""
    measures = [
        Measure(clip, str(index), {"freeze": (20.0, 0.5), OURS: (20.0 + gain, 0.5 + gain / 100)})
        for clip, values in gains.items()
        for index, gain in enumerate(values)
    ]
    return Table("extend", OURS, measures)


def test_a_comparison_by_hand() -> None:
    gain = versus(
        two_methods({"a": [1.0, 3.0], "b": [-1.0, -1.0], "c": [0.04, 0.0]}), OURS, "freeze"
    )
    assert gain.mean == pytest.approx(2.04 / 6)
    assert gain.ssim == pytest.approx(0.0204 / 6)
    assert (gain.wins, gain.losses) == (2, 2)
    assert dict(gain.by_clip) == pytest.approx({"a": 2.0, "b": -1.0, "c": 0.02})
    assert gain.worst_clip == ("b", pytest.approx(-1.0))


def test_intervals_draw_whole_clips() -> None:
    """Two clips: a draw has the first twice, both, or the second twice, with 1/4, 1/2, 1/4."""
    values = np.array([0.0, 0.0, 1.0, 1.0])
    assert interval(values, ["a", "a", "b", "b"]) == (0.0, 1.0)
    assert interval(values[[0, 2, 1, 3]], ["a", "b", "a", "b"]) == (0.0, 1.0)
    assert interval(values, ["a"] * 4) == (0.5, 0.5)
    # As if all windows were independent it would be tighter than what the clips allow.
    many = np.repeat([0.0, 1.0], 50)
    low, high = interval(many, [str(n) for n in range(100)])
    assert low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.02)
    assert high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.02)


def test_the_worst_are_named_in_order() -> None:
    table = two_methods({"a": [1.0, -3.0], "b": [-1.0, 0.5]})
    assert [name for name, _, _ in worst(table, "freeze", 2)] == ["a @ 1", "b @ 0"]
    found = text(table)
    assert found.index("a @ 1") < found.index("b @ 0") < found.index("worst clips")
    assert summary(table)["clips"] == 2


def test_nothing_measured_is_said() -> None:
    table = Table("extend", OURS, [], skipped=["short.mp4: 3 frames are too few"])
    assert "no window could be measured" in text(table)
    assert "short.mp4" in text(table)
    assert summary(table)["skipped"] == ["short.mp4: 3 frames are too few"]


@pytest.mark.parametrize(
    ("limit", "met"),
    [
        (Limit("t", "n", 0.31, 0.3), True),
        (Limit("t", "n", 0.29, 0.3), False),
        (Limit("t", "n", 1.06, 0.95, 1.05), False),
        (Limit("t", "n", float("nan"), 0.95, 1.05), False),
        (Limit("t", "n", 0.5, 0.3, interval=(-0.1, 1.1), sure=True), False),
        (Limit("t", "n", 0.5, 0.3, interval=(0.1, 0.9), sure=True), True),
        (Limit("t", "n", 0.5, 0.3, interval=(-0.1, 1.1)), True),
        (Limit("t", "n", 7.0), None),
    ],
)
def test_limits(limit: Limit, met: bool | None) -> None:
    assert limit.met is met
    assert limits_data([limit])[0]["met"] is met
    word = {True: " met", False: "MISSED", None: "stated"}[met]
    assert limits_text([limit]).endswith(word)


def test_halves_share_no_clip() -> None:
    assert not TUNING & UNTOUCHED
    assert TRAINING <= TUNING
    for stem in (*TUNING, *UNTOUCHED, "a user's own"):
        assert belongs(stem, Half.TUNING) != belongs(stem, Half.UNTOUCHED)
        assert belongs(stem, Half.ALL)
    assert len(UNTOUCHED) >= 24


def write_clip(path: Path, pictures: Pictures) -> Path:
    """A clip without loss to speak of."""
    height, width = pictures.shape[1:3]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (width, height))
    assert writer.isOpened()
    for picture in pictures:
        writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def levels(*values: int) -> Pictures:
    """Even pictures that tell their frame by their brightness."""
    return np.stack([np.full((96, 128, 3), value, np.uint8) for value in values])


def frame_numbers(pictures: Pictures) -> list[int]:
    """What `levels(*range(0, 4 n, 4))` shows."""
    return [round(float(picture.mean()) / 4) for picture in pictures]


def test_windows_are_even_and_hold_the_right_frames(tmp_path: Path) -> None:
    write_clip(tmp_path / "long.avi", levels(*range(0, 240, 4)))
    write_clip(tmp_path / "short.avi", levels(*range(0, 32, 4)))
    skipped: list[str] = []
    wanted = Wanted(known=9, least_known=5, new=6, per_clip=2)
    found = list(Footage(tmp_path).windows(wanted, skipped.append))
    assert [(window.start, window.known) for window in found] == [(15, 9), (30, 9)]
    assert frame_numbers(found[1].pictures) == list(range(30, 45))
    assert skipped == ["short.avi: 8 frames are too few"]
    few = list(Footage(tmp_path).windows(Wanted(9, 1, 6, 1), skipped.append))
    assert [(window.clip, window.known) for window in few] == [("long", 9), ("short", 2)]


def test_windows_move_away_from_cuts(tmp_path: Path) -> None:
    """The place in the middle of 60 pictures has the cut at 32 inside."""
    before = texture(128, 96, 1)
    pictures = np.stack([before] * 32 + [255 - before] * 28)
    write_clip(tmp_path / "cut.avi", pictures)
    skipped: list[str] = []
    wanted = Wanted(known=9, least_known=9, new=6, per_clip=1)
    (window,) = Footage(tmp_path).windows(wanted, skipped.append)
    assert window.start == 17
    assert not skipped
    everywhere = np.stack(([before] * 4 + [255 - before]) * 12)
    write_clip(tmp_path / "cut.avi", everywhere)
    assert not list(Footage(tmp_path).windows(wanted, skipped.append))
    assert skipped == ["cut.avi @ 22: no 15 frames without a cut"]


def test_halves_choose_clips(tmp_path: Path) -> None:
    names = [sorted(TUNING)[0], sorted(UNTOUCHED)[0], "own"]
    for name in names:
        write_clip(tmp_path / f"{name}.avi", levels(1, 2))
    write_clip(tmp_path / f"{names[0]}.mkv", levels(1, 2))
    (tmp_path / "notes.txt").write_text("no clip")

    def clips(half: Half) -> set[str]:
        return {path.name for path in Footage(tmp_path, half).clips()}

    assert clips(Half.TUNING) == {f"{names[0]}.avi"}
    assert clips(Half.UNTOUCHED) == {f"{name}.avi" for name in names[1:]}
    assert clips(Half.ALL) == {f"{name}.avi" for name in names}


def test_cached_windows_are_the_same_and_follow_the_file(tmp_path: Path) -> None:
    (tmp_path / "clips").mkdir()
    path = write_clip(tmp_path / "clips" / "pan.avi", pan(30))
    footage = Footage(tmp_path / "clips", cache=tmp_path / "cache")
    wanted = Wanted(known=5, least_known=5, new=4, per_clip=2)
    plain, first, again = (
        list(one.windows(wanted, pytest.fail))
        for one in (Footage(tmp_path / "clips"), footage, footage)
    )
    assert len(list((tmp_path / "cache").iterdir())) == 2
    for one, two, three in zip(plain, first, again, strict=True):
        assert one.start == two.start == three.start
        assert np.array_equal(one.pictures, two.pictures)
        assert np.array_equal(one.pictures, three.pictures)
    write_clip(path, pan(30, speed=-2.0))
    changed = next(iter(footage.windows(wanted, pytest.fail)))
    assert not np.array_equal(changed.pictures, plain[0].pictures)


def test_runs_are_read_in_one_go(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.avi", levels(*range(0, 80, 4)))
    apart, within, beyond = read_runs(path, [range(12, 15), range(13, 14), range(18, 25)])
    assert frame_numbers(apart) == [12, 13, 14]
    assert frame_numbers(within) == [13]
    assert frame_numbers(beyond) == [18, 19]
    assert apart.shape[1:] == (192, 256, 3)
    assert read_runs(path, [range(2)], small=False)[0].shape == (2, 96, 128, 3)


def shot_of(pictures: Pictures, known: int = 9) -> Shot:
    return Shot(Window(Path("clip.avi"), 3, pictures, known), NoNetwork())


def test_a_picture_that_stands_still_is_best_frozen() -> None:
    still = np.stack([texture(128, 96)] * 15)
    found = measure_extend(shot_of(still)).measure
    best = max(psnr for psnr, _ in found.values.values())
    assert found.values["freeze"][0] == best
    assert found.values["freeze"][1] == pytest.approx(1.0)
    assert found.values[OURS] == found.values[OFF]
    assert found.traits["learned"] == 0
    assert found.window == "12"


def test_a_steady_pan_goes_on() -> None:
    """Whatever lets the motion go on is far better than holding the last picture."""
    compared = measure_extend(shot_of(pan(25)))
    psnr = {name: value[0] for name, value in compared.measure.values.items()}
    for name in ("DIS constant velocity", "coast", "keep moving", "camera"):
        assert psnr[name] > psnr["freeze"] + 3
    assert psnr["keep moving"] > psnr["coast"]
    assert compared.measure.traits["sharpness"] == pytest.approx(1.0, abs=0.12)
    assert compared.measure.traits["join"] == pytest.approx(1.0, abs=0.25)
    assert len(compared.truth) == len(compared.times) == 8


def test_the_best_estimate_is_one_for_all_windows() -> None:
    """The best mean of a single method, not the best method of each window."""
    measures = [measure_extend(shot_of(clip)).measure for clip in (pan(25), pan(25, first=9))]
    table = Table("extend", OURS, measures)
    best = best_estimate(table)
    assert best != "freeze"
    limits = {limit.name.split(" (")[0].strip(): limit for limit in extend_limits(table)}
    assert limits["clips"].met is False
    over = limits["ours - best single estimate"]
    assert over.value == pytest.approx(float((table.psnr(OURS) - table.psnr(best)).mean()))
    assert limits["ours - network off"].value == 0


def test_takes_are_compared_with_each_other() -> None:
    measure = measure_takes(shot_of(pan(25))).measure
    assert list(measure.values) == ["freeze", *TAKES]
    assert measure.traits["apart"] > 0
    table = Table("takes", TAKES[0], [measure, measure])
    first, made, share, *takes = takes_limits(table)
    assert first.value == pytest.approx(measure.traits["apart"] / measure.traits["motion"])
    assert made.value == pytest.approx(measure.traits["apart"] / measure.traits["made"])
    assert share.value == float(first.value >= 0.2)
    assert [limit.met for limit in takes] == [
        measure.values[name][0] >= measure.values["freeze"][0] for name in TAKES
    ]


def test_sharpness_falls_with_blur() -> None:
    sharp = texture(128, 96)
    soft = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 2.0), np.uint8)
    assert sharpness([sharp], [sharp]) == 1.0
    assert sharpness([soft], [sharp]) < 0.9 < 1.1 < sharpness([sharp], [soft])


def test_sheet_shows_truth_methods_and_error(tmp_path: Path) -> None:
    compared = measure_extend(shot_of(pan(25)))
    path = write_sheet(compared, ("freeze", OURS), tmp_path / "sheets")
    assert path.name == "clip@12.png"
    sheet = cv2.imread(str(path))
    assert sheet is not None
    rows, columns = 4, 6
    height, width = sheet.shape[:2]
    assert width == columns * (128 + 4)
    assert height == 24 + rows * (18 + 96 + 4)
    filmed = cv2.cvtColor(sheet[24 + 18 : 24 + 18 + 96, :128], cv2.COLOR_BGR2RGB)
    assert np.array_equal(filmed, compared.truth[0])
    frozen = sheet[24 + 118 + 18 : 24 + 118 + 18 + 96]
    assert np.array_equal(frozen[:, :128], frozen[:, 132:260])


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, object]]]:
    """The JSON objects of the command's stdout."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_command_on_the_sample_footage(
    tmp_path: Path, told: Callable[[], list[dict[str, object]]]
) -> None:
    """valley pans, room holds still but for a ball, lake is pushed into."""
    render_sample(tmp_path, frames=12)
    asked = ["--known", "5", "--frames", "6", "--windows", "1", "--json"]
    tasks = ["--only", "extend", "--only", "keyframes"]
    assert main([str(tmp_path), *asked, *tasks, "--sheets", str(tmp_path / "sheets")]) == 0
    extend, keyframes, limits = told()
    rows = extend["measures"]
    assert isinstance(rows, list)
    by_clip = {row["clip"]: {name: v[0] for name, v in row["values"].items()} for row in rows}
    assert set(by_clip) == {"valley", "room", "lake"}
    assert by_clip["valley"]["coast"] > by_clip["valley"]["freeze"] + 2
    assert len(list((tmp_path / "sheets" / "extend").glob("*.png"))) == 3
    assert keyframes["windows"] == 3
    names = limits["limits"]
    assert isinstance(names, list)
    pinned = next(limit for limit in names if limit["task"] == "keyframes")
    assert pinned["met"] is True


def test_command_refuses_what_has_no_motion(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--known", "1"])


def test_command_measures_takes_and_bridges(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(tmp_path / "pan.avi", pan(46))
    tasks = ["--only", "takes", "--only", "bridge", "--windows", "1", "--frames", "6"]
    assert main([str(tmp_path), *tasks, "--half", "untouched", "--known", "9"]) == 0
    out = capsys.readouterr().out
    assert "four takes, 6 frames: 1 windows of 1 clips" in out
    assert "bridge, 16 frames: 1 windows of 1 clips" in out
    gain = next(line for line in out.splitlines() if "ours - cross-fade" in line)
    assert gain.endswith(" met")
    assert main([str(tmp_path), *tasks, "--half", "tuning"]) == 0
    assert "no window could be measured" in capsys.readouterr().out
