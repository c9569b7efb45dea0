"""The same request makes the same take; another seed and another take make another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pickup.protocol import Operation
from pickup_engine.worker.run import Backends
from support.conformance import Bench, Ledger, differ


def drawn(bench: Bench) -> tuple[Operation, ...]:
    """Verbs whose takes are drawn by lot. Extensions come last: they get grain of the job's seed,
    which would be another one even where the model had not listened."""
    if bench.info.words:
        return Operation.INPAINT, Operation.RESTYLE, Operation.EXTEND
    return (Operation.EXTEND,)


def test_the_same_seed_makes_the_same_take(bench: Bench) -> None:
    for operation in bench.info.operations:
        first, _ = bench.plain(operation)
        assert np.array_equal(first, bench.one(operation)), operation


def test_another_seed_makes_another_take(bench: Bench) -> None:
    for operation in drawn(bench):
        first, _ = bench.plain(operation)
        assert differ(first, bench.one(operation, seed=5)) > 0, operation


def test_a_fresh_worker_makes_the_same_take(bench: Bench) -> None:
    first, _ = bench.plain(Operation.EXTEND)
    bench.backends = Backends()
    assert np.array_equal(first, bench.one(Operation.EXTEND))


def test_takes_differ_and_do_not_depend_on_how_many_are_made(bench: Bench) -> None:
    request = bench.request(drawn(bench)[0])
    three = bench.run(replace(request, takes=3))
    two = bench.run(replace(request, takes=2))
    assert differ(three[0], three[1]) > 0 and differ(three[1], three[2]) > 0
    for one, same in zip(two, three, strict=False):
        # A batch may round otherwise than a single take: one code of eight bits.
        assert differ(one, same) < 1 / 255


def test_a_retry_makes_only_the_takes_that_are_missing(bench: Bench) -> None:
    request = replace(bench.request(Operation.EXTEND), takes=2)
    both = bench.run(request)
    ledger = Ledger(2)
    ledger.finished_takes = (0,)
    (second,) = bench.run(request, ledger)
    assert [take.index for take in ledger.takes] == [1]
    assert differ(second, both[1]) < 1 / 255
