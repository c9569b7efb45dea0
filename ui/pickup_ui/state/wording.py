"""How numbers and states are said: short, present tense, only what helps a decision."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pickup.protocol import (
    JobPhase,
    JobState,
    JobStatus,
    Operation,
    RenderPlan,
    Request,
    Seam,
    SnapshotItem,
    Take,
    asked_of,
    frames_of,
)
from pickup_ui.state.lengths import length
from pickup_ui.state.model_words import sampling_words
from pickup_ui.state.recipes import Trust

_VERBS = {
    Operation.EXTEND: "Extend",
    Operation.BRIDGE: "Bridge",
    Operation.INPAINT: "Inpaint",
    Operation.RESTYLE: "Restyle",
}
_PHASES = {
    JobPhase.LOADING: "loading the model",
    JobPhase.DECODING: "reading the clip",
    JobPhase.ANALYSING: "looking at the motion",
    JobPhase.DENOISING: "generating",
    JobPhase.RENDERING: "rendering",
    JobPhase.ENCODING: "writing the file",
}

_SURE = ((0.66, "sure"), (0.33, "unsure"), (0.0, "a guess"))
_NOTICED = 0.005
"""Least confidence and its word; share of invented picture from which on it is said."""


def verb_name(operation: Operation) -> str:
    """The verb as a word."""
    return _VERBS[operation]


def rate_words(rate: Fraction) -> str:
    """`25`, `23.976`."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


def names_words(paths: Sequence[str], most: int = 3) -> str:
    """`a.mov, b.mov, c.mov and 2 more`: the names of files."""
    names = ", ".join(path.rpartition("/")[2] for path in paths[:most])
    rest = len(paths) - most
    return f"{names} and {rest} more" if rest > 0 else names


def lines_words(sentences: Sequence[str]) -> str:
    """Sentences one under the other; several begin with a dash, for each may take several lines."""
    return "\n".join(f"– {one}" if len(sentences) > 1 else one for one in sentences)


def percent(part: float) -> str:
    """`62 %`."""
    return f"{round(max(0.0, min(1.0, part)) * 100)} %"


def duration(seconds: float) -> str:
    """`9 s`, `3 min`, `1 h 20 min`: no more precision than an estimate has."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def plan_words(plan: RenderPlan | None) -> str:
    """Size and memory of what is generated, and the time on this machine where it is known."""
    if plan is None:
        return ""
    known = plan.seconds > 0
    time = f"About {duration(plan.seconds)} on this machine." if known else ""
    return f"{sampling_words(plan)} {time}".strip()


def label_words(draft: bool, test: bool) -> str:
    """What has to be known of a plan or a take before anything else; "" where nothing has."""
    if test:
        return "test model: noise"
    return "draft" if draft else ""


def job_title(job: JobStatus) -> str:
    """`Extend shot 12`."""
    return job.submission.label or verb_name(job.submission.request.operation)


def job_words(job: JobStatus) -> str:
    """Where a job stands."""
    match job.state:
        case JobState.QUEUED:
            return "waiting" if job.position <= 1 else f"waiting, {job.position - 1} before it"
        case JobState.RUNNING:
            phase = _phase_words(job)
            steps = f" {job.step}/{job.steps}" if job.steps > 1 and job.step else ""
            return phase + steps
        case JobState.INTERRUPTED:
            return "interrupted, runs again"
        case JobState.SUCCEEDED:
            count = len(job.takes)
            return "1 take ready" if count == 1 else f"{count} takes ready"
        case JobState.FAILED:
            return "failed"
        case JobState.CANCELLED:
            return "cancelled"


def _phase_words(job: JobStatus) -> str:
    """A model that denoises looks at no motion: it reads what it is given."""
    if job.phase is JobPhase.ANALYSING and job.plan.execution.steps > 1:
        return "reading words and pictures"
    return _PHASES[job.phase] if job.phase else "starting"


def time_left(job: JobStatus) -> str:
    """`4 s left`, or nothing where it is not known."""
    if job.state is not JobState.RUNNING or job.eta is None:
        return ""
    return f"{duration(job.eta)} left"


def seam_words(seam: Seam) -> str:
    """How well a take fits, in the number of its kind; seam 1.0 is as smooth as real frames."""
    if seam.jump is not None:
        return f"seam {seam.jump:.1f}"
    if seam.colour is not None:
        return f"colour {seam.colour:.1f}"
    return ""


def trust_words(trust: Trust) -> str:
    """How far a take can be trusted, in plain words; the numbers are for `trust_numbers`."""
    parts = []
    if trust.confidence is not None:
        parts.append(next(word for least, word in _SURE if trust.confidence >= least))
    if trust.invented is not None and trust.invented >= _NOTICED:
        parts.append(f"{percent(trust.invented)} invented")
    return ", ".join(parts)


def trust_numbers(trust: Trust) -> str:
    """The numbers behind `trust_words`, and what they mean."""
    lines = []
    if trust.confidence is not None:
        lines.append(
            f"Confidence {trust.confidence:.2f} of 1, from what the model could check on frames "
            "that exist"
        )
    if trust.invented is not None:
        lines.append(f"{trust.invented:.1%} of the picture was never filmed and is filled in")
    return "\n".join(lines)


def taken_words(item: SnapshotItem) -> str:
    """`Extend, take 2 of 4`: the verb that made a clip and what it shows."""
    verbs = (word for verb, word in _VERBS.items() if verb == item.operation)
    many = f" of {item.takes}" if item.takes > 1 else ""
    return f"{next(verbs, 'Generated')}, take {item.take + 1}{many}"


def made_words(item: SnapshotItem, take: Take | None, model: str) -> str:
    """`Extend · take 2 of 4 · Draft (built in) · seed 1`: how a clip was made. `take` is what it
    shows, None where no recipe of it is left; `model` is a name, "" = not known."""
    parts = [taken_words(item).replace(", ", " · ")]
    if take is None:
        return " · ".join((*parts, "no recipe beside its file"))
    label = label_words(take.draft, take.test) or "final"
    # The built-in model says in its name that it makes drafts.
    parts += [] if label in model.lower() else [label]
    parts += [model] if model else []
    return " · ".join((*parts, f"seed {take.seed}"))


def take_words(take: Take, rate: Fraction, request: Request | None = None) -> str:
    """The tool tip of a take; `request`: what was asked for, None where that is not known."""
    handle = frames_of(request) - len(asked_of(request)) if request else 0
    parts = [f"Take {take.index + 1}: {length(take.media.frames - handle, rate)}"]
    parts += [f"{handle} f handle"] if handle else []
    parts.append(label_words(take.draft, take.test) or "final")
    if words := seam_words(take.seam):
        parts.append(words)
    parts.append(f"seed {take.seed}")
    return ", ".join(parts)
