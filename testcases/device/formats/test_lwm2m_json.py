"""The JSON of LwM2M 1.0 as a device writes it (LwM2M Core 1.0 §6.4.4)."""

from conformance.formats import ContentFormat, ObjectLink, Value
from conformance.matching import close_to, containing, covering
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.roles.preamble import given
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

VALUES: dict[str, tuple[str, Value]] = {
    "integer": ("integer", -40000),
    "float": ("float", -0.5),
    "boolean": ("boolean", True),
    "string": ("string", 'Grüße "€"'),
    "opaque": ("opaque", bytes.fromhex("fbfffe01")),
    "objlnk": ("objlnk", ObjectLink(3, 0)),
}


@testcase(
    "FMT-JSON-01",
    verifies=["HLF-014", "HLF-034"],
    clause="LwM2M Core 1.0.2 §6.4.4",
    ets="int-204",
    applies="device & lwm2m == 1.0 & format_lwm2m_json",
)
@vary(kind=list(VALUES))
async def test_value_is_read_in_json(device: Device, kind: str):
    """A value is read as it was written, under the label of its type."""
    writable, value = VALUES[kind]
    path = await given(device, writable, value)
    answer = await device.read(path, ContentFormat.LWM2M_JSON)
    expected = close_to(value) if isinstance(value, float) else value
    answer.expect(code=CONTENT, format=ContentFormat.LWM2M_JSON, value=expected)
    answer.expect(irregularities=[], level=Level.SHOULD if kind == "opaque" else Level.MUST)
    if kind == "opaque":
        for irregularity in answer.irregularities:
            answer.note(irregularity, ambiguity="Q34")


@testcase(
    "FMT-JSON-02",
    verifies=["HLF-014", "HLF-033"],
    clause="LwM2M Core 1.0.2 §6.4.4",
    ets="int-204",
    applies="device & lwm2m == 1.0 & format_lwm2m_json",
)
async def test_instance_is_read_in_json(device: Device):
    """The names of an Instance lead, with the base name, to the paths of its Resources."""
    await device.registered()
    server = device.server_object
    answer = await device.read(server, ContentFormat.LWM2M_JSON)
    answer.expect(code=CONTENT, format=ContentFormat.LWM2M_JSON)
    answer.expect(resources=containing(*(str(server / resource) for resource in (0, 1, 6, 7))))
    answer.expect(values=covering({str(server / 1): device.lifetime}))
