"""Write with a payload that is not in its format, or says something else than its request."""

from collections.abc import Callable

import cbor2

from conformance.formats import ContentFormat
from conformance.matching import one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.management import Payload
from conformance.roles import Device
from conformance.roles.preamble import known
from conformance.roles.refusal import expect_refused, of_type
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

TEXT, CBOR, TLV = ContentFormat.TEXT, ContentFormat.CBOR, ContentFormat.TLV
JSON, SENML_CBOR, OLD_JSON = ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR, ContentFormat.LWM2M_JSON
BASE_NAME, NAME, NUMBER, TEXT_VALUE, DATA = -2, 0, 2, 3, 8
"""Labels of SenML CBOR (RFC 8428 §6)."""


def tlv(rid: int, value: bytes, length: int | None = None) -> bytes:
    """A single Resource in TLV, less than eight octets long; `length` says another length than there is."""
    head = 0xC0 | (rid > 0xFF) << 5 | (len(value) if length is None else length)
    return bytes([head]) + rid.to_bytes(1 + (rid > 0xFF), "big") + value


MALFORMED: dict[str, tuple[ContentFormat, Callable[[Path], bytes]]] = {
    "tlv_value_cut_off": (TLV, lambda path: tlv(path[2], b"\x2b", length=4)),
    "tlv_header_cut_off": (TLV, lambda path: tlv(path[2], b"\x2b") + b"\xc8"),
    "tlv_integer_of_3": (TLV, lambda path: tlv(path[2], b"\x00\x00\x2b")),
    "tlv_other_resource": (TLV, lambda path: tlv(path[2] + 1, b"\x2b")),
    "cbor_cut_off": (CBOR, lambda path: b"\x19\x00"),
    "cbor_bytes_behind": (CBOR, lambda path: b"\x18\x2b\x00\x00"),
    "json_cut_off": (JSON, lambda path: f'[{{"bn":"{path}","v":43'.encode()),
    "json_no_array": (JSON, lambda path: f'{{"bn":"{path}","v":43}}'.encode()),
    "json_text_for_number": (JSON, lambda path: f'[{{"bn":"{path}","vs":"43"}}]'.encode()),
    "json_two_values": (JSON, lambda path: f'[{{"bn":"{path}","v":43,"vs":"43"}}]'.encode()),
    "senml_cbor_cut_off": (SENML_CBOR, lambda path: cbor2.dumps([{BASE_NAME: str(path), NUMBER: 43}])[:-1]),
    "senml_cbor_no_array": (SENML_CBOR, lambda path: cbor2.dumps({BASE_NAME: str(path), NUMBER: 43})),
    "senml_cbor_text": (SENML_CBOR, lambda path: cbor2.dumps([{BASE_NAME: str(path), TEXT_VALUE: "43"}])),
    "lwm2m_json_cut_off": (OLD_JSON, lambda path: f'{{"bn":"{path}","e":[{{"v":43'.encode()),
    "lwm2m_json_text": (OLD_JSON, lambda path: f'{{"bn":"{path}","e":[{{"sv":"43"}}]}}'.encode()),
}
"""Payloads for a Write on an Integer Resource, each with one fault."""
WRONG_TYPE = ("json_text_for_number", "senml_cbor_text", "lwm2m_json_text")
"""Those that are well-formed and hold a value of another type."""
GUESSED = (
    "tlv_header_cut_off",
    "tlv_integer_of_3",
    "tlv_other_resource",
    "cbor_bytes_behind",
    "json_no_array",
    "json_two_values",
    "senml_cbor_no_array",
)
"""Those out of which a lenient device can still read 43; no text with a MUST forbids it to."""
NAMES: dict[str, Callable[[Path], dict[str, str]]] = {
    "base_name_only": lambda path: {"bn": str(path)},
    "name_only": lambda path: {"n": str(path)},
    "split_after_instance": lambda path: {"bn": f"{path.parent}/", "n": str(path[2])},
    "split_before_slash": lambda path: {"bn": str(path.parent), "n": f"/{path[2]}"},
    "split_within_number": lambda path: {"bn": str(path)[:-1], "n": str(path)[-1]},
}
"""Ways to name the same path in a record."""


def pack(format: ContentFormat, *records: dict[str, str], value: int) -> bytes:
    """A SenML pack in which every record has this value."""
    if format == SENML_CBOR:
        labels = {"bn": BASE_NAME, "n": NAME}
        return cbor2.dumps(
            [{labels[name]: text for name, text in record.items()} | {NUMBER: value} for record in records]
        )
    inner = ",".join(
        "{" + "".join(f'"{name}":"{text}",' for name, text in record.items()) + f'"v":{value}}}'
        for record in records
    )
    return f"[{inner}]".encode()


@testcase(
    "DM-WRITE-80",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="device & ixit.writable_integer",
)
@vary(fault=list(MALFORMED))
async def test_malformed_payload_is_a_bad_request(device: Device, fault: str) -> None:
    """A payload that its format does not allow is answered 4.00, not 5.00, and nothing is written."""
    number, payload = MALFORMED[fault]
    device.need_format(number)
    path = await known(device)
    level = of_type(device) if fault in WRONG_TYPE else Level.SHOULD if fault in GUESSED else Level.MUST
    written = await device.write(path, Payload(payload(path), number))
    expect_refused(written, level)
    if fault not in WRONG_TYPE or written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(code=CONTENT, value=one_of(42, 43) if written.code == CHANGED else 42)


@testcase(
    "DM-WRITE-81",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 4648 §3.3",
    applies="device & format_text & ixit.writable_opaque",
)
@vary(text=["!!!", "AA=A"])
async def test_opaque_text_that_is_no_base64_is_a_bad_request(device: Device, text: str) -> None:
    """A text that is no base64 is answered 4.00 on an Opaque Resource, which keeps its octets."""
    await device.registered()
    path = Path.of(device.ixit.writable_opaque or ())
    (await device.write(path, b"\x01\x02\x03")).require(code=CHANGED)
    written = await device.write(path, Payload(text.encode(), TEXT))
    expect_refused(written, Level.MUST if text == "!!!" else Level.SHOULD)
    if written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(code=CONTENT, value=b"\x01\x02\x03")


@testcase(
    "DM-WRITE-82",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §C",
    applies="device & format_tlv & ixit.writable_boolean",
)
@vary(octets=["07", "0001", ""])
async def test_boolean_in_tlv_is_one_octet_0_or_1(device: Device, octets: str) -> None:
    """A TLV Boolean other than one octet 0 or 1 is answered 4.00, and the Resource keeps its value."""
    await device.registered()
    path = Path.of(device.ixit.writable_boolean or ())
    (await device.write(path, False)).require(code=CHANGED)
    written = await device.write(path, Payload(tlv(path[2], bytes.fromhex(octets)), TLV))
    expect_refused(written, of_type(device))
    if written.code != CHANGED:
        answer = await device.read(path)
        answer.expect(code=CONTENT, value=False)


@testcase(
    "DM-WRITE-83",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 8428 §4.5.1",
    applies="device & (format_senml_json | format_senml_cbor) & ixit.writable_integer",
)
@vary(format=[JSON, SENML_CBOR])
@vary(name=list(NAMES))
async def test_base_name_and_name_are_concatenated(device: Device, format: ContentFormat, name: str) -> None:
    """The path of a SenML record is its base name and its name together, either of which may be absent."""
    device.need_format(format)
    path = await known(device)
    written = await device.write(path, Payload(pack(format, NAMES[name](path), value=43), format))
    written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=43)


@testcase(
    "DM-WRITE-84",
    verifies=["HLF-010", "HLF-032", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4.4",
    applies="device & (format_senml_json | format_senml_cbor) & ixit.writable_integer & lifetime_readable",
)
@vary(format=[JSON, SENML_CBOR])
@vary(place=["alone", "behind"])
async def test_names_outside_the_target_are_refused(
    device: Device, format: ContentFormat, place: str
) -> None:
    """What a SenML pack names outside its target is not written; the pack should be answered 4.00."""
    device.need_format(format)
    path = await known(device)
    before = device.lifetime
    outside = {"bn": str(device.server_object / 1)}
    records = [outside] if place == "alone" else [{"bn": str(path)}, outside]
    written = await device.write(path, Payload(pack(format, *records, value=43), format))
    expect_refused(written, Level.SHOULD)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=one_of(42, 43) if written.code == CHANGED else 42)
    lifetime = await device.read(device.server_object / 1)
    lifetime.expect(name="lifetime", code=CONTENT, value=before)


@testcase(
    "DM-WRITE-85",
    verifies=["HLF-010", "HLF-034"],
    clause="RFC 8428 §6",
    ets="int-233",
    applies="device & format_senml_cbor & ixit.writable_opaque",
)
async def test_octets_in_senml_cbor_are_no_base64(device: Device) -> None:
    """A byte string under vd in SenML CBOR is the value itself, also where it could be read as base64."""
    await device.registered()
    path = Path.of(device.ixit.writable_opaque or ())
    payload = cbor2.dumps([{BASE_NAME: str(path), DATA: b"AAECAwQF"}])
    written = await device.write(path, Payload(payload, SENML_CBOR))
    written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=b"AAECAwQF")


@testcase(
    "DM-WRITE-86",
    verifies=["HLF-010", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4.3",
    applies="device & format_tlv & write_partial & ixit.writable_instance & ixit.writable_integer",
)
async def test_instance_tlv_of_another_instance_is_refused(device: Device) -> None:
    """An Object Instance TLV that names another Instance than the request should be refused."""
    path = await known(device)
    inner = tlv(path[2], b"\x2b")
    payload = bytes([len(inner), path[1] + 1]) + inner
    written = await device.write(path.parent, Payload(payload, TLV))
    expect_refused(written, Level.SHOULD)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=one_of(42, 43) if written.code == CHANGED else 42)
