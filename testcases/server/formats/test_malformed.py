"""Answers that make no sense: the user is given no value (LwM2M Core 1.1.1 §7.4)."""

from conformance.coap.codes import Code
from conformance.coap.endpoint import Response
from conformance.formats import ContentFormat
from conformance.matching import ABSENT
from conformance.messages import Read
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level
from testcases.server.formats.test_values import takes

MALFORMED: dict[ContentFormat, bytes] = {
    ContentFormat.TLV: bytes.fromhex("c87814") + b"12",
    ContentFormat.CBOR: bytes.fromhex("1b0000"),
    ContentFormat.SENML_JSON: b'[{"n":"/3442/0/120","v":12',
    ContentFormat.SENML_CBOR: bytes.fromhex("81a2006b2f"),
}
"""Payloads that end too early, by their format."""
UNKNOWN_FORMAT = 65_000
PATH = "/3442/0/120"


@testcase(
    "SFM-BAD-01",
    verifies=["HLF-010", "HLF-036"],
    clause="LwM2M Core 1.1.1 §7.4",
    applies="server & verb_read & lwm2m >= 1.1",
)
@vary(format=list(MALFORMED))
async def test_malformed_answer_gives_no_value(server: Server, format: ContentFormat) -> None:
    """An answer whose payload ends too early gives the user no value.

    A JSON parser may accept what is no JSON (RFC 8259 §9): a warning there.
    """
    takes(server, format)
    device = await server.registered()
    malformed = Response(Code.CONTENT, payload=MALFORMED[format], content_format=format)
    device.answer_next(Read, malformed, at=PATH)
    result = await server.read(device, PATH, format)
    given = result.given.get("value", result.given.get("values"))
    level = Level.SHOULD if format == ContentFormat.SENML_JSON else Level.MUST
    server.context.record.judge(
        "read-result.given", ABSENT, given, what="value for the user", source="live", level=level
    )


@testcase(
    "SFM-BAD-02",
    verifies=["HLF-010", "HLF-036"],
    clause="RFC 7252 §5.10.3",
    applies="server & verb_read",
)
async def test_unknown_format_gives_no_value(server: Server) -> None:
    """An answer in a Content-Format that nobody defined gives the user no value: it would be a guess."""
    device = await server.registered()
    unknown = Response(Code.CONTENT, payload=b"12", content_format=UNKNOWN_FORMAT)
    device.answer_next(Read, unknown, at=PATH)
    result = await server.read(device, PATH)
    given = result.given.get("value", result.given.get("values"))
    server.context.record.judge(
        "read-result.given", ABSENT, given, what="value for the user", source="live", level=Level.SHOULD
    )
