"""Bootstrap-Write of an Object, an Instance and a Resource (LwM2M Core 1.1.1 §6.1.7.5)."""

from conformance.formats import ContentFormat
from conformance.matching import code_class
from conformance.messages import Path, Register
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, UNSUPPORTED_CONTENT_FORMAT
from conformance.messages.management import Payload
from conformance.roles import Device
from conformance.testcase import testcase, vary

BOOTSTRAP = ("bootstrap",)
STRUCTURED = [ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR]
UNKNOWN_RESOURCE = 26_241
NO_FORMAT = 65_000
SMALLEST_BLOCK = 0


@testcase(
    "BS-WR-01",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5",
    ets="int-0",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(format=STRUCTURED)
async def test_objects_are_written_as_a_whole(device: Device, format: ContentFormat) -> None:
    """A Write of an Object whose payload holds the Instance is answered 2.04 and taken."""
    device.need_format(format)
    await device.bootstrap.requested()
    given = await device.bootstrap.new_settings()
    security = {given.security[1]: device.bootstrap.security_values(given.ssid)}
    written = await device.bootstrap.write("/0", security, format)
    written.expect(name="security", code=CHANGED)
    server = {given.server[1]: device.bootstrap.server_values(given.ssid, given.lifetime)}
    written = await device.bootstrap.write("/1", server, format)
    written.expect(name="server", code=CHANGED)
    await expect_registration(device, given.lifetime)


async def expect_registration(device: Device, lifetime: int) -> None:
    """Finish is answered 2.04, and the device registers with the lifetime that was written."""
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=lifetime)


@testcase(
    "BS-WR-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5; LwM2M Transport 1.1.1 §6.7",
    ets="int-0",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(format=STRUCTURED)
async def test_new_instance_is_written(device: Device, format: ContentFormat) -> None:
    """A Write of an Instance that the device does not have is answered 2.04, not 2.01, and taken."""
    device.need_format(format)
    await device.bootstrap.requested()
    given = await device.bootstrap.new_settings()
    security = device.bootstrap.security_values(given.ssid)
    written = await device.bootstrap.write(given.security, security, format)
    written.expect(name="security", code=CHANGED)
    server = device.bootstrap.server_values(given.ssid, given.lifetime)
    written = await device.bootstrap.write(given.server, server, format)
    written.expect(name="server", code=CHANGED)
    await expect_registration(device, given.lifetime)


@testcase(
    "BS-WR-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(format=[ContentFormat.TEXT, ContentFormat.CBOR, *STRUCTURED])
async def test_resource_is_written(device: Device, format: ContentFormat) -> None:
    """A Write of one Resource is answered 2.04 and takes the place of its value."""
    device.need_format(format)
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    written = await device.bootstrap.write(given.server / 1, given.lifetime + 17, format)
    written.expect(code=CHANGED)
    await expect_registration(device, given.lifetime + 17)


@testcase(
    "BS-WR-04",
    verifies=["HLF-019", "HLF-014"],
    clause="LwM2M Core 1.1.1 §6.1.7.5",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(object_id=[0, 1])
async def test_unknown_resource_is_no_error(device: Device, object_id: int) -> None:
    """A Write of an Instance with a Resource that no device knows is answered 2.04, the rest of it taken."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    values = device.bootstrap.server_values(given.ssid, given.lifetime + 1)
    if object_id == 0:
        values = device.bootstrap.security_values(given.ssid)
    target = given.security if object_id == 0 else given.server
    written = await device.bootstrap.write(target, {**values, UNKNOWN_RESOURCE: b"\x01"})
    written.expect(code=CHANGED)
    await expect_registration(device, given.lifetime + object_id)


@testcase(
    "BS-WR-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_later_write_replaces_the_earlier(device: Device) -> None:
    """A second Write of the same Instance is answered 2.04, and its values are those that hold."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    values = device.bootstrap.server_values(given.ssid, given.lifetime + 5)
    written = await device.bootstrap.write(given.server, values)
    written.expect(code=CHANGED)
    await expect_registration(device, given.lifetime + 5)


@testcase(
    "BS-WR-06",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5",
    applies="device & bootstrap & discover",
    launch_options=BOOTSTRAP,
)
async def test_optional_resources_are_not_made_up(device: Device) -> None:
    """Optional Resources that no Write named are not there after the bootstrap."""
    await device.bootstrap.complete()
    server = device.server_object
    discovered = await device.discover(server)
    discovered.require(code=CONTENT)
    made_up = []
    for path in (server / 2, server / 3):
        if str(path) in discovered.targets:
            held = (await device.read(path)).code == CONTENT
            made_up += [str(path)] if held else []
            discovered.note(f"{path} is listed, {'with' if held else 'without'} a value")
    device.context.record.judge("discover.made-up", [], made_up, what="with a value that nobody wrote:")


@testcase(
    "BS-WR-07",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5; LwM2M Transport 1.1.1 §6.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_unknown_format_is_refused(device: Device) -> None:
    """A Write in a Content-Format that nobody has is answered 4.15 and changes nothing."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    written = await device.bootstrap.write(given.server / 1, Payload(b"4711", NO_FORMAT))
    written.expect(code=UNSUPPORTED_CONTENT_FORMAT, tolerated={"code": code_class(4)})
    await expect_registration(device, given.lifetime)


@testcase(
    "BS-WR-08",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.5; LwM2M Transport 1.1.1 §6.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_malformed_payload_is_refused(device: Device) -> None:
    """A Write whose payload breaks off is answered 4.00 and changes nothing."""
    await device.bootstrap.requested()
    given = await device.bootstrap.provision()
    number = device.format_for(given.server)
    broken = {
        ContentFormat.TLV: bytes.fromhex("c20112"),
        ContentFormat.SENML_JSON: b'[{"bn":"/1/0/","n":"1","v":4711}',
        ContentFormat.SENML_CBOR: bytes.fromhex("82a3"),
        ContentFormat.LWM2M_JSON: b'{"bn":"/1/0/","e":[{"n":"1","v":4711}',
    }
    payload = Payload(broken[ContentFormat(number)], number)
    written = await device.bootstrap.write(given.server, payload)
    written.expect(code=BAD_REQUEST, tolerated={"code": code_class(4)})
    await expect_registration(device, given.lifetime)


@testcase(
    "BS-WR-09",
    verifies=["HLF-019"],
    clause="RFC 7959 §2.5, §3.4; LwM2M Core 1.1.1 §6.1.7.5",
    applies="device & bootstrap & blockwise",
    launch_options=BOOTSTRAP,
)
async def test_settings_come_in_blocks(device: Device) -> None:
    """Settings written in blocks of 16 octets, each block with a token of its own, are taken."""
    await device.bootstrap.requested()
    given = await device.bootstrap.new_settings()
    security = device.bootstrap.security_values(given.ssid)
    written = await device.bootstrap.write(given.security, security, szx=SMALLEST_BLOCK)
    written.expect(name="security", code=CHANGED, violations=[])
    server = device.bootstrap.server_values(given.ssid, given.lifetime)
    written = await device.bootstrap.write(Path(1), {given.server[1]: server}, szx=SMALLEST_BLOCK)
    written.expect(name="server", code=CHANGED, violations=[])
    await expect_registration(device, given.lifetime)


@testcase(
    "BS-WR-10",
    verifies=["HLF-019", "HLF-010"],
    clause="LwM2M Core 1.1.1 §6.1, §6.1.7.5",
    applies="device & bootstrap & ixit.writable_integer",
    launch_options=BOOTSTRAP,
)
async def test_any_object_is_configured(device: Device) -> None:
    """A Resource of another Object that was written in the bootstrap has its value afterwards."""
    await device.bootstrap.requested()
    await device.bootstrap.provision()
    path, value = device.writable("integer"), device.context.chance.randrange(1, 100)
    written = await device.bootstrap.write(path, value)
    written.expect(code=CHANGED)
    (await device.bootstrap.finish()).require(code=CHANGED)
    await device.registered()
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=value)
