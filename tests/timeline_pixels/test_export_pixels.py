"""An exported project, rendered by the program whose format it is."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from pickup.protocol import Mode, Output, Side
from pickup.timeline import find_clip, propose_extend
from support.burnt import HEIGHT, WIDTH, Grey, read_film
from support.melt import needs_melt
from support.pixels import Filmed, Seen, Studio, carry_out, made, marks, seen, timeline_of
from support.timeline import gap, open_timeline

pytestmark = needs_melt
R = Fraction(25)
A = Filmed("A", 1, 60, R, "01:00:00:00")
B = Filmed("B", 2, 60, R)
SCALE = 4


def middle(picture: Grey) -> Grey:
    """The picture without the bars that a project of 16:9 puts around it."""
    top = (picture.shape[0] - SCALE * HEIGHT) // 2
    inner = picture[top : top + SCALE * HEIGHT]
    small = cv2.resize(inner, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def test_a_kdenlive_project_shows_what_the_cut_shows(studio: Studio, tmp_path: Path) -> None:
    """Kdenlive counts a file from 0, whatever timecode it begins with."""
    items = [studio.clip(A, 20, 30, R), gap(30, R), studio.clip(B, 7, 20, R)]
    above = [gap(65, R), studio.clip(B, 40, 5, R)]
    document = open_timeline(tmp_path, timeline_of(items, above))
    media, output = studio.media(A), Output(str(tmp_path), "made")
    proposal = propose_extend(
        document,
        find_clip(document, "A"),
        side=Side.TAIL,
        frames=24,
        media=media,
        output=output,
        mode=Mode.GAP,
    )
    black: list[Seen] = [None]
    lead = marks(1, 20, 40) + made(14) + black * 6
    expected = lead + marks(2, 7, 5) + marks(2, 40, 5) + marks(2, 17, 10)
    assert seen(carry_out(document, tmp_path, proposal, media)) == expected
    done = document.export(tmp_path / "cut.kdenlive")
    assert not any("first frame" in loss for loss in done.losses)
    film = tmp_path / "kdenlive.mkv"
    size = f"s={SCALE * WIDTH}x{SCALE * WIDTH * 9 // 16}"
    command = [
        *("melt", f"xml:{done.path}", "in=0", f"out={len(expected) - 1}", "-consumer"),
        *(f"avformat:{film}", "vcodec=ffv1", "f=matroska", "an=1", "real_time=-1", size),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert seen([middle(picture) for picture in read_film(film)]) == expected
