"""The evidence of a conversation under OSCORE: an encrypted capture, and the messages within."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

from conformance.bindings.coap_datagrams import operation_name
from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint, Incoming, Response
from conformance.conversation import endpoint_over
from conformance.evidence.recorder import ConversationRecorder
from conformance.oscore.carrier import OscoreCarrier
from conformance.oscore.context import Parameters
from conformance.transports.udp import UdpTransport

DEVICE = Parameters(b"d", b"s", bytes(range(16)), b"salt")
VALUE = b"nobody else has to know"


def test_a_capture_shows_nothing_of_what_the_messages_tell(tmp_path: Path) -> None:
    async def talk() -> None:
        recorder = ConversationRecorder(tmp_path, operation_name)
        protection = OscoreCarrier(await UdpTransport.open(recorder=recorder), DEVICE.mirrored)
        tester = endpoint_over(protection, recorder, random.Random(1))
        device = Endpoint(OscoreCarrier(await UdpTransport.open(), DEVICE))

        async def answer(_incoming: Incoming) -> Response:
            return Response(Code.CONTENT, payload=VALUE)

        device.handler = answer
        try:
            await tester.request(device.local, Code.GET, path=("3", "0", "1"), limit=5)
        finally:
            await tester.close()
            await device.close()
            recorder.close()

    asyncio.run(talk())
    capture = (tmp_path / "capture.pcapng").read_bytes()
    lines = [json.loads(line) for line in (tmp_path / "messages.jsonl").read_text().splitlines()]
    assert [line["code"] for line in lines] == ["0.01", "2.05"]
    assert bytes.fromhex(lines[1]["payload"]) == VALUE
    assert VALUE not in capture
    for file in tmp_path.iterdir():
        assert DEVICE.master_secret not in file.read_bytes()
        assert DEVICE.master_secret.hex().encode() not in file.read_bytes()
