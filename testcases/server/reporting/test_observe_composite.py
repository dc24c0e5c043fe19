"""Observe-Composite: several Resources in one observation (LwM2M Core 1.1.1 §6.4.4, §6.4.5)."""

from conformance.formats import ContentFormat
from conformance.matching import ABSENT, one_of, unordered
from conformance.messages import ObserveComposite
from conformance.messages.codes import CONTENT
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

CLAUSE = "LwM2M Core 1.1.1 §6.4.4"
APPLIES = "server & lwm2m >= 1.1 & verb_observe_composite"
TOLD = f"{APPLIES} & event_notify"
CANCEL = "verb_cancel"
SENSOR, BATTERY = "/3303/0/5700", "/3/0/9"
PATHS = (SENSOR, BATTERY)
FORMATS = one_of(
    *(
        int(number)
        for number in (
            ContentFormat.SENML_JSON,
            ContentFormat.SENML_CBOR,
            ContentFormat.SENML_ETCH_JSON,
            ContentFormat.SENML_ETCH_CBOR,
            ContentFormat.LWM2M_CBOR,
        )
    )
)


async def observing(server: Server) -> TesterDevice:
    """A registered device with a composite observation of two Resources."""
    device = await server.registered()
    (await server.observe_composite(device, PATHS)).require(outcome="response", code=CONTENT)
    device.observed("/")
    return device


@testcase("SIR-CMP-01", verifies=["HLF-017", "HLF-035"], clause=CLAUSE, applies=APPLIES)
async def test_composite_observe_goes_out(server: Server) -> None:
    """An Observe-Composite is a confirmable FETCH with Observe 0 that names the paths."""
    device = await server.registered()
    device.set(SENSOR, 24.25)
    result = await server.observe_composite(device, PATHS)
    request = await device.next(ObserveComposite)
    request.expect(method="0.05", observe=0, confirmable=True, format=FORMATS, paths=unordered(*PATHS))
    result.expect(outcome="response", values={SENSOR: 24.25, BATTERY: 87})


@testcase("SIR-CMP-02", verifies=["HLF-017", "HLF-035"], clause=CLAUSE, applies=TOLD)
@vary(confirmable=[True, False])
async def test_composite_notification_is_told(server: Server, confirmable: bool) -> None:
    """The values of a composite notification reach the user, and a confirmable one is acknowledged."""
    device = await observing(server)
    device.set(BATTERY, 12)
    notified = await device.notify(confirmable=confirmable)
    notified.expect(outcome="acknowledged" if confirmable else "sent")
    await server.told(device, values={SENSOR: 21.5, BATTERY: 12})


@testcase(
    "SIR-CMP-03",
    verifies=["HLF-018", "HLF-035"],
    clause="LwM2M Core 1.1.1 §6.4.5",
    applies=f"{APPLIES} & {CANCEL}",
)
async def test_request_ends_a_composite_observation(server: Server) -> None:
    """To cancel by a request is the FETCH again: the same paths, the same token, Observe 1."""
    device = await observing(server)
    first = await device.next(ObserveComposite)
    result = await server.cancel(device)
    last = await device.next(ObserveComposite, name="cancel")
    last.expect(name="cancel", observe=1, token=first.token, paths=first.paths, confirmable=True)
    result.expect(outcome="response", code=CONTENT, tolerated={"code": ABSENT})


@testcase(
    "SIR-CMP-04",
    verifies=["HLF-018", "HLF-035"],
    clause="RFC 7641 §3.5, §3.6",
    applies=f"{TOLD} & {CANCEL}",
)
@vary(how=["active", "passive"])
async def test_cancelled_composite_observation_tells_nothing(server: Server, how: str) -> None:
    """What arrives under the token after a cancellation is neither acknowledged nor told."""
    device = await observing(server)
    seen = device.observed("/")
    (await server.cancel(device, how=how)).require(outcome="response")
    device.set(BATTERY, 12)
    level = Level.MUST if how == "passive" else Level.SHOULD
    (await device.tell(seen)).expect_rejected(level=level)
    await server.no_event("notify", device.name, level=level)


@testcase(
    "SIR-CMP-05", verifies=["HLF-017", "HLF-035"], clause="RFC 7641 §3.1", applies=f"{TOLD} & verb_observe"
)
async def test_composite_and_single_observation_are_told_apart(server: Server) -> None:
    """A Resource observed alone and in a composite: each notification is told as what it is."""
    device = await observing(server)
    (await server.observe(device, BATTERY)).require(outcome="response", code=CONTENT)
    await device.notify(BATTERY, 12)
    await server.told(device, "single", path=BATTERY, value=12)
    await device.notify()
    await server.told(device, "composite", values={SENSOR: 21.5, BATTERY: 12})
