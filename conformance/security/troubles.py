"""What a network does to a handshake, once; what is sent again gets through."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from conformance.dtls.hello import ClientHello, HelloVerifyRequest
from conformance.dtls.message import Fragment, HandshakeType
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


def _before_the_hello(made: Callable[[int], Record]) -> RecordHook:
    """A record that is made with this number comes before every ServerHello."""

    def hook(record: Record) -> Iterable[Record]:
        begins = record.fragment[:1] == bytes([HandshakeType.SERVER_HELLO]) and not record.epoch
        if record.content_type == ContentType.HANDSHAKE and begins:
            return made(record.sequence + MEANWHILE), record
        return (record,)

    return hook


def _old_message(number: int) -> Record:
    request = HelloVerifyRequest(bytes(20))
    return _of(Fragment.whole(request.type, 0, request.body()), number)


def _late_message(number: int) -> Record:
    return _of(Fragment.whole(HandshakeType.SERVER_HELLO_DONE, 9, b""), number)


def _next_epoch(number: int) -> Record:
    return Record(ContentType.HANDSHAKE, 1, number, bytes(40))


def _of(fragment: Fragment, number: int) -> Record:
    return Record(ContentType.HANDSHAKE, 0, number, bytes(fragment))


MEANWHILE = 20
"""Numbers that a record is ahead: another takes none of those that follow."""
STRAYS: dict[str, RecordHook] = {
    "old": _before_the_hello(_old_message),
    "late": _before_the_hello(_late_message),
    "next-epoch": _before_the_hello(_next_epoch),
}
"""A message comes that was due before, one that is due later, or one that cannot be read."""


def of_a_stranger(hello: ClientHello) -> Iterable[bytes]:
    """What somebody sends who is no party to the handshake: an alert, and a HelloVerifyRequest."""
    request = HelloVerifyRequest(hello.random[:20])
    yield bytes(Record(ContentType.ALERT, 0, MEANWHILE, bytes([2, 40])))
    for message_seq in (0, 1):
        yield bytes(_of(Fragment.whole(request.type, message_seq, request.body()), MEANWHILE + message_seq))
