"""The handshake of DTLS on a path that loses, reorders and forges datagrams (RFC 6347 §4.2)."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from conformance.dtls.events import Discarded, Failed
from conformance.dtls.hello import ClientHello, HelloRequest
from conformance.dtls.message import Fragment, HandshakeType, Message, read_fragments
from conformance.dtls.mux import PeerEvent
from conformance.dtls.records import ContentType, Record
from conformance.dtls.script import Script
from conformance.dtls.suites import SUITES
from conformance.messages.codes import CHANGED, CONTENT, CREATED
from conformance.roles.secured_device import FIRST_TIMEOUT
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.security.offers import MANDATORY, WITHOUT_ENCRYPTION, offering
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import Level

MODEL = "/3/0/1"


def fragment_of(message: Message, message_seq: int = 0) -> Fragment:
    return Fragment.whole(message.type, message_seq, message.body())


def handshake_record(fragment: Fragment) -> Record:
    return Record(ContentType.HANDSHAKE, 0, 40, bytes(fragment))


def fresh_hello(recorded: Record) -> Record:
    hello = ClientHello.parse(read_fragments(recorded.fragment)[0].data)
    return handshake_record(fragment_of(replace(hello, random=bytes(32), cookie=b"")))


FORGED: dict[str, Callable[[Record], Record]] = {
    "hello-request": lambda _hello: handshake_record(fragment_of(HelloRequest())),
    "hello": fresh_hello,
    "recorded-hello": lambda hello: hello,
    "recorded-hello-with-cookie": lambda hello: hello,
    "finished": lambda _hello: handshake_record(Fragment.whole(HandshakeType.FINISHED, 5, bytes(12))),
    "alert": lambda _hello: Record(ContentType.ALERT, 0, 41, bytes([2, 40])),
}


@testcase(
    "SSEC-HS-01",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 6347 §4.2.4",
    applies="server",
    security=SECURITY,
)
@vary(lost=["out-1", "out-2", "out-3", "in-1", "in-2", "in-3"])
async def test_the_loss_of_one_datagram_does_not_matter(server: Server, lost: str) -> None:
    """A handshake of which one datagram is lost, the device's (out) or the server's (in), is completed when
    the flight is repeated; the server repeats its last one for a device that did not get it."""
    device = await server.device(connect=False)
    wanted, number = lost.split("-")
    passed = {"in": 0, "out": 0}

    def lose(direction: str, _data: bytes) -> bool:
        passed[direction] += 1
        return direction == wanted and passed[direction] == int(number)

    device.dtls.client.transport.losing = lose
    await device.dtls.handshake(initial_timeout=FIRST_TIMEOUT, within=2 * server.ixit.reaction_time)
    if passed[wanted] < int(number):
        server.context.record.note(f"the handshake took {passed[wanted]} datagrams only: none was lost")
    await works(server, device)


@testcase(
    "SSEC-HS-02",
    verifies=["SEC-003"],
    clause="RFC 6347 §4.2.2",
    applies="server",
    security=SECURITY,
)
@vary(first=["change", "finished"])
async def test_the_last_flight_may_come_in_disorder(server: Server, first: str) -> None:
    """ChangeCipherSpec or Finished before what leads to the keys should end no handshake: the server waits
    for the rest, or drops what came too early and takes the flight when it is repeated.

    A server may keep or drop such a record; that it ends no handshake is demanded nowhere.
    """
    device = await server.device(connect=False)
    script = Script(record=in_disorder(first))
    limit = 2 * server.ixit.reaction_time
    how = {"script": script, "initial_timeout": FIRST_TIMEOUT, "within": limit}
    if not await device.dtls.welcomed(name="disorder", **how):
        await device.dtls.handshake()
    await works(server, device)


@testcase(
    "SSEC-HS-03",
    verifies=["SEC-004", "SEC-003"],
    clause="RFC 6347 §4.2.8",
    applies="server",
    security=SECURITY,
)
@vary(forged=list(FORGED))
async def test_what_comes_in_clear_ends_no_association(server: Server, forged: str) -> None:
    """A handshake message or an alert in clear, which anybody can send, leaves a live association as it is.

    No ClientHello may end it. Other records of the epoch before should be discarded. With a cookie that still
    holds, a ClientHello that was recorded counts as an exchange of cookies, after which a server may let the
    association go. There the end of it is a warning.
    """
    script = Script()
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await device.registered()
    hellos = [each for each in script.sent if not each.epoch and is_hello(each)]
    recorded = hellos[-1 if forged == "recorded-hello-with-cookie" else 0]
    device.dtls.client.transport.inject(bytes(FORGED[forged](recorded)), device.server_address)
    answer = await device.update()
    must_not = forged in ("hello", "recorded-hello")
    answer.expect(name="live", code=CHANGED, level=Level.MUST if must_not else Level.SHOULD)
    if answer.code != CHANGED:
        await device.dtls.handshake()
        (await device.register()).expect(name="again", code=CREATED)


@testcase(
    "SSEC-HS-04",
    verifies=["SEC-003"],
    clause="RFC 5746 §3.7",
    applies="server",
    security=SECURITY,
)
async def test_no_handshake_is_made_within_an_association(server: Server) -> None:
    """A ClientHello within an association that does not prove to know it is answered by no hello.

    A server may warn with no_renegotiation, say nothing, ask for a cookie, or end the association. Where it
    gave no renegotiation_info in the handshake, a ServerHello is a warning (RFC 5746 §4.4).
    """
    script = Script()
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await device.registered()
    hello = read_fragments(next(each for each in script.sent if is_hello(each)).fragment)[0]
    client, association = device.dtls.client, device.dtls.peer.association
    negotiated, before = association.negotiated, len(client.happened)
    secure = negotiated is not None and negotiated.secure_renegotiation
    fresh = ClientHello.parse(hello.data)
    fresh = replace(fresh, random=server.context.chance.randbytes(32), cookie=b"")
    association.forge(ContentType.HANDSHAKE, bytes(fragment_of(fresh)))
    client.transport.flush(device.dtls.peer)
    answer = await device.update()
    said = [each.event for each in client.happened[before:]]
    hellos = hellos_among(said)
    level = Level.MUST if secure else Level.SHOULD
    server.context.record.judge(
        "renegotiation.hellos", [], hellos, level=level, what="no hello of the server, not"
    )
    if answer.code != CHANGED:
        server.context.record.note(f"the server ended the association: {said}")
        await device.dtls.handshake()
        (await device.register()).expect(name="again", code=CREATED)
    await works(server, device, registered=True)


@testcase(
    "SSEC-HS-05",
    verifies=["SEC-003"],
    clause="RFC 6347 §4.2.8",
    applies="server",
    security=SECURITY,
)
async def test_a_device_that_lost_its_state_comes_back(server: Server) -> None:
    """A device that forgot its association makes another handshake, which should come about from the same
    address, and registers.

    What an Update over the new association is answered is left open (Q20).
    """
    device = await server.registered()
    device.dtls.abandon()
    if not await device.dtls.welcomed(name="second"):
        await device.dtls.moved()
        await device.dtls.handshake()
    answer = await device.update()
    if answer.code != CHANGED:
        answer.note(f"an Update after another handshake is answered {answer.code}", ambiguity="Q20")
    await works(server, device)


@testcase(
    "SSEC-SUITE-01",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 7925 §4",
    applies="server",
    security=SECURITY,
)
async def test_the_mandatory_suite_is_taken(server: Server) -> None:
    """A device that offers nothing but the suite that its mode demands of every server is registered."""
    device = await server.device(connect=False)
    (wanted,) = [each for each in SUITES.values() if each.name == MANDATORY[device.dtls.credentials.mode]]
    (await device.dtls.handshake(suites=(wanted,))).expect(suite=wanted.name)
    await works(server, device)


@testcase(
    "SSEC-SUITE-02",
    verifies=["SEC-002", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2.1",
    applies="server",
    security=SECURITY,
)
async def test_a_suite_without_encryption_is_not_agreed_on(server: Server) -> None:
    """A device that offers a suite without encryption only finds no server."""
    await server.registered()
    device = await server.device(connect=False)
    script = offering(WITHOUT_ENCRYPTION[device.dtls.credentials.mode])
    failed = await device.dtls.refused(script=script, within=server.ixit.reaction_time)
    event = failed.event
    agreed = event.reason if isinstance(event, Failed) and event.by == "us" and event.alert else None
    server.context.record.judge("suite.agreed", None, agreed, what="no ServerHello, not")
    await device.dtls.connected()
    await works(server, device)


@testcase(
    "SSEC-CID-01",
    verifies=["SEC-003"],
    clause="RFC 9146 §6",
    applies="server & dtls_connection_id & verb_read",
    security=SECURITY,
)
async def test_an_association_outlives_a_change_of_address(server: Server) -> None:
    """A device with a Connection ID whose address changed goes on: its Update should be answered, and what
    the server asks next comes to the new address.

    A server that has no means to try an address must not send there: it is let off with a warning.
    """
    device = await server.device(connect=False)
    handshake = await device.dtls.handshake(cid=b"")
    if handshake.event.write_cid is None:
        handshake.expect(write_cid=True, level=Level.SHOULD)
        await works(server, device)
        return
    await device.registered()
    await device.dtls.moved()
    answer = await device.update()
    answer.expect(name="moved", code=CHANGED, level=Level.SHOULD)
    if answer.code != CHANGED:
        await device.dtls.handshake(name="another")
        await works(server, device)
        return
    await server.knows_update(device)
    device.set(MODEL, "elsewhere")
    (await server.read(device, MODEL)).expect(outcome="response", code=CONTENT, value="elsewhere")


async def works(server: Server, device: TesterDevice, *, registered: bool = False) -> None:
    """Expect that the association serves both directions."""
    if not registered:
        (await device.register()).expect(name="register-after", code=CREATED)
    await server.knows(device)
    if server.context.ics["verb_read"]:
        device.set(MODEL, "still the same")
        (await server.read(device, MODEL)).expect(
            name="read-after", outcome="response", value="still the same"
        )
    else:
        (await device.update()).expect(name="update-after", code=CHANGED)


def in_disorder(first: str) -> Callable[[Record], Iterable[Record]]:
    """Puts one record of the last flight before the others, the first time that the flight is sent."""
    held: list[Record] = []
    done = False

    def reorder(record: Record) -> Iterable[Record]:
        nonlocal done
        change, finished = record.content_type == ContentType.CHANGE_CIPHER_SPEC, record.epoch == 1
        if done or not (held or change or finished or leads_to_keys(record)):
            return (record,)
        if (first == "change" and change) or (first == "finished" and finished):
            done = True
            return (record, *held)
        held.append(record)
        return ()

    return reorder


def leads_to_keys(record: Record) -> bool:
    kinds = (HandshakeType.CERTIFICATE, HandshakeType.CLIENT_KEY_EXCHANGE)
    return record.content_type == ContentType.HANDSHAKE and record.fragment[0] in kinds


def is_hello(record: Record) -> bool:
    return record.content_type == ContentType.HANDSHAKE and record.fragment[0] == HandshakeType.CLIENT_HELLO


def hellos_among(events: Iterable[PeerEvent]) -> list[str]:
    """The events that tell of a ServerHello which came when none was waited for."""
    told = [each for each in events if isinstance(each, Discarded | Failed)]
    return [str(each) for each in told if "ServerHello" in text_of(each)]


def text_of(event: Discarded | Failed) -> str:
    return event.detail if isinstance(event, Discarded) else event.reason
