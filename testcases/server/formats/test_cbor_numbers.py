"""Integers of every length in CBOR, which LwM2M has from 1.1 on (LwM2M Core 1.1.1 §7.4, App. C)."""

from conformance.formats import ContentFormat
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase

NUMBERS = [0, 23, 24, -24, -25, 255, 256, -256, -257, 65_535, 65_536, -65_537]
NUMBERS += [2**32 - 1, 2**32, -(2**32), -(2**32) - 1, 2**53 - 1]
"""The numbers at which CBOR takes another octet, or two, or four more."""
PATH = "/3442/0/120"
READS = "server & knows_test_object & takes_cbor & verb_read & lwm2m >= 1.1"
WRITES = "server & knows_test_object & takes_cbor & verb_write & lwm2m >= 1.1"


@testcase(
    "SFM-INT-04",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §C",
    applies=READS,
)
async def test_integers_in_cbor_are_read(server: Server) -> None:
    """Integers at each length of CBOR reach the user with their sign."""
    device = await server.registered()
    for number in NUMBERS:
        device.set(PATH, number)
        result = await server.read(device, PATH, ContentFormat.CBOR)
        result.expect(name=f"read-{number}", outcome="response", code=CONTENT, value=number)


@testcase(
    "SFM-INT-05",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §C",
    applies=WRITES,
)
async def test_integers_in_cbor_are_written(server: Server) -> None:
    """Integers at each length of CBOR reach the device with their sign."""
    device = await server.registered()
    for number in NUMBERS:
        result = await server.write(device, PATH, number, format=ContentFormat.CBOR)
        device.expect_holds(PATH, number, name=f"device-{number}")
        result.expect(name=f"result-{number}", code=CHANGED)
