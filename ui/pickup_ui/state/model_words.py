"""How models and their transfers are said."""

from __future__ import annotations

from pickup.protocol import (
    FREE_LICENCES,
    Control,
    ModelInfo,
    ModelTransfer,
    Operation,
    RenderPlan,
    TransferKind,
    TransferState,
)

_DEEDS = {
    Operation.EXTEND: "extends",
    Operation.BRIDGE: "bridges",
    Operation.INPAINT: "inpaints",
    Operation.RESTYLE: "restyles",
}
_CONTROLS = {
    Control.AUTO: "what suits best",
    Control.DEPTH: "depth",
    Control.EDGES: "edges",
    Control.GREY: "light and shade",
    Control.FLOW: "motion",
}
_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def size_words(count: int) -> str:
    """`19 GB`, `12 MB`: two or three digits, powers of 1000."""
    value, unit = float(count), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit and value < 9.95 else 0
    return f"{value:.{digits}f} {_UNITS[unit]}"


def control_words(control: Control) -> str:
    """What of the shot is kept, in a word or two."""
    return _CONTROLS[control]


def is_free(licence: str) -> bool:
    """Whether a licence is agreed to without a click."""
    return licence in FREE_LICENCES


def title_words(model: ModelInfo) -> str:
    """Name and version, which many names hold already."""
    return model.name if model.version in model.name else f"{model.name} {model.version}"


def deeds(model: ModelInfo, served: tuple[str, ...] = ()) -> str:
    """What a model does, in one line; `served` are the names of those that it helps."""
    if not model.operations:
        return f"Helps {', '.join(served) or 'other models'}; makes no pictures by itself"
    parts = [", ".join(_DEEDS[one] for one in model.operations)]
    if model.words:
        parts.append("reads words")
    if model.max_references:
        many = model.max_references > 1
        parts.append(f"up to {model.max_references} references" if many else "one reference")
    if model.keyframes:
        parts.append("pinned frames")
    if model.controls:
        parts.append("keeps structure")
    if model.draft:
        parts.append("drafts only")
    line = " · ".join(parts)
    return line[:1].upper() + line[1:]


def facts(model: ModelInfo) -> str:
    """Licence, size and where it comes from."""
    parts = [model.licence or "no licence stated"]
    if model.bytes:
        parts.append(f"{size_words(model.bytes)} on the disk")
    if model.repository:
        parts.append(model.repository)
    return " · ".join(parts)


def memory_words(model: ModelInfo) -> str:
    """What it needs at least; whether that is here only the engine knows."""
    return f"Needs {size_words(model.memory_bytes)} of memory." if model.memory_bytes else ""


def transfer_words(transfer: ModelTransfer) -> str:
    """Where a transfer stands."""
    match transfer.state, transfer.kind:
        case TransferState.RUNNING, kind:
            verb = {
                TransferKind.PULL: "Fetching",
                TransferKind.IMPORT: "Copying",
                TransferKind.VERIFY: "Checking",
            }[kind]
            if not transfer.total:
                return f"{verb} …"
            return f"{verb}: {size_words(transfer.done)} of {size_words(transfer.total)}"
        case TransferState.CANCELLED, TransferKind.PULL if transfer.done:
            return f"Stopped; {size_words(transfer.done)} are kept and are not fetched again."
        case TransferState.CANCELLED, _:
            return "Stopped."
        case TransferState.SUCCEEDED, TransferKind.VERIFY:
            return "Checked: every file is whole."
        case _:
            return ""


def sampling_words(plan: RenderPlan) -> str:
    """Size and memory of pictures that are made by denoising; "" for those that are moved."""
    if plan.execution.steps <= 1:
        return ""
    size, shown = (plan.model_width, plan.model_height), (plan.width, plan.height)
    made = f"Made at {_pixels(size)}"
    if size != shown:
        made += f", shown at {_pixels(shown)}"
    if plan.execution.windows > 1:
        made += f", in {plan.execution.windows} parts"
    if not plan.memory_bytes:
        return f"{made}."
    return f"{made}; needs {size_words(plan.memory_bytes)} of memory."


def _pixels(size: tuple[int, int]) -> str:
    """`832 × 480`, never broken across lines."""
    return f"{size[0]}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{size[1]}"
