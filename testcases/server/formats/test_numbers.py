"""Integers at every length, and numbers as TLV carries them (LwM2M Core 1.1.1 §7.4.3, App. C).

Integers beyond 53 bits are left out: JSON, in which the user gives them, does not carry them everywhere.
"""

from conformance.coap.codes import Code
from conformance.coap.endpoint import Response
from conformance.formats import ContentFormat
from conformance.messages import Read, Write
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from testcases.server.formats.test_values import takes

INTEGERS = [0, 1, -1, 127, 128, 129, 255, 256, -128, -129, 32_767, 32_768, 40_000, -32_769]
INTEGERS += [2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53 - 1, -(2**53) + 1]
UNSIGNED = [0, 127, 128, 255, 256, 40_000, 65_535, 65_536, 2**31, 2**32 - 1, 2**32, 2**53 - 1]
FORMATS = [ContentFormat.TEXT, ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR]
WIDER = {"0000000000000005": 5, "fffb": -5, "fffffffb": -5, "00000081": 129}
"""Integers in more octets than they need, as TLV permits."""


@testcase(
    "SFM-INT-01",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §C",
    applies="server & knows_test_object & verb_write & lwm2m >= 1.1",
)
@vary(format=FORMATS)
@vary(kind=["integer", "unsigned"])
async def test_integers_of_every_length_are_written(server: Server, format: ContentFormat, kind: str) -> None:
    """Integers and Unsigned Integers around every power of two reach the device with their sign."""
    takes(server, format)
    device = await server.registered()
    path, numbers = ("/3442/0/120", INTEGERS) if kind == "integer" else ("/3442/0/125", UNSIGNED)
    for number in numbers:
        result = await server.write(device, path, number, format=format)
        await device.next(Write, name=f"write-{number}", at=path)
        device.expect_holds(path, number, name=f"device-{number}")
        result.expect(name=f"result-{number}", code=CHANGED)


@testcase(
    "SFM-INT-02",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §C",
    applies="server & knows_test_object & verb_read & lwm2m >= 1.1",
)
@vary(format=FORMATS)
@vary(kind=["integer", "unsigned"])
async def test_integers_of_every_length_are_read(server: Server, format: ContentFormat, kind: str) -> None:
    """Integers and Unsigned Integers around every power of two reach the user with their sign."""
    takes(server, format)
    device = await server.registered()
    path, numbers = ("/3442/0/120", INTEGERS) if kind == "integer" else ("/3442/0/125", UNSIGNED)
    for number in numbers:
        device.set(path, number)
        result = await server.read(device, path, format)
        result.expect(name=f"read-{number}", outcome="response", code=CONTENT, value=number)


@testcase(
    "SFM-INT-03",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §C",
    applies="server & knows_test_object & verb_read & takes_tlv",
    versions="each",
)
async def test_integers_may_be_wider_than_they_need(server: Server) -> None:
    """An Integer in two, four or eight octets of TLV is the same number as in fewer."""
    device = await server.registered()
    for octets, number in WIDER.items():
        data = bytes.fromhex(octets)
        head = bytes([0xC0 | len(data), 120]) if len(data) < 8 else bytes([0xC8, 120, len(data)])
        answer = Response(Code.CONTENT, payload=head + data, content_format=ContentFormat.TLV)
        device.answer_next(Read, answer, at="/3442/0/120")
        result = await server.read(device, "/3442/0/120", ContentFormat.TLV)
        result.expect(name=f"read-{octets}", outcome="response", code=CONTENT, value=number)


@testcase(
    "SFM-FLT-01",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §C",
    applies="server & knows_test_object & verb_read & takes_tlv",
    versions="each",
)
async def test_floats_of_both_lengths_are_read(server: Server) -> None:
    """A Float in four and in eight octets of TLV reaches the user."""
    device = await server.registered()
    for octets, number in {"c2f60000": -123.0, "405edd2f1a9fbe77": 123.456}.items():
        data = bytes.fromhex(octets)
        head = bytes([0xC4, 130]) if len(data) == 4 else bytes([0xC8, 130, 8])
        answer = Response(Code.CONTENT, payload=head + data, content_format=ContentFormat.TLV)
        device.answer_next(Read, answer, at="/3442/0/130")
        result = await server.read(device, "/3442/0/130", ContentFormat.TLV)
        result.expect(name=f"read-{octets}", outcome="response", code=CONTENT, value=number)
