"""Read-Composite and Write-Composite (LwM2M Core 1.1.1 §6.3.8, §6.3.9)."""

from conformance.coap.codes import Code
from conformance.formats import ContentFormat, Value
from conformance.matching import code_class, containing, covering, excluding, matches, unordered
from conformance.messages import Path, ReadComposite
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED, NOT_FOUND
from conformance.messages.content import names_of
from conformance.roles import Answer, Device
from conformance.roles.device import PathLike
from conformance.roles.preamble import given
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

PACKS = [ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR]
ETCH = [ContentFormat.SENML_ETCH_JSON, ContentFormat.SENML_ETCH_CBOR]
ABSENT = ["/65000/0/0", "/3/65000/0", "/3/0/65000"]
BINDING = Path(3, 0, 16)


@testcase(
    "DM-COMP-01",
    verifies=["HLF-035", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.3.8",
    ets="int-280",
    applies="device & lwm2m >= 1.1 & read_composite",
)
@vary(format=[*PACKS, *ETCH])
async def test_composite_read_gives_exactly_what_was_asked(device: Device, format: ContentFormat):
    """A Read-Composite over two Objects gives the Resources asked for and no other."""
    device.need_format(format)
    await device.registered()
    lifetime = device.server_object / 1
    accept = PACKS[0] if format in (PACKS[0], ETCH[0]) else PACKS[1]
    device.need_format(accept)
    answer = await device.read_composite([lifetime, BINDING], accept, format)
    answer.expect(code=CONTENT, format=accept, resources=unordered(str(lifetime), str(BINDING)))
    answer.expect(values=covering({str(lifetime): device.lifetime}))


@testcase(
    "DM-COMP-02",
    verifies=["HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.8",
    ets="int-236",
    applies="device & lwm2m >= 1.1 & read_composite",
)
@vary(absent=ABSENT)
@vary(format=PACKS)
async def test_composite_read_leaves_out_what_is_absent(device: Device, format: ContentFormat, absent: str):
    """A Read-Composite gives what there is of the paths asked for, and no error for the others."""
    device.need_format(format)
    await device.registered()
    lifetime = device.server_object / 1
    answer = await device.read_composite([absent, lifetime], format, format)
    answer.expect(code=CONTENT, values={str(lifetime): device.lifetime})


@testcase(
    "DM-COMP-03",
    verifies=["HLF-035", "HLF-032"],
    clause="LwM2M Core 1.1.1 §6.3.8",
    ets="int-281",
    applies="device & lwm2m >= 1.1 & read_composite",
)
@vary(format=PACKS)
async def test_composite_read_leaves_out_what_is_executable(device: Device, format: ContentFormat):
    """A Read-Composite that names an executable Resource gives the readable ones."""
    device.need_format(format)
    await device.registered()
    lifetime, trigger = device.server_object / 1, device.server_object / 8
    answer = await device.read_composite([trigger, lifetime], format, format)
    answer.expect(code=CONTENT, values={str(lifetime): device.lifetime})


@testcase(
    "DM-COMP-04",
    verifies=["HLF-035", "HLF-033"],
    clause="LwM2M Core 1.1.1 §6.3.8",
    ets="int-229",
    applies="device & lwm2m >= 1.1 & read_composite",
)
@vary(level=["object", "instance"])
@vary(format=PACKS)
async def test_composite_read_takes_paths_of_every_level(device: Device, format: ContentFormat, level: str):
    """A Read-Composite of an Object or an Instance beside a Resource gives all of it."""
    device.need_format(format)
    await device.registered()
    server = device.server_object
    target = server.parent if level == "object" else server
    answer = await device.read_composite([target, BINDING], format, format)
    mandatory = (str(server / resource) for resource in (0, 1, 6, 7))
    answer.expect(code=CONTENT, resources=containing(str(BINDING), *mandatory))
    answer.expect(name="left-out", resources=excluding(str(server / 8), "/3/0/4", "/3/0/11"))


@testcase(
    "DM-COMP-05",
    verifies=["HLF-035", "HLF-031"],
    clause="LwM2M Core 1.1.1 §6.3.8",
    ets="int-235",
    applies="device & lwm2m >= 1.1 & read_composite",
)
@vary(format=PACKS)
async def test_composite_read_of_the_root_keeps_the_account_secret(device: Device, format: ContentFormat):
    """A Read-Composite of the root path gives everything but the Security Object, or is refused."""
    device.need_format(format)
    await device.registered()
    answer = await device.read_composite(["/"], format, format)
    answer.note(f"Read-Composite of / is answered {answer.code}", ambiguity="Q09")
    answer.expect(code=CONTENT, tolerated={"code": code_class(4)})
    if answer.code == CONTENT:
        lifetime = str(device.server_object / 1)
        answer.expect(name="rest", level=Level.SHOULD, resources=containing(lifetime))
        account = (f"/{o}/{i}/{resource}" for o in (0, 21) for i in range(4) for resource in range(18))
        answer.expect(name="secret", resources=excluding(*account))


@testcase(
    "DM-COMP-06",
    verifies=["HLF-035"],
    clause="RFC 7252 §6.5",
    applies="device & lwm2m >= 1.1 & read_composite",
)
@vary(format=PACKS)
async def test_one_empty_path_element_is_the_root(device: Device, format: ContentFormat):
    """A Read-Composite that is sent with one empty Uri-Path is one on the root."""
    device.need_format(format)
    await device.registered()
    lifetime, limit = device.server_object / 1, device.ixit.reaction_time
    exchange = await device.endpoint.request(
        device.current.remote,
        Code.FETCH,
        path=("",),
        payload=names_of([lifetime], format, device.context.type_of).data,
        content_format=format,
        accept=format,
        limit=limit,
    )
    record, type_of = device.context.record, device.context.type_of
    answer = Answer(record, "read-composite", Path(), exchange, type_of, limit=limit)
    answer.expect(code=CONTENT, level=Level.SHOULD)


@testcase(
    "DM-COMP-07",
    verifies=["HLF-035", "HLF-010"],
    clause="LwM2M Core 1.1.1 §6.3.9",
    ets="int-230",
    applies="device & lwm2m >= 1.1 & write_composite & ixit.writable_integer & ixit.writable_string",
)
@vary(format=[*PACKS, *ETCH])
async def test_composite_write_writes_all_values(device: Device, format: ContentFormat):
    """A Write-Composite of two Resources writes both."""
    device.need_format(format)
    number = device.context.chance.randrange(2, 100)
    values: dict[PathLike, Value] = {
        await given(device, "integer", number): number - 1,
        await given(device, "string", f"before {number}"): f"after {number}",
    }
    (await device.write_composite(values, format)).expect(code=CHANGED)
    for name, (path, value) in zip(("integer", "string"), values.items(), strict=True):
        (await device.read(path)).expect(name=name, value=value)


@testcase(
    "DM-COMP-08",
    verifies=["HLF-035", "HLF-032"],
    clause="LwM2M Core 1.1.1 §6.3.9",
    applies="device & lwm2m >= 1.1 & write_composite & ixit.writable_integer",
)
@vary(faulty=["first", "last"])
@vary(format=PACKS)
async def test_composite_write_with_a_read_only_resource_writes_nothing(
    device: Device, format: ContentFormat, faulty: str
):
    """A Write-Composite with a Resource that is not writable is answered 4.05 and writes nothing."""
    device.need_format(format)
    path = await given(device, "integer", 21)
    good: list[tuple[PathLike, Value]] = [(path, 20)]
    bad: list[tuple[PathLike, Value]] = [(BINDING, "T")]
    values = dict(bad + good if faulty == "first" else good + bad)
    (await device.write_composite(values, format)).expect(code=METHOD_NOT_ALLOWED)
    (await device.read(path)).expect(name="read-back", value=21)


@testcase(
    "DM-COMP-09",
    verifies=["HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.9",
    applies="device & lwm2m >= 1.1 & write_composite & ixit.writable_integer",
)
@vary(absent=["/3/65000/14", "/65000/0/0"])
@vary(format=PACKS)
async def test_composite_write_with_an_absent_target_writes_nothing(
    device: Device, format: ContentFormat, absent: str
):
    """A Write-Composite with a value for what is not there is refused and writes nothing."""
    device.need_format(format)
    path = await given(device, "integer", 21)
    answer = await device.write_composite({path: 20, absent: "text"}, format)
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})
    (await device.read(path)).expect(name="read-back", value=21)


@testcase(
    "DM-COMP-10",
    verifies=["HLF-036"],
    clause="RFC 7252 §5.8",
    applies="device & !read_composite",
)
async def test_device_without_composite_refuses_it(device: Device):
    """A device that has no Read-Composite answers it 4.05, or with an error about its payload."""
    await device.registered()
    await device.control()
    names = names_of([device.server_object / 1], ContentFormat.SENML_CBOR, device.context.type_of)
    answer = await device.perform(ReadComposite(names))
    answer.note(f"Read-Composite is not supported: {answer.code}", ambiguity="Q10")
    answer.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": matches(r"4\.\d\d|5\.01")})
