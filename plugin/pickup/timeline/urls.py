"""Media paths in every spelling that hosts write.

OTIO's own helpers lose drive letters, cut at `#` and `?`, and decode `%2520` twice.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote

import opentimelineio as otio

_DRIVE = re.compile(r"^[A-Za-z]:([\\/]|$)")
_OLD = "cp1252"
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+://")


class UrlStyle(StrEnum):
    """How a reference is spelled: `file://` with escapes, or a plain absolute path."""

    FILE = "file"
    PLAIN = "plain"


def media_path(
    url: str, folder: str = "", exists: Callable[[str], bool] = os.path.exists
) -> str | None:
    """The local path that `url` means, with `/` as separator; None where it is no local file.

    `folder` is where relative paths start: the folder of the timeline file. `exists` settles the
    spellings that are ambiguous: a plain path may or may not be escaped or use `\\`, and systems
    differ in how they compose accents.
    """
    path = _spelled(url, folder, exists)
    if path is None or path.isascii() or exists(path):
        return path
    others = [unicodedata.normalize(form, path) for form in ("NFC", "NFD")]
    if "\ufffd" in path and url.lower().startswith("file:"):
        others.append(_from_file_url(url[len("file:") :], _OLD))
    return next((other for other in others if exists(other)), path)


def _spelled(url: str, folder: str, exists: Callable[[str], bool]) -> str | None:
    if not url:
        return None
    if _DRIVE.match(url) or url.startswith("\\\\"):
        return url.replace("\\", "/")
    if url.lower().startswith("file:"):
        return _join(folder, _from_file_url(url[len("file:") :]))
    if _SCHEME.match(url):
        return None
    plain = _join(folder, url)
    if ("%" in url or "\\" in url) and not exists(plain):
        slashed = url.replace("\\", "/")
        for other in (unquote(url), slashed, unquote(slashed), unquote(slashed, _OLD)):
            if exists(decoded := _join(folder, other)):
                return decoded
    return plain


def _from_file_url(rest: str, encoding: str = "utf-8") -> str:
    if not rest.startswith("//"):
        path = unquote(rest, encoding)
        return path[1:] if re.match(r"^/[A-Za-z]:", path) else path
    host, slash, tail = rest[2:].partition("/")
    host, path = unquote(host), unquote(slash + tail, encoding)
    if re.match(r"^[A-Za-z]:$", host):
        return host + path
    if host not in ("", "localhost"):
        return f"//{host}{path}"
    return path[1:] if re.match(r"^/[A-Za-z]:(/|$)", path) else path


def _join(folder: str, path: str) -> str:
    if path.startswith("/") or _DRIVE.match(path) or not folder:
        return path
    return os.path.normpath(f"{folder}/{path}").replace(os.sep, "/")


def is_relative(url: str) -> bool:
    """Whether `url` only means something beside its timeline file."""
    absolute = _DRIVE.match(url) or url.startswith(("/", "\\\\")) or url.lower().startswith("file:")
    return bool(url) and not absolute and not _SCHEME.match(url)


def target_url(path: str, style: UrlStyle = UrlStyle.PLAIN) -> str:
    """How a reference to `path` is written; `media_path` reads both styles back exactly."""
    path = path.replace("\\", "/") if _DRIVE.match(path) or path.startswith("\\\\") else path
    if style is UrlStyle.PLAIN:
        return path
    if path.startswith("//"):
        return "file:" + quote(path, safe="/:")
    lead = "/" if _DRIVE.match(path) else ""
    return f"file://{lead}{quote(path, safe='/:')}"


def style_of(url: str) -> UrlStyle:
    """How a reference is spelled."""
    return UrlStyle.FILE if url.lower().startswith("file:") else UrlStyle.PLAIN


def url_beside(old: str, path: str, folder: str) -> str:
    """A reference to `path` in the spelling of the reference `old` of a timeline in `folder`;
    relative where that is and both files lie in one folder."""
    was = media_path(old, folder)
    parent, _, name = path.replace("\\", "/").rpartition("/")
    if was and is_relative(old) and was.rpartition("/")[0] == parent:
        return old[: max(old.rfind("/"), old.rfind("\\")) + 1] + name
    return target_url(path, style_of(old))


def reference_path(reference: Any, folder: str) -> str:
    """The path of a media reference, "" where it has none; a printf pattern for a sequence."""
    if isinstance(reference, otio.schema.ExternalReference):
        return media_path(reference.target_url or "", folder) or ""
    if isinstance(reference, otio.schema.ImageSequenceReference):
        padding = reference.frame_zero_padding
        return _sequence_file(reference, folder, f"%0{padding}d" if padding else "%d")
    return ""


def first_file(reference: Any, folder: str) -> str:
    """A file that must exist if the media does: of a sequence its first picture."""
    if isinstance(reference, otio.schema.ImageSequenceReference):
        number = str(reference.start_frame).zfill(reference.frame_zero_padding)
        return _sequence_file(reference, folder, number)
    return reference_path(reference, folder)


def _sequence_file(reference: Any, folder: str, number: str) -> str:
    base = reference.target_url_base or ""
    base = base if not base or base.endswith(("/", "\\")) else base + "/"
    prefix = media_path(f"{base}{reference.name_prefix}", folder)
    return f"{prefix}{number}{reference.name_suffix}" if prefix else ""


def common_style(timeline: Any) -> UrlStyle:
    """The spelling that most references of the timeline use; plain where there are none."""
    count = {UrlStyle.FILE: 0, UrlStyle.PLAIN: 0}
    for track in timeline.tracks:
        for item in track:
            reference = getattr(item, "media_reference", None)
            url = getattr(reference, "target_url", "") or ""
            if url:
                count[style_of(url)] += 1
    return UrlStyle.FILE if count[UrlStyle.FILE] > count[UrlStyle.PLAIN] else UrlStyle.PLAIN
