"""A capture file written in the process, without root: every datagram under synthetic IP and UDP headers.

Block layout and the raw-IP link type are those of the pcapng format (draft-ietf-opsawg-pcapng §4.1-4.3,
LINKTYPE_RAW 101). Wireshark and tshark read the file as if it had been captured on the interface.
"""

import ipaddress
import struct
from pathlib import Path
from typing import BinaryIO

Address = tuple[str, int]

_SECTION_HEADER, _INTERFACE, _ENHANCED_PACKET = 0x0A0D0D0A, 1, 6
_LINKTYPE_RAW = 101
_UDP = 17


class CaptureFile:
    """A pcapng file that grows datagram by datagram; frames are numbered from 1 as Wireshark does."""

    def __init__(self, path: Path, application: str) -> None:
        self._file: BinaryIO = path.open("wb")
        self.frames = 0
        user_application = _option(4, application.encode())
        self._block(
            _SECTION_HEADER, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + user_application + _option(0, b"")
        )
        self._block(_INTERFACE, struct.pack("<HHI", _LINKTYPE_RAW, 0, 0))

    def datagram(self, data: bytes, source: Address, destination: Address, seconds: float) -> int:
        """Append one UDP datagram sent at `seconds` since the epoch; gives the number of its frame."""
        packet = _ip(data, source, destination)
        stamp = int(seconds * 1_000_000)
        header = struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(packet), len(packet))
        self._block(_ENHANCED_PACKET, header + _padded(packet))
        self.frames += 1
        return self.frames

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()

    def _block(self, kind: int, body: bytes) -> None:
        length = struct.pack("<I", len(body) + 12)
        self._file.write(struct.pack("<I", kind) + length + body + length)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def _checksum(data: bytes) -> int:
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _ip(data: bytes, source: Address, destination: Address) -> bytes:
    sender, receiver = ipaddress.ip_address(source[0]), ipaddress.ip_address(destination[0])
    length = len(data) + 8
    if sender.version == 4 and receiver.version == 4:
        total = min(length + 20, 0xFFFF)
        start = struct.pack("!BBHHHBBH", 0x45, 0, total, 0, 0x4000, 64, _UDP, 0)
        addresses = sender.packed + receiver.packed
        header = start[:10] + struct.pack("!H", _checksum(start + addresses)) + addresses
    else:
        addresses = _sixteen(sender) + _sixteen(receiver)
        header = struct.pack("!IHBB", 6 << 28, length, _UDP, 64) + addresses
    segment = struct.pack("!HHHH", source[1], destination[1], length, 0) + data
    pseudo = (
        addresses + struct.pack("!IHBB", length, 0, 0, _UDP)
        if len(addresses) == 32
        else (addresses + struct.pack("!BBH", 0, _UDP, length))
    )
    checksum = _checksum(pseudo + segment) or 0xFFFF
    return header + segment[:6] + struct.pack("!H", checksum) + data


def _sixteen(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed
