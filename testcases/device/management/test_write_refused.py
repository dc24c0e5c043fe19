"""Write that a device has to refuse: the target, the value or the format is not one for it."""

from conformance.formats import ContentFormat, ObjectLink
from conformance.matching import code_class, covering, differs, matches
from conformance.messages import Path
from conformance.messages.codes import (
    BAD_REQUEST,
    CHANGED,
    CONTENT,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNSUPPORTED_CONTENT_FORMAT,
)
from conformance.messages.management import Payload
from conformance.model import DataType
from conformance.roles import Device
from conformance.roles.preamble import known
from conformance.roles.refusal import expect_refused, of_type
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

UNKNOWN = 60_000
WRONG_TYPE = {
    "text-word": (ContentFormat.TEXT, b"many"),
    "text-fraction": (ContentFormat.TEXT, b"1.5"),
    "text-empty": (ContentFormat.TEXT, b""),
    "text-trailing-letter": (ContentFormat.TEXT, b"42a"),
    "cbor-text": (ContentFormat.CBOR, b"\x6242"),
    "cbor-boolean": (ContentFormat.CBOR, b"\xf5"),
}
"""Values that are no Integer, for a path that is one."""


@testcase(
    "DM-WRITE-60",
    verifies=["HLF-032"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    ets="int-256",
    applies="device & ixit.read_only",
)
async def test_read_only_resource_is_not_written(device: Device) -> None:
    """A Write on a read-only Resource is answered 4.05, and the Resource does not take the value."""
    await device.registered()
    path = Path.of(device.ixit.read_only or ())
    before = await device.read(path)
    before.require(code=CONTENT)
    if before.value is None:
        raise NotApplicable(f"{path} has no single value that could be written")
    value = "changed" if isinstance(before.value, str) else before.value
    written = await device.write(path, value)
    written.expect(code=METHOD_NOT_ALLOWED)
    answer = await device.read(path)
    answer.expect(name="read-back", code=CONTENT)
    if isinstance(value, str):
        answer.expect(name="read-back", value=differs(value))


@testcase(
    "DM-WRITE-61",
    verifies=["HLF-020", "HLF-034"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="device & format_text & ixit.writable_string",
)
@vary(missing=["object", "instance", "resource"])
async def test_what_does_not_exist_is_not_written(device: Device, missing: str) -> None:
    """A Write on a Resource that does not exist is answered 4.04, and it does not exist afterwards."""
    path = await known(device, "string")
    level = ("object", "instance", "resource").index(missing)
    absent = Path(*(UNKNOWN if index == level else part for index, part in enumerate(path)))
    written = await device.write(absent, Payload(b"42", ContentFormat.TEXT))
    written.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})
    answer = await device.read(absent)
    answer.expect(code=code_class(4))


@testcase(
    "DM-WRITE-62",
    verifies=["HLF-032", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.1",
    applies="device & ixit.writable_integer",
)
@vary(fault=list(WRONG_TYPE))
async def test_value_of_another_type_is_refused(device: Device, fault: str) -> None:
    """A value that is no Integer is answered 4.00 on an Integer Resource, which keeps its value."""
    number, octets = WRONG_TYPE[fault]
    device.need_format(number)
    path = await known(device)
    written = await device.write(path, Payload(octets, number))
    expect_refused(written, Level.SHOULD if not octets else of_type(device))
    if written.code == CHANGED and (octets or of_type(device) == Level.SHOULD):
        return
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=42)


@testcase(
    "DM-WRITE-63",
    verifies=["HLF-032", "HLF-034"],
    clause="LwM2M Core 1.1.1 §C",
    applies="device & format_text & ixit.writable_boolean",
)
@vary(text=["2", "true", "01"])
async def test_boolean_in_text_is_nothing_but_0_or_1(device: Device, text: str) -> None:
    """A text other than 0 and 1 is answered 4.00 on a Boolean Resource, which keeps its value."""
    await device.registered()
    path = Path.of(device.ixit.writable_boolean or ())
    (await device.write(path, False)).require(code=CHANGED)
    written = await device.write(path, Payload(text.encode(), ContentFormat.TEXT))
    expect_refused(written, Level.SHOULD if text == "01" else of_type(device))
    if written.code != CHANGED or text == "01":
        answer = await device.read(path)
        answer.expect(code=CONTENT, value=written.code == CHANGED)


@testcase(
    "DM-WRITE-64",
    verifies=["HLF-032", "HLF-034"],
    clause="LwM2M Core 1.1.1 §C",
    applies="device & format_text & ixit.writable_integer",
)
@vary(text=["0x10", "010"])
async def test_integer_in_text_is_decimal(device: Device, text: str) -> None:
    """A text Integer is decimal: 0x10 is none and is answered 4.00, 010 is ten or is refused."""
    path = await known(device)
    written = await device.write(path, Payload(text.encode(), ContentFormat.TEXT))
    if text == "010":
        written.expect(code=BAD_REQUEST, tolerated={"code": matches(r"2\.04|4\.\d\d")})
    else:
        expect_refused(written, of_type(device))
    if text == "010" or written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(code=CONTENT, value=10 if written.code == CHANGED else 42)


@testcase(
    "DM-WRITE-65",
    verifies=["HLF-032", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.1",
    applies="device & object(3311)",
)
@vary(value=[101, -1])
async def test_value_outside_its_range_is_refused(device: Device, value: int) -> None:
    """A dimmer value outside 0 to 100 is answered 4.00 on /3311/x/5851, which keeps its value."""
    await device.registered()
    lamp = next((path for path in device.current.objects if path.startswith("/3311/")), None)
    if lamp is None:
        raise NotApplicable("the SUT registers no Instance of Object 3311")
    path = Path.parse(lamp) / 5851
    if (await device.read(path)).code == NOT_FOUND:
        raise NotApplicable(f"the SUT has no {path}")
    (await device.write(path, 42)).require(code=CHANGED)
    written = await device.write(path, value)
    expect_refused(written, of_type(device))
    if written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(name="read-back", code=CONTENT, value=42)


@testcase(
    "DM-WRITE-66",
    verifies=["HLF-034"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & ixit.writable_string",
)
@vary(format=[50, 65000])
async def test_unknown_content_format_is_refused(device: Device, format: int) -> None:
    """A Write in a Content-Format that the device does not have is answered 4.15 and changes nothing."""
    path = await known(device, "string")
    written = await device.write(path, Payload(b'{"value": 43}', format))
    written.expect(code=UNSUPPORTED_CONTENT_FORMAT)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value="42")


@testcase(
    "DM-WRITE-67",
    verifies=["HLF-032", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & object_link & ixit.writable_objlnk",
)
async def test_link_to_nothing_is_refused(device: Device) -> None:
    """A link to an Object Instance that does not exist is refused, and the old link stays."""
    await device.registered()
    path = Path.of(device.ixit.writable_objlnk or ())
    before = await device.read(path)
    before.require(code=CONTENT)
    written = await device.write(path, ObjectLink(UNKNOWN, 0))
    expect_refused(written, Level.SHOULD if device.current.version in ("1.0", "1.1") else Level.MUST)
    if written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(name="read-back", code=CONTENT, value=before.value)


@testcase(
    "DM-WRITE-68",
    verifies=["HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4.1",
    applies="device & format_text & ixit.writable_instance",
)
async def test_instance_is_not_written_in_text(device: Device) -> None:
    """A Write on an Instance in a format for single values is refused."""
    await device.registered()
    path = Path.of(device.ixit.writable_instance or ())
    before = await device.read(path)
    before.require(code=CONTENT)
    own = {
        resource: value
        for resource, value in before.values.items()
        if (found := device.context.model.resource(Path.parse(resource))) and "W" in found.operations
        if found.type != DataType.TIME
    }
    written = await device.write(path, Payload(b"42", ContentFormat.TEXT))
    written.expect(code=code_class(4))
    answer = await device.read(path)
    answer.expect(name="read-back", code=CONTENT, values=covering(own))
