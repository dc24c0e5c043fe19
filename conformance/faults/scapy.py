"""What scapy is good for: a field of a CoAP message that is mutated, and captures that are read.

A message is never serialised anew as a whole: scapy takes the payload marker of a message without options for
an option, and cannot read every option. So it gets and builds no more than the header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from conformance.faults.actions import Field
from conformance.faults.alteration import option_values

COAP_HEADER = 4
_WIDTHS = {"version": 2, "type": 2, "code": 8, "message_id": 16}
_NAMES = {"version": "ver", "message_id": "msg_id"}


@dataclass(frozen=True)
class Captured:
    """A UDP datagram of a capture; `time` in seconds since the epoch, the frame counted from 1."""

    frame: int
    time: float
    source: tuple[str, int]
    destination: tuple[str, int]
    data: bytes


def mutated(data: bytes, field: Field, chance: Random) -> bytes:
    """The message with another value in one field; as it is where it has no such field.

    Of a message with options, `option` changes the value of one that has a value.
    """
    from scapy.contrib.coap import CoAP

    if len(data) < COAP_HEADER:
        return data
    token_end = COAP_HEADER + (data[0] & 0x0F)
    if field == "token":
        token = data[COAP_HEADER:token_end]
        return data[:COAP_HEADER] + _other(token, chance) + data[token_end:]
    if field == "option":
        return _with_another_option(data, token_end, chance)
    packet = CoAP(data[:COAP_HEADER])
    name, width = _NAMES.get(field, field), _WIDTHS[field]
    packet.setfieldval(name, _drawn(int(packet.getfieldval(name)), width, chance))
    return bytes(packet)[:COAP_HEADER] + data[COAP_HEADER:]


def datagrams(path: Path) -> Iterator[Captured]:
    """The UDP datagrams of a pcapng or pcap file with raw IP, in their order.

    Raises OSError or scapy's Scapy_Exception for a file that is none.
    """
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.utils import PcapReader

    with PcapReader(str(path)) as reader:
        for frame, packet in enumerate(reader, 1):
            ip: Any = packet.getlayer(IP) or packet.getlayer(IPv6)
            udp = packet.getlayer(UDP)
            if ip is None or udp is None:
                continue
            data = bytes(udp.original[8 : udp.len])
            yield Captured(frame, float(packet.time), (ip.src, udp.sport), (ip.dst, udp.dport), data)


def _with_another_option(data: bytes, begin: int, chance: Random) -> bytes:
    places = [place for place in option_values(data, begin) if place[0] < place[1]]
    if not places:
        return data
    first, end = chance.choice(places)
    return data[:first] + _other(data[first:end], chance) + data[end:]


def _other(value: bytes, chance: Random) -> bytes:
    """Another value of the same length; nothing has no other."""
    if not value:
        return value
    return _drawn(int.from_bytes(value, "big"), 8 * len(value), chance).to_bytes(len(value), "big")


def _drawn(value: int, bits: int, chance: Random) -> int:
    """Any number of so many bits but this one."""
    return (value + 1 + chance.randrange((1 << bits) - 1)) % (1 << bits)
