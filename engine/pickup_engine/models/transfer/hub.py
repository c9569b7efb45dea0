"""The hub, through its own library: what a repository holds, and its files piece by piece.

Files come over plain HTTP in one stream each. `hf_hub_download` is not used: in huggingface_hub 2.4
it begins a file anew when its process was killed, and a shard has five gigabytes. The chunked
protocol (Xet) comes with that function only.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Final, cast
from urllib.parse import urlsplit

from huggingface_hub import HfApi, constants, get_hf_file_metadata, hf_hub_url
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import (
    build_hf_headers,
    hf_raise_for_status,
    http_stream_backoff,
)

from pickup.errors import ModelError
from pickup_engine.models.entry import ModelEntry
from pickup_engine.models.transfer.files import flush, storing

_MOST_FILES: Final = 1000
_PIECE: Final = 1 << 16
_TRIES: Final = 5
_PAUSE_SECONDS: Final = 1.0

# The library changed its HTTP client from one release to the next; this is the base of the errors
# of the one that it has now.
_ClientError: Final = cast(type[Exception], HfHubHTTPError.__bases__[0])


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository. sha256: where the hub stores it as a large file, else empty; git:
    what git calls its content (of a large file that of the pointer)."""

    path: str
    bytes: int
    sha256: str
    git: str


@dataclass(frozen=True)
class Listing:
    """The files of one commit."""

    commit: str
    files: tuple[RemoteFile, ...]


def listing(entry: ModelEntry) -> Listing:
    """What the entry's repository holds in its revision. Raises ModelError `model.gated`,
    `model.not_found`, `model.offline`."""
    api = HfApi()
    with _asking(entry):
        commit = api.model_info(entry.repository, revision=entry.revision).sha or entry.revision
        tree = api.list_repo_tree(entry.repository, revision=commit, recursive=True)
        files = []
        for item in tree:
            if isinstance(item, RepoFile):
                large = item.lfs.sha256 if item.lfs else ""
                files.append(RemoteFile(item.path, item.size, large, item.blob_id))
            if len(files) > _MOST_FILES:
                break
    return Listing(commit, tuple(files))


def load(
    entry: ModelEntry, commit: str, file: RemoteFile, part: Path, heard: Callable[[int], None]
) -> None:
    """Load what `part` still lacks of a file; `heard` is told of the new bytes. A connection that
    breaks is taken up again, until it brings nothing any more. Raises ModelError or StorageError.
    """
    mode = "r+b" if part.exists() else "w+b"
    # In this order: the library's errors are the system's kind of errors, too.
    with storing(part.parent), _asking(entry), part.open(mode) as opened:
        have, tries = opened.seek(0, 2), _TRIES
        while have < file.bytes:
            try:
                _stream(entry, commit, file, cast(BinaryIO, opened), heard)
            except HfHubHTTPError:
                raise
            except _ClientError:
                tries = _TRIES if opened.tell() > have else tries - 1
                if not tries:
                    raise
                time.sleep(_PAUSE_SECONDS)
            have = opened.tell()
        flush(cast(BinaryIO, opened))


def _stream(
    entry: ModelEntry,
    commit: str,
    file: RemoteFile,
    opened: BinaryIO,
    heard: Callable[[int], None],
) -> None:
    """Append to an opened file what one connection brings."""
    # Asked for every time: the address of a large file is good for an hour or so.
    there = get_hf_file_metadata(hf_hub_url(entry.repository, file.path, revision=commit))
    headers = build_hf_headers()
    # A range of a compressed answer would be no range of the file.
    headers["Accept-Encoding"] = "identity"
    if urlsplit(there.location)[:2] != urlsplit(constants.ENDPOINT)[:2]:
        # Large files lie elsewhere, under an address that is its own key: the user's token stays
        # with the hub.
        headers.pop("authorization", None)
    have = opened.tell()
    if have:
        headers["Range"] = f"bytes={have}-"
    wait = constants.HF_HUB_DOWNLOAD_TIMEOUT
    # Its own retries must not see what breaks inside the block: that is taken up by `load`.
    with http_stream_backoff(
        "GET", there.location, headers=headers, timeout=wait, retry_on_exceptions=()
    ) as response:
        hf_raise_for_status(response)
        if have and response.status_code != HTTPStatus.PARTIAL_CONTENT:
            heard(-have)
            have = opened.truncate(opened.seek(0))
        for piece in response.iter_bytes(_PIECE):
            have += opened.write(piece)
            heard(len(piece))
            if have > file.bytes:
                return


@contextlib.contextmanager
def _asking(entry: ModelEntry) -> Iterator[None]:
    """Turn the library's errors into ours."""
    place = f"{constants.ENDPOINT}/{entry.repository}"
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise ModelError(
            "The hub is switched off by HF_HUB_OFFLINE.",
            "Unset it and restart the engine, or import a folder with `pickup models import`.",
            code="model.offline",
        ) from error
    except (RevisionNotFoundError, EntryNotFoundError) as error:
        raise ModelError(
            f"{place} does not hold what the catalogue names any more ({entry.revision[:12]}).",
            "Update Pickup, or import a folder with `pickup models import`.",
            code="model.not_found",
        ) from error
    except GatedRepoError as error:
        raise _gated(entry, place) from error
    except RepositoryNotFoundError as error:
        if error.response.status_code in (401, 403):
            raise _gated(entry, place) from error
        raise ModelError(
            f"{place} does not exist.",
            "Update Pickup, or import a folder with `pickup models import`.",
            code="model.not_found",
        ) from error
    except HfHubHTTPError as error:
        if error.response.status_code in (401, 403):
            raise _gated(entry, place) from error
        raise ModelError(
            f"{place} answered with status {error.response.status_code}.",
            "Try again later: what is there is kept.",
            code="model.hub",
        ) from error
    except _ClientError as error:
        raise ModelError(
            f"{constants.ENDPOINT} cannot be reached: {str(error)[:200] or type(error).__name__}.",
            "Check the connection and start again: what is there is kept.",
            code="model.offline",
        ) from error


def _gated(entry: ModelEntry, place: str) -> ModelError:
    return ModelError(
        f"{place} is only for users who are logged in and were let in.",
        f"Ask for access at {place}, log in with `hf auth login` (or set HF_TOKEN and restart the"
        " engine), and pull again.",
        code="model.gated",
    )
