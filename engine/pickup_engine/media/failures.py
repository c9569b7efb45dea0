"""What FFmpeg and the system say, as one sentence and a remedy. One place for the wording."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av

from pickup.errors import MediaError, StorageError


def missing(path: str) -> MediaError:
    """The file is not there."""
    return MediaError(
        f"“{Path(path).name}” was not found in {Path(path).parent}.",
        "Reconnect the drive or relink the clip to the file's new place.",
        code="media.missing",
    )


def truncated(path: str, what: str) -> MediaError:
    """The file ends too early."""
    return MediaError(
        f"“{Path(path).name}” is truncated: {what}.",
        "Copy or export the file again; it is probably the result of an interrupted copy.",
        code="media.unreadable",
    )


def unreadable(path: str, what: str) -> MediaError:
    """The file is there but is no media that can be decoded."""
    return MediaError(
        f"“{Path(path).name}” cannot be read: {what}.",
        "Check that the file plays elsewhere; if so, convert it to ProRes or H.264.",
        code="media.unreadable",
    )


def no_video(path: str) -> MediaError:
    """The file has no pictures."""
    return MediaError(
        f"“{Path(path).name}” has no video stream.",
        "Choose a clip with pictures.",
        code="media.no_video",
    )


def frame_missing(path: str, frame: int, why: str) -> MediaError:
    """One frame of the file cannot be had."""
    return MediaError(
        f"“{Path(path).name}” has no frame {frame}: {why}.",
        "Relink the clip to the complete file, or trim the clip to the frames that exist.",
        code="media.frame_missing",
    )


def check_readable(path: str) -> None:
    """Raise the error that says why a file cannot even be opened."""
    file = Path(path)
    try:
        if file.is_dir():
            raise unreadable(path, "it is a folder")
        with file.open("rb") as handle:
            if not handle.read(1):
                raise truncated(path, "it is empty")
    except (FileNotFoundError, NotADirectoryError):
        raise missing(path) from None
    except PermissionError:
        raise MediaError(
            f"“{file.name}” may not be read by this user.",
            "Change the file's permissions or copy it to a folder of your own.",
            code="media.permission",
        ) from None
    except OSError as error:
        raise unreadable(path, (error.strerror or "the system refuses").lower()) from None


@contextmanager
def decoding(path: str) -> Iterator[None]:
    """Turn FFmpeg's errors inside the block into MediaError naming `path`."""
    try:
        yield
    except av.error.FileNotFoundError:
        raise missing(path) from None
    except av.error.EOFError:
        raise truncated(path, "it ends before its first picture") from None
    except (av.error.DecoderNotFoundError, av.error.PatchWelcomeError):
        raise unreadable(path, "its codec is not supported") from None
    except av.error.InvalidDataError:
        if _lost_index(Path(path)):
            raise truncated(path, "its index is missing") from None
        raise unreadable(path, "its data is corrupt") from None
    except av.error.FFmpegError as error:
        raise unreadable(path, (error.strerror or "FFmpeg refuses it").lower()) from None


def _lost_index(path: Path) -> bool:
    """Whether an MP4 or QuickTime file lacks its `moov` box, as after an interrupted recording."""
    boxes: set[bytes] = set()
    try:
        with path.open("rb") as handle:
            size = path.stat().st_size
            while handle.tell() + 8 <= size and len(boxes) < 64:
                start = handle.tell()
                head = handle.read(16)
                length, name = int.from_bytes(head[:4], "big"), head[4:8]
                length = int.from_bytes(head[8:16], "big") if length == 1 else length
                boxes.add(name)
                if length < 8:
                    break
                handle.seek(start + length)
    except OSError:
        return False
    return bool(boxes & {b"ftyp", b"mdat", b"wide"}) and b"moov" not in boxes


@contextmanager
def storing(path: Path) -> Iterator[None]:
    """Turn the system's errors while writing `path` into StorageError that names the folder, and an
    encoder's refusal into MediaError media.encoding."""
    try:
        yield
    except OSError as error:
        raise storage_error(path, error.errno) from error
    except av.error.FFmpegError as error:
        raise MediaError(
            f"“{path.name}” could not be encoded: {(error.strerror or str(error)).lower()}.",
            "Choose another codec for the output.",
            code="media.encoding",
        ) from error


def storage_error(path: Path, number: int | None) -> StorageError:
    """The StorageError for an errno met while writing `path`."""
    folder = path.parent
    match abs(number or 0):
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return StorageError(
                f"The disk is full: “{path.name}” could not be written to {folder}.",
                "Free some space or choose another output folder.",
                code="storage.full",
            )
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return StorageError(
                f"“{path.name}” may not be written to {folder}.",
                "Choose an output folder that you can write to.",
                code="storage.read_only",
            )
        case errno.ENOENT | errno.ENOTDIR:
            return StorageError(
                f"The folder {folder} does not exist.",
                "Choose an output folder that exists.",
                code="storage.missing",
            )
        case code:
            reason = os.strerror(code) if code else "unknown reason"
            return StorageError(
                f"“{path.name}” could not be written to {folder}: {reason}.",
                "Check the disk and try again.",
                code="storage.failed",
            )
