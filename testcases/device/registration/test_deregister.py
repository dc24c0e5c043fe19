"""De-register: a device takes its registration back (LwM2M Core 1.1.1 §6.2.3)."""

from conformance.coap.message import Code
from conformance.matching import matches
from conformance.messages import Deregister, Send, Update
from conformance.roles import Arrival, Device
from conformance.testcase import testcase
from conformance.verdicts import Level, NotApplicable, Subject

LIFETIME = 5


async def leave(device: Device) -> Arrival[Deregister]:
    """Prove that the registration works, then let the device take it back."""
    await device.registered()
    await device.control()
    await device.trigger("deregister")
    return await device.next(Deregister)


@testcase(
    "REG-DER-01",
    verifies=["HLF-019", "HLF-008"],
    clause="LwM2M Core 1.1.1 §6.2.3",
    ets="int-103",
    applies="device & deregister",
    final_control=False,
)
async def test_deregister_deletes_the_location(device: Device) -> None:
    """A device that leaves sends a DELETE to the Location of its registration, and nothing in it."""
    location = (await device.registered()).location
    deregister = await leave(device)
    deregister.expect(location=location)
    deregister.expect(confirmable=True, clause="LwM2M Transport 1.1.1 §6.4")
    message = deregister.incoming.message
    device.context.record.judge(
        "deregister.content",
        [[], {"hex": ""}],
        [message.uri_query, message.payload],
        subject=Subject("message", deregister.frame),
        what="De-register with query and payload",
    )


@testcase(
    "REG-DER-02",
    verifies=["HLF-019", "HLF-008"],
    clause="LwM2M Core 1.1.1 §6.2.3",
    ets="int-103",
    applies="device & deregister",
    fresh=True,
    launch={"lifetime": "5"},
    wait=6.0,
    final_control=False,
)
async def test_nothing_follows_a_deregister(device: Device) -> None:
    """A device that has de-registered renews nothing and sends nothing of what it used to."""
    shortest = device.ixit.shortest_lifetime
    if shortest > LIFETIME:
        raise NotApplicable(f"lifetime of {LIFETIME} s: the profile says shortest_lifetime = {shortest}")
    await leave(device)
    await device.server.next((Update,), 0)
    found = await device.server.next((Update, Send, Deregister), LIFETIME + device.ixit.timing_tolerance)
    device.context.record.judge(
        "later.absent",
        None,
        found and found[1].message.summary(),
        subject=Subject("operation", found[1].frame if found else None),
        what="after the De-register",
    )


@testcase(
    "REG-DER-03",
    verifies=["HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §6.3, §6.2.3",
    applies="device & deregister",
    final_control=False,
)
async def test_deregistered_device_serves_no_operation(device: Device) -> None:
    """A device that has de-registered should ignore operations of the server that it left."""
    registration = await device.registered()
    await leave(device)
    path = (*registration.prefix, "3", "0")
    limit = device.ixit.quiet_time
    exchange = await device.endpoint.request(registration.remote, Code.GET, path=path, limit=limit)
    device.context.record.judge(
        "late-read.outcome",
        "timeout",
        str(exchange.response.message.code) if exchange.response else exchange.outcome,
        subject=Subject("outcome", exchange.response.frame if exchange.response else None),
        what="the exchange ends with",
        tolerated=matches(r"reset|rejected|unreachable|[45]\.\d\d"),
        level=Level.SHOULD,
    )
