"""What a network does to a handshake, once; what is sent again gets through."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.dtls.records import ContentType, Record

OF_HANDSHAKE = (ContentType.HANDSHAKE, ContentType.CHANGE_CIPHER_SPEC)
RecordHook = Callable[[Record], Iterable[Record]]


def twice(record: Record) -> Iterable[Record]:
    """Every record of a handshake comes two times."""
    return (record, record) if record.content_type in OF_HANDSHAKE else (record,)


def swapped() -> RecordHook:
    """The first two messages come in the other order, and Finished before ChangeCipherSpec."""
    kept: list[Record] = []
    seen: set[tuple[int, int]] = set()

    def hook(record: Record) -> Iterable[Record]:
        kind = record.content_type, record.epoch
        if kept:
            return record, kept.pop()
        if record.content_type in OF_HANDSHAKE and not record.epoch and kind not in seen:
            seen.add(kind)
            kept.append(record)
            return ()
        return (record,)

    return hook


def flight_lost(first: ContentType) -> RecordHook:
    """A flight that has a record of this type in clear at its beginning is lost, the first time."""
    lost: set[bytes] = set()

    def hook(record: Record) -> Iterable[Record]:
        begun = bool(lost) or (record.content_type == first and not record.epoch)
        what = record.fragment if not record.epoch else b"protected"
        if not begun or record.content_type not in OF_HANDSHAKE or what in lost:
            return (record,)
        lost.add(what)
        return ()

    return hook


def nth_lost(number: int) -> Callable[[bytes], bool]:
    """The datagram with this number, from 1, is lost."""
    arrived = 0

    def lost(_datagram: bytes) -> bool:
        nonlocal arrived
        arrived += 1
        return arrived == number

    return lost
