"""`python -m pickup_engine.models.transfer`: carries out one order from stdin, telling on stdout.

It ends when its stdin closes, whatever it does: what is there is gone on with the next time.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path

from pickup.errors import PickupError
from pickup.protocol import TransferKind, decode, encode
from pickup_engine.models.catalogue import entry_of, found
from pickup_engine.models.source import source_of
from pickup_engine.models.transfer.order import Order, Word


def main() -> int:
    """Run; 0 where the order was carried out."""
    order: Order = decode(Order, json.loads(sys.stdin.buffer.readline()))
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    try:
        _carry_out(order)
    except PickupError as error:
        _tell(Word(error=error.to_json()))
        return 1
    _tell(Word(finished=True))
    return 0


def _carry_out(order: Order) -> None:
    match order.kind:
        case TransferKind.PULL:
            # The hub's library takes a second to load, and nothing else may load it.
            from pickup_engine.models.transfer.pull import pull

            entry = entry_of(order.model)
            assert entry is not None, order.model
            pull(entry, _tell)
        case TransferKind.IMPORT:
            from pickup_engine.models.transfer.take_over import take_over

            folder = Path(order.folder)
            take_over(source_of(folder, order.model), folder, _tell)
        case TransferKind.VERIFY:
            from pickup_engine.models.transfer.verify import verify

            one = found(order.model)
            assert one.folder is not None, order.model
            verify(one.entry, one.folder, _tell)


def _tell(word: Word) -> None:
    print(json.dumps(encode(word)), flush=True)


def _end_with_stdin() -> None:
    # Read past Python's buffer: the main thread may not wait for this one's lock when it ends.
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
