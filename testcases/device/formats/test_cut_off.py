"""Payloads that end early: no beginning of a payload is one itself (LwM2M Core 1.1.1 §7.4)."""

from conformance.formats import ContentFormat
from conformance.matching import one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.content import payload_of
from conformance.messages.management import Payload
from conformance.roles import Device
from conformance.roles.preamble import KNOWN, known
from conformance.roles.refusal import expect_refused, expect_unwritten
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

TEXT = "cut off"
STRUCTURED = [ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR]
JSON = (ContentFormat.SENML_JSON, ContentFormat.LWM2M_JSON)


async def refuses_every_beginning(device: Device, format: ContentFormat) -> None:
    """Write the payload of a String cut off behind each of its octets."""
    device.need_format(format)
    path = await known(device, "string")
    whole = payload_of(path, TEXT, format, device.context.type_of).data
    for length in range(1, len(whole)):
        beginning = Payload(whole[:length], format)
        if format in JSON:
            await expect_whole_or_nothing(device, path, beginning, length)
        else:
            await expect_unwritten(device, "string", path, beginning, Level.MUST, name=str(length))


async def expect_whole_or_nothing(device: Device, path: Path, beginning: Payload, length: int) -> None:
    """A parser of JSON may accept what is none (RFC 8259 §9): close brackets, but not shorten a value."""
    before = await device.read(path)
    before.require(code=CONTENT, value=one_of(KNOWN["string"], TEXT))
    written = await device.write(path, beginning)
    expect_refused(written, Level.SHOULD, name=f"write-{length}")
    after = await device.read(path)
    expected = one_of(KNOWN["string"], TEXT) if written.code == CHANGED else before.value
    after.expect(name=f"read-back-{length}", code=CONTENT, value=expected)


@testcase(
    "FMT-CUT-01",
    verifies=["HLF-034"],
    clause="LwM2M Transport 1.1.1 §6.7; RFC 8259 §9",
    applies="device & ixit.writable_string",
)
@vary(format=[ContentFormat.CBOR, *STRUCTURED])
async def test_payload_that_ends_early_is_refused(device: Device, format: ContentFormat) -> None:
    """A payload that ends early, wherever it does, is answered 4.00, and no part of a value is written."""
    await refuses_every_beginning(device, format)


@testcase(
    "FMT-CUT-02",
    verifies=["HLF-034"],
    clause="LwM2M Core 1.2 §7.4.4",
    applies="device & format_lwm2m_cbor & ixit.writable_string",
)
async def test_lwm2m_cbor_that_ends_early_is_refused(device: Device) -> None:
    """An LwM2M CBOR payload that ends early, wherever it does, is answered 4.00, and nothing is written."""
    await refuses_every_beginning(device, ContentFormat.LWM2M_CBOR)


@testcase(
    "FMT-CUT-03",
    verifies=["HLF-034"],
    clause="LwM2M Core 1.0.2 §6.4.4; RFC 8259 §9",
    applies="device & lwm2m == 1.0 & format_lwm2m_json & ixit.writable_string",
)
async def test_json_that_ends_early_is_refused(device: Device) -> None:
    """JSON of 1.0 that ends early, wherever it does, is answered 4.00, and no part of a value is written."""
    await refuses_every_beginning(device, ContentFormat.LWM2M_JSON)
