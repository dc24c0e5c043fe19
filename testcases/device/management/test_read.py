"""Read of an Object, an Instance, a Resource and a Resource Instance (LwM2M Core 1.1.1 §6.3.1)."""

from conformance.formats import ContentFormat, DataType
from conformance.matching import PRESENT, between, code_class, containing, covering, excluding
from conformance.messages import Path, Read
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED
from conformance.roles import Answer, Device
from conformance.roles.preamble import given
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject

STRUCTURED = [ContentFormat.TLV, ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR]
ERROR_CODE = "/3/0/11"


@testcase(
    "DM-READ-01",
    verifies=["HLF-034", "HLF-010"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    ets="int-224",
    applies="device & ixit.writable_integer",
)
@vary(format=[ContentFormat.TEXT, ContentFormat.CBOR, *STRUCTURED])
async def test_resource_has_the_value_that_was_written(device: Device, format: ContentFormat):
    """A Read of a Resource gives the value written just before, in the format asked for."""
    device.need_format(format)
    value = device.context.chance.randrange(1, 100)
    path = await given(device, "integer", value)
    answer = await device.read(path, format)
    answer.expect(code=CONTENT, format=format, value=value)


@testcase(
    "DM-READ-02",
    verifies=["HLF-033", "HLF-027"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    ets="int-223",
    applies="device & discover",
)
@vary(target=["server", "device"])
@vary(format=STRUCTURED)
async def test_instance_is_read_completely(device: Device, format: ContentFormat, target: str):
    """A Read of an Instance gives every readable Resource that Discover lists, and no unreadable one."""
    device.need_format(format)
    await device.registered()
    instance = device.server_object if target == "server" else Path(3, 0)
    discovered = await device.discover(instance)
    discovered.require(code=CONTENT)
    readable, unreadable = listed(device, discovered)
    answer = await device.read(instance, format)
    answer.expect(code=CONTENT, format=format, resources=excluding(*unreadable))
    left_out = [path for path in readable if path not in answer.resources]
    hidden = [path for path in left_out if await has_value(device, path, format)]
    subject = Subject("resources", answer.frame)
    device.context.record.judge("read.hidden", [], hidden, subject=subject, what="readable, but left out:")


async def has_value(device: Device, path: str, format: ContentFormat) -> bool:
    """Whether a Resource that is read alone has a value: an array without entries may be left out."""
    answer = await device.read(path, format)
    return answer.code == CONTENT and answer.payload != b"" and bool(answer.resources)


def listed(device: Device, discovered: Answer) -> tuple[list[str], list[str]]:
    """The Resources with a value that a Discover lists, by whether the definition lets them be read."""
    readable: list[str] = []
    unreadable: list[str] = []
    for target in discovered.targets:
        definition = device.context.model.resource(Path.parse(target))
        if definition is not None and discovered.attributes(target).get("dim") != "0":
            (readable if "R" in definition.operations else unreadable).append(target)
    return readable, unreadable


@testcase(
    "DM-READ-03",
    verifies=["HLF-033", "HLF-027"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    ets="int-222",
    applies="device",
)
@vary(format=STRUCTURED)
async def test_object_is_read_with_its_instances(device: Device, format: ContentFormat):
    """A Read of the Server Object gives the mandatory Resources of the Instance of this server."""
    device.need_format(format)
    await device.registered()
    server = device.server_object
    answer = await device.read(server.parent, format)
    answer.expect(code=CONTENT, format=format)
    answer.expect(resources=containing(*(str(server / resource) for resource in (0, 1, 6, 7))))
    answer.expect(values=covering({str(server / 1): device.lifetime}))


@testcase(
    "DM-READ-04",
    verifies=["HLF-034", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    ets="int-225",
    applies="device & lwm2m >= 1.1 & resource_instances & ixit.writable_multiple",
)
@vary(format=[ContentFormat.TEXT, *STRUCTURED])
async def test_resource_instance_is_read_alone(device: Device, format: ContentFormat):
    """A Read of a Resource Instance gives its value and not that of its neighbour."""
    device.need_format(format)
    await device.registered()
    path = device.writable("multiple")
    values = {0: "first", 1: "second"} if device.context.type_of(path) == DataType.STRING else {0: 3, 1: 4}
    how = device.format_for(path, structured=True)
    (await device.write(path, {**values}, how)).require(code=CHANGED)
    answer = await device.read(path / 1, format)
    answer.expect(code=CONTENT, format=format, values={str(path / 1): values[1]})


@testcase(
    "DM-READ-05",
    verifies=["HLF-034", "HLF-014"],
    clause="LwM2M Core 1.1.1 §7.4",
    ets="int-237",
    applies="device",
    versions="each",
)
@vary(level=["object", "instance", "resource"])
async def test_device_chooses_the_format_when_none_is_asked_for(device: Device, level: str):
    """A Read without Accept is answered in a format of the device's choice, named and decodable."""
    await device.registered()
    lifetime = device.server_object / 1
    target = {"object": lifetime.parent.parent, "instance": lifetime.parent, "resource": lifetime}[level]
    answer = await device.read(target)
    answer.expect(code=CONTENT, format=PRESENT)
    answer.expect(values=covering({str(lifetime): device.lifetime}))


@testcase(
    "DM-READ-06",
    verifies=["HLF-032"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    applies="device",
)
async def test_executable_resource_is_not_read(device: Device):
    """A Read of an executable Resource is answered 4.05."""
    await device.registered()
    answer = await device.read(device.ixit.executable or device.server_object / 8)
    answer.expect(code=METHOD_NOT_ALLOWED)


@testcase(
    "DM-READ-07",
    verifies=["HLF-032", "HLF-003"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    applies="device & object(5) & firmware",
)
async def test_write_only_resource_is_not_read(device: Device):
    """A Read of the firmware package, which may only be written, is answered 4.05 and gives nothing."""
    await device.registered()
    answer = await device.read("/5/0/0")
    answer.expect(code=METHOD_NOT_ALLOWED)


@testcase(
    "DM-READ-08",
    verifies=["HLF-020"],
    clause="LwM2M Core 1.1.1 §6.3.1",
    applies="device & lwm2m >= 1.1",
)
async def test_single_resource_has_no_resource_instance(device: Device):
    """A Read of a Resource Instance of a single Resource is an error."""
    await device.registered()
    answer = await device.read(device.server_object / 1 / 0)
    answer.expect(code=code_class(4), tolerated={"code": code_class(5)})


@testcase(
    "DM-READ-09",
    verifies=["HLF-027", "HLF-039"],
    clause="LwM2M Core 1.1.1 §7.1",
    applies="device",
    versions="each",
)
async def test_server_object_has_its_mandatory_resources(device: Device):
    """The Instance of the Server Object has its mandatory Resources, typed and within their ranges."""
    await device.registered()
    server = device.server_object
    answer = await device.read(server)
    answer.require(code=CONTENT)
    answer.expect(resources=containing(*(str(server / resource) for resource in (0, 1, 6, 7))))
    short_id = await device.read(server / 0)
    short_id.expect(name="short-server-id", code=CONTENT, value=between(1, 65534))


@testcase(
    "DM-READ-10",
    verifies=["HLF-006", "HLF-027"],
    clause="LwM2M Core 1.1.1 §7.1",
    applies="device",
    versions="each",
)
async def test_device_object_has_its_mandatory_resources(device: Device):
    """The Device Object tells its binding, and an error code even when there is no error."""
    await device.registered()
    binding = await device.read("/3/0/16")
    binding.expect(name="binding", code=CONTENT, value=PRESENT)
    errors = await device.read(ERROR_CODE)
    errors.expect(name="error-code", code=CONTENT, resources=containing(ERROR_CODE))


@testcase(
    "DM-READ-11",
    verifies=["HLF-033", "HLF-012"],
    clause="RFC 7959 §2.4",
    applies="device & blockwise",
)
@vary(format=STRUCTURED)
async def test_instance_is_read_in_blocks(device: Device, format: ContentFormat):
    """An Instance arrives whole in blocks of 16 octets, all of one representation."""
    device.need_format(format)
    await device.registered()
    server = device.server_object
    answer = await device.perform(Read(server, format), szx=0)
    answer.expect(code=CONTENT, violations=[], values=covering({str(server / 1): device.lifetime}))
