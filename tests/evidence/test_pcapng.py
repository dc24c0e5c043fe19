"""The capture is what Wireshark expects: tshark reads every datagram back, byte for byte."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from conformance.evidence.pcapng import CaptureFile

DATAGRAMS = [b"\x40\x01\x00\x01", b"", bytes(range(256)) * 4, b"x"]
ADDRESSES = [(("127.0.0.1", 5683), ("127.0.0.1", 40000)), (("::1", 5683), ("::1", 40000))]


def blocks(data: bytes) -> list[tuple[int, bytes]]:
    """The blocks of a pcapng file, each with its type; checks both length fields."""
    found, offset = [], 0
    while offset < len(data):
        kind, length = struct.unpack_from("<II", data, offset)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, offset + length - 4) == (length,)
        found.append((kind, data[offset + 8 : offset + length - 4]))
        offset += length
    return found


@pytest.mark.parametrize(("source", "destination"), ADDRESSES)
def test_every_datagram_is_a_numbered_frame(
    tmp_path: Path, source: tuple[str, int], destination: tuple[str, int]
) -> None:
    capture = CaptureFile(tmp_path / "a.pcapng", "test")
    frames = [capture.datagram(data, source, destination, 1_700_000_000.5) for data in DATAGRAMS]
    capture.close()
    kinds = [kind for kind, _ in blocks((tmp_path / "a.pcapng").read_bytes())]
    assert frames == [1, 2, 3, 4]
    assert kinds == [0x0A0D0D0A, 1, 6, 6, 6, 6]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed: apt-get install tshark")
@pytest.mark.parametrize(("source", "destination"), ADDRESSES)
def test_tshark_reads_the_datagrams_back(
    tmp_path: Path, source: tuple[str, int], destination: tuple[str, int]
) -> None:
    file = tmp_path / "a.pcapng"
    capture = CaptureFile(file, "test")
    for data in DATAGRAMS:
        capture.datagram(data, source, destination, 1_700_000_000.5)
    capture.close()
    fields = ["-T", "fields", "-e", "udp.payload", "-e", "udp.checksum.status", "-e", "udp.dstport"]
    command = ["tshark", "-r", str(file), "-o", "udp.check_checksum:TRUE", *fields]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in output.splitlines()]
    assert [row[0] for row in rows] == [data.hex() for data in DATAGRAMS]
    assert {row[1] for row in rows} == {"1"}
    assert {row[2] for row in rows} == {"40000"}
