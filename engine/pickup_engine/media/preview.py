"""Preview frames for the dock: small JPEG files, or frames as they are; kept in a cache folder.

`python -m pickup_engine.media.preview` reads one JSON object from stdin,
`{"sources": [Source, ...], "height": 360, "folder": "/cache"}`, and prints one JSON line:
`{"frames": [[path, ...], ...]}`, one path per record frame of each source. Height 0 asks for the
frames themselves: PNG files of 16 bits, with the pixels of the media.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from pickup.errors import PickupError, RequestError
from pickup.protocol import MediaKind, MediaRef, Source, decode
from pickup_engine.media import failures, sequences
from pickup_engine.media.failures import storing
from pickup_engine.media.jpeg import scaled, write_jpeg, write_png
from pickup_engine.media.reader import open_reader


def preview_source(source: Source, height: int, folder: Path) -> list[str]:
    """Paths of the JPEG of each record frame of `source`, about `height` lines high; with a height
    of 0 of a PNG at full size.

    Frames outside the media show its nearest one. Raises MediaError, StorageError.
    """
    media = source.media
    wanted = [min(max(source.media_frame(k), 0), media.frames - 1) for k in range(source.frames)]
    kind = "jpg" if height else "png"
    files = {k: folder / f"{_key(media, k, height)}.{kind}" for k in set(wanted)}
    missing = sorted(k for k, file in files.items() if not file.exists())
    if missing:
        with storing(folder / "preview"):
            folder.mkdir(parents=True, exist_ok=True)
        with open_reader(media) as reader:
            for k in missing:
                picture = reader.frame(k)
                if height:
                    write_jpeg(scaled(picture, height, float(media.pixel_aspect)), files[k])
                else:
                    write_png(picture, files[k])
    return [str(files[k]) for k in wanted]


def _key(media: MediaRef, k: int, height: int) -> str:
    path = media.path
    if media.kind is MediaKind.SEQUENCE:
        path = sequences.file_of(path, media.first_number + k)
    try:
        stamp = Path(path).stat()
    except FileNotFoundError:
        raise failures.missing(path) from None
    text = f"{path}\n{stamp.st_mtime_ns}\n{stamp.st_size}\n{k}\n{height}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def answer(text: str) -> str:
    """The answer line to a request text. Raises RequestError where the text is none."""
    try:
        data = json.loads(text)
        sources: list[Source] = [decode(Source, item) for item in data["sources"]]
        height, folder = int(data["height"]), Path(data["folder"])
    except (ValueError, KeyError, TypeError):
        raise RequestError(
            "The preview request is no JSON object with sources, height and folder.",
            code="request.preview",
        ) from None
    return json.dumps({"frames": [preview_source(source, height, folder) for source in sources]})


def main() -> int:
    """Answer the request on stdin; on failure print `{"error": {...}}` and return 1."""
    try:
        line = answer(sys.stdin.read())
    except PickupError as error:
        print(json.dumps({"error": error.to_json()}), flush=True)
        return 1
    print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
