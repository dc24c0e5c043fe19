"""Write on an Object Instance: Replace drops what is not sent, Partial Update leaves it."""

from conformance.formats import ContentFormat, Value
from conformance.matching import PRESENT, code_class, covering, differs, matches
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, METHOD_NOT_ALLOWED, NOT_FOUND
from conformance.messages.management import Mode
from conformance.model import DataType, ResourceDefinition
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

UNKNOWN_RESOURCE = 60_000
SAMPLES: dict[str, tuple[Value, Value]] = {
    "String": ("first", "second"),
    "Integer": (11, 42),
    "Boolean": (True, False),
    "Float": (1.5, -2.5),
}
"""Two values of a type that fit any ordinary Resource."""
STRUCTURED = [
    ContentFormat.TLV,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.LWM2M_JSON,
]
Values = dict[int, Value]


def instance(device: Device) -> Path:
    """The Object Instance that may be replaced."""
    return Path.of(device.ixit.writable_instance or ())


def definitions(device: Device, path: Path) -> list[ResourceDefinition]:
    """What the Object of the path consists of."""
    found = device.context.model.object(path[0])
    if found is None:
        raise NotApplicable(f"the definition of Object {path[0]} is not known: give its file with --objects")
    return list(found.resources.values())


async def prepared(device: Device, path: Path, *, replace: bool = False) -> tuple[Values, Values]:
    """Write a first value to every single writable Resource; these values, and others for the case.

    Both values are written alone before, so that a case rests on values that the device takes. With
    `replace` no mandatory Resource may be left over, since a device may refuse a Replace without it.
    """
    await device.registered()
    answer = await device.read(path)
    answer.require(code=CONTENT)
    chosen = [
        item
        for item in definitions(device, path)
        if {"R", "W"} <= item.operations and not item.multiple
        if item.type in SAMPLES and str(path / item.id) in answer.paths
    ]
    if len(chosen) < 2 or all(item.mandatory for item in chosen):
        raise NotApplicable(f"{path} has not two writable Resources of which one is optional")
    for item in definitions(device, path):
        if replace and item.mandatory and "W" in item.operations and item not in chosen:
            raise NotApplicable(f"a Replace of {path} needs a value for the mandatory Resource {item.id}")
    first, second = ({item.id: SAMPLES[item.type][row] for item in chosen} for row in (0, 1))
    for identifier, value in [*second.items(), *first.items()]:
        (await device.write(path / identifier, value)).require(code=CHANGED)
    (await device.read(path)).require(code=CONTENT, values=covering(at(path, first)))
    return first, second


def optional(device: Device, path: Path, values: Values) -> int:
    """One of these Resources that an Instance may lack; no Boolean where there is another.

    The value that a device falls back to is easily the one that was written when there are only two.
    """
    lacking = [item for item in definitions(device, path) if item.id in values and not item.mandatory]
    return min(lacking, key=lambda item: item.type == DataType.BOOLEAN).id


def at(path: Path, values: Values) -> dict[str, Value]:
    """Values by path, as an answer has them."""
    return {str(path / identifier): value for identifier, value in values.items()}


@testcase(
    "DM-WRITE-20",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    ets="int-226",
    applies="device & write_partial & ixit.writable_instance",
)
@vary(format=STRUCTURED)
async def test_partial_update_leaves_what_it_does_not_name(device: Device, format: ContentFormat) -> None:
    """A POST on an Instance changes the Resources that it names and leaves the others."""
    number, path = device.need_format(format), instance(device)
    first, second = await prepared(device, path)
    one = optional(device, path, first)
    written = await device.write(path, {one: second[one]}, number, mode=Mode.PARTIAL)
    written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(code=CONTENT, values=covering(at(path, {**first, one: second[one]})))


@testcase(
    "DM-WRITE-21",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    ets="int-215, int-220",
    applies="device & write_replace & ixit.writable_instance",
)
@vary(format=STRUCTURED)
async def test_replace_sets_every_resource_that_it_names(device: Device, format: ContentFormat) -> None:
    """A PUT on an Instance sets all the Resources that it names, in one request."""
    number, path = device.need_format(format), instance(device)
    _, second = await prepared(device, path, replace=True)
    written = await device.write(path, second, number)
    written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(code=CONTENT, values=covering(at(path, second)))


@testcase(
    "DM-WRITE-22",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    ets="int-215, int-220",
    applies="device & write_replace & ixit.writable_instance",
)
async def test_replace_drops_what_it_does_not_name(device: Device) -> None:
    """A PUT on an Instance without an optional Resource takes the value of that Resource away."""
    path = instance(device)
    first, second = await prepared(device, path, replace=True)
    left_out = optional(device, path, first)
    written = await device.write(path, {rid: value for rid, value in second.items() if rid != left_out})
    written.expect(code=CHANGED)
    answer = await device.read(path / left_out)
    answer.expect(code=NOT_FOUND, tolerated={"code": CONTENT})
    if answer.code == CONTENT:
        answer.note("a Resource that a Replace leaves out goes back to a value of its own")
        answer.expect(value=differs(first[left_out]))


@testcase(
    "DM-WRITE-23",
    verifies=["HLF-010", "HLF-035"],
    clause="LwM2M Core 1.1.1 §7.1",
    applies="device & write_replace & lifetime_readable & lifetime_writable",
)
async def test_replace_never_takes_mandatory_resources_away(device: Device) -> None:
    """A PUT on the Server Object Instance that lacks mandatory Resources is refused, or they stay."""
    await device.registered()
    path = device.server_object
    mandatory = [item.id for item in definitions(device, path) if item.mandatory and "R" in item.operations]
    for identifier in mandatory:
        (await device.read(path / identifier)).require(code=CONTENT)
    written = await device.write(path, {1: device.lifetime})
    written.note(f"a Replace without mandatory Resources is answered {written.code}", ambiguity="Q11")
    written.expect(code=matches(r"2\.04|4\.\d\d"))
    for identifier in mandatory:
        answer = await device.read(path / identifier)
        answer.expect(name=f"mandatory-{identifier}", code=CONTENT)


@testcase(
    "DM-WRITE-24",
    verifies=["HLF-032", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & (write_replace | write_partial) & lifetime_readable & lifetime_writable",
)
@vary(mode=list(Mode))
async def test_instance_write_with_a_read_only_resource_writes_nothing(device: Device, mode: Mode) -> None:
    """A Write on an Instance that names a read-only Resource is answered 4.05 and changes nothing at all."""
    if not device.context.ics[f"write_{mode}"]:
        raise NotApplicable(f"the SUT does not offer the mode {mode} on an Instance")
    await device.registered()
    path, lifetime = device.server_object, device.lifetime
    values: Values = {1: lifetime + 100}
    for identifier in (0, 6, 7):
        answer = await device.read(path / identifier)
        answer.require(code=CONTENT, value=PRESENT)
        values |= {} if answer.value is None else {identifier: answer.value}
    written = await device.write(path, values, mode=mode)
    unnamed = {"code": code_class(4)} if device.current.version == "1.0" else None
    written.expect(code=METHOD_NOT_ALLOWED, tolerated=unnamed)
    answer = await device.read(path / 1)
    answer.expect(name="lifetime", code=CONTENT, value=lifetime)


@testcase(
    "DM-WRITE-25",
    verifies=["HLF-014", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3",
    applies="device & lwm2m >= 1.1 & (write_replace | write_partial) & ixit.writable_instance",
)
@vary(mode=list(Mode))
async def test_instance_write_passes_over_unknown_resources(device: Device, mode: Mode) -> None:
    """A Write on an Instance with a Resource that the device does not know is no error; the rest is done."""
    path = instance(device)
    if not device.context.ics[f"write_{mode}"]:
        raise NotApplicable(f"the SUT does not offer the mode {mode} on an Instance")
    _, second = await prepared(device, path, replace=mode == Mode.REPLACE)
    written = await device.write(path, {**second, UNKNOWN_RESOURCE: "unknown"}, mode=mode)
    written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(code=CONTENT, values=covering(at(path, second)))
    unknown = await device.read(path / UNKNOWN_RESOURCE)
    unknown.expect(name="unknown", code=code_class(4))


@testcase(
    "DM-WRITE-26",
    verifies=["HLF-032", "HLF-033"],
    clause="LwM2M Transport 1.1.1 §6.4.4",
    applies="device & ixit.writable_instance",
)
async def test_object_itself_is_not_written(device: Device) -> None:
    """A PUT on an Object is no operation of Device Management: it is refused and changes nothing."""
    path = instance(device)
    first, second = await prepared(device, path)
    written = await device.write(path.parent, {path[1]: second})
    written.expect(code=METHOD_NOT_ALLOWED, tolerated={"code": code_class(4)})
    answer = await device.read(path)
    answer.expect(code=CONTENT, values=covering(at(path, first)))
