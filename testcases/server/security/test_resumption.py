"""Sessions that a device wants to go on with (RFC 5246 §7.3, §7.4.1.2; RFC 7627 §5.3)."""

from dataclasses import replace

from conformance.dtls.errors import AlertDescription, AlertLevel
from conformance.dtls.events import Established
from conformance.dtls.hello import ServerHello
from conformance.dtls.message import HandshakeType
from conformance.dtls.session import Session
from conformance.matching import one_of
from conformance.messages.codes import BAD_REQUEST, CHANGED, CREATED, FORBIDDEN, UNAUTHORIZED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import SECURITY, testcase
from conformance.verdicts import Level
from testcases.server.security.test_handshake import works

NONE_GIVEN = "the server gives its sessions no id: nothing can be resumed, which is right"


@testcase(
    "SSEC-RES-01",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 5246 §7.3",
    applies="server",
    security=SECURITY,
)
async def test_a_session_may_go_on(server: Server) -> None:
    """A device that offers its session gets an association, by a short handshake or a full one.

    Over a resumed one its registration is still its own.
    """
    device = await server.registered()
    session = offered(server, device)
    device.dtls.abandon()
    handshake = await device.dtls.handshake(session=session)
    answer = await device.update()
    answer.expect(name="resumed", outcome="response")
    if handshake.event.resumed:
        answer.expect(name="resumed-update", code=CHANGED, level=Level.SHOULD)
    else:
        answer.note(f"after a full handshake an Update is answered {answer.code}", ambiguity="Q20")
    await works(server, device)


@testcase(
    "SSEC-RES-02",
    verifies=["SEC-001"],
    clause="LwM2M Transport 1.1.1 §5.2.5",
    applies="server",
    security=SECURITY,
)
async def test_a_session_goes_on_with_its_identity(server: Server) -> None:
    """Over an association that was resumed, or made anew, nobody registers under another name; the device
    that the session belongs to does."""
    victim = await server.registered()
    device = await server.registered()
    session = offered(server, device)
    device.dtls.abandon()
    await device.dtls.handshake(session=session)
    answer = await device.register(query=victim.query(lifetime=300))
    answer.expect(name="intruder", code=BAD_REQUEST, tolerated={"code": one_of(UNAUTHORIZED, FORBIDDEN)})
    (await victim.update()).expect(name="victim", code=CHANGED)
    (await device.register()).expect(name="own", code=CREATED)


@testcase(
    "SSEC-RES-03",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 5246 §7.4.1.2",
    applies="server",
    security=SECURITY,
)
async def test_nobody_goes_on_with_the_session_of_another(server: Server) -> None:
    """Whoever saw the session id of another device, which goes in clear, does not become that device by it.

    The handshake may fail or be a full one, with the identity of the one who made it. The association of that
    device should go on, which RFC 5246 §7.2.2 permits and does not demand.
    """
    victim = await server.registered()
    seen = offered(server, victim) or victim.dtls.invented_session()
    intruder = await server.device(connect=False)
    stolen = replace(seen, master_secret=server.context.chance.randbytes(48))
    outcome = await intruder.dtls.attempt(session=stolen, refuse_undecryptable=True)
    if isinstance(outcome, Established):
        server.context.record.judge("stolen.resumed", False, outcome.resumed, what="a resumed session")
        answer = await intruder.register(query=victim.query(lifetime=300))
        answer.expect(name="intruder", code=BAD_REQUEST, tolerated={"code": one_of(UNAUTHORIZED, FORBIDDEN)})
    else:
        server.context.record.note(f"with the session of another device: {outcome}")
    answer = await victim.update()
    answer.expect(name="victim", code=CHANGED, level=Level.SHOULD)
    if answer.code != CHANGED:
        await victim.dtls.handshake(name="victim-again")
        (await victim.register()).expect(name="victim-again", code=CREATED)
    await intruder.dtls.handshake(name="own")
    await works(server, intruder)


@testcase(
    "SSEC-RES-04",
    verifies=["SEC-003"],
    clause="RFC 5246 §7.4.1.2",
    applies="server",
    security=SECURITY,
)
async def test_an_unknown_session_leads_to_a_full_handshake(server: Server) -> None:
    """A device that offers a session which the server does not know is given a full handshake."""
    device = await server.registered()
    session = device.dtls.invented_session()
    device.dtls.abandon()
    handshake = await device.dtls.handshake(session=session)
    handshake.expect(resumed=False)
    await works(server, device)


@testcase(
    "SSEC-RES-05",
    verifies=["SEC-003"],
    clause="RFC 5246 §7.2.2",
    applies="server",
    security=SECURITY,
)
async def test_a_session_ends_with_a_fatal_alert(server: Server) -> None:
    """A session whose association ended by a fatal alert is not resumed; the handshake is a full one.

    Another device registers in between: the server may take in datagrams that come at once in any order.
    """
    device = await server.registered()
    session = offered(server, device)
    device.dtls.peer.association.alert(AlertLevel.FATAL, AlertDescription.INTERNAL_ERROR)
    device.dtls.client.transport.flush(device.dtls.peer)
    device.dtls.abandon()
    await server.registered()
    handshake = await device.dtls.handshake(session=session)
    handshake.expect(resumed=False)
    await works(server, device)


@testcase(
    "SSEC-RES-06",
    verifies=["SEC-003"],
    clause="RFC 7627 §5.3",
    applies="server",
    security=SECURITY,
)
async def test_a_session_does_not_lose_its_extended_master_secret(server: Server) -> None:
    """A session with an extended master secret is not resumed by a hello that does without; a full handshake
    works afterwards."""
    device = await server.registered()
    session = offered(server, device)
    device.dtls.abandon()
    if session is not None and session.extended_master_secret:
        weaker = replace(session, extended_master_secret=False)
        await device.dtls.attempt(session=weaker, extended_master_secret=False)
        fragments = device.dtls.client.received(HandshakeType.SERVER_HELLO)
        hellos = [ServerHello.parse(each.data) for each in fragments]
        agreed = len({each.random for each in hellos if each.session_id == session.id}) > 1
        server.context.record.judge("resumption.agreed", False, agreed, what="a resumed session")
    await device.dtls.handshake()
    await works(server, device)


def offered(server: Server, device: TesterDevice) -> Session | None:
    """The session of a device; None, with a note, where the server gave it no id."""
    session = device.dtls.session
    if session is None:
        server.context.record.note(NONE_GIVEN)
    return session
