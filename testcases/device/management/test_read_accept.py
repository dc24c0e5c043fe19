"""Accept in a Read: the format asked for, or 4.06 (LwM2M Transport 1.1.1 §6.4.4, RFC 7252 §5.10.4).

A device that does not support the option at all may answer in its own format (LwM2M Core 1.1.1 §7.4, and
§6.4 of 1.0), or say so by 4.02 (RFC 7252 §5.4.1).
"""

from conformance.formats import ContentFormat
from conformance.matching import ANY, code_class, matches, one_of
from conformance.messages.codes import BAD_OPTION, CONTENT, NOT_ACCEPTABLE
from conformance.roles import Answer, Device
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


async def has_no_accept(device: Device, answer: Answer) -> bool:
    """Whether an answer that passes over Accept comes from a device that never heeds the option."""
    if answer.code not in (CONTENT, BAD_OPTION):
        return False
    lifetime = device.server_object / 1
    own = (await device.read(lifetime)).format
    for number in FORMATS:
        if device.context.ics[f"format_{number.name.lower()}"] and number != own:
            other = await device.read(lifetime, number)
            if other.code == NOT_ACCEPTABLE or (other.code == CONTENT and other.format == number):
                return False
    answer.note("the device does not support Accept")
    return True


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
    without_option = one_of(CONTENT, BAD_OPTION) if await has_no_accept(device, answer) else NOT_ACCEPTABLE
    answer.expect(code=NOT_ACCEPTABLE, tolerated={"code": without_option})


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
    named = one_of(format, None) if format == ContentFormat.TEXT else one_of(format)
    heeded = answer.code == NOT_ACCEPTABLE or (answer.code == CONTENT and answer.format in named["values"])
    no_accept = not heeded and await has_no_accept(device, answer)
    permitted = one_of(CONTENT, NOT_ACCEPTABLE)
    answer.expect(code=permitted, tolerated={"code": BAD_OPTION if no_accept else permitted})
    if answer.code == CONTENT:
        answer.expect(format=named, tolerated={"format": ANY if no_accept else named})


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
    no_accept = await has_no_accept(device, answer)
    permitted = matches(r"2\.05|4\.\d\d") if no_accept else code_class(4)
    answer.expect(code=NOT_ACCEPTABLE, tolerated={"code": permitted})
