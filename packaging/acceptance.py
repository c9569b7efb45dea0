"""Runs the `pickup` command on real footage and prints what it is worth, clip by clip.

    python packaging/acceptance.py FOOTAGE OUT [extend|inpaint|masks|restyle ...] [--clip X]

FOOTAGE holds `video/`, `masks/` and `images/`. OUT gets every cut, take and a contact sheet per
clip. Extend: 24 frames against what really followed. Inpaint: an object is composited over a clip,
then removed, and compared inside the matte. Masks: real objects are removed; where there is a
clean plate the result is compared with it. Restyle: edges kept, palette distance to the reference,
flicker.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import opentimelineio as otio
from acceptance_measures import (
    Pictures,
    edge_correlation,
    flicker,
    palette_distance,
    psnr,
    ssim,
)
from numpy.typing import NDArray

from pickup.protocol import Codec, MediaRef
from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader
from pickup_engine.media.writer import TakeWriter

CLIPS = (
    ("intel-iot-devkit_sample-videos__classroom-fromgif.mp4", 0),
    ("facebookresearch_sam2__05_default_juggle.mp4", 100),
    ("Zulko_moviepy__chaplin.mp4", 100),
    ("intel-iot-devkit_sample-videos__bottle-detection.mp4", 100),
    ("facebookresearch_sam2__01_dog.mp4", 120),
    ("intel-iot-devkit_sample-videos__again.mkv", 10),
    ("mdn_learning-area__crystal.mp4", 60),
    ("facebook_ThreatExchange__doorknob-hd-no-bar.mp4", 30),
    ("mdn_dom-examples__media-video.mp4", 200),
    ("ffmpegwasm_testdata__video-1080p-60fps-2s.mp4", 20),
)
MASKS = ("intel_car-detection_cars", "intel_person_man-grey", "mdn_elf", "mdn_frog", "sam2_cups")
REFERENCES = (
    "mdn_interactive-examples__gecko-320-213.jpg",
    "google_dreambooth__vase-00.jpg",
    "mdn_interactive-examples__elephant-660-480.jpg",
)
KNOWN, NEW, RUN = 48, 24, 36


@dataclass(frozen=True)
class Shot:
    """Some frames of a real clip, 8 bit RGB at full size."""

    name: str
    rate: Fraction
    media: MediaRef
    pictures: Pictures


def main() -> int:
    options = arguments()
    footage, out = options.footage, options.out
    out.mkdir(parents=True, exist_ok=True)
    suites: dict[str, Callable[[Path, Path, str], None]] = {
        "extend": extend_suite,
        "inpaint": inpaint_suite,
        "masks": masks_suite,
        "restyle": restyle_suite,
    }
    for name in options.suites or suites:
        print(f"\n== {name}")
        suites[name](footage, out / name, options.clip)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footage", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("suites", nargs="*", choices=["extend", "inpaint", "masks", "restyle", []])
    parser.add_argument("--clip", default="", help="only clips whose name holds this")
    return parser.parse_args()


def chosen(clip: str) -> list[tuple[int, tuple[str, int]]]:
    return [(number, entry) for number, entry in enumerate(CLIPS) if clip in entry[0]]


def extend_suite(footage: Path, out: Path, clip: str) -> None:
    rows = []
    for _, (file, start) in chosen(clip):
        cut_at = start + 20
        first = max(0, cut_at - KNOWN)
        shot = read_shot(footage / "video" / file, first, cut_at - first + NEW)
        known, truth = shot.pictures[: cut_at - first], shot.pictures[cut_at - first :]
        folder = fresh(out / shot.name)
        cut = one_clip_cut(folder, shot, known)
        out_file = folder / "out.otio"
        result = pickup("extend", cut, "--clip", "V1:1", "--tail", f"{NEW}f", "-o", out_file)
        made = read_take(result, NEW)
        frozen = np.repeat(known[-1:], NEW, 0)
        sheet(folder / "sheet.png", {"truth": truth, "pickup": made})
        rows.append(
            {
                "clip": shot.name,
                "psnr": psnr(made, truth),
                "freeze": psnr(frozen, truth),
                "ssim": ssim(made, truth),
                "freeze ssim": ssim(frozen, truth),
                "learned": float(bool(result["model"]["learned"])),
                "seconds": result["timing"]["total"],
            }
        )
        table(rows[-1:], header=len(rows) == 1)
    table([mean_of(rows)])


def inpaint_suite(footage: Path, out: Path, clip: str) -> None:
    rows = []
    for number, (file, start) in chosen(clip):
        shot = read_shot(footage / "video" / file, start, min(RUN, 44))
        folder = fresh(out / shot.name)
        dirty, mattes = with_object(shot.pictures, number)
        write_mattes(folder / "matte", mattes)
        cut = one_clip_cut(folder, shot, dirty)
        rows.append({"clip": shot.name, **removed(folder, cut, dirty, mattes, shot.pictures)})
        table(rows[-1:], header=len(rows) == 1)
    table([mean_of(rows)])


def masks_suite(footage: Path, out: Path, clip: str) -> None:
    rows = []
    for name in (name for name in MASKS if clip in name):
        source = footage / "masks" / name
        mattes = np.stack(
            [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127 for file in files(source / "masks")]
        )
        shot = read_shot(source / "video.mp4", 0, min(RUN, len(mattes)))
        mattes = mattes[: len(shot.pictures)]
        folder = fresh(out / name)
        write_mattes(folder / "matte", mattes)
        cut = one_clip_cut(folder, shot, shot.pictures)
        plate_file, truth = source / "clean_plate.png", None
        if plate_file.exists():
            plate = cv2.imread(str(plate_file))
            truth = np.repeat(cv2.cvtColor(plate, cv2.COLOR_BGR2RGB)[None], len(mattes), 0)
        rows.append({"clip": name, **removed(folder, cut, shot.pictures, mattes, truth)})
        table(rows[-1:], header=len(rows) == 1)
    table([mean_of([row for row in rows if "psnr" in row])])


def removed(
    folder: Path, cut: Path, dirty: Pictures, mattes: NDArray[np.bool_], truth: Pictures | None
) -> dict[str, object]:
    result = pickup(
        "inpaint", cut, "--clip", "V1:1", "--matte", folder / "matte", "--remove",
        "-o", folder / "out.otio",
    )  # fmt: skip
    made = read_take(result, len(dirty))
    telea = np.stack(
        [
            cv2.inpaint(picture, matte.astype(np.uint8) * 255, 3, cv2.INPAINT_TELEA)
            for picture, matte in zip(dirty, mattes, strict=True)
        ]
    )
    sheet(folder / "sheet.png", {"source": dirty, "pickup": made, "telea": telea})
    seam = result["takes"][0]["seam"]
    row: dict[str, object] = {
        "outside before": float(seam["outside_before"]),
        "outside after": float(seam["outside_after"]),
        "seconds": result["timing"]["total"],
    }
    if truth is not None:
        row = {"psnr": psnr(made, truth, mattes), "telea": psnr(telea, truth, mattes), **row}
    return row


def restyle_suite(footage: Path, out: Path, clip: str) -> None:
    rows = []
    for number, (file, start) in chosen(clip):
        shot = read_shot(footage / "video" / file, start, RUN)
        folder = fresh(out / shot.name)
        cut = one_clip_cut(folder, shot, shot.pictures)
        reference = footage / "images" / REFERENCES[number % len(REFERENCES)]
        result = pickup(
            "restyle", cut, "--clip", "V1:1", "--reference", reference, "-o", folder / "out.otio"
        )
        made = read_take(result, len(shot.pictures))
        look = cv2.cvtColor(cv2.imread(str(reference)), cv2.COLOR_BGR2RGB)
        sheet(folder / "sheet.png", {"source": shot.pictures, "restyled": made})
        rows.append(
            {
                "clip": shot.name,
                "edges": edge_correlation(shot.pictures, made),
                "palette ratio": palette_distance(made, look)
                / palette_distance(shot.pictures, look),
                "flicker ratio": flicker(made) / flicker(shot.pictures),
                "seconds": result["timing"]["total"],
            }
        )
        table(rows[-1:], header=len(rows) == 1)
    table([mean_of(rows)])


# --- the command
# -----------------------------------------------------------------------------------


def pickup(*arguments: object) -> dict:
    """Run the real command; anything but success ends the run."""
    command = [sys.executable, "-m", "pickup.cli.main", *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def one_clip_cut(folder: Path, shot: Shot, pictures: Pictures) -> Path:
    """A lossless file of the pictures and a cut with one clip that shows all of it."""
    media = folder / "clip.mkv"
    size = shot.media.width, shot.media.height
    with TakeWriter(media, *size, shot.rate, Codec.FFV1, shot.media.colour) as writer:
        for picture in pictures:
            writer.write(picture.astype(np.uint16) * 257)
    rate = float(shot.rate)
    span = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, rate), otio.opentime.RationalTime(len(pictures), rate)
    )
    track = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    reference = otio.schema.ExternalReference(media.as_uri(), span)
    track.append(otio.schema.Clip(shot.name, reference, span))
    timeline = otio.schema.Timeline("acceptance")
    timeline.tracks.append(track)
    otio.adapters.write_to_file(timeline, str(folder / "cut.otio"))
    return folder / "cut.otio"


def read_shot(path: Path, start: int, frames: int) -> Shot:
    media = probe(str(path))
    frames = min(frames, media.frames - start)
    return Shot(path.stem.split("__")[-1], media.rate, media, read_8bit(media, start, frames))


def read_take(result: dict, frames: int) -> Pictures:
    """The generated clip's pictures; the count must be exact."""
    clip = next(clip for clip in result["clips"] if clip["origin"] == "generated")
    assert clip["record_frames"] == frames, f"{clip['record_frames']} frames instead of {frames}"
    return read_8bit(probe(clip["media"]), clip["media_start_frame"], frames)


def read_8bit(media: MediaRef, start: int, frames: int) -> Pictures:
    with open_reader(media) as reader:
        return np.stack(
            [
                np.clip((reader.frame(k).astype(np.float32) / 257).round(), 0, 255).astype(np.uint8)
                for k in range(start, start + frames)
            ]
        )


# --- test material
# ---------------------------------------------------------------------------------


def with_object(pictures: Pictures, number: int) -> tuple[Pictures, NDArray[np.bool_]]:
    """A textured disc crosses the shot; returns the pictures with it and its exact mattes."""
    frames, height, width = pictures.shape[:3]
    radius = round(0.11 * height)
    rng = np.random.default_rng(number)
    texture = cv2.resize(rng.integers(40, 220, (9, 9, 3), np.uint8), (2 * radius + 1,) * 2)
    disc = np.hypot(*np.mgrid[-radius : radius + 1, -radius : radius + 1]) <= radius
    dirty, mattes = pictures.copy(), np.zeros((frames, height, width), bool)
    for k in range(frames):
        along = k / (frames - 1)
        x = round(width * (0.3 + 0.4 * along))
        y = round(height * (0.55 + 0.12 * math.sin(4 * along + number)))
        area = np.s_[y - radius : y + radius + 1, x - radius : x + radius + 1]
        dirty[k][area][disc] = texture[disc]
        mattes[k][area] |= disc
    grown = np.ones((7, 7), np.uint8)
    return dirty, np.stack([cv2.dilate(m.astype(np.uint8), grown) > 0 for m in mattes])


def write_mattes(folder: Path, mattes: NDArray[np.bool_]) -> None:
    folder.mkdir(parents=True)
    for k, matte in enumerate(mattes):
        cv2.imwrite(str(folder / f"{k:04d}.png"), matte.astype(np.uint8) * 255)


# --- output
# ----------------------------------------------------------------------------------------


def table(rows: Iterable[dict[str, object]], header: bool = False) -> None:
    for row in rows:
        if header:
            print(f"{'':28}" + "".join(f"{name:>15}" for name in row if name != "clip"))
        cells = (f"{value:15.3f}" for name, value in row.items() if name != "clip")
        print(f"{str(row['clip'])[:27]:28}" + "".join(cells), flush=True)


def mean_of(rows: Sequence[dict]) -> dict[str, object]:
    names = [name for name in rows[0] if name != "clip"]
    return {"clip": "MEAN", **{name: float(np.mean([row[name] for row in rows])) for name in names}}


def sheet(path: Path, rows: dict[str, Pictures]) -> None:
    """Six moments of each row, 320 pixels wide."""
    lines = []
    for pictures in rows.values():
        moments = pictures[np.linspace(0, len(pictures) - 1, 6).round().astype(int)]
        height = round(320 * moments.shape[1] / moments.shape[2])
        lines.append(
            np.hstack([cv2.resize(m, (320, height), interpolation=cv2.INTER_AREA) for m in moments])
        )
    cv2.imwrite(str(path), cv2.cvtColor(np.vstack(lines), cv2.COLOR_RGB2BGR))


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def fresh(folder: Path) -> Path:
    """An empty folder; what an earlier run left is removed by hand, never by this program."""
    if folder.exists():
        sys.exit(f"{folder} exists; give an empty OUT")
    folder.mkdir(parents=True)
    return folder


if __name__ == "__main__":
    sys.exit(main())
