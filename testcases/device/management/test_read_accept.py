"""Accept in a Read: the format asked for, or 4.06 (LwM2M Transport 1.1.1 §6.4.4, RFC 7252 §5.10.4)."""

from conformance.formats import ContentFormat
from conformance.matching import code_class, one_of
from conformance.messages.codes import CONTENT, NOT_ACCEPTABLE
from conformance.roles import Device
from conformance.testcase import testcase, vary

FORMATS = [
    ContentFormat.TEXT,
    ContentFormat.CBOR,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.TLV,
    ContentFormat.LWM2M_JSON,
    ContentFormat.LWM2M_CBOR,
]
UNASSIGNED_FORMAT = 65000


@testcase(
    "DM-READ-12",
    verifies=["HLF-032", "HLF-014"],
    clause="RFC 7252 §5.10.4",
    applies="device",
)
@vary(level=["object", "instance", "resource"])
async def test_format_that_nobody_has_is_not_acceptable(device: Device, level: str):
    """A Read that accepts an unassigned Content-Format only is answered 4.06."""
    await device.registered()
    await device.control()
    lifetime = device.server_object / 1
    target = {"object": lifetime.parent.parent, "instance": lifetime.parent, "resource": lifetime}[level]
    answer = await device.read(target, UNASSIGNED_FORMAT)
    answer.expect(code=NOT_ACCEPTABLE)


@testcase(
    "DM-READ-13",
    verifies=["HLF-014"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies="device & lifetime_readable",
    versions="each",
)
@vary(format=FORMATS)
async def test_accept_is_honoured_or_refused(device: Device, format: ContentFormat):
    """A Read that accepts one format is answered in that format, or 4.06, never in another format."""
    await device.registered()
    answer = await device.read(device.server_object / 1, format)
    answer.expect(code=one_of(CONTENT, NOT_ACCEPTABLE))
    if answer.code == CONTENT:
        answer.expect(format=format)


@testcase(
    "DM-READ-14",
    verifies=["HLF-033"],
    clause="RFC 7252 §5.10.4",
    applies="device",
)
@vary(format=[ContentFormat.TEXT, ContentFormat.OPAQUE, ContentFormat.CBOR])
async def test_instance_is_not_available_in_a_format_for_one_value(device: Device, format: ContentFormat):
    """A Read of an Instance that accepts a format for one value only is answered 4.06."""
    await device.registered()
    await device.control()
    answer = await device.read(device.server_object, format)
    answer.expect(code=NOT_ACCEPTABLE, tolerated={"code": code_class(4)})
