"""SenML that a device has to refuse: for its form, its names or its values (RFC 8428, Core 1.1.1 §7.4.4)."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import cbor2

from conformance.formats import ContentFormat
from conformance.formats.senml_cbor import LABEL_NUMBERS
from conformance.messages import Path
from conformance.roles import Device
from conformance.roles.refusal import Fault, expect_fault_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

JSON, CBOR = ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR
SHOULD, MUST = Level.SHOULD, Level.MUST
Record = Mapping[str, object]


class Pack(NamedTuple):
    """Records with a fault for the Resource of a kind, the same in JSON and CBOR; `level` as in `Fault`."""

    kind: str
    records: Callable[[Path], Sequence[Record]]
    level: Level | None = None

    def fault(self, format: ContentFormat) -> Fault:
        """The fault in the octets of the format."""

        def octets(path: Path) -> bytes:
            records = self.records(path)
            if format == JSON:
                return json.dumps(records).encode()
            return cbor2.dumps(
                [{LABEL_NUMBERS.get(label, label): item for label, item in one.items()} for one in records]
            )

        return Fault(self.kind, octets, self.level)


def value(kind: str, label: str, item: object, level: Level | None = None) -> Pack:
    """One record whose value has the fault."""
    return Pack(kind, lambda path: [{"bn": str(path), label: item}], level)


def name(spelling: Callable[[Path], str]) -> Pack:
    """One record with a name that is none for the target."""
    return Pack("integer", lambda path: [{"n": spelling(path), "v": 43}], SHOULD)


PACKS: dict[str, Pack] = {
    "string_as_number": value("string", "v", 43),
    "string_as_boolean": value("string", "vb", True),
    "boolean_as_text": value("boolean", "vs", "true"),
    "boolean_as_number": value("boolean", "v", 1),
    "boolean_label_on_text": value("boolean", "vb", "true"),
    "float_as_text": value("float", "vs", "1.5"),
    "opaque_as_text": value("opaque", "vs", "AQID"),
    "objlnk_as_number": value("objlnk", "v", 3),
    "objlnk_of_words": value("objlnk", "vlo", "x:y"),
    "objlnk_one_number": value("objlnk", "vlo", "3"),
    "objlnk_above_16_bits": value("objlnk", "vlo", "65536:0"),
    "integer_with_fraction": value("integer", "v", 1.5),
    "integer_of_65_bits": value("integer", "v", 2**63),
    "integer_below_64_bits": value("integer", "v", -(2**63) - 2048),
    "unsigned_negative": value("unsigned", "v", -1),
    "unsigned_of_65_bits": value("unsigned", "v", 2**64),
    "null": value("integer", "v", None),
    "number_is_an_array": value("integer", "v", [43]),
    "name_is_a_number": Pack("integer", lambda path: [{"bn": 3, "v": 43}], SHOULD),
    "no_name": Pack("integer", lambda path: [{"v": 43}], SHOULD),
    "no_value": Pack("integer", lambda path: [{"bn": str(path)}], SHOULD),
    "no_record": Pack("integer", lambda path: [], SHOULD),
    "name_of_no_path": name(lambda path: "temperature"),
    "name_of_another_resource": name(lambda path: f"{path.parent}/{path[2] + 1}"),
    "name_below_a_single_resource": name(lambda path: f"{path}/0"),
    "name_with_five_ids": name(lambda path: f"{path}/0/0"),
    "name_above_65535": name(lambda path: f"{path.parent}/{path[2] + 65536}"),
    "name_with_letters": name(lambda path: f"{path}x"),
    "twice": Pack("integer", lambda path: [{"n": str(path), "v": 43}, {"n": str(path), "v": 44}], SHOULD),
    "good_and_bad": Pack(
        "integer", lambda path: [{"n": str(path), "v": 43}, {"n": f"{path.parent}/60000", "vs": 7}], SHOULD
    ),
}
"""Faults that both formats can carry; numbers out of range are so as double precision, too (RFC 8259 §6)."""


def json_fault(kind: str, text: Callable[[Path], str | bytes], level: Level | None = None) -> Fault:
    """A payload for SenML JSON."""

    def octets(path: Path) -> bytes:
        found = text(path)
        return found if isinstance(found, bytes) else found.encode()

    return Fault(kind, octets, level)


JSON_FAULTS: dict[str, Fault] = {
    "string_not_utf8": json_fault(
        "string", lambda path: f'[{{"bn":"{path}","vs":"'.encode() + b'\xff\xfe"}]'
    ),
    "half_a_surrogate_pair": json_fault("string", lambda path: f'[{{"bn":"{path}","vs":"\\ud83d"}}]', SHOULD),
    "opaque_no_base64": json_fault("opaque", lambda path: f'[{{"bn":"{path}","vd":"!!!"}}]'),
    "opaque_of_impossible_length": json_fault(
        "opaque", lambda path: f'[{{"bn":"{path}","vd":"AQIDB"}}]', SHOULD
    ),
    "opaque_as_number": json_fault("opaque", lambda path: f'[{{"bn":"{path}","vd":1}}]'),
    "not_a_number": json_fault("float", lambda path: f'[{{"bn":"{path}","v":NaN}}]', SHOULD),
    "float_without_bounds": json_fault("float", lambda path: f'[{{"bn":"{path}","v":1e400}}]', SHOULD),
    "number_with_plus": json_fault("integer", lambda path: f'[{{"bn":"{path}","v":+43}}]', SHOULD),
    "bytes_behind": json_fault("integer", lambda path: f'[{{"bn":"{path}","v":43}}] [', SHOULD),
    "comma_missing": json_fault("integer", lambda path: f'[{{"bn":"{path}" "v":43}}]', SHOULD),
    "record_no_object": json_fault("integer", lambda path: "[43]", MUST),
    "nested_too_deep": json_fault("integer", lambda path: "[" * 5000, MUST),
    "plain_text": json_fault("integer", lambda path: "43", MUST),
    "nothing_at_all": json_fault("integer", lambda path: "", SHOULD),
}
CBOR_FAULTS: dict[str, Fault] = {
    "string_not_utf8": Fault(
        "string", lambda path: b"\x81\xa2\x21" + cbor2.dumps(str(path)) + b"\x03\x62\xff\xfe"
    ),
    "opaque_as_base64": Fault("opaque", lambda path: cbor2.dumps([{-2: str(path), 8: "AQID"}])),
    "bytes_behind": Fault("integer", lambda path: cbor2.dumps([{-2: str(path), 2: 43}]) + b"\x00", SHOULD),
    "record_no_map": Fault("integer", lambda path: b"\x81\x18\x2b", MUST),
    "huge_array": Fault("integer", lambda path: b"\x9b\x00\x00\x00\x10\x00\x00\x00\x00", MUST),
    "huge_string": Fault(
        "string", lambda path: b"\x81\xa2\x21" + cbor2.dumps(str(path)) + b"\x03\x7b" + b"\x7f" * 8, MUST
    ),
    "nested_too_deep": Fault("integer", lambda path: b"\x81" * 1000, MUST),
    "reserved_length": Fault(
        "integer", lambda path: b"\x81\xa2\x21" + cbor2.dumps(str(path)) + b"\x02\x1c", MUST
    ),
    "not_a_number": Fault("float", lambda path: cbor2.dumps([{-2: str(path), 2: float("nan")}]), SHOULD),
    "plain_cbor": Fault("integer", lambda path: b"\x18\x2b", MUST),
    "nothing_at_all": Fault("integer", lambda path: b"", SHOULD),
}


@testcase(
    "FMT-SENML-11",
    verifies=["HLF-032", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.1, §7.4.4",
    applies="device & lwm2m >= 1.1 & (format_senml_json | format_senml_cbor)",
)
@vary(format=[JSON, CBOR])
@vary(fault=list(PACKS))
async def test_faulty_records_are_refused(device: Device, format: ContentFormat, fault: str) -> None:
    """A SenML pack with a wrong name or value is answered 4.00, and the Resource keeps its value."""
    await expect_fault_refused(device, PACKS[fault].fault(format), format)


@testcase(
    "FMT-SENML-12",
    verifies=["HLF-034"],
    clause="RFC 8259 §2; LwM2M Core 1.1.1 §7.4.4",
    applies="device & lwm2m >= 1.1 & format_senml_json",
)
@vary(fault=list(JSON_FAULTS))
async def test_faulty_senml_json_is_refused(device: Device, fault: str) -> None:
    """What is no SenML JSON is answered 4.00, and the Resource keeps its value."""
    await expect_fault_refused(device, JSON_FAULTS[fault], JSON)


@testcase(
    "FMT-SENML-13",
    verifies=["HLF-034"],
    clause="RFC 8949 §5.3.1; LwM2M Core 1.1.1 §7.4.5",
    applies="device & lwm2m >= 1.1 & format_senml_cbor",
)
@vary(fault=list(CBOR_FAULTS))
async def test_faulty_senml_cbor_is_refused(device: Device, fault: str) -> None:
    """What is no SenML CBOR is answered 4.00, and the Resource keeps its value."""
    await expect_fault_refused(device, CBOR_FAULTS[fault], CBOR)
