"""Progress only grows and keeps its word; a cancel works in every phase and leaves nothing."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from pickup.errors import Cancelled
from pickup.protocol import Operation
from support.conformance import Bench, Ledger


@pytest.mark.parametrize("operation", list(Operation))
def test_progress_grows_through_phases_in_order(bench: Bench, operation: Operation) -> None:
    _, ledger = bench.plain(operation)
    assert all(later >= earlier for earlier, later in pairwise(ledger.progress))
    assert all(later >= earlier for earlier, later in pairwise(ledger.told))
    assert ledger.progress[-1] > 0.9
    for phase, steps, done in ledger.phases:
        # Fewer where earlier work is remembered, never more.
        assert done <= steps or steps == 0, f"{phase.value}: {done} of {steps} steps"


def test_progress_grows_over_several_takes(bench: Bench) -> None:
    ledger = Ledger(2)
    bench.run(replace(bench.request(Operation.EXTEND), takes=2), ledger)
    assert all(later >= earlier for earlier, later in pairwise(ledger.told))
    assert ledger.told[-1] == 2


@pytest.mark.parametrize("operation", list(Operation))
def test_a_cancel_in_any_phase_leaves_nothing(bench: Bench, operation: Operation) -> None:
    request = bench.request(operation)
    made, whole = bench.plain(operation)
    steps = {phase: done for phase, _, done in whole.phases}
    for phase, done in steps.items():
        ledger = Ledger(cancel_at=(phase, min(1, done)))
        with pytest.raises(Cancelled):
            bench.run(request, ledger)
        assert ledger.cancels == 1, f"in {phase.value} it went on"
        assert ledger.takes == []
        assert list(bench.takes_folder.iterdir()) == [], phase
    assert np.array_equal(bench.one(operation), made), "the next job is whole"
