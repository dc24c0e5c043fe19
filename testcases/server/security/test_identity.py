"""The credential of a device stands for its endpoint name, at every operation (LwM2M Core 1.1.1 §7.3)."""

from conformance.matching import differs, matches, one_of
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, CHANGED, CREATED, FORBIDDEN, UNAUTHORIZED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import NotApplicable

OBSERVED = Path(3, 0, 9)
OBSERVED_TEXT = "/3/0/9"
WRITABLE, SECRET = "/3/0/15", "Nowhere/Nobody_Else_Has_To_Know"
REFUSED = matches(r"4\.\d\d")


@testcase(
    "SSEC-ID-01",
    verifies=["SEC-001", "HLF-001"],
    clause="LwM2M Core 1.1.1 §7.3.1",
    applies="server",
    security=SECURITY,
)
async def test_nobody_registers_under_another_name(server: Server) -> None:
    """A Register over a good credential with the name of another device is answered 4.00, and neither takes
    the place of that device nor keeps the sender from registering under its own name."""
    await expect_name_refused(server)


@testcase(
    "SSEC-ID-02",
    verifies=["SEC-001", "HLF-019"],
    clause="RFC 7252 §9.1",
    applies="server",
    security=SECURITY,
)
async def test_nobody_updates_the_registration_of_another(server: Server) -> None:
    """An Update of another device's registration is refused, and changes nothing of it."""
    victim = await server.registered(lifetime=4711)
    intruder = await server.registered()
    answer = await intruder.update(lifetime=60, location=victim.here)
    answer.expect(name="intruder", code=REFUSED)
    if server.context.ics["event_updated"]:
        await server.no_event("updated", victim.name, check="intruder")
    if server.context.ics["verb_registrations"]:
        kept = [each for each in await server.registrations() if each["endpoint"] == victim.name]
        lifetimes = [each.get("lifetime", 4711) for each in kept]
        server.context.record.judge(
            "victim.lifetime", [4711], lifetimes, what="lifetime of the other device", source="live"
        )
    (await victim.update()).expect(name="victim", code=CHANGED)


@testcase(
    "SSEC-ID-03",
    verifies=["SEC-001", "HLF-019"],
    clause="RFC 7252 §9.1",
    applies="server",
    security=SECURITY,
)
async def test_nobody_deregisters_another(server: Server) -> None:
    """A De-register of another device's registration is refused, and that device stays registered."""
    victim = await server.registered()
    intruder = await server.registered()
    (await intruder.deregister(location=victim.here)).expect(name="intruder", code=REFUSED)
    if server.context.ics["event_deregistered"]:
        await server.no_event("deregistered", victim.name, check="intruder")
    (await victim.update()).expect(name="victim", code=CHANGED)


@testcase(
    "SSEC-ID-04",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 7252 §9.1.1",
    applies="server & verb_observe & event_notify",
    security=SECURITY,
)
async def test_nobody_notifies_for_another(server: Server) -> None:
    """A notification over one association with the token of an observation over another reaches no user.

    It may be answered with a Reset or left alone.
    """
    victim = await server.observing(OBSERVED)
    intruder = await server.registered()
    intruder.observations.update(victim.observations)
    await intruder.notify(OBSERVED, 13)
    await server.no_event("notify", victim.name, check="intruder")
    await victim.notify(OBSERVED, 31)
    await server.told(victim, path=str(OBSERVED), value=one_of(31, "31"))


@testcase(
    "SSEC-ID-05",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 7252 §9.1",
    applies="server",
    security=SECURITY,
)
@vary(operation=["update", "deregister", "send", "notify"])
async def test_an_address_is_no_identity(server: Server, operation: str) -> None:
    """Whoever makes a handshake as another device from the address of a registered one does not speak for it:
    Update and De-register are refused, and nothing that it tells counts as told by that device."""
    victim = await (server.observing(OBSERVED) if operation == "notify" else server.registered())
    for event in ("registered", "updated"):
        await server.hears(event, victim.name, 0)
    other = await server.device(connect=False)
    right, victim.dtls.credential = victim.dtls.credential, other.dtls.credential
    await victim.dtls.connected()
    await spoken_for(server, victim, operation)
    victim.dtls.credential = right
    await victim.dtls.handshake()
    (await victim.register()).expect(name="own", code=CREATED)


@testcase(
    "SSEC-ID-06",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 7252 §9.1",
    applies="server & event_send",
    security=SECURITY,
)
async def test_a_send_counts_for_its_sender(server: Server) -> None:
    """A Send is told as that of the device over whose association it came; who is let in and not registered
    sends for nobody."""
    first = await server.registered()
    second = await server.registered()
    (await second.send({OBSERVED_TEXT: 27})).require(code=CHANGED)
    (await server.event("send", second.name, check="sender")).expect(name="sender", endpoint=second.name)
    await server.no_event("send", first.name, check="other")
    stranger = await server.device()
    (await stranger.send({OBSERVED_TEXT: 28})).expect(name="stranger", code=REFUSED)
    for place, device in (("first", first), ("second", second)):
        await server.no_event("send", device.name, during=0.01, check=f"stranger-as-{place}")


@testcase(
    "SSEC-ID-07",
    verifies=["SEC-001", "SEC-002"],
    clause="RFC 7252 §9.1",
    applies="server & verb_write",
    security=("psk",),
)
async def test_nobody_is_asked_in_place_of_another(server: Server) -> None:
    """What the user writes to a device does not go to another one, which makes a handshake from its address,
    and does not count as done."""
    victim = await server.registered()
    other = await server.device(connect=False)
    right, victim.dtls.credential = victim.dtls.credential, other.dtls.credential
    await victim.dtls.connected()
    result = await server.write(victim, WRITABLE, SECRET)
    asked = [str(each) for each in victim.arrived]
    server.context.record.judge("other.asked", [], asked, what="asked of the other device nothing, not")
    result.expect(name="other", outcome=differs("response"))
    victim.dtls.credential = right
    await victim.dtls.handshake()
    (await victim.register()).expect(name="own", code=CREATED)
    await server.knows(victim)
    (await server.write(victim, WRITABLE, SECRET)).expect(name="own-write", outcome="response", code=CHANGED)


async def expect_name_refused(server: Server) -> None:
    """Whoever registers under the name of another device is refused, takes nothing from that device, and can
    register under its own."""
    victim = await server.registered()
    await server.hears("registered", victim.name, 0)
    intruder = await server.device()
    answer = await intruder.register(query=victim.query(lifetime=300))
    answer.expect(name="intruder", code=BAD_REQUEST, tolerated={"code": one_of(UNAUTHORIZED, FORBIDDEN)})
    if answer.code != BAD_REQUEST:
        answer.note("4.00 is what Transport demands of a name that does not match", ambiguity="Q36")
    if server.context.ics["event_registered"]:
        await server.no_event("registered", victim.name, check="intruder")
    (await victim.update()).expect(name="victim", code=CHANGED)
    (await intruder.register()).expect(name="own", code=CREATED)


async def spoken_for(server: Server, intruder: TesterDevice, operation: str) -> None:
    """Expect that this, over the association of another, does nothing to the device of this name."""
    told = {"update": "updated", "deregister": "deregistered", "send": "send", "notify": "notify"}[operation]
    if operation in ("send", "notify") and not server.context.ics[f"event_{told}"]:
        raise NotApplicable(f"the server does not tell its user of {told}")
    match operation:
        case "update":
            (await intruder.update(lifetime=60)).expect(name="intruder", code=REFUSED)
        case "deregister":
            (await intruder.deregister()).expect(name="intruder", code=REFUSED)
        case "send":
            (await intruder.send({OBSERVED_TEXT: 66})).expect(name="intruder", code=REFUSED)
        case _:
            await intruder.notify(OBSERVED, 13)
    if server.context.ics[f"event_{told}"]:
        await server.no_event(told, intruder.name, check="intruder")
