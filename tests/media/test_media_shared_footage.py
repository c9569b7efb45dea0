"""All shared footage can be probed and read at its ends and in the middle."""

from __future__ import annotations

from pathlib import Path

import pytest

from pickup_engine.media.probe import probe
from pickup_engine.media.reader import open_reader


@pytest.mark.footage
def test_all_shared_videos_read(footage: Path) -> None:
    files = sorted((footage / "video").iterdir())
    assert files
    for file in files:
        media = probe(str(file))
        assert not media.variable_rate, file.name
        with open_reader(media) as reader:
            for k in (0, media.frames // 2, media.frames - 1):
                assert reader.frame(k).shape == (media.height, media.width, 3)
