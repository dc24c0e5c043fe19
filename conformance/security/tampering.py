"""What becomes of a record on its way where somebody changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from conformance.dtls.mux import Peer
from conformance.dtls.records import Record

TAMPERED: Final[Mapping[str, Callable[[Record, int], Record]]] = MappingProxyType(
    {
        "content": lambda record, tag: replace(record, fragment=flipped(record.fragment, -tag - 1)),
        "mac": lambda record, tag: replace(record, fragment=flipped(record.fragment, -1)),
        "cut": lambda record, tag: replace(record, fragment=record.fragment[:-4]),
        "number": lambda record, tag: replace(record, sequence=record.sequence + 7),
        "epoch": lambda record, tag: replace(record, epoch=record.epoch + 1),
    }
)
"""A record with one thing changed, by what it is; the second argument is the length of its tag, in bytes."""


def tampering(changed: str, peer: Peer) -> Callable[[Record], Iterable[Record]]:
    """Does this to every record of an association, as the hook `record` of its script."""
    negotiated = peer.association.negotiated
    tag = negotiated.suite.cipher.tag_length if negotiated else 0
    return lambda record: (TAMPERED[changed](record, tag),)


def flipped(data: bytes, place: int) -> bytes:
    """The data with one bit turned."""
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)
