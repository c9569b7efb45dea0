"""Time estimates learnt from earlier jobs on this machine."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from statistics import median

from pickup.protocol import JobPhase, RenderPlan, Request
from pickup_engine.jobs.store import JobStore

_REMEMBERED = 20
_LOADING = JobPhase.LOADING.value
_COLD_SECONDS = 0.5
"""Loading that took less was none: the model was there already."""
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


def with_seconds(plan: RenderPlan, request: Request, store: JobStore, warm: bool) -> RenderPlan:
    """The plan with `seconds` of the whole job: median of the last ones alike, 0 if none.

    `warm`: a worker runs, so that nothing has to be loaded.
    """
    samples = store.samples(request.operation.value, request.model, _REMEMBERED)
    if not samples:
        return plan
    working = median(unit for unit, _ in samples) * work_units(plan, request.takes)
    loads = [p[_LOADING] for _, p in samples if p.get(_LOADING, 0.0) >= _COLD_SECONDS]
    loading = median(loads) if loads and not warm else 0.0
    return dataclasses.replace(plan, seconds=working + loading)


def unit_seconds(plan: RenderPlan, takes: int, total: float, phases: Mapping[str, float]) -> float:
    """What a job that took `total` seconds for `takes` new takes says about the next one. Loading
    is left out: it does not grow with the work."""
    return max(total - phases.get(_LOADING, 0.0), 0.0) / work_units(plan, takes)


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
