"""Values of every data type in every format, both ways (LwM2M Core 1.1.1 §7.4, App. C)."""

from conformance.coap.codes import Code
from conformance.coap.endpoint import Response
from conformance.formats import ContentFormat, ObjectLink, Value
from conformance.messages import Read, Write
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

INSTANCE = "/3442/0"
VALUES: dict[int, Value] = {
    110: 'Größe "5" in 東京',
    120: -1024,
    130: -3.25,
    140: False,
    150: bytes.fromhex("00fffbef"),
    160: 1_700_000_001,
    170: ObjectLink(3, 0),
}
"""A value of each type by Resource id of the test Object."""
TIME = 160
MANY = [
    ContentFormat.TEXT,
    ContentFormat.CBOR,
    ContentFormat.TLV,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
]
OTHERS = {"1.0": ContentFormat.LWM2M_JSON, "1.2": ContentFormat.LWM2M_CBOR}


def takes(server: Server, format: ContentFormat) -> None:
    """Leave the case out where the server does not speak the format.

    Raises:
        NotApplicable: it does not.
    """
    if not server.context.ics[f"takes_{format.name.lower()}"]:
        raise NotApplicable(f"the SUT does not take {format.name}, or cannot be asked for it")


async def read_all(server: Server, format: ContentFormat) -> None:
    """Read a value of each type in a format, and expect that the user gets it."""
    takes(server, format)
    device = await server.registered()
    for resource, value in VALUES.items():
        if (format, resource) == (ContentFormat.CBOR, TIME):
            continue
        path = f"{INSTANCE}/{resource}"
        device.set(path, value)
        result = await server.read(device, path, format)
        result.expect(name=f"read-{resource}", outcome="response", code=CONTENT, value=value)


async def write_all(server: Server, format: ContentFormat) -> None:
    """Write a value of each type in a format, and expect that the device gets it."""
    takes(server, format)
    device = await server.registered()
    for resource, value in VALUES.items():
        path = f"{INSTANCE}/{resource}"
        result = await server.write(device, path, value, format=format)
        request = await device.next(Write, name=f"write-{resource}", at=path)
        request.expect(name=f"write-{resource}", format=format, irregularities=[])
        device.expect_holds(path, value, name=f"device-{resource}")
        result.expect(name=f"result-{resource}", code=CHANGED)


@testcase(
    "SFM-READ-01",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §7.4, §C",
    applies="server & knows_test_object & verb_read & lwm2m >= 1.1",
)
@vary(format=MANY)
async def test_every_type_is_read(server: Server, format: ContentFormat) -> None:
    """A value of every data type reaches the user from an answer in the format that was asked for."""
    await read_all(server, format)


@testcase(
    "SFM-READ-02",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.2 §7.4, §C",
    applies="server & knows_test_object & verb_read",
    versions="each",
)
async def test_every_type_is_read_in_the_format_of_one_version(server: Server) -> None:
    """A value of every data type is read in LwM2M JSON by a server of 1.0, in LwM2M CBOR by one of 1.2."""
    if server.context.lwm2m not in OTHERS:
        raise NotApplicable(f"LwM2M {server.context.lwm2m} has no format of its own")
    await read_all(server, OTHERS[server.context.lwm2m])


@testcase(
    "SFM-TIM-01",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §C",
    applies="server & knows_test_object & verb_read & takes_cbor & lwm2m >= 1.1",
)
@vary(form=["plain", "tagged"])
async def test_time_in_cbor_is_read(server: Server, form: str) -> None:
    """A Time in CBOR reaches the user, as a bare number or under the tag of RFC 7049 §2.4.1.

    The data types call it an unsigned integer as in that section, which tags it: a warning for either.
    """
    device = await server.registered()
    payload = bytes.fromhex("c1" if form == "tagged" else "") + bytes.fromhex("1a6553f101")
    path = f"{INSTANCE}/{TIME}"
    answer = Response(Code.CONTENT, payload=payload, content_format=ContentFormat.CBOR)
    device.answer_next(Read, answer, at=path)
    result = await server.read(device, path, ContentFormat.CBOR)
    result.expect(outcome="response", value=VALUES[TIME], level=Level.SHOULD)


@testcase(
    "SFM-WRITE-01",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §7.4, §C",
    applies="server & knows_test_object & verb_write & lwm2m >= 1.1",
)
@vary(format=MANY)
async def test_every_type_is_written(server: Server, format: ContentFormat) -> None:
    """A value of every data type reaches the device in the format that the user chose."""
    await write_all(server, format)


@testcase(
    "SFM-WRITE-02",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.2 §7.4, §C",
    applies="server & knows_test_object & verb_write",
    versions="each",
)
async def test_every_type_is_written_in_the_format_of_one_version(server: Server) -> None:
    """A value of every data type is written in LwM2M JSON by a server of 1.0, in LwM2M CBOR by one of 1.2."""
    if server.context.lwm2m not in OTHERS:
        raise NotApplicable(f"LwM2M {server.context.lwm2m} has no format of its own")
    await write_all(server, OTHERS[server.context.lwm2m])


@testcase(
    "SFM-OPQ-01",
    verifies=["HLF-010", "HLF-020"],
    clause="LwM2M Core 1.1.1 §7.4.2",
    applies="server & knows_test_object & verb_read & verb_write & takes_opaque",
    versions="each",
)
@vary(octets=["00", "ff80", "7b226e223a2276227d"])
async def test_octets_go_as_they_are(server: Server, octets: str) -> None:
    """An Opaque value in the opaque format goes as its octets, both ways."""
    device = await server.registered()
    path, value = f"{INSTANCE}/150", bytes.fromhex(octets)
    written = await server.write(device, path, value, format=ContentFormat.OPAQUE)
    (await device.next(Write, at=path)).expect(format=ContentFormat.OPAQUE, payload=value)
    written.expect(code=CHANGED)
    read = await server.read(device, path, ContentFormat.OPAQUE)
    read.expect(code=CONTENT, value=value)
