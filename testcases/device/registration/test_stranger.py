"""Requests from an address with which the device has no registration (LwM2M Core 1.1.1 §6.3, §8.2.1)."""

from conformance.coap.endpoint import Endpoint
from conformance.coap.message import Code
from conformance.matching import matches, one_of
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.transports.udp import UdpTransport
from conformance.verdicts import Level, Subject

WRITTEN = 4321


@testcase(
    "REG-STR-01",
    verifies=["HLF-031", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.3, §8.2.1",
    applies="device",
)
@vary(method=[Code.GET, Code.PUT])
async def test_stranger_is_not_served(device: Device, method: Code) -> None:
    """A request for the lifetime from another address than the server's should be ignored or refused.

    Both clauses speak of a server that the device can tell from others; without security the text gives it
    no means to, so that a served stranger is a warning.
    """
    registration = await device.registered()
    await device.control()
    before = device.lifetime
    transport = await UdpTransport.open((device.endpoint.local[0], 0))
    stranger = Endpoint(transport, random=device.context.chance)
    try:
        exchange = await stranger.request(
            registration.remote,
            method,
            path=(*registration.prefix, *(device.server_object / 1).segments),
            payload=str(WRITTEN).encode() if method == Code.PUT else b"",
            content_format=0 if method == Code.PUT else None,
            limit=device.ixit.quiet_time,
        )
    finally:
        await stranger.close()
    device.context.record.judge(
        "stranger.outcome",
        one_of("timeout", "4.01"),
        str(exchange.response.message.code) if exchange.response else exchange.outcome,
        subject=Subject("outcome"),
        what="the exchange of the stranger ends with",
        tolerated=matches(r"reset|rejected|unreachable|[45]\.\d\d"),
        source="live",
        level=Level.SHOULD,
    )
    if method == Code.PUT and device.context.ics["lifetime_readable"]:
        after = await device.read(device.server_object / 1)
        after.expect(name="lifetime", code=CONTENT, value=one_of(before, WRITTEN))
        after.expect(name="lifetime-kept", value=before, level=Level.SHOULD)
        if after.value != before:
            device.believed_lifetime = WRITTEN
