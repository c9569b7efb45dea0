"""What to do when memory runs out in spite of the plan: once again with less, and say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from safetensors import SafetensorError

from pickup.errors import ModelError
from pickup.protocol import Execution
from pickup_engine.models.vace_memory import step_down
from pickup_engine.worker.backends.wan_vace.failures import is_out_of_memory

Result = TypeVar("Result")


def with_less(
    execution: Execution, make: Callable[[Execution], Result], free: Callable[[], None]
) -> tuple[Result, Execution]:
    """What `make` gives, and what it was made with: `execution`, or the next that needs less
    memory. `free` lets everything go in between.

    Raises ModelError `model.out_of_memory` where that is not enough either.
    """
    failure: BaseException | None = None
    leaner = step_down(execution)
    for attempt in (execution, leaner):
        if attempt is None:
            break
        try:
            return make(attempt), attempt
        except (RuntimeError, MemoryError, OSError, SafetensorError) as error:
            if not is_out_of_memory(error):
                raise
            # Its frames would keep alive what has to go.
            failure = error.with_traceback(None)
        free()
    raise ModelError(
        f"Memory ran out on {execution.device}, also with less of the model held at once.",
        "Close other programs, ask for a smaller --size or fewer frames, or use a smaller model.",
        code="model.out_of_memory",
    ) from failure
