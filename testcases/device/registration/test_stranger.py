"""Requests from an address with which the device has no registration (LwM2M Core 1.1.1 §6.3)."""

from conformance.coap.endpoint import Endpoint
from conformance.coap.message import Code
from conformance.matching import matches, one_of
from conformance.roles import Device
from conformance.testcase import testcase, vary
from conformance.transports.udp import UdpTransport
from conformance.verdicts import Subject


@testcase(
    "REG-STR-01",
    verifies=["HLF-031", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.3",
    applies="device",
)
@vary(method=[Code.GET, Code.PUT])
async def test_stranger_is_not_served(device: Device, method: Code) -> None:
    """A request for the lifetime from another address than the server's is ignored or refused."""
    registration = await device.registered()
    await device.control()
    transport = await UdpTransport.open((device.endpoint.local[0], 0))
    stranger = Endpoint(transport, random=device.context.chance)
    try:
        exchange = await stranger.request(
            registration.remote,
            method,
            path=(*registration.prefix, *(device.server_object / 1).segments),
            payload=b"4321" if method == Code.PUT else b"",
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
    )
