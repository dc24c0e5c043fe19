"""Notify: which notifications a server takes, and what it makes of them (LwM2M Core 1.1.1 §6.4.2)."""

from conformance.coap.endpoint import Response
from conformance.coap.message import Code
from conformance.formats import ContentFormat
from conformance.matching import ABSENT, one_of
from conformance.messages import Observe
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level

CLAUSE = "LwM2M Core 1.1.1 §6.4.2"
FRESHNESS = "RFC 7641 §3.4"
APPLIES = "server & verb_observe & event_notify"
SENSOR = "/3303/0/5700"
BATTERY = "/3/0/9"
AGED = 129.0
"""Seconds after which a notification is newer whatever its number."""


@testcase("SIR-NOT-01", verifies=["HLF-016", "HLF-017"], clause=CLAUSE, applies=APPLIES, versions="each")
@vary(confirmable=[True, False])
async def test_notification_reaches_the_user(server: Server, confirmable: bool) -> None:
    """The value of each notification reaches the user, and a confirmable one is acknowledged."""
    device = await server.observing(SENSOR)
    for number, value in enumerate((24.25, 25.75), 1):
        notified = await device.notify(SENSOR, value, confirmable=confirmable)
        wanted = "acknowledged" if confirmable else "sent"
        notified.expect(name=f"notified-{number}", outcome=wanted, clause="RFC 7641 §3.5")
        await server.told(device, f"event-{number}", value=value)


@testcase("SIR-NOT-02", verifies=["HLF-017"], clause=FRESHNESS, applies=APPLIES)
@vary(confirmable=[True, False])
async def test_older_notification_is_not_taken_for_news(server: Server, confirmable: bool) -> None:
    """A notification that was overtaken by a newer one is not told after it."""
    device = await server.observing(SENSOR)
    await device.notify(SENSOR, 20.0, number=20)
    await server.told(device, "newer", value=20.0)
    await device.notify(SENSOR, 19.0, number=19, confirmable=confirmable)
    await device.notify(SENSOR, 21.0, number=21)
    await server.told(device, "next", value=21.0)


@testcase("SIR-NOT-03", verifies=["HLF-017"], clause=FRESHNESS, applies=APPLIES)
async def test_numbers_begin_again(server: Server) -> None:
    """A notification with a small number is news behind one near the end of the 24 bits."""
    device = await server.observing(SENSOR)
    for step, number in enumerate((8_000_000, 16_000_000, 0xFFFFFE, 3), 1):
        await device.notify(SENSOR, float(step), number=number)
        await server.told(device, f"step-{step}", value=float(step))


@testcase("SIR-NOT-04", verifies=["HLF-017"], clause=FRESHNESS, applies=APPLIES, wait=AGED)
async def test_number_counts_for_128_seconds(server: Server) -> None:
    """More than 128 s later a notification is news, whatever its number."""
    device = await server.observing(SENSOR)
    await device.notify(SENSOR, 20.0, number=20)
    await server.told(device, "earlier", value=20.0)
    if await server.hears("notify", device.name, AGED) is not None:
        raise Inconclusive("the server asked anew meanwhile, as RFC 7641 §3.3.1 permits")
    await device.notify(SENSOR, 19.0, number=19)
    await server.told(device, "later", value=19.0)


@testcase("SIR-NOT-05", verifies=["HLF-017"], clause="RFC 7641 §3.5", applies=APPLIES)
@vary(confirmable=[True, False])
async def test_unknown_token_is_rejected(server: Server, confirmable: bool) -> None:
    """A notification under a token that the server never chose is neither acknowledged nor told."""
    device = await server.observing(SENSOR)
    stranger = device.endpoint.new_token()
    notified = await device.notify(SENSOR, 24.25, confirmable=confirmable, token=stranger)
    if confirmable:
        notified.expect_rejected()
    await device.notify(SENSOR, 25.75)
    await server.told(device, value=25.75)


@testcase("SIR-NOT-06", verifies=["HLF-017", "HLF-001"], clause="RFC 7252 §5.3.2", applies=APPLIES)
async def test_token_counts_for_its_device_only(server: Server) -> None:
    """A notification that another device sends under the token of an observation is not told."""
    device, other = await server.observing(SENSOR), await server.registered()
    seen = device.observed(SENSOR)
    (await other.tell(seen)).expect_rejected()
    await device.notify(SENSOR, 25.75)
    await server.told(device, value=25.75)
    await server.no_event("notify", other.name)


@testcase("SIR-NOT-07", verifies=["HLF-017"], clause="LwM2M Core 1.1.1 §7.4", applies=APPLIES)
async def test_malformed_notification_gives_no_value(server: Server) -> None:
    """From a notification whose TLV breaks off the user gets no value, and from the next one again.

    A server may end the observation by a Reset: then the next one is that of a new observation.
    """
    server.need_format(ContentFormat.TLV)
    device = await server.observing(BATTERY)
    broken = Response(Code.CONTENT, payload=b"\xc4\x09\x00\x01", content_format=ContentFormat.TLV)
    notified = await device.notify(BATTERY, response=broken)
    event = await server.hears("notify", device.name, server.ixit.quiet_time)
    value = (event or {}).get("value")
    server.context.record.judge("malformed.value", ABSENT, value, what="the user is told", source="live")
    if notified.outcome == "reset":
        notified.note("the observation is ended by a Reset")
        await server.observe(device, BATTERY)
    await device.notify(BATTERY, 12)
    await server.told(device, value=12)


@testcase("SIR-NOT-08", verifies=["HLF-017"], clause="RFC 7641 §3.2", applies=APPLIES)
async def test_device_ends_the_observation(server: Server) -> None:
    """A 4.04 ends an observation: the user gets no value of it, and can have the path observed anew."""
    device = await server.observing(SENSOR)
    await device.notify(SENSOR, response=device.ended(SENSOR), number=None)
    event = await server.hears("notify", device.name, server.ixit.quiet_time)
    value = (event or {}).get("value")
    server.context.record.judge("ended.value", ABSENT, value, what="the user is told", source="live")
    device.observations.clear()
    device.set(SENSOR, 24.25)
    (await server.observe(device, SENSOR)).expect(outcome="response", value=24.25)
    (await device.next(Observe, at=SENSOR)).expect(observe=0, path=SENSOR)
    await device.notify(SENSOR, 25.75)
    await server.told(device, value=25.75)


@testcase("SIR-NOT-09", verifies=["HLF-017"], clause="RFC 7252 §4.2", applies=APPLIES)
async def test_notification_without_observe_is_answered(server: Server) -> None:
    """A confirmable 2.05 under the token, but without Observe, is acknowledged or rejected, never ignored."""
    device = await server.observing(SENSOR)
    notified = await device.notify(SENSOR, 24.25, number=None)
    notified.expect(outcome=one_of("acknowledged", "reset"))
    event = await server.hears("notify", device.name, server.ixit.quiet_time)
    notified.note(f"the user is told {'its value' if event else 'nothing'}")
    again = await device.notify(SENSOR, 25.75)
    again.note(f"the next notification is answered: {again.outcome}")


@testcase("SIR-NOT-10", verifies=["HLF-017", "HLF-036"], clause="RFC 7252 §4.5", applies=APPLIES)
async def test_repeated_notification_is_told_once(server: Server) -> None:
    """A confirmable notification that comes twice should be acknowledged twice and told once."""
    device = await server.observing(SENSOR)
    first = await device.notify(SENSOR, 24.25, number=20)
    first.expect(name="first", outcome="acknowledged")
    again = await device.notify(SENSOR, 24.25, number=20, mid=first.mid)
    again.expect(name="again", outcome="acknowledged", level=Level.SHOULD)
    await server.told(device, value=24.25)
    await server.no_event("notify", device.name, level=Level.SHOULD)


@testcase("SIR-NOT-11", verifies=["HLF-016"], clause="LwM2M Core 1.1.1 §6.4.2", applies=APPLIES)
async def test_unchanged_value_is_told(server: Server) -> None:
    """A notification that repeats the value, as pmax makes it come, should reach the user too."""
    device = await server.observing(SENSOR)
    await device.notify(SENSOR, 24.25)
    await server.told(device, "event-1", value=24.25)
    await device.notify(SENSOR, 24.25)
    event = await server.hears("notify", device.name, server.ixit.reaction_time)
    value = (event or {}).get("value")
    server.context.record.judge(
        "event-2.value", 24.25, value, what="the user is told", level=Level.SHOULD, source="live"
    )
