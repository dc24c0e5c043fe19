"""Observations between a server and a device (LwM2M Core 1.1.1 §6.4)."""

from conformance.matching import PRESENT, close_to, covering
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.pair.pair import Pair
from conformance.pair.reporting import acknowledged, not_notified, notified, reset_by_server, sent, told
from conformance.testcase import NOSEC, testcase

CHANGED_TO, CHANGED_AGAIN = 23, 29


@testcase(
    "PAIR-OBS-01",
    verifies=["HLF-017", "HLF-028"],
    clause="LwM2M Core 1.1.1 §6.4.2",
    applies="device & observe & ixit.observable",
    partner="server & verb_read & verb_observe & event_notify",
    security=[NOSEC, "psk"],
)
async def test_user_learns_what_changed_in_the_device(pair: Pair) -> None:
    """A value that changes in the device is notified, and the server's user learns it."""
    await pair.registered()
    path = str(Path.of(pair.device.context.ixit.observable))
    observed = await pair.observe(path)
    observed.expect(CONTENT, observe=PRESENT)
    after = pair.wire.last
    await pair.device.asked("set", path=path, value=CHANGED_TO)
    notification, seen = await notified(pair, observed, after)
    notification.expect(value=close_to(CHANGED_TO))
    await acknowledged(pair, seen)
    await told(pair, path, notification)


@testcase(
    "PAIR-OBS-02",
    verifies=["HLF-010", "HLF-017"],
    clause="LwM2M Core 1.1.1 §6.4.2",
    applies="device & observe & ixit.writable_integer",
    partner="server & verb_read & verb_write & verb_observe & event_notify",
    security=[NOSEC, "psk"],
)
async def test_user_learns_what_a_write_changed(pair: Pair) -> None:
    """A value that the server itself writes is notified, and the server's user learns it."""
    await pair.registered()
    path = str(Path.of(pair.device.context.ixit.writable_integer))
    (await pair.write(path, CHANGED_AGAIN, name="first-write")).expect(CHANGED)
    observed = await pair.observe(path)
    observed.expect(CONTENT, observe=PRESENT, value=CHANGED_AGAIN)
    written = await pair.write(path, CHANGED_TO)
    written.expect(CHANGED)
    notification, seen = await notified(pair, observed, written.seen.frame)
    notification.expect(value=CHANGED_TO)
    await acknowledged(pair, seen)
    await told(pair, path, notification)


@testcase(
    "PAIR-CAN-01",
    verifies=["HLF-018"],
    clause="LwM2M Core 1.1.1 §6.4.3",
    applies="device & observe & ixit.observable",
    partner="server & verb_read & verb_observe & verb_cancel",
)
async def test_server_cancels_by_a_request(pair: Pair) -> None:
    """An observation that the server cancels by a request with its token ends."""
    await pair.registered()
    path = str(Path.of(pair.device.context.ixit.observable))
    observed = await pair.observe(path)
    observed.expect(CONTENT, observe=PRESENT)
    cancelled = await pair.cancel(path)
    cancelled.request.expect(name="cancel", token=observed.request.token, clause="RFC 7641 §3.6")
    cancelled.expect(CONTENT, observe=None, value=PRESENT, clause="RFC 7641 §4.1")
    after = pair.wire.last
    await pair.device.asked("set", path=path, value=CHANGED_TO)
    await not_notified(pair, observed, after)


@testcase(
    "PAIR-CAN-02",
    verifies=["HLF-018"],
    clause="LwM2M Core 1.1.1 §6.4.3",
    applies="device & observe & ixit.observable",
    partner="server & verb_read & verb_observe & verb_cancel",
)
async def test_server_cancels_by_a_reset(pair: Pair) -> None:
    """An observation that the server cancels by a Reset to the next notification ends."""
    await pair.registered()
    path = str(Path.of(pair.device.context.ixit.observable))
    observed = await pair.observe(path)
    observed.expect(CONTENT, observe=PRESENT)
    await pair.cancel_passively(path)
    after = pair.wire.last
    await pair.device.asked("set", path=path, value=CHANGED_TO)
    _, notification = await notified(pair, observed, after)
    await reset_by_server(pair, notification)
    await pair.control()  # so that the Reset has come to the device, too
    after = pair.wire.last
    await pair.device.asked("set", path=path, value=CHANGED_AGAIN)
    await not_notified(pair, observed, after)


@testcase(
    "PAIR-SND-01",
    verifies=["HLF-017", "HLF-024"],
    clause="LwM2M Core 1.1.1 §6.4.6",
    ets="int-311",
    applies="device & lwm2m >= 1.1 & send & ixit.observable",
    partner="server & lwm2m >= 1.1 & verb_read & event_send",
)
async def test_user_learns_what_the_device_sends(pair: Pair) -> None:
    """A value that the device sends without being asked is accepted, and the server's user learns it."""
    await pair.registered()
    path = str(Path.of(pair.device.context.ixit.observable))
    await pair.device.asked("set", path=path, value=CHANGED_TO)
    request = await sent(pair, {path: CHANGED_TO})
    (await pair.answered(request, "send")).expect(outcome="response", code=CHANGED)
    (await pair.server.event("send", pair.device.name)).expect(values=covering({path: CHANGED_TO}))
