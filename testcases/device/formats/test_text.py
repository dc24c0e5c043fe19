"""Plain text as a device writes it (LwM2M Core 1.1.1 §7.4.1, Appendix C)."""

from conformance.formats import ContentFormat, ObjectLink, Value
from conformance.matching import one_of
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.roles.preamble import given
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

SPELLINGS: dict[str, tuple[str, Value, bytes]] = {
    "integer": ("integer", -17, b"-17"),
    "boolean_true": ("boolean", True, b"1"),
    "boolean_false": ("boolean", False, b"0"),
    "opaque": ("opaque", bytes.fromhex("fbfffe01"), b"+//+AQ=="),
    "objlnk": ("objlnk", ObjectLink(3, 0), b"3:0"),
    "string": ("string", '"a" \\ \t€', '"a" \\ \t€'.encode()),
}

LEADING_ZEROS = ("integer", "objlnk")
"""What may be written in more than one way: the appendix does not exclude ``-017`` and ``03:00``."""


@testcase(
    "FMT-TEXT-01",
    verifies=["HLF-014", "HLF-034"],
    clause="LwM2M Core 1.1.1 §7.4.1",
    ets="int-201",
    applies="device & format_text",
)
@vary(kind=list(SPELLINGS))
async def test_text_is_spelled_as_the_type_demands(device: Device, kind: str):
    """A value in plain text has the one spelling that its type allows: digits, 0 or 1, base64, oid:iid."""
    writable, value, spelling = SPELLINGS[kind]
    path = await given(device, writable, value)
    answer = await device.read(path, ContentFormat.TEXT)
    answer.expect(code=CONTENT, format=one_of(ContentFormat.TEXT, None))
    answer.expect(payload=spelling, level=Level.SHOULD if kind in LEADING_ZEROS else Level.MUST)
    answer.expect(value=value)
