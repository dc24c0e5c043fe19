"""A record that was changed on the way, or recorded and sent again, has no effect (RFC 6347 §4.1.2)."""

from collections.abc import Iterable
from dataclasses import replace

from conformance.dtls.credentials import Certificate, Psk
from conformance.dtls.records import Record
from conformance.dtls.script import Script
from conformance.matching import differs, one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CREATED
from conformance.roles.answer import Answer
from conformance.roles.recorded_request import is_response
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.security.tampering import TAMPERED, tampering
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import Level, NotApplicable

LIFETIME = 4711
FAR = 1000
"""How many records further a device goes on to leave the window of any server behind."""
TOLD, MODEL = "/3/0/9", "/3/0/1"
EVENTS = {"register": "registered", "deregister": "deregistered", "send": "send", "notify": "notify"}
WRITTEN = "Nowhere/Nobody_Else_Has_To_Know"


@testcase(
    "SSEC-INT-01",
    verifies=["SEC-002"],
    clause="RFC 6347 §4.1.2.7",
    applies="server",
    security=SECURITY,
)
@vary(changed=list(TAMPERED))
async def test_a_changed_record_has_no_effect(server: Server, changed: str) -> None:
    """An Update that was changed on the way changes nothing and is not answered; the next one is.

    A server should drop it in silence; one that ends the association by an alert is let off with a warning.
    """
    script = Script()
    device = await connected(server, script)
    script.record = tampering(changed, device.dtls.peer)
    answer = await device.update(lifetime=60, limit=server.ixit.quiet_time)
    answer.expect(name="changed", outcome=differs("response"))
    script.record = None
    await still_registered(server, device)


@testcase(
    "SSEC-INT-02",
    verifies=["SEC-002"],
    clause="RFC 6347 §4.1.2.7",
    applies="server",
    security=SECURITY,
)
@vary(operation=["register", "deregister", "send", "notify", "answer"])
async def test_no_changed_record_counts(server: Server, operation: str) -> None:
    """A Register, De-register, Send, notification or answer that was changed on the way has no effect, and
    the same that follows untouched has.

    A server that ends the association by an alert is let off with a warning.
    """
    script = Script()
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await prepared(server, device, operation)
    script.record = tampering("content", device.dtls.peer)
    if operation == "answer":
        await answers_after_all(server, device, script)
    else:
        await changed_on_the_way(server, device, operation)
        script.record = None
        if not device.dtls.expect_kept():
            await device.dtls.handshake()
            await prepared(server, device, operation)
        await untouched(server, device, operation)


@testcase(
    "SSEC-RPL-01",
    verifies=["SEC-004"],
    clause="RFC 6347 §4.1.2.6",
    applies="server",
    security=SECURITY,
)
async def test_a_recorded_update_has_no_second_effect(server: Server) -> None:
    """An Update that was recorded and comes again, after another, changes nothing and is not answered.

    Detection of replays may be switched off in DTLS: an answer is a warning, a change a failure.
    """
    script = Script()
    device = await connected(server, script)
    (await device.update(lifetime=60)).expect(name="first", code=CHANGED)
    recorded = script.sent[-1]
    (await device.update(lifetime=LIFETIME)).expect(name="second", code=CHANGED)
    await server.knows_update(device)
    await replayed(server, device, bytes(recorded))
    await still_registered(server, device)


@testcase(
    "SSEC-RPL-02",
    verifies=["SEC-004"],
    clause="RFC 6347 §4.1.2.6",
    applies="server",
    security=SECURITY,
)
async def test_a_recorded_register_registers_nobody(server: Server) -> None:
    """The Register of a device that has left does not bring it back when it comes again, within the same
    association or after the next handshake."""
    script = Script()
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await device.registered(lifetime=LIFETIME)
    register = next(each for each in script.sent[::-1] if each.epoch)
    await server.hears("registered", device.name, 0)
    (await device.deregister()).expect(name="deregister", code="2.02")
    await replayed(server, device, bytes(register))
    await device.dtls.connected()
    await replayed(server, device, bytes(register), name="after-handshake", level=Level.MUST)
    if server.context.ics["event_registered"]:
        await server.no_event("registered", device.name)
    if not device.dtls.expect_kept():
        await device.dtls.handshake()
    (await device.register()).expect(code=CREATED)


@testcase(
    "SSEC-RPL-03",
    verifies=["SEC-004"],
    clause="RFC 6347 §4.1.2.6",
    applies="server",
    security=SECURITY,
)
async def test_a_record_left_of_the_window_has_no_effect(server: Server) -> None:
    """An Update that was recorded and comes again behind more records than a window holds has no effect."""
    script = Script()
    device = await connected(server, script)
    (await device.update(lifetime=60)).expect(name="first", code=CHANGED)
    recorded = script.sent[-1]
    script.plaintext = lambda plaintext: (replace(plaintext, sequence=plaintext.sequence + FAR),)
    (await device.update(lifetime=LIFETIME)).expect(name="second", code=CHANGED)
    await server.knows_update(device)
    await replayed(server, device, bytes(recorded))
    await still_registered(server, device)


@testcase(
    "SSEC-RPL-04",
    verifies=["SEC-004"],
    clause="RFC 6347 §4.1.2.6",
    applies="server & (event_send | event_notify)",
    security=SECURITY,
)
@vary(operation=["send", "notify"])
async def test_what_was_told_is_not_told_again(server: Server, operation: str) -> None:
    """A Send or a notification that was recorded and comes again, within its association or after the next
    handshake, is not told to the user again."""
    script = Script()
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await prepared(server, device, operation)
    script.sent.clear()
    await untouched(server, device, operation)
    recorded = script.sent[0]
    device.dtls.client.transport.inject(bytes(recorded), device.server_address)
    (await device.update()).expect(name="between", code=CHANGED)
    await server.no_event(operation, device.name, check="again")
    await device.dtls.connected()
    device.dtls.client.transport.inject(bytes(recorded), device.server_address)
    answer = await device.register()
    if not device.dtls.expect_kept():
        await device.dtls.handshake()
        answer = await device.register()
    answer.expect(code=CREATED)
    await server.no_event(operation, device.name, check="after-handshake")


@testcase(
    "SSEC-CONF-01",
    verifies=["SEC-002"],
    clause="LwM2M Transport 1.1.1 §5.2.1",
    applies="server & verb_write",
    security=SECURITY,
)
async def test_nothing_of_a_conversation_is_in_clear(server: Server) -> None:
    """Neither the name of a device, nor a value that is written, nor a key is in any datagram.

    A certificate and the identity of a key, which are shown in clear, may hold the name.
    """
    device = await server.device(connect=False)
    datagrams: list[bytes] = []

    def look(_direction: str, data: bytes) -> bool:
        datagrams.append(data)
        return False

    device.dtls.client.transport.losing = look
    await device.dtls.connected()
    await device.registered()
    (await server.write(device, "/3/0/15", WRITTEN)).require(outcome="response")
    shown = device.dtls.credential
    in_clear = shown.identity if isinstance(shown, Psk) else b""
    secrets = {"the value": WRITTEN.encode()}
    secrets |= {"the key": shown.key} if isinstance(shown, Psk) else {}
    secrets |= {"the name": device.name.encode()} if not isinstance(shown, Certificate) else {}
    secrets = {what: secret for what, secret in secrets.items() if secret not in in_clear}
    found = [what for what, secret in secrets.items() if any(secret in data for data in datagrams)]
    server.context.record.judge("clear.found", [], found, what="in clear nothing, not")


async def connected(server: Server, script: Script) -> TesterDevice:
    """A device that is registered over an association with this script."""
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await device.registered(lifetime=LIFETIME)
    return device


async def replayed(
    server: Server, device: TesterDevice, record: bytes, *, name: str = "replay", level: Level = Level.SHOULD
) -> None:
    """Send a recorded record again and expect no response but that to what follows."""
    before = len(server.context.messages)
    device.dtls.client.transport.inject(record, device.server_address)
    await device.update(location=("rd", "nobody"), limit=server.ixit.reaction_time)
    since = server.context.messages[before:]
    own = {each["token"] for each in since if each["direction"] == "out"}
    came = [each for each in since if each["direction"] == "in" and is_response(each)]
    answers = [each for each in came if each["token"] not in own]
    server.context.record.judge(
        f"{name}.answers", 0, len(answers), level=level, what="answers to what was recorded"
    )


async def still_registered(server: Server, device: TesterDevice) -> None:
    """Expect that the registration is as it was, and the association too."""
    record, alive = server.context.record, device.dtls.expect_kept()
    if server.context.ics["verb_registrations"]:
        kept = [each for each in await server.registrations() if each["endpoint"] == device.name]
        lifetimes = [each.get("lifetime", LIFETIME) for each in kept]
        wanted = [LIFETIME] if alive else one_of([LIFETIME], [])
        record.judge("kept.lifetime", wanted, lifetimes, what="lifetime", source="live")
    if not alive:
        await device.dtls.handshake()
        (await device.register()).expect(name="again", code=CREATED)
    (await device.update()).expect(name="intact", code=CHANGED)


async def prepared(server: Server, device: TesterDevice, operation: str) -> None:
    """Bring a device to where it can do this.

    Raises:
        NotApplicable: the server does not offer what it takes.
    """
    needed = {"send": "event_send", "notify": "event_notify", "answer": "verb_read"}.get(operation)
    if needed is not None and not server.context.ics[needed]:
        raise NotApplicable(f"the server does not have {needed}")
    if operation != "register":
        await device.registered(lifetime=LIFETIME)
        await server.hears("registered", device.name, 0)
    if operation == "notify":
        (await server.observe(device, TOLD)).require(outcome="response")
        device.observed(Path.of(TOLD))


async def changed_on_the_way(server: Server, device: TesterDevice, operation: str) -> None:
    """Expect that nobody is told of an operation whose record is changed, nor answers it."""
    limit = server.ixit.quiet_time
    answer: Answer | None = None
    match operation:
        case "register":
            answer = await device.register(limit=limit)
        case "deregister":
            answer = await device.deregister(limit=limit)
        case "send":
            answer = await device.send({TOLD: 41}, limit=limit)
        case _:
            await device.notify(Path.of(TOLD), 41, confirmable=False)
    if answer is not None:
        answer.expect(name="changed", outcome=differs("response"))
    told = EVENTS[operation]
    if server.context.ics[f"event_{told}"]:
        await server.no_event(told, device.name, check="changed")


async def untouched(server: Server, device: TesterDevice, operation: str) -> None:
    """Expect that the same operation takes effect."""
    match operation:
        case "register":
            (await device.register()).expect(name="intact", code=CREATED)
        case "deregister":
            (await device.deregister()).expect(name="intact", code="2.02")
        case "send":
            (await device.send({TOLD: 42})).expect(name="intact", code=CHANGED)
            await server.event("send", device.name)
        case _:
            await device.notify(Path.of(TOLD), 42)
            await server.told(device, path=TOLD)


async def answers_after_all(server: Server, device: TesterDevice, script: Script) -> None:
    """Expect the user to be given what the device answered, whose first answer was changed on the way."""
    change = script.record

    def once(record: Record) -> Iterable[Record]:
        script.record = None
        return change(record) if change is not None else (record,)

    script.record = once
    device.set(MODEL, "as it was sent")
    read = await server.read(device, MODEL)
    if not device.dtls.expect_kept():
        await device.dtls.handshake()
        await device.registered(lifetime=LIFETIME)
        read = await server.read(device, MODEL)
    read.expect(outcome="response", value="as it was sent")
