"""A reference peer some of whose datagrams are bent before they leave, by a seed; its control stays right.

garbled_peer.py SEED SHARE SPARED MODULE [ARGUMENT…]

SPARED datagrams go first as they are, so that the suite can look at the peer.
"""

import asyncio.selector_events
import itertools
import random
import runpy
import sys
from typing import Any

seed, share, spared, module, *rest = sys.argv[1:]
chance = random.Random(seed)
send = asyncio.selector_events._SelectorDatagramTransport.sendto  # type: ignore[attr-defined]


def bent(data: bytes) -> bytes:
    """Noise, a part, too much, or the same with other bytes."""
    changed = bytearray(data)
    match chance.randrange(5):
        case 0:
            return chance.randbytes(chance.randrange(1, 80))
        case 1:
            return data[: chance.randrange(1, len(data) + 1)]
        case 2:
            return data + chance.randbytes(chance.randrange(1, 40))
        case 3:
            at = chance.randrange(len(data))
            changed[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
        case _:
            for _ in range(chance.randrange(1, 4)):
                changed[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(changed)


sent = itertools.count()


def garbling(transport: Any, data: bytes, address: Any = None) -> None:
    if next(sent) >= int(spared) and chance.random() < float(share):
        data = bent(data)
    send(transport, data, address)


asyncio.selector_events._SelectorDatagramTransport.sendto = garbling  # type: ignore[attr-defined]
sys.argv = [module, *rest]
runpy.run_module(module, run_name="__main__", alter_sys=True)
