"""How bytes are changed: pure functions, whose chance comes from whoever calls."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from conformance.dtls.records import HEADER_LENGTH as RECORD_HEADER
from conformance.dtls.records import Record
from conformance.faults.actions import Where
from conformance.faults.schedule import Layer

COAP_HEADER = 4
VERSION_BITS = 2
MARKER = 0xFF
HANDSHAKE_HEADER = 12
NUMBERS_A_RECORD = 64
"""Sequence numbers that stand for each one of the sender, once its records are cut into smaller ones."""


def corrupted(data: bytes, bits: int, where: Where, layer: Layer, chance: Random) -> bytes:
    """The data with `bits` different bits of a part flipped; where the part is empty, of all of it."""
    begin, end = (min(place, len(data)) for place in part(data, where, layer))
    if begin >= end:
        begin, end = 0, len(data)
    changed = bytearray(data)
    positions = range(VERSION_BITS) if where == "version" else range(8 * begin, 8 * end)
    for position in chance.sample(positions, min(bits, len(positions))):
        changed[position // 8] ^= 0x80 >> position % 8
    return bytes(changed)


def part(data: bytes, where: Where, layer: Layer) -> tuple[int, int]:
    """Where a part begins and where it ends."""
    if where == "any":
        return 0, len(data)
    if layer is Layer.MESSAGE:
        return _part_of_message(data, where)
    header = RECORD_HEADER if layer is Layer.RECORD else min(len(data), COAP_HEADER)
    return (0, header) if where in ("header", "version") else (header, len(data))


def _part_of_message(data: bytes, where: Where) -> tuple[int, int]:
    token_end = min(len(data), COAP_HEADER + (data[0] & 0x0F if data else 0))
    options_end = _end_of_options(data, token_end)
    return {
        "version": (0, min(len(data), 1)),
        "header": (0, min(len(data), COAP_HEADER)),
        "token": (min(len(data), COAP_HEADER), token_end),
        "options": (token_end, options_end),
        "payload": (min(len(data), options_end + 1), len(data)),
    }[where]


def option_values(data: bytes, position: int) -> Iterator[tuple[int, int]]:
    """Where the value of each option begins and ends, from `position` to the marker of the payload."""
    while position < len(data) and data[position] != MARKER:
        delta, length = data[position] >> 4, data[position] & 0x0F
        position += 1 + {13: 1, 14: 2}.get(delta, 0)
        if length >= 13:
            size = 1 if length == 13 else 2
            length = int.from_bytes(data[position : position + size], "big") + (13 if length == 13 else 269)
            position += size
        yield min(position, len(data)), min(position + length, len(data))
        position += length


def _end_of_options(data: bytes, begin: int) -> int:
    """Where the marker of the payload stands, or where nothing more can be read."""
    return max((end for _, end in option_values(data, begin)), default=min(begin, len(data)))


def fragments(record: Record, size: int) -> Iterator[Record]:
    """A record with one handshake message in clear, as several whose bodies have `size` octets at most.

    RFC 6347 §4.2.3. A record that holds anything else stays as it is.
    """
    header, body = record.fragment[:HANDSHAKE_HEADER], record.fragment[HANDSHAKE_HEADER:]
    length, offset = int.from_bytes(header[1:4], "big"), int.from_bytes(header[6:9], "big")
    if record.epoch or int.from_bytes(header[9:12], "big") != len(body) or offset + len(body) > length:
        yield renumbered(record, 0)
        return
    for index, begin in enumerate(range(0, max(len(body), 1), size)):
        piece = body[begin : begin + size]
        place = (offset + begin).to_bytes(3, "big") + len(piece).to_bytes(3, "big")
        cut = Record(
            record.content_type, 0, record.sequence, header[:6] + place + piece, None, record.version
        )
        yield renumbered(cut, index)


def renumbered(record: Record, index: int) -> Record:
    """The record under a sequence number of a sequence that has room for those cut from others."""
    if record.epoch:
        return record
    number = record.sequence * NUMBERS_A_RECORD + min(index, NUMBERS_A_RECORD - 1)
    return Record(record.content_type, 0, number, record.fragment, record.cid, record.version)
