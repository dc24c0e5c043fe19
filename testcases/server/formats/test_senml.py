"""SenML packs as a device may write them, and opaque values in SenML JSON (RFC 8428 §4, LwM2M Core 1.1.1
§7.4.4)."""

import json
from typing import Any

import cbor2

from conformance.coap.codes import Code
from conformance.coap.endpoint import Response
from conformance.formats import ContentFormat
from conformance.messages import Read, Write
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level
from testcases.server.formats.test_values import takes

LABELS = {"bn": -2, "bt": -3, "n": 0, "v": 2, "vs": 3, "t": 6}
PACKS: dict[str, list[dict[str, Any]]] = {
    "none": [{"n": "/3303/0/5700", "v": 21.5}, {"n": "/3303/0/5701", "vs": "Cel"}],
    "instance": [{"bn": "/3303/0/", "n": "5700", "v": 21.5}, {"n": "5701", "vs": "Cel"}],
    "object": [{"bn": "/3303/", "n": "0/5700", "v": 21.5}, {"n": "0/5701", "vs": "Cel"}],
    "root": [{"bn": "/", "n": "3303/0/5700", "v": 21.5}, {"n": "3303/0/5701", "vs": "Cel"}],
    "whole": [{"bn": "/3303/0/5700", "v": 21.5}, {"bn": "/3303/0/5701", "vs": "Cel"}],
    "changing": [{"bn": "/3303/0/57", "n": "00", "v": 21.5}, {"bn": "/3303/0/", "n": "5701", "vs": "Cel"}],
    "timed": [
        {"bn": "/3303/0/", "bt": 1_700_000_000, "n": "5700", "v": 21.5},
        {"n": "5701", "vs": "Cel"},
    ],
}
"""The same two values, by what the base name holds."""
OCTETS = {"fb": "-w", "fbff": "-_8", "fbefbe": "----", "ffefbe00": "_---AA"}
"""Opaque values and their base64url without padding, which needs both characters of its own."""


def response(format: ContentFormat, pack: list[dict[str, Any]]) -> Response:
    """2.05 with a pack."""
    if format == ContentFormat.SENML_JSON:
        return Response(Code.CONTENT, payload=json.dumps(pack).encode(), content_format=format)
    numbered = [{LABELS[label]: value for label, value in record.items()} for record in pack]
    return Response(Code.CONTENT, payload=cbor2.dumps(numbered), content_format=format)


@testcase(
    "SFM-SEN-01",
    verifies=["HLF-020", "HLF-035"],
    clause="RFC 8428 §4.1, §4.5.1",
    applies="server & verb_read & lwm2m >= 1.1",
)
@vary(base=list(PACKS))
@vary(format=[ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
async def test_names_are_resolved(server: Server, format: ContentFormat, base: str) -> None:
    """Values reach the user whatever part of their names stands in the base name, also one that changes.

    That a value which was read has a time is said since 1.2 only: a warning before.
    """
    takes(server, format)
    device = await server.registered()
    device.answer_next(Read, response(format, PACKS[base]), at="/3303/0")
    result = await server.read(device, "/3303/0", format)
    level = Level.SHOULD if base == "timed" and server.context.lwm2m < "1.2" else Level.MUST
    result.expect(outcome="response", code=CONTENT, values={"5700": 21.5, "5701": "Cel"}, level=level)


@testcase(
    "SFM-SEN-02",
    verifies=["HLF-010", "HLF-020"],
    clause="RFC 8428 §4.3",
    applies="server & knows_test_object & verb_read & takes_senml_json & lwm2m >= 1.1",
)
async def test_octets_in_json_are_read(server: Server) -> None:
    """An Opaque value in base64url without padding reaches the user."""
    device = await server.registered()
    for octets, text in OCTETS.items():
        pack = [{"bn": "/3442/0/150", "vd": text}]
        device.answer_next(Read, response(ContentFormat.SENML_JSON, pack), at="/3442/0/150")
        result = await server.read(device, "/3442/0/150", ContentFormat.SENML_JSON)
        result.expect(name=f"read-{octets}", outcome="response", code=CONTENT, value=bytes.fromhex(octets))


@testcase(
    "SFM-SEN-03",
    verifies=["HLF-010", "HLF-020"],
    clause="RFC 8428 §4.3",
    applies="server & knows_test_object & verb_write & takes_senml_json & lwm2m >= 1.1",
)
async def test_octets_in_json_are_written(server: Server) -> None:
    """An Opaque value is written in base64url without padding."""
    device = await server.registered()
    for octets, text in OCTETS.items():
        value = bytes.fromhex(octets)
        result = await server.write(device, "/3442/0/150", value, format=ContentFormat.SENML_JSON)
        request = await device.next(Write, name=f"write-{octets}", at="/3442/0/150")
        server.context.record.judge(
            f"write-{octets}.base64url",
            True,
            f'"{text}"'.encode() in request.payload,
            actual=f"{request.payload!r} (frame {request.frame})",
            what=f"{text} in the payload:",
        )
        result.expect(name=f"result-{octets}", code=CHANGED)
