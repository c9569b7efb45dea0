"""A job that is stopped or runs out of memory, and a process without a network."""

from __future__ import annotations

import errno
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import SafetensorError

from pickup.errors import Cancelled, ModelError
from pickup.protocol import Execution, JobPhase, Offload, Operation
from pickup_engine.worker.backends.wan_vace.failures import is_out_of_memory
from pickup_engine.worker.backends.wan_vace.memory import with_less
from support.vace import STEPS, Told, backend_of, box, over, pictures


@pytest.mark.parametrize("offload", [Offload.NONE, Offload.PHASES])
def test_a_cancel_in_any_phase_stops_and_the_next_job_is_whole(
    random_vace: Path, offload: Offload
) -> None:
    backend = backend_of(random_vace)
    execution = Execution(steps=STEPS, guidance=3.0, offload=offload)
    job = over(Operation.INPAINT, 9, matte=box(9, 16, 8, 32, 24), execution=execution)
    whole = Told()
    made = pictures(backend.generate(job, whole))
    for phase, steps, _ in whole.phases:
        # Where every part is read again for each job one place in a phase must do.
        for after in {0, steps // 2, steps} if offload is Offload.NONE else {1}:
            told = Told(cancel_at=(phase, after))
            with pytest.raises(Cancelled):
                backend.generate(job, told)
            assert told.phases[-1][::2] == (phase, after)
    assert np.array_equal(pictures(backend.generate(job, Told())), made)


def test_a_cancel_between_windows(random_vace: Path) -> None:
    execution = Execution(steps=STEPS, guidance=1.0, window=17, overlap=6)
    job = over(Operation.RESTYLE, 25, execution=execution)
    backend = backend_of(random_vace)
    for after in range(STEPS + 3):
        with pytest.raises(Cancelled):
            backend.generate(job, Told(cancel_at=(JobPhase.DENOISING, after)))


def too_much() -> torch.Tensor:
    return torch.empty(1 << 60)


def test_every_allocators_words_are_understood() -> None:
    with pytest.raises(RuntimeError) as caught:
        too_much()
    assert is_out_of_memory(caught.value)
    with pytest.raises(MemoryError) as none_left:
        np.empty(1 << 50, np.uint8)
    assert is_out_of_memory(none_left.value)
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED"))
    assert is_out_of_memory(OSError(errno.ENOMEM, "Cannot allocate memory"))
    assert is_out_of_memory(SafetensorError("Cannot allocate memory (os error 12)"))
    assert not is_out_of_memory(OSError(errno.ENOENT, "No such file"))
    assert not is_out_of_memory(RuntimeError("sizes do not match"))
    assert not is_out_of_memory(ValueError("out of memory"))


def test_the_second_try_needs_less_and_is_told() -> None:
    tried: list[Execution] = []
    freed: list[int] = []

    def make(execution: Execution) -> str:
        tried.append(execution)
        if len(tried) == 1:
            too_much()
        return "made"

    planned = Execution(batch=4)
    made, used = with_less(planned, make, lambda: freed.append(len(tried)))
    assert (made, freed) == ("made", [1])
    assert tried == [planned, used] and used != planned
    assert used.batch == 1 and used.tiling and used.offload is Offload.PHASES


def test_memory_that_runs_out_twice_is_an_error_with_the_remedy() -> None:
    tried: list[Execution] = []

    def make(execution: Execution) -> None:
        tried.append(execution)
        too_much()

    with pytest.raises(ModelError) as caught:
        with_less(Execution(), make, lambda: None)
    assert caught.value.code == "model.out_of_memory" and "--size" in caught.value.hint
    assert len(tried) == 2


def test_other_errors_are_not_tried_again() -> None:
    tried: list[Execution] = []

    def make(execution: Execution) -> None:
        tried.append(execution)
        raise RuntimeError("something else")

    with pytest.raises(RuntimeError, match="something else"):
        with_less(Execution(), make, lambda: None)
    assert len(tried) == 1


def test_running_out_for_real_makes_the_same_take_with_less(
    random_vace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import WanVACETransformer3DModel

    backend = backend_of(random_vace)
    job = over(Operation.RESTYLE, 5, execution=Execution(steps=STEPS, guidance=1.0))
    planned = backend.generate(job, Told())
    assert "stepped_down" not in planned.details
    forward, calls = WanVACETransformer3DModel.forward, []

    def hungry(model: torch.nn.Module, **arguments: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            too_much()
        return forward(model, **arguments)

    monkeypatch.setattr(WanVACETransformer3DModel, "forward", hungry)
    made = backend.generate(job, Told())
    assert made.details["stepped_down"] and made.details["offload"] == "phases"
    lean = replace(job, execution=replace(job.execution, offload=Offload.PHASES, tiling=True))
    assert np.array_equal(pictures(made), pictures(backend.generate(lean, Told())))


NO_NETWORK = """
import os, socket, sys
sys.path[:0] = {path!r}
from pickup_engine.worker.offline import go_offline
go_offline()
assert os.environ["HF_HUB_OFFLINE"] == "1"
listener = socket.socket(); listener.bind(("127.0.0.1", 0)); listener.listen()
for ask in (
    lambda: socket.create_connection(listener.getsockname()),
    lambda: socket.socket().connect(listener.getsockname()),
    lambda: socket.getaddrinfo("localhost", 80),
    lambda: socket.gethostbyname("localhost"),
    lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", listener.getsockname()),
):
    try:
        ask()
    except PermissionError as error:
        assert "no network" in str(error)
    else:
        raise SystemExit("it got through")
print("shut")
"""


def test_a_worker_has_no_network() -> None:
    program = NO_NETWORK.format(path=[path for path in sys.path if path])
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "shut\n", done.stderr


WORKER = """
import runpy, sys
sys.path[:0] = {path!r}
sys.addaudithook(lambda event, _: event == "sys.addaudithook" and print("guarded", file=sys.stderr))
runpy.run_module("pickup_engine.worker", run_name="__main__", alter_sys=True)
"""


def test_the_worker_shuts_the_network_before_its_first_job() -> None:
    program = WORKER.format(path=[path for path in sys.path if path])
    done = subprocess.run(
        [sys.executable, "-c", program],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "guarded" in done.stderr and done.returncode == 0, done.stderr
