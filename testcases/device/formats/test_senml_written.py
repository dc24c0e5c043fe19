"""SenML as a server writes it, in JSON and in CBOR (RFC 8428, LwM2M Core 1.1.1 §7.4.4, §7.4.5)."""

import json
from collections.abc import Callable, Mapping

import cbor2

from conformance.formats import ContentFormat, Value
from conformance.formats.senml_cbor import LABEL_NUMBERS
from conformance.matching import code_class
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.management import Mode, Payload
from conformance.roles import Device
from conformance.roles.preamble import KNOWN, known
from conformance.roles.refusal import expect_refused, expect_taken_or_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

JSON, CBOR = ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR
APPLIES = "device & lwm2m >= 1.1 & (format_senml_json | format_senml_cbor)"
Record = Mapping[str, object]
AWKWARD = bytes.fromhex("fbfffe01")


def pack(format: ContentFormat, *records: Record) -> Payload:
    """A SenML pack of records with text labels."""
    if format == CBOR:
        numbered = [
            {LABEL_NUMBERS.get(label, label): value for label, value in record.items()} for record in records
        ]
        return Payload(cbor2.dumps(numbered), format)
    return Payload(json.dumps(records, ensure_ascii=False).encode(), format)


SPLITS: dict[str, Callable[[Path, Path], tuple[Record, Record]]] = {
    "base_name_stays": lambda one, two: (
        {"bn": f"{one.parent}/", "n": str(one[2])},
        {"n": str(two[2])},
    ),
    "base_name_changes": lambda one, two: ({"bn": str(one)}, {"bn": str(two)}),
    "base_name_empties": lambda one, two: (
        {"bn": f"{one.parent}/", "n": str(one[2])},
        {"bn": "", "n": str(two)},
    ),
    "base_name_of_the_root": lambda one, two: (
        {"bn": "/", "n": str(one)[1:]},
        {"n": str(two)[1:]},
    ),
    "base_name_behind": lambda one, two: ({"n": str(one)}, {"bn": f"{two.parent}/", "n": str(two[2])}),
}
"""How two records of one pack can name their Resources."""
WITHOUT_MEANING: dict[str, Record] = {
    "unknown_label": {"colour": "blue"},
    "unit": {"u": "Cel"},
    "base_unit": {"bu": "Cel"},
    "update_time": {"ut": 60},
    "version_10": {"bver": 10},
}
"""What may stand in a record beside its name and value, and changes neither."""
KNOWN_TO_SENML = ("unit", "base_unit", "update_time")
"""Labels that a device may recognise, and judge: the table of Core §7.4.4 does not have them."""
TIMES: dict[str, Record] = {
    "time": {"t": 1_700_000_000},
    "base_time": {"bt": 1_700_000_000},
    "both": {"bt": 1_700_000_000, "t": -5},
    "in_the_past": {"t": -5},
}
REFUSABLE = ("pack", "decimal_fraction", "text_labels")
"""Forms of SenML CBOR: a pack MUST have a definite length, and its labels are numbers (RFC 8428 §6)."""
SPELLINGS: dict[str, Record] = {
    "integral_float": {"v": 43.0},
    "base_value": {"bv": 40, "v": 3},
    "base_value_alone": {"bv": 43},
}
"""Other ways to say 43; the table of Core §7.4.4 has no base value."""


@testcase(
    "FMT-SENML-02",
    verifies=["HLF-010", "HLF-035"],
    clause="RFC 8428 §4.5.1",
    applies=f"{APPLIES} & write_composite & ixit.writable_integer & ixit.writable_string",
)
@vary(format=[JSON, CBOR])
@vary(split=list(SPLITS))
async def test_base_name_holds_until_the_next(device: Device, format: ContentFormat, split: str) -> None:
    """A base name counts for its record and those behind, until another record gives another."""
    device.need_format(format)
    one, two = await known(device), await known(device, "string")
    first, second = SPLITS[split](one, two)
    payload = pack(format, {**first, "v": 43}, {**second, "vs": "43"})
    written = await device.write_composite(payload)
    written.expect(code=CHANGED)
    (await device.read(one)).expect(name="first", code=CONTENT, value=43)
    (await device.read(two)).expect(name="second", code=CONTENT, value="43")


@testcase(
    "FMT-SENML-03",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 8428 §4.4",
    applies=f"{APPLIES} & ixit.writable_integer",
)
@vary(format=[JSON, CBOR])
@vary(beside=list(WITHOUT_MEANING))
async def test_what_has_no_meaning_here_is_ignored(
    device: Device, format: ContentFormat, beside: str
) -> None:
    """Labels that are not known do not keep the device from writing, nor do those that mean nothing here."""
    device.need_format(format)
    path = await known(device)
    written = await device.write(path, pack(format, {"bn": str(path), **WITHOUT_MEANING[beside], "v": 43}))
    written.expect(code=CHANGED, level=Level.SHOULD if beside in KNOWN_TO_SENML else Level.MUST)
    (await device.read(path)).expect(code=CONTENT, value=43 if written.code == CHANGED else 42)


@testcase(
    "FMT-SENML-04",
    verifies=["HLF-034"],
    clause="RFC 8428 §4.4",
    applies=f"{APPLIES} & ixit.writable_integer",
)
@vary(format=[JSON, CBOR])
@vary(label=["unknown_", "bver"])
async def test_what_must_be_understood_and_is_not_is_refused(
    device: Device, format: ContentFormat, label: str
) -> None:
    """A label that must be understood, and a version above 10, are answered 4.00, and nothing is written."""
    device.need_format(format)
    path = await known(device)
    payload = pack(format, {"bn": str(path), label: 1000, "v": 43})
    written = await device.write(path, payload)
    expect_refused(written, Level.MUST)
    (await device.read(path)).expect(code=CONTENT, value=42)


@testcase(
    "FMT-SENML-05",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4.4",
    applies=f"{APPLIES} & ixit.writable_integer",
)
@vary(format=[JSON, CBOR])
@vary(time=list(TIMES))
async def test_time_in_a_write_changes_no_value(device: Device, format: ContentFormat, time: str) -> None:
    """A value with a time is written, or refused and not written: what a time means in a Write is open."""
    device.need_format(format)
    path = await known(device)
    written = await device.write(path, pack(format, {"bn": str(path), **TIMES[time], "v": 43}))
    written.note(f"a record with {time} is answered {written.code}")
    expect_taken_or_refused(written)
    (await device.read(path)).expect(code=CONTENT, value=43 if written.code == CHANGED else 42)


@testcase(
    "FMT-SENML-06",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 8428 §4.1, §5",
    applies=f"{APPLIES} & ixit.writable_integer",
)
@vary(format=[JSON, CBOR])
@vary(spelling=list(SPELLINGS))
async def test_number_means_its_value_or_is_refused(
    device: Device, format: ContentFormat, spelling: str
) -> None:
    """An Integer with a fraction of zero or as a base value is taken for its value, or refused."""
    device.need_format(format)
    path = await known(device)
    written = await device.write(path, pack(format, {"bn": str(path), **SPELLINGS[spelling]}))
    expect_taken_or_refused(written)
    answer = await device.read(path)
    level = Level.SHOULD if spelling.startswith("base") and written.code == CHANGED else Level.MUST
    answer.expect(code=CONTENT, value=43 if written.code == CHANGED else 42, level=level)


@testcase(
    "FMT-SENML-07",
    verifies=["HLF-010", "HLF-033", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.3.3, §7.4.4",
    applies=f"{APPLIES} & write_partial & multiple_resource & ixit.writable_multiple",
)
@vary(format=[JSON, CBOR])
async def test_order_of_records_does_not_count(device: Device, format: ContentFormat) -> None:
    """Resource Instances whose records come in any order are all written under their own ids."""
    device.need_format(format)
    path = device.writable("multiple")
    await device.registered()
    ids = (7, 0, 300, 3)
    textual = device.context.type_of(path) == "String"
    values: dict[int, Value] = {number: str(number) if textual else number for number in ids}
    label = "vs" if textual else "v"
    records = [{"n": str(path / number), label: value} for number, value in values.items()]
    written = await device.write(path, pack(format, *records))
    expect_taken_or_refused(written)
    if written.code == CHANGED:
        expected = {str(path / number): value for number, value in sorted(values.items())}
        (await device.read(path, format)).expect(code=CONTENT, values=expected)


@testcase(
    "FMT-SENML-08",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 8428 §4.3; LwM2M Core 1.1.1 §C",
    applies="device & lwm2m >= 1.1 & format_senml_json & ixit.writable_opaque",
)
@vary(data=["-__-AQ", "-__-AQ==", "+//+AQ==", "+//+AQ"])
async def test_octets_are_taken_from_base64url(device: Device, data: str) -> None:
    """Octets in base64url without padding are taken; in another spelling they are, or they are refused."""
    path = await known(device, "opaque")
    payload = json.dumps([{"bn": str(path), "vd": data}]).encode()
    written = await device.write(path, Payload(payload, JSON))
    proper = data == "-__-AQ"
    if proper:
        written.expect(code=CHANGED)
    else:
        expect_taken_or_refused(written)
        written.note(f"base64 as {data} is answered {written.code}", ambiguity="Q34")
    (await device.read(path)).expect(
        code=CONTENT, value=AWKWARD if written.code == CHANGED else KNOWN["opaque"]
    )


@testcase(
    "FMT-SENML-09",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 8428 §6; RFC 8949 §3",
    applies="device & lwm2m >= 1.1 & format_senml_cbor & ixit.writable_integer & ixit.writable_float",
)
@vary(form=["pack", "record", "half", "double", "long_head", "decimal_fraction", "text_labels"])
async def test_senml_cbor_in_other_forms(device: Device, form: str) -> None:
    """Numbers of every width are taken; what RFC 8428 forbids or few know may be refused."""
    kind, number = ("float", 1.5) if form in ("half", "double", "decimal_fraction") else ("integer", 43)
    path = await known(device, kind)
    name = cbor2.dumps(str(path))
    head = b"\x81\xa2\x21" + name + b"\x02"
    octets = {
        "pack": b"\x9f\xa2\x21" + name + b"\x02\x18\x2b\xff",
        "record": b"\x81\xbf\x21" + name + b"\x02\x18\x2b\xff",
        "half": head + b"\xf9\x3e\x00",
        "double": head + bytes.fromhex("fb3ff8000000000000"),
        "long_head": head + bytes.fromhex("1b000000000000002b"),
        "decimal_fraction": head + bytes.fromhex("c482200f"),
        "text_labels": cbor2.dumps([{"bn": str(path), "v": number}]),
    }[form]
    written = await device.write(path, Payload(octets, CBOR))
    if form in REFUSABLE:
        expect_taken_or_refused(written)
    else:
        written.expect(code=CHANGED)
    (await device.read(path)).expect(code=CONTENT, value=number if written.code == CHANGED else KNOWN[kind])


@testcase(
    "FMT-SENML-10",
    verifies=["HLF-010", "HLF-033"],
    clause="RFC 8428 §4.5.1; LwM2M Core 1.1.1 §6.3.3",
    applies=f"{APPLIES} & write_partial & ixit.writable_instance & ixit.writable_integer",
)
@vary(format=[JSON, CBOR])
async def test_name_outside_spoils_the_whole_write(device: Device, format: ContentFormat) -> None:
    """A partial update of an Instance that also names another Object writes nothing outside its target."""
    device.need_format(format)
    path = await known(device)
    lifetime, before = device.server_object / 1, device.lifetime
    records: list[Record] = [{"n": str(path), "v": 43}, {"n": str(lifetime), "v": before + 7}]
    written = await device.write(Path(*path[:2]), pack(format, *records), mode=Mode.PARTIAL)
    written.expect(code="4.00", tolerated={"code": code_class(4)}, level=Level.SHOULD)
    (await device.read(lifetime)).expect(name="outside", code=CONTENT, value=before)
    if written.code != CHANGED:
        (await device.read(path)).expect(name="inside", code=CONTENT, value=42)
