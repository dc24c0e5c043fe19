"""A capture file written in the process, without root: every datagram under synthetic IP and UDP headers.

Block layout and the raw-IP link type are those of the pcapng format (draft-ietf-opsawg-pcapng §4.1-4.3,
§4.7 for secrets, LINKTYPE_RAW 101). Wireshark and tshark read the file as if it had been captured on the
interface.
"""

import ipaddress
import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

Address = tuple[str, int]

SECTION_HEADER, INTERFACE, ENHANCED_PACKET, DECRYPTION_SECRETS = 0x0A0D0D0A, 1, 6, 10
TLS_KEY_LOG = 0x544C534B
_LINKTYPE_RAW = 101
UDP = 17


class CaptureFile:
    """A pcapng file that grows datagram by datagram; frames are numbered from 1 as Wireshark does."""

    def __init__(self, path: Path, application: str) -> None:
        self._path = path
        self._file: BinaryIO = path.open("wb")
        self._secrets = b""
        self.frames = 0
        user_application = _option(4, application.encode())
        self._block(
            SECTION_HEADER, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + user_application + _option(0, b"")
        )
        self._block(INTERFACE, struct.pack("<HHI", _LINKTYPE_RAW, 0, 0))
        self._first_frame = self._file.tell()

    def datagram(self, data: bytes, source: Address, destination: Address, seconds: float) -> int:
        """Append one UDP datagram sent at `seconds` since the epoch; gives the number of its frame."""
        packet = _ip(data, source, destination)
        stamp = int(seconds * 1_000_000)
        header = struct.pack("<IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(packet), len(packet))
        self._block(ENHANCED_PACKET, header + _padded(packet))
        self.frames += 1
        return self.frames

    def tls_secrets(self, line: str) -> None:
        """Append one line of an NSS key log, so that it is not lost; `close` puts it where it is of use."""
        secrets = line.encode("ascii") + b"\n"
        self._secrets += secrets
        self._block(DECRYPTION_SECRETS, _tls_key_log(secrets))

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        """Finish the file; secrets are put before the frames, because Wireshark wants them there.

        A server knows the secret of an association only after the frame with the client's first protected
        record.
        """
        self._file.close()
        if self._secrets:
            content = self._path.read_bytes()
            ordered = self._path.with_suffix(".ordered")
            try:
                with ordered.open("wb") as self._file:
                    self._file.write(content[: self._first_frame])
                    self._block(DECRYPTION_SECRETS, _tls_key_log(self._secrets))
                    self._file.write(content[self._first_frame :])
                ordered.replace(self._path)
            except OSError:
                with suppress(OSError):
                    ordered.unlink(missing_ok=True)
                raise
            self._secrets = b""

    def _block(self, kind: int, body: bytes) -> None:
        length = struct.pack("<I", len(body) + 12)
        self._file.write(struct.pack("<I", kind) + length + body + length)


def _tls_key_log(secrets: bytes) -> bytes:
    return struct.pack("<II", TLS_KEY_LOG, len(secrets)) + _padded(secrets)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + _padded(value)


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071); 0 over data that hold a right one."""
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
        start = struct.pack("!BBHHHBBH", 0x45, 0, total, 0, 0x4000, 64, UDP, 0)
        addresses = sender.packed + receiver.packed
        header = start[:10] + struct.pack("!H", checksum(start + addresses)) + addresses
    else:
        addresses = _sixteen(sender) + _sixteen(receiver)
        header = struct.pack("!IHBB", 6 << 28, length, UDP, 64) + addresses
    segment = struct.pack("!HHHH", source[1], destination[1], length, 0) + data
    pseudo = (
        addresses + struct.pack("!IHBB", length, 0, 0, UDP)
        if len(addresses) == 32
        else (addresses + struct.pack("!BBH", 0, UDP, length))
    )
    sum_up = checksum(pseudo + segment) or 0xFFFF
    return header + segment[:6] + struct.pack("!H", sum_up) + data


def _sixteen(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bytes:
    return address.packed if address.version == 6 else bytes(10) + b"\xff\xff" + address.packed
