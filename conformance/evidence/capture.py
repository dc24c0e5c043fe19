"""Reads a capture file back: every frame with its addresses, and the secrets that lie in it.

It reads what `pcapng` writes, and says of anything else where it stops being that.
"""

import ipaddress
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.evidence.pcapng import (
    DECRYPTION_SECRETS,
    ENHANCED_PACKET,
    INTERFACE,
    SECTION_HEADER,
    TLS_KEY_LOG,
    UDP,
    Address,
    checksum,
)

_BLOCK_OVERHEAD = 12
_MAPPED = bytes(10) + b"\xff\xff"


class CaptureError(Exception):
    """The file is no capture of ours from some byte on; one line with the byte."""


@dataclass(frozen=True)
class Frame:
    """One datagram: `number` from 1, `time` in seconds since the epoch, and where it went.

    `sound`: the checksums of its headers are right.
    """

    number: int
    time: float
    source: Address
    destination: Address
    data: bytes
    sound: bool


@dataclass(frozen=True)
class Capture:
    """A capture file; `masters` are master secrets of DTLS by the random of the ClientHello.

    `rest` says what is wrong from where on; empty for a file that was written to its end.
    """

    frames: tuple[Frame, ...]
    masters: dict[bytes, bytes]
    rest: str


def read_capture(file: Path) -> Capture:
    """Read a file as far as it goes.

    Raises:
        CaptureError: it is missing or does not begin as a capture.
    """
    try:
        data = file.read_bytes()
    except OSError as problem:
        raise CaptureError(f"{file.name}: {problem.strerror}") from None
    frames, masters, rest = list[Frame](), dict[bytes, bytes](), ""
    try:
        for position, (kind, body) in enumerate(_blocks(data)):
            if position == 0 and kind != SECTION_HEADER:
                raise CaptureError("byte 0: no section header")
            if kind == ENHANCED_PACKET:
                frames.append(_frame(len(frames) + 1, body))
            elif kind == DECRYPTION_SECRETS:
                for random, master in _masters(body).items():
                    if masters.setdefault(random, master) != master:
                        raise CaptureError("two secrets of one association")
            elif kind not in (SECTION_HEADER, INTERFACE):
                raise CaptureError(f"a block of type {kind}")
    except (CaptureError, struct.error, ValueError) as problem:
        if not frames and not masters and isinstance(problem, CaptureError):
            raise CaptureError(f"{file.name}: {problem}") from None
        rest = f"after frame {len(frames)}: {problem}"
    return Capture(tuple(frames), masters, rest)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        header = data[position : position + 8]
        kind, length = struct.unpack("<II", header) if len(header) == 8 else (0, 0)
        whole = data[position : position + length]
        if length < _BLOCK_OVERHEAD or length % 4 or whole[-4:] != header[4:] or len(whole) < length:
            raise CaptureError(f"byte {position}: no whole block")
        yield kind, whole[8:-4]
        position += length


def _frame(number: int, body: bytes) -> Frame:
    _, high, low, captured, length = struct.unpack_from("<IIIII", body)
    packet = body[20 : 20 + captured]
    if captured != length or len(packet) != captured:
        raise CaptureError(f"frame {number} is cut")
    source, destination, segment, sound = _addressed(packet)
    (sender, receiver, size, _) = struct.unpack_from("!HHHH", segment)
    pseudo = _pseudo(source, destination, size)
    sound = sound and size == len(segment) and checksum(pseudo + segment) == 0
    return Frame(
        number,
        (high << 32 | low) / 1_000_000,
        (_text(source), sender),
        (_text(destination), receiver),
        segment[8:],
        sound,
    )


def _addressed(packet: bytes) -> tuple[bytes, bytes, bytes, bool]:
    """Source, destination and what is inside of an IP packet, and whether its header is right."""
    if packet[:1] == b"\x45":
        sound = checksum(packet[:20]) == 0 and packet[9] == UDP
        return packet[12:16], packet[16:20], packet[20:], sound
    if packet[:1] == b"\x60":
        sound = packet[6] == UDP and int.from_bytes(packet[4:6]) == len(packet) - 40
        return packet[8:24], packet[24:40], packet[40:], sound
    raise CaptureError("a packet that is neither IPv4 nor IPv6")


def _pseudo(source: bytes, destination: bytes, length: int) -> bytes:
    if len(source) == 4:
        return source + destination + struct.pack("!BBH", 0, UDP, length)
    return source + destination + struct.pack("!IHBB", length, 0, 0, UDP)


def _text(address: bytes) -> str:
    if address.startswith(_MAPPED) and len(address) == 16:
        address = address[12:]
    return str(ipaddress.ip_address(address))


def _masters(body: bytes) -> dict[bytes, bytes]:
    kind, length = struct.unpack_from("<II", body)
    if kind != TLS_KEY_LOG:
        raise CaptureError(f"secrets of type {kind}")
    found = {}
    for line in body[8 : 8 + length].decode("ascii").splitlines():
        label, random, master = line.split(" ")
        if label != "CLIENT_RANDOM":
            raise CaptureError(f"a secret called {label}")
        found[bytes.fromhex(random)] = bytes.fromhex(master)
    return found
