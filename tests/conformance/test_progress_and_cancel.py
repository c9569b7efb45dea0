"""Progress only grows and keeps its word; a cancel works in every phase and leaves nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pickup.errors import Cancelled
from pickup.protocol import JobPhase, Operation
from support.conformance import Bench, Ledger

ORDER = tuple(JobPhase)


@pytest.mark.parametrize("operation", list(Operation))
def test_progress_grows_through_phases_in_order(bench: Bench, operation: Operation) -> None:
    ledger = Ledger()
    bench.run(bench.request(operation), ledger)
    assert all(later >= earlier for earlier, later in pairwise(ledger.progress))
    assert ledger.progress[-1] > 0.9
    for phase, steps, done in ledger.phases:
        # Fewer where earlier work is remembered, never more.
        assert done <= steps or steps == 0, f"{phase.value}: {done} of {steps} steps"
    numbers = [ORDER.index(phase) for phase, _, _ in ledger.phases]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("operation", list(Operation))
def test_a_cancel_in_any_phase_leaves_nothing(bench: Bench, operation: Operation) -> None:
    request = bench.request(operation)
    whole = Ledger()
    bench.run(request, whole)
    steps = {phase: done for phase, _, done in whole.phases}
    for phase, done in steps.items():
        ledger = Ledger(cancel_at=(phase, min(1, done)))
        with pytest.raises(Cancelled):
            bench.run(request, ledger)
        assert ledger.takes == []
        assert list(bench.takes_folder.iterdir()) == [], phase
    assert len(bench.run(request)) == 1
