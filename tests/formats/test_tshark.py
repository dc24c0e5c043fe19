"""Wireshark's dissectors read what is written here: TLV, CBOR and both kinds of JSON."""

import os
import shutil
import struct
import subprocess
from pathlib import Path as FilePath

import pytest

from conformance.formats import ContentFormat, DataType, Entry, Path, encode

TSHARK = shutil.which("tshark")
pytestmark = pytest.mark.skipif(
    TSHARK is None and os.environ.get("REQUIRE_PEERS") != "1",
    reason="tshark is not installed (apt-get install tshark)",
)

TYPES = {
    110: DataType.STRING,
    120: DataType.INTEGER,
    130: DataType.FLOAT,
    140: DataType.BOOLEAN,
    150: DataType.OPAQUE,
    1120: DataType.INTEGER,
}
ENTRIES = (
    Entry((3442, 0, 110), "Open Mobile Alliance"),
    Entry((3442, 0, 120), -129),
    Entry((3442, 0, 130), -0.5),
    Entry((3442, 0, 140), True),
    Entry((3442, 0, 1120, 0), 1),
    Entry((3442, 0, 1120, 300), 40000),
)


def type_of(path: Path) -> DataType | None:
    return TYPES.get(path[2])


def capture(payload: bytes, number: int, path: Path) -> bytes:
    """A PUT of the payload in one IPv4 packet, as a pcap file of link type 101 (raw IP)."""
    options, last = b"", 0
    for option, value in [
        *((11, str(i).encode()) for i in path),
        (12, number.to_bytes(2, "big").lstrip(b"\0")),
    ]:
        options += bytes([option - last << 4 | len(value)]) + value
        last = option
    message = b"\x40\x03\x00\x01" + options + b"\xff" + payload
    datagram = struct.pack(">HHHH", 40000, 5683, 8 + len(message), 0) + message
    loopback = bytes([127, 0, 0, 1])
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0) + loopback + loopback
    packet = header + datagram
    file_header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
    return file_header + struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet


def dissect(folder: FilePath, payload: bytes, number: int, path: Path, *fields: str) -> dict[str, list[str]]:
    """The values of the fields in the packet, in order."""
    file = folder / "put.pcap"
    file.write_bytes(capture(payload, number, path))
    wanted = [part for field in fields for part in ("-e", field)]
    assert TSHARK, "tshark is not installed, and REQUIRE_PEERS=1 demands it"
    command = [
        TSHARK,
        "-r",
        str(file),
        "-T",
        "fields",
        "-E",
        "aggregator=|",
        "-E",
        "separator=/t",
        *wanted,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    columns = done.stdout.rstrip("\n").split("\t")
    return {field: column.split("|") if column else [] for field, column in zip(fields, columns, strict=True)}


@pytest.mark.parametrize(("base", "kinds", "ids"), [((3442, 0), [], []), ((3442,), ["0"], ["0"])])
def test_tlv(tmp_path: FilePath, base: Path, kinds: list[str], ids: list[str]) -> None:
    payload = encode(ContentFormat.TLV, ENTRIES, base=base, type_of=type_of)
    names = ("type.type", "identifier", "value.string", "value.integer", "value.float", "value.boolean")
    found = dissect(tmp_path, payload, 11542, base, *(f"lwm2mtlv.{name}" for name in names), "_ws.malformed")
    assert found["lwm2mtlv.type.type"] == [*kinds, "3", "3", "3", "3", "2", "1", "1"]
    assert found["lwm2mtlv.identifier"] == [*ids, "110", "120", "130", "140", "1120", "0", "300"]
    assert found["lwm2mtlv.value.string"] == ["Open Mobile Alliance"]
    assert found["lwm2mtlv.value.float"][0] == "-0.5"
    assert {"-129", "1", "40000"} <= set(found["lwm2mtlv.value.integer"])
    assert found["_ws.malformed"] == []


def test_tlv_with_a_length_of_three_bytes(tmp_path: FilePath) -> None:
    entry = Entry((3442, 0, 150), b"\x5a" * 300)
    payload = encode(ContentFormat.TLV, [entry], base=(3442, 0), type_of=type_of)
    found = dissect(tmp_path, payload, 11542, (3442, 0), "lwm2mtlv.length", "lwm2mtlv.value", "_ws.malformed")
    assert found == {"lwm2mtlv.length": ["300"], "lwm2mtlv.value": ["5a" * 300], "_ws.malformed": []}


def test_senml_cbor(tmp_path: FilePath) -> None:
    payload = encode(ContentFormat.SENML_CBOR, ENTRIES, base=(3442, 0), type_of=type_of)
    fields = ("cbor.type.textstring", "cbor.type.nint", "_ws.malformed")
    found = dissect(tmp_path, payload, 112, (3442, 0), *fields)
    strings = ["/3442/0/", "110", "Open Mobile Alliance", "120", "130", "140", "1120/0", "1120/300"]
    assert found["cbor.type.textstring"] == strings
    assert found["cbor.type.nint"][-1] == "-129"  # of the label -2, tshark 4.0 shows the encoded 1
    assert found["_ws.malformed"] == []


def test_cbor(tmp_path: FilePath) -> None:
    path = (3442, 0, 120)
    payload = encode(ContentFormat.CBOR, [Entry(path, -129)], base=path, type_of=type_of)
    found = dissect(tmp_path, payload, 60, path, "cbor.type.nint", "_ws.malformed")
    assert found == {"cbor.type.nint": ["-129"], "_ws.malformed": []}


@pytest.mark.parametrize(
    ("number", "prefix"), [(ContentFormat.SENML_JSON, "/[]/"), (ContentFormat.LWM2M_JSON, "/e/[]/")]
)
def test_json(tmp_path: FilePath, number: ContentFormat, prefix: str) -> None:
    payload = encode(number, ENTRIES, base=(3442, 0), type_of=type_of)
    found = dissect(
        tmp_path, payload, number, (3442, 0), "json.path_with_value", "json.value.number", "_ws.malformed"
    )
    assert found["json.value.number"] == ["-129", "-0.5", "1", "40000"]
    names = [item for item in found["json.path_with_value"] if item.startswith(f"{prefix}n:")]
    assert names == [f"{prefix}n:{name}" for name in ("110", "120", "130", "140", "1120/0", "1120/300")]
    assert found["_ws.malformed"] == []
