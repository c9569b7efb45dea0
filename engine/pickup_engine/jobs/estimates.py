"""Time estimates learnt from earlier jobs on this machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from statistics import median

from pickup.protocol import JobPhase, RenderPlan, Request
from pickup_engine.jobs.store import JobStore

_REMEMBERED = 20
_FIRST_GUESS: Mapping[JobPhase, float] = {
    JobPhase.LOADING: 0.15,
    JobPhase.DECODING: 0.10,
    JobPhase.ANALYSING: 0.15,
    JobPhase.DENOISING: 0.30,
    JobPhase.RENDERING: 0.20,
    JobPhase.ENCODING: 0.10,
}
"""Shares of a job's time until one like it has run here (rough, from the draft model on a CPU)."""


def work_units(plan: RenderPlan, takes: int) -> float:
    """Frames times megapixels over all takes: what the time of a job is proportional to."""
    return max(plan.frames * takes * plan.width * plan.height / 1e6, 1e-6)


def with_seconds(plan: RenderPlan, request: Request, store: JobStore) -> RenderPlan:
    """The plan with `seconds` of the whole job: median of the last ones alike, 0 if none."""
    samples = store.samples(request.operation.value, request.model, _REMEMBERED)
    if not samples:
        return plan
    per_unit = median(unit for unit, _ in samples)
    return dataclasses.replace(plan, seconds=per_unit * work_units(plan, request.takes))


def phase_shares(request: Request, store: JobStore) -> dict[JobPhase, float]:
    """What share of a take's time each phase takes; sums to 1."""
    samples = [
        p for _, p in store.samples(request.operation.value, request.model, _REMEMBERED) if p
    ]
    if not samples:
        return dict(_FIRST_GUESS)
    typical = {phase: median(s.get(phase.value, 0.0) for s in samples) for phase in JobPhase}
    total = sum(typical.values())
    if total <= 0:
        return dict(_FIRST_GUESS)
    return {phase: seconds / total for phase, seconds in typical.items()}
