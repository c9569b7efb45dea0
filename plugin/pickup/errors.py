"""One tree of errors: a stable code, one sentence that names the file, and the remedy as a hint.

An error crosses every boundary (process, HTTP, command) as the same three strings.
"""

from __future__ import annotations


class PickupError(Exception):
    """Anything that a user may see: `code` is stable, `message` says what, `hint` says what to
    do."""

    code = "pickup"

    def __init__(self, message: str, hint: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def to_json(self) -> dict[str, str]:
        """The wire form: `{"code", "message", "hint"}`."""
        return {"code": self.code, "message": self.message, "hint": self.hint}

    @staticmethod
    def from_json(data: object) -> PickupError:
        """Rebuild an error from its wire form; the class follows the code where it is known."""
        fields = data if isinstance(data, dict) else {}
        code = str(fields.get("code", "pickup"))
        family = _BY_CODE.get(code.split(".")[0], PickupError)
        message = str(fields.get("message", "")) or "Something failed without saying what."
        return family(message, str(fields.get("hint", "")), code=code)


class RequestError(PickupError):
    """The request cannot be carried out as it is worded."""

    code = "request"


class TimelineError(PickupError):
    """A timeline cannot be read, or an edit would break it."""

    code = "timeline"


class MediaError(PickupError):
    """A media file is missing, broken, or does not hold the asked frames."""

    code = "media"


class ModelError(PickupError):
    """A model is missing, does not fit, or cannot do what is asked."""

    code = "model"


class EngineError(PickupError):
    """The engine cannot be reached, started, or lost its worker."""

    code = "engine"


class StorageError(PickupError):
    """A disk is full or a folder cannot be written."""

    code = "storage"


class Cancelled(PickupError):
    """The user stopped the job."""

    code = "cancelled"


_BY_CODE: dict[str, type[PickupError]] = {
    kind.code: kind
    for kind in (
        RequestError,
        TimelineError,
        MediaError,
        ModelError,
        EngineError,
        StorageError,
        Cancelled,
    )
}
