"""Records of DTLS 1.2: with the header of RFC 6347 §4.1, and with a Connection ID, RFC 9146 §4."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from conformance.dtls.presentation import uint, vector

DTLS_1_0 = 0xFEFF
DTLS_1_2 = 0xFEFD
HEADER_LENGTH = 13
"""Bytes before the fragment, without a Connection ID."""
MAXIMUM_PLAINTEXT = 1 << 14
MAXIMUM_CIPHERTEXT = MAXIMUM_PLAINTEXT + 2048
MAXIMUM_SEQUENCE = (1 << 48) - 1


class ContentType(IntEnum):
    """What a record carries."""

    CHANGE_CIPHER_SPEC = 20
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = 23
    TLS12_CID = 25


@dataclass(frozen=True)
class Plaintext:
    """A record before protection, or after it was removed; `content_type` is the true one."""

    content_type: int
    epoch: int
    sequence: int
    data: bytes
    version: int = DTLS_1_2


@dataclass(frozen=True)
class Record:
    """A record as it stands on the wire; `cid` is None where the header has no such field.

    Parsing loses nothing: `bytes(record)` is what was received.
    """

    content_type: int
    epoch: int
    sequence: int
    fragment: bytes
    cid: bytes | None = None
    version: int = DTLS_1_2

    def __bytes__(self) -> bytes:
        return (
            uint(1, self.content_type)
            + uint(2, self.version)
            + uint(2, self.epoch)
            + uint(6, self.sequence)
            + (self.cid or b"")
            + vector(2, self.fragment)
        )


@dataclass(frozen=True)
class Datagram:
    """The records of one datagram, and what stood behind them that is no record, with the reason."""

    records: tuple[Record, ...]
    rest: bytes = b""
    problem: str = ""


def parse_datagram(data: bytes, cid_length: int | None = None) -> Datagram:
    """Take a datagram apart.

    A record of type tls12_cid can be parsed by whoever knows the length of its own Connection IDs only; None
    stands for a receiver that has none. What follows the first unreadable record cannot be read either.
    """
    records: list[Record] = []
    position = 0
    while position < len(data):
        record, problem = _parse_record(data[position:], cid_length)
        if record is None:
            return Datagram(tuple(records), data[position:], problem)
        records.append(record)
        position += len(bytes(record))
    if not records:
        return Datagram((), data, "an empty datagram")
    return Datagram(tuple(records))


def _parse_record(data: bytes, cid_length: int | None) -> tuple[Record | None, str]:
    if len(data) < HEADER_LENGTH:
        return None, f"{len(data)} bytes are too few for a record header"
    content_type, with_cid = data[0], data[0] == ContentType.TLS12_CID
    if with_cid and cid_length is None:
        return None, "a record with a Connection ID, and none was negotiated"
    length_at = HEADER_LENGTH - 2 + (cid_length or 0 if with_cid else 0)
    begin = length_at + 2
    if len(data) < begin:
        return None, f"{len(data)} bytes are too few for a record header with a Connection ID"
    length = int.from_bytes(data[length_at:begin], "big")
    if length > MAXIMUM_CIPHERTEXT:
        return None, f"a fragment of {length} bytes is longer than a record may be"
    if len(data) < begin + length:
        return None, f"the record announces {length} bytes and {len(data) - begin} follow"
    return Record(
        content_type=content_type,
        version=int.from_bytes(data[1:3], "big"),
        epoch=int.from_bytes(data[3:5], "big"),
        sequence=int.from_bytes(data[5:11], "big"),
        cid=data[11:length_at] if with_cid else None,
        fragment=data[begin : begin + length],
    ), ""
