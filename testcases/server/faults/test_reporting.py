"""Observe, Notify and Send while the network loses, copies, delays and spoils messages."""

from conformance.faults.troubles import Trouble
from conformance.messages import Observe
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.disturbed_server import DisturbedServer
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import NOSEC, testcase, vary
from conformance.verdicts import Subject

CLAUSE = "RFC 7252 §4.2, §4.3, §4.5"
SECURITY = (NOSEC, "psk")
SENSOR, BATTERY = "/3303/0/5700", "/3/0/9"


@testcase(
    "SFLT-OBS-01",
    verifies=["HLF-016", "HLF-036"],
    clause=f"{CLAUSE}; RFC 7641 §3.1",
    applies="server & verb_observe & event_notify",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_observe_survives(server: Server, fault: Trouble) -> None:
    """An Observe in trouble is one message, repeated if need be, and what is notified then is told."""
    device, disturbed = await server.registered(), DisturbedServer(server, fault)
    result = await disturbed.asking(Observe, server.observe(device, SENSOR), path=SENSOR)
    result.expect(outcome="response", code=CONTENT, level=disturbed.repetition)
    if result.success:
        await expect_no_copy(server, device, disturbed)
        await device.notify(SENSOR, 24.25)
        await server.told(device, value=24.25)


@testcase(
    "SFLT-NTF-01",
    verifies=["HLF-017", "HLF-036"],
    clause=f"{CLAUSE}; RFC 7641 §3.4, §3.5",
    applies="server & verb_observe & event_notify",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_notification_survives(server: Server, fault: Trouble) -> None:
    """A confirmable notification in trouble is acknowledged in the end, told once, and the next one too."""
    device, disturbed = await server.observing(SENSOR), DisturbedServer(server, fault)
    notified = await disturbed.notified(device, SENSOR, 24.25)
    notified.expect(outcome="acknowledged", level=disturbed.answering)
    await server.told(device, "event-notify", value=24.25)
    await expect_no_copy(server, device, disturbed)
    await device.notify(SENSOR, 25.75)
    await server.told(device, "next", value=25.75)


@testcase(
    "SFLT-SND-01",
    verifies=["HLF-017", "HLF-036"],
    clause=f"{CLAUSE}; LwM2M Core 1.1.1 §6.4.6",
    applies="server & lwm2m >= 1.1 & event_send",
    security=SECURITY,
    network=True,
)
@vary(fault=list(Trouble))
async def test_send_survives(server: Server, fault: Trouble) -> None:
    """A Send in trouble is answered 2.04 in the end, and told to the user once."""
    device, disturbed = await server.registered(), DisturbedServer(server, fault)
    answer = await disturbed.told("Send", lambda: device.send({BATTERY: 88}))
    answer.expect(code=CHANGED, level=disturbed.answering)
    (await server.event("send", device.name)).expect(values={BATTERY: 88})
    await server.no_event("send", device.name, check="second", level=disturbed.copied)


async def expect_no_copy(server: Server, device: TesterDevice, disturbed: DisturbedServer) -> None:
    """Expect that nothing more is told than was, and pass over what is; records ``second.absent``."""
    told = 0
    while await server.hears("notify", device.name, server.ixit.quiet_time):
        told += 1
    server.context.record.judge(
        "second.absent",
        None,
        f"{told} events notify" if told else None,
        what="no event notify for a copy of a message, not",
        level=disturbed.copied,
        subject=Subject("event"),
        source="live",
    )
