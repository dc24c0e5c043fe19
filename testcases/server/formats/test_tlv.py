"""TLV: lengths, and Instances with and without their own TLV (LwM2M Core 1.1.1 §7.4.3)."""

from conformance.coap.codes import Code
from conformance.coap.endpoint import Response
from conformance.formats import ContentFormat
from conformance.messages import Read
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

TLV = ContentFormat.TLV
OPAQUE = "/3442/0/150"
LENGTHS = [0, 1, 7, 8, 200, 255, 256, 1000]
INSIDE = bytes.fromhex("c10001c201012cc10601c10755")
"""The TLVs of /1/0/0 = 1, /1/0/1 = 300, /1/0/6 = true and /1/0/7 = U."""


@testcase(
    "SFM-TLV-01",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="server & knows_test_object & verb_read & takes_tlv",
    versions="each",
)
async def test_value_of_any_length_is_read(server: Server) -> None:
    """Opaque values of 0 to 1000 octets, whose TLV has a length field of 3, 8 or 16 bits, reach the user."""
    device = await server.registered()
    for length in LENGTHS:
        value = server.context.chance.randbytes(length)
        device.set(OPAQUE, value)
        result = await server.read(device, OPAQUE, TLV)
        result.expect(name=f"read-{length}", outcome="response", code=CONTENT, value=value)


@testcase(
    "SFM-TLV-02",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="server & knows_test_object & verb_write & takes_tlv",
    versions="each",
)
async def test_value_of_any_length_is_written(server: Server) -> None:
    """Opaque values of 1 to 1000 octets, with a length field of 3, 8 or 16 bits, reach the device."""
    device = await server.registered()
    for length in LENGTHS[1:]:
        value = server.context.chance.randbytes(length)
        result = await server.write(device, OPAQUE, value, format=TLV)
        device.expect_holds(OPAQUE, value, name=f"device-{length}")
        result.expect(name=f"write-{length}", outcome="response", code=CHANGED)


@testcase(
    "SFM-TLV-03",
    verifies=["HLF-003", "HLF-020"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="server & knows_test_object & verb_read & takes_tlv & takes_opaque & blockwise",
)
async def test_length_of_three_octets_is_read(server: Server) -> None:
    """An Opaque value of 70000 octets, whose TLV has a length field of 24 bits, reaches the user.

    A server may refuse so large a value, as the opaque format shows; it may not give another one.
    """
    device = await server.registered()
    value = server.context.chance.randbytes(70_000)
    device.set(OPAQUE, value)
    result = await server.read(device, OPAQUE, ContentFormat.OPAQUE)
    if result.outcome != "response" or result.code != CONTENT:
        raise NotApplicable(f"the SUT takes no {len(value)} octets: {result.outcome} {result.code or ''}")
    result = await server.read(device, OPAQUE, TLV)
    result.expect(outcome="response", code=CONTENT)
    given = result.given.get("value")
    octets = bytes.fromhex(given["hex"]) if isinstance(given, dict) and "hex" in given else b""
    server.context.record.judge(
        "read-result.value",
        True,
        octets == value,
        actual=f"{len(octets)} octets, {'the same' if octets == value else 'not the same'}",
        what=f"the user gets the {len(value)} octets that were sent:",
        source="live",
    )


@testcase(
    "SFM-TLV-04",
    verifies=["HLF-020", "HLF-035"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="server & verb_read & takes_tlv",
    versions="each",
)
@vary(form=["wrapped", "bare"])
async def test_instance_comes_with_its_own_tlv_or_without(server: Server, form: str) -> None:
    """What a Read of an Instance gives may stand in the TLV of the Instance or by itself."""
    device = await server.registered()
    payload = bytes([0x08, 0, len(INSIDE)]) + INSIDE if form == "wrapped" else INSIDE
    device.answer_next(Read, Response(Code.CONTENT, payload=payload, content_format=TLV), at="/1/0")
    result = await server.read(device, "/1/0", TLV)
    result.expect(outcome="response", code=CONTENT, values={"0": 1, "1": 300, "6": True, "7": "U"})
