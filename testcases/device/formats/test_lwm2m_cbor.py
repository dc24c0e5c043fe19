"""LwM2M CBOR, which came with LwM2M 1.2 (LwM2M Core 1.2 §7.4.4)."""

from collections.abc import Callable

import cbor2

from conformance.formats import ContentFormat, Value
from conformance.matching import containing, covering
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, NOT_ACCEPTABLE, UNAUTHORIZED
from conformance.messages.management import Mode, Payload
from conformance.roles import Device
from conformance.roles.preamble import known
from conformance.roles.refusal import Fault, expect_fault_refused, expect_taken_or_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

FORMAT = ContentFormat.LWM2M_CBOR
CLAUSE = "LwM2M Core 1.2 §7.4.4"
APPLIES = "device & lwm2m >= 1.2 & format_lwm2m_cbor"
SHOULD, MUST = Level.SHOULD, Level.MUST


def ids(path: tuple[int, ...]) -> bytes:
    """The ids of a path, one behind the other."""
    return b"".join(cbor2.dumps(number) for number in path)


KEYS: dict[str, Callable[[Path], bytes]] = {
    "one_array": lambda path: b"\xa1\x83" + ids(path) + b"\x18\x2b",
    "nested_maps": lambda path: b"".join(b"\xa1" + cbor2.dumps(number) for number in path) + b"\x18\x2b",
    "array_and_map": lambda path: b"\xa1\x82" + ids(path[:2]) + b"\xa1" + ids(path[2:]) + b"\x18\x2b",
    "array_of_one": lambda path: b"\xa1\x81" + ids(path[:1]) + b"\xa1\x82" + ids(path[1:]) + b"\x18\x2b",
    "indefinite_map": lambda path: b"\xbf\x83" + ids(path) + b"\x18\x2b\xff",
    "indefinite_array": lambda path: b"\xa1\x9f" + ids(path) + b"\xff\x18\x2b",
    "wide_ids": lambda path: (
        b"\xa1\x83" + b"".join(b"\x1a" + n.to_bytes(4, "big") for n in path) + b"\x18\x2b"
    ),
}
"""The ways to say that the Resource is 43."""


def at(path: Path, octets: bytes) -> bytes:
    """A value at the path, as the octets of its item."""
    return b"\xa1\x83" + ids(path) + octets


def item(kind: str, value: object, level: Level | None = None) -> Fault:
    """A value with a fault under the right ids."""
    return Fault(kind, lambda path: at(path, cbor2.dumps(value)), level)


def form(octets: Callable[[Path], bytes], level: Level = MUST) -> Fault:
    """A fault in the form or the ids."""
    return Fault("integer", octets, level)


FAULTS: dict[str, Fault] = {
    "empty_array_as_key": form(lambda path: b"\xa1\x80\x18\x2b"),
    "empty_array_below": form(lambda path: b"\xa1\x83" + ids(path) + b"\xa1\x80\x18\x2b"),
    "empty_map": form(lambda path: b"\xa0"),
    "empty_map_below": form(lambda path: b"\xa1\x83" + ids(path) + b"\xa0"),
    "array_at_the_top": form(lambda path: b"\x81\x18\x2b"),
    "value_at_the_top": form(lambda path: b"\x18\x2b"),
    "value_for_an_instance": form(lambda path: b"\xa1\x82" + ids(path[:2]) + b"\x18\x2b", SHOULD),
    "five_ids": form(lambda path: b"\xa1\x85" + ids(path) + b"\x00\x00\x18\x2b", SHOULD),
    "text_as_key": form(lambda path: b"\xa1" + cbor2.dumps(str(path)) + b"\x18\x2b"),
    "negative_id": form(lambda path: b"\xa1\x83" + ids(path[:2]) + b"\x20\x18\x2b"),
    "id_of_65535": form(lambda path: b"\xa1\x83" + ids(path[:2]) + b"\x19\xff\xff\x18\x2b", SHOULD),
    "id_above_16_bits": form(
        lambda path: b"\xa1\x83" + ids(path[:2]) + cbor2.dumps(path[2] + 65536) + b"\x18\x2b", SHOULD
    ),
    "other_resource": form(
        lambda path: b"\xa1\x83" + ids(Path(*path[:2], path[2] + 1)) + b"\x18\x2b", SHOULD
    ),
    "twice": form(
        lambda path: (
            b"\xa2\x83" + ids(path) + b"\x18\x2b\x82" + ids(path[:2]) + b"\xa1" + ids(path[2:]) + b"\x18\x2c"
        ),
        SHOULD,
    ),
    "bytes_behind": form(lambda path: at(path, b"\x18\x2b\x00"), SHOULD),
    "huge_map": form(lambda path: b"\xbb\x00\x00\x00\x10\x00\x00\x00\x00"),
    "nested_too_deep": form(lambda path: b"\xa1\x01" * 1000),
    "nothing_at_all": form(lambda path: b"", SHOULD),
    "integer_as_text": item("integer", "43"),
    "integer_as_octets": item("integer", b"+"),
    "integer_null": item("integer", None),
    "integer_of_65_bits": item("integer", 2**63),
    "unsigned_negative": item("unsigned", -1),
    "boolean_as_integer": item("boolean", 1),
    "string_as_octets": item("string", b"abc"),
    "string_not_utf8": Fault("string", lambda path: at(path, b"\x62\xff\xfe")),
    "opaque_as_text": item("opaque", "AQID"),
    "objlnk_as_integer": item("objlnk", 0x30000),
    "objlnk_of_words": item("objlnk", "x:y"),
}


@testcase("FMT-LCBOR-01", verifies=["HLF-014", "HLF-033"], clause=CLAUSE, applies=APPLIES)
@vary(level=["object", "instance", "resource", "array"])
async def test_content_of_every_level_is_read(device: Device, level: str) -> None:
    """An Object, an Instance, a Resource and an array are read under their whole paths."""
    await device.registered()
    lifetime = device.server_object / 1
    target = {"object": Path(1), "instance": lifetime.parent, "resource": lifetime, "array": Path(3, 0, 11)}[
        level
    ]
    answer = await device.read(target, FORMAT)
    answer.expect(code=CONTENT, format=FORMAT)
    answer.expect(resources=containing(str(target if level == "array" else lifetime)))
    if level != "array":
        answer.expect(values=covering({str(lifetime): device.lifetime}), irregularities=[])
    else:
        answer.expect(paths=containing("/3/0/11/0"))


@testcase(
    "FMT-LCBOR-02",
    verifies=["HLF-010", "HLF-034"],
    clause=CLAUSE,
    applies=f"{APPLIES} & ixit.writable_integer",
)
@vary(key=list(KEYS))
async def test_ids_in_every_form_are_taken(device: Device, key: str) -> None:
    """A device that takes whole paths takes them in arrays and in nested maps, of definite length or not."""
    path = await known(device)
    usual = await device.write(path, 42, FORMAT)
    level = MUST if usual.code == CHANGED else SHOULD
    written = await device.write(path, Payload(KEYS[key](path), FORMAT))
    if level == SHOULD:
        written.note("where the ids of a Write start is open: OMA_LwM2M_for_Developers#541")
    written.expect(code=CHANGED, level=level)
    (await device.read(path)).expect(code=CONTENT, value=43 if written.code == CHANGED else 42)


@testcase("FMT-LCBOR-03", verifies=["HLF-032", "HLF-034"], clause=f"{CLAUSE}, §6.3.3", applies=APPLIES)
@vary(fault=list(FAULTS))
async def test_faulty_lwm2m_cbor_is_refused(device: Device, fault: str) -> None:
    """LwM2M CBOR with a fault in its form, its ids or its values is answered 4.00, and nothing is written."""
    await expect_fault_refused(device, FAULTS[fault], FORMAT)


@testcase(
    "FMT-LCBOR-04",
    verifies=["HLF-010", "HLF-033", "HLF-035"],
    clause=f"{CLAUSE}, §6.3.3",
    applies=f"{APPLIES} & write_partial & multiple_resource & ixit.writable_multiple",
)
async def test_partial_update_adds_resource_instances(device: Device) -> None:
    """A partial update of an Instance in LwM2M CBOR sets and adds the Resource Instances that it names."""
    path = device.writable("multiple")
    await device.registered()
    textual = device.context.type_of(path) == "String"
    before: dict[int, Value] = {0: "a", 5: "b"} if textual else {0: 10, 5: 20}
    added: dict[int, Value] = {5: "c", 65534: "d"} if textual else {5: 30, 65534: 40}
    first = await device.write(path, before, FORMAT)
    if first.code == UNAUTHORIZED:
        raise NotApplicable(f"the SUT lets no server change the array {path} (4.01)")
    first.require(code=CHANGED)
    written = await device.write(path.parent, {path[2]: added}, FORMAT, mode=Mode.PARTIAL)
    expect_taken_or_refused(written)
    held = {**before, **added} if written.code == CHANGED else before
    answer = await device.read(path, FORMAT)
    answer.expect(code=CONTENT, values={str(path / number): value for number, value in held.items()})


@testcase(
    "FMT-LCBOR-05",
    verifies=["HLF-014", "HLF-035"],
    clause=CLAUSE,
    applies=f"{APPLIES} & read_composite",
)
async def test_composite_read_is_answered_in_lwm2m_cbor(device: Device) -> None:
    """A Read-Composite that accepts LwM2M CBOR gives the Resources asked for, or 4.06."""
    await device.registered()
    lifetime = device.server_object / 1
    request = (
        ContentFormat.SENML_CBOR if device.context.ics["format_senml_cbor"] else ContentFormat.SENML_JSON
    )
    device.need_format(request)
    answer = await device.read_composite([lifetime, Path(3, 0, 16)], FORMAT, request)
    answer.expect(code=CONTENT, tolerated={"code": NOT_ACCEPTABLE})
    if answer.code == CONTENT:
        answer.expect(format=FORMAT, values=covering({str(lifetime): device.lifetime}))
        answer.expect(resources=containing("/3/0/16"))
