"""TLV as a server writes it (LwM2M Core 1.1.1 §7.4.3)."""

import struct
from collections.abc import Callable

from conformance.formats import ContentFormat
from conformance.matching import between
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.management import Mode, Payload
from conformance.roles import Device
from conformance.roles.preamble import KNOWN, known
from conformance.roles.refusal import Fault, expect_fault_refused, expect_taken_or_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

TLV = ContentFormat.TLV
CLAUSE = "LwM2M Core 1.1.1 §7.4.3"
INSTANCE, RESOURCE_INSTANCE, MULTIPLE, RESOURCE = 0x00, 0x40, 0x80, 0xC0
SHOULD, MUST = Level.SHOULD, Level.MUST


def tlv(
    kind: int, identifier: int, value: bytes, *, width: int | None = None, wide: bool = False, bits: int = 0
) -> bytes:
    """One TLV; `width` octets of length, by default as few as do, and an identifier of 16 bits if `wide`.

    `bits` stand in bits 2 to 0 where these do not hold the length.
    """
    octets = (0 if len(value) < 8 else (len(value).bit_length() + 7) // 8) if width is None else width
    wide = wide or identifier > 0xFF
    low = octets << 3 | bits if octets else len(value)
    header = bytes([kind | wide << 5 | low]) + identifier.to_bytes(1 + wide, "big")
    return header + (len(value).to_bytes(octets, "big") if octets else b"") + value


def resource(kind: str, value: bytes, level: Level | None = None) -> Fault:
    """A Resource TLV in the right form with a value that has a fault."""
    return Fault(kind, lambda path: tlv(RESOURCE, path[2], value), level)


WIDTHS = {width: (43).to_bytes(width, "big") for width in (1, 2, 4, 8)}
HEADERS: dict[str, Callable[[int], bytes]] = {
    "length_in_8_bits": lambda rid: tlv(RESOURCE, rid, b"taken", width=1),
    "length_in_16_bits": lambda rid: tlv(RESOURCE, rid, b"taken", width=2),
    "length_in_24_bits": lambda rid: tlv(RESOURCE, rid, b"taken", width=3),
    "bits_to_ignore": lambda rid: tlv(RESOURCE, rid, b"taken", width=1, bits=7),
    "identifier_in_16_bits": lambda rid: tlv(RESOURCE, rid, b"taken", wide=True),
}
FAULTS: dict[str, Fault] = {
    "integer_of_5_octets": resource("integer", b"\0\0\0\0\x2b", SHOULD),
    "integer_of_9_octets": resource("integer", b"\0" * 8 + b"\x2b", SHOULD),
    "integer_of_no_octet": resource("integer", b"", SHOULD),
    "unsigned_of_3_octets": resource("unsigned", b"\0\0\x2b", SHOULD),
    "float_of_2_octets": resource("float", struct.pack(">e", 1.5)),
    "float_of_5_octets": resource("float", b"\0" * 5),
    "objlnk_of_2_octets": resource("objlnk", b"\0\3"),
    "objlnk_of_6_octets": resource("objlnk", b"\0\3\0\0\0\0"),
    "string_not_utf8": resource("string", b"\xff\xfe"),
    "length_of_16_megabytes": Fault(
        "string", lambda path: tlv(RESOURCE, path[2], b"", width=3)[:-3] + b"\xff\xff\xff", MUST
    ),
    "value_longer_than_the_payload": Fault(
        "string", lambda path: tlv(RESOURCE, path[2], b"x" * 200, width=2)[:-100], MUST
    ),
    "as_array": Fault(
        "integer", lambda path: tlv(MULTIPLE, path[2], tlv(RESOURCE_INSTANCE, 0, b"\x2b")), SHOULD
    ),
    "as_resource_instance": Fault("integer", lambda path: tlv(RESOURCE_INSTANCE, path[2], b"\x2b"), SHOULD),
    "resource_twice": Fault(
        "integer", lambda path: tlv(RESOURCE, path[2], b"\x2b") + tlv(RESOURCE, path[2], b"\x2c"), SHOULD
    ),
    "nothing_at_all": Fault("integer", lambda path: b"", SHOULD),
}


@testcase(
    "FMT-TLV-07",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §C",
    applies="device & format_tlv & ixit.writable_integer",
)
@vary(octets=list(WIDTHS))
async def test_integer_of_every_width_is_taken(device: Device, octets: int) -> None:
    """An Integer of 1, 2, 4 or 8 octets is taken, however few its value needs."""
    path = await known(device)
    payload = tlv(RESOURCE, path[2], WIDTHS[octets])
    (await device.write(path, Payload(payload, TLV))).expect(code=CHANGED)
    (await device.read(path)).expect(code=CONTENT, value=43)


@testcase(
    "FMT-TLV-08",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §C",
    applies="device & format_tlv & ixit.writable_float",
)
@vary(form=["f", "d"])
async def test_float_of_4_and_of_8_octets_is_taken(device: Device, form: str) -> None:
    """A Float in single and in double precision is taken for what it is."""
    path = await known(device, "float")
    payload = tlv(RESOURCE, path[2], struct.pack(f">{form}", 1.1))
    (await device.write(path, Payload(payload, TLV))).expect(code=CHANGED)
    (await device.read(path)).expect(code=CONTENT, value=between(1.0999999, 1.1000001))


@testcase("FMT-TLV-09", verifies=["HLF-010", "HLF-034"], clause=CLAUSE, applies="device & format_tlv")
@vary(header=list(HEADERS))
async def test_header_of_every_form_is_taken(device: Device, header: str) -> None:
    """A length and an identifier are taken in every width, and bits 2 to 0 beside a length are ignored."""
    path = await known(device, "string")
    (await device.write(path, Payload(HEADERS[header](path[2]), TLV))).expect(code=CHANGED)
    (await device.read(path)).expect(code=CONTENT, value="taken")


@testcase(
    "FMT-TLV-10",
    verifies=["HLF-010", "HLF-034"],
    clause=CLAUSE,
    applies="device & format_tlv & blockwise & ixit.writable_opaque",
)
@vary(size=[300, 65_600])
async def test_long_value_is_kept(device: Device, size: int) -> None:
    """A value whose length needs 16 or 24 bits is kept octet for octet or is too long."""
    path = await known(device, "opaque")
    octets = device.context.chance.randbytes(size)
    written = await device.write(path, Payload(tlv(RESOURCE, path[2], octets), TLV))
    expect_taken_or_refused(written)
    answer = await device.read(path, TLV)
    answer.expect(code=CONTENT, value=octets if written.code == CHANGED else KNOWN["opaque"])


@testcase(
    "FMT-TLV-11",
    verifies=["HLF-032", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.1, §7.4.3",
    applies="device & format_tlv",
)
@vary(fault=list(FAULTS))
async def test_faulty_tlv_is_refused(device: Device, fault: str) -> None:
    """A TLV with a fault in its form or its value is answered 4.00, and the Resource keeps its value."""
    await expect_fault_refused(device, FAULTS[fault], TLV)


@testcase(
    "FMT-TLV-12",
    verifies=["HLF-010", "HLF-033"],
    clause=CLAUSE,
    applies="device & format_tlv & write_partial & ixit.writable_integer",
)
async def test_instance_tlv_may_stand_about_the_resources(device: Device) -> None:
    """Resources within the Object Instance TLV of their own Instance are written, or refused as a whole."""
    path = await known(device)
    payload = tlv(INSTANCE, path[1], tlv(RESOURCE, path[2], b"\x2b"))
    written = await device.write(Path(*path[:2]), Payload(payload, TLV), mode=Mode.PARTIAL)
    written.note(
        f"an Object Instance TLV in a Write on the Instance is answered {written.code}", ambiguity="Q13"
    )
    expect_taken_or_refused(written)
    (await device.read(path)).expect(code=CONTENT, value=43 if written.code == CHANGED else 42)
