"""The JSON of LwM2M 1.0 as a server writes it (LwM2M Core 1.0 §6.4.4)."""

from collections.abc import Callable

from conformance.formats import ContentFormat
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.messages.management import Mode, Payload
from conformance.roles import Device
from conformance.roles.preamble import known
from conformance.roles.refusal import Fault, expect_fault_refused, expect_taken_or_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

JSON = ContentFormat.LWM2M_JSON
CLAUSE = "LwM2M Core 1.0.2 §6.4.4"
APPLIES = "device & lwm2m == 1.0 & format_lwm2m_json"
SHOULD, MUST = Level.SHOULD, Level.MUST

NAMES: dict[str, tuple[Callable[[Path], str], bool]] = {
    "base_name_alone": (lambda path: f'{{"bn":"{path}","e":[{{"v":43}}]}}', True),
    "base_name_of_the_instance": (
        lambda path: f'{{"bn":"{path.parent}/","e":[{{"n":"{path[2]}","v":43}}]}}',
        True,
    ),
    "base_name_of_the_root": (lambda path: f'{{"bn":"/","e":[{{"n":"{str(path)[1:]}","v":43}}]}}', True),
    "values_before_the_base_name": (
        lambda path: f'{{"e":[{{"v":43,"n":"{path[2]}"}}],"bn":"{path.parent}/"}}',
        True,
    ),
    "white_space": (
        lambda path: f'\n{{ "bn" : "{path.parent}/" ,\t"e" : [ {{ "n":"{path[2]}", "v":43 }} ] }}\r\n',
        True,
    ),
    "no_base_name": (lambda path: '{"e":[{"v":43}]}', False),
    "time": (lambda path: f'{{"bn":"{path}","bt":1700000000,"e":[{{"v":43,"t":-5}}]}}', False),
    "unknown_label": (lambda path: f'{{"bn":"{path}","e":[{{"v":43,"colour":"blue"}}]}}', False),
    "integral_float": (lambda path: f'{{"bn":"{path}","e":[{{"v":43.0}}]}}', False),
}
"""Payloads that say 43, and whether the clause names the form."""


def element(kind: str, inner: str, level: Level | None = None) -> Fault:
    """One element with a fault."""
    return Fault(kind, lambda path: f'{{"bn":"{path}","e":[{{{inner}}}]}}'.encode(), level)


def payload(text: Callable[[Path], str], level: Level = MUST, kind: str = "integer") -> Fault:
    """A payload with a fault in its form."""
    return Fault(kind, lambda path: text(path).encode(), level)


FAULTS: dict[str, Fault] = {
    "string_as_number": element("string", '"v":43'),
    "boolean_as_text": element("boolean", '"sv":"true"'),
    "boolean_label_on_number": element("boolean", '"bv":1'),
    "float_as_text": element("float", '"sv":"1.5"'),
    "integer_with_fraction": element("integer", '"v":1.5'),
    "integer_of_65_bits": element("integer", '"v":9223372036854775808'),
    "opaque_no_base64": element("opaque", '"sv":"!!!"'),
    "objlnk_of_words": element("objlnk", '"ov":"x:y"'),
    "objlnk_as_number": element("objlnk", '"v":3'),
    "null": element("integer", '"v":null'),
    "two_values": element("integer", '"v":43,"sv":"44"', SHOULD),
    "no_value": element("integer", '"n":""', SHOULD),
    "twice": payload(lambda path: f'{{"bn":"{path}","e":[{{"v":43}},{{"v":44}}]}}', SHOULD),
    "name_outside": payload(lambda path: f'{{"bn":"{path.parent}/{path[2] + 1}","e":[{{"v":43}}]}}', SHOULD),
    "name_of_no_path": payload(lambda path: '{"bn":"temperature","e":[{"v":43}]}', SHOULD),
    "no_elements": payload(lambda path: f'{{"bn":"{path}"}}', SHOULD),
    "elements_no_array": payload(lambda path: f'{{"bn":"{path}","e":{{"v":43}}}}', SHOULD),
    "array_at_the_top": payload(lambda path: f'[{{"n":"{path}","v":43}}]', SHOULD),
    "bytes_behind": payload(lambda path: f'{{"bn":"{path}","e":[{{"v":43}}]}} {{', SHOULD),
    "comma_missing": payload(lambda path: f'{{"bn":"{path}" "e":[{{"v":43}}]}}', SHOULD),
    "nested_too_deep": payload(lambda path: "[" * 5000),
    "nothing_at_all": payload(lambda path: "", SHOULD),
    "string_not_utf8": Fault(
        "string", lambda path: f'{{"bn":"{path}","e":[{{"sv":"'.encode() + b'\xff\xfe"}]}'
    ),
}


@testcase(
    "FMT-JSON-03",
    verifies=["HLF-010", "HLF-034"],
    clause=CLAUSE,
    ets="int-212",
    applies=f"{APPLIES} & ixit.writable_integer",
)
@vary(form=list(NAMES))
async def test_names_and_values_in_every_form_are_taken(device: Device, form: str) -> None:
    """A value is written whatever way base name and name make its path; other forms may be refused."""
    text, named = NAMES[form]
    path = await known(device)
    written = await device.write(path, Payload(text(path).encode(), JSON))
    if named:
        written.expect(code=CHANGED)
    else:
        expect_taken_or_refused(written)
    (await device.read(path)).expect(code=CONTENT, value=43 if written.code == CHANGED else 42)


@testcase("FMT-JSON-04", verifies=["HLF-032", "HLF-034"], clause=CLAUSE, applies=APPLIES)
@vary(fault=list(FAULTS))
async def test_faulty_json_is_refused(device: Device, fault: str) -> None:
    """JSON with a fault in its form, its names or its values is answered 4.00, and nothing is written."""
    await expect_fault_refused(device, FAULTS[fault], JSON)


@testcase(
    "FMT-JSON-05",
    verifies=["HLF-010", "HLF-033"],
    clause=CLAUSE,
    applies=f"{APPLIES} & write_partial & ixit.writable_integer & ixit.writable_string",
)
async def test_several_resources_are_written_at_once(device: Device) -> None:
    """A partial update of an Instance in JSON writes each Resource that it names."""
    one, two = await known(device), await known(device, "string")
    if one[:2] != two[:2]:
        raise NotApplicable(f"{one} and {two} are not of one Instance")
    text = f'{{"bn":"{one.parent}/","e":[{{"n":"{two[2]}","sv":"43"}},{{"n":"{one[2]}","v":43}}]}}'
    written = await device.write(Path(*one[:2]), Payload(text.encode(), JSON), mode=Mode.PARTIAL)
    written.expect(code=CHANGED)
    (await device.read(one)).expect(name="integer", code=CONTENT, value=43)
    (await device.read(two)).expect(name="string", code=CONTENT, value="43")
