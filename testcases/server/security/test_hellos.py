"""How a server takes the first messages of a handshake, right and wrong ones (RFC 6347 §4.2)."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from conformance.dtls.events import Established
from conformance.dtls.extensions import ExtensionType, short_bytes
from conformance.dtls.flights import ChangeCipherSpec, FlightItem
from conformance.dtls.handshake import Finished
from conformance.dtls.hello import ClientHello
from conformance.dtls.message import Fragment, HandshakeType, read_fragments
from conformance.dtls.records import DTLS_1_0, ContentType, Record, parse_datagram
from conformance.dtls.script import OutgoingMessage, Script
from conformance.messages.codes import CHANGED, CREATED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.testcase import SECURITY, testcase, vary
from conformance.verdicts import Level
from testcases.server.security.test_handshake import (
    fragment_of,
    hellos_among,
    is_hello,
    works,
)

PIECE = 20
"""Octets of a handshake message in one of the pieces."""
SHIFT = 20
"""By how much a first ClientHello is numbered too high: a server that keeps it does not come to it in the
handshake that follows."""


@testcase(
    "SSEC-HS-06",
    verifies=["SEC-003", "SEC-004"],
    clause="RFC 6347 §4.1",
    applies="server",
    security=SECURITY,
)
async def test_a_hello_of_a_later_epoch_begins_nothing(server: Server) -> None:
    """A ClientHello in clear that says to be of epoch 1 should end no live association; where there is
    none it should be dropped, and a right handshake can follow."""
    script = Script()
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await device.registered()
    later = replace(first_hello(script), epoch=1, sequence=50)
    device.dtls.client.transport.inject(bytes(later), device.server_address)
    answer = await device.update()
    answer.expect(name="live", code=CHANGED, level=Level.SHOULD)
    if answer.code != CHANGED:
        await device.dtls.handshake(name="another")
        (await device.register()).expect(name="again", code=CREATED)
    stranger = await server.device(connect=False)
    stranger.dtls.client.transport.inject(bytes(later), stranger.server_address)
    (await device.update()).expect(name="passed", code=CHANGED)
    unanswered(server, stranger)
    await stranger.dtls.handshake()
    await works(server, stranger)


@testcase(
    "SSEC-HS-07",
    verifies=["SEC-003"],
    clause="RFC 6347 §4.2.2",
    applies="server",
    security=SECURITY,
)
async def test_a_first_hello_has_the_number_zero(server: Server) -> None:
    """A first ClientHello with a message_seq above 0 should be kept or dropped, and a right handshake can
    follow."""
    device = await server.device(connect=False)

    def numbered(message: OutgoingMessage) -> Iterable[OutgoingMessage]:
        first = isinstance(message.message, ClientHello) and not message.message.cookie
        return [replace(message, message_seq=message.message_seq + SHIFT) if first else message]

    outcome = await device.dtls.attempt(script=Script(message=numbered), within=server.ixit.quiet_time)
    server.context.record.note(f"a first ClientHello with message_seq {SHIFT}: {outcome}")
    unanswered(server, device)
    await device.dtls.handshake()
    await works(server, device)


@testcase(
    "SSEC-HS-08",
    verifies=["SEC-003"],
    clause="RFC 6347 §4.2.3",
    applies="server",
    security=SECURITY,
)
@vary(pieces=["hello", "hello-with-cookie", "last-flight"])
async def test_messages_may_come_in_pieces(server: Server, pieces: str) -> None:
    """Handshake messages in pieces, each in a datagram of its own, are put together.

    A server that keeps nothing before the cookie cannot do so with a ClientHello: there it is a warning.
    """
    device = await server.device(connect=False)
    apart(device)
    limit = server.ixit.reaction_time
    if pieces == "last-flight":
        await device.dtls.handshake(script=Script(flight=in_pieces(pieces)), within=limit)
    else:
        outcome = await device.dtls.attempt(script=Script(flight=in_pieces(pieces)), within=limit)
        done = isinstance(outcome, Established)
        server.context.record.judge(
            "pieces.complete", True, done, level=Level.SHOULD, what="complete", actual=str(outcome)
        )
        await device.dtls.handshake()
    device.dtls.client.transport.losing = None
    await works(server, device)


@testcase(
    "SSEC-HS-09",
    verifies=["SEC-003"],
    clause="RFC 6347 §4.2.1",
    applies="server",
    security=SECURITY,
)
async def test_a_cookie_is_good_for_one_address(server: Server) -> None:
    """A server should ask for a cookie, and not take it from another address than it was given to."""
    recorded = Script()
    device = await server.device(connect=False)
    await device.dtls.connected(script=recorded)
    hello = [each for each in recorded.sent if not each.epoch and is_hello(each)][-1]
    cookie = ClientHello.parse(read_fragments(hello.fragment)[0].data).cookie
    server.context.record.judge("cookie.asked", True, bool(cookie), level=Level.SHOULD, what="a cookie")
    elsewhere = await server.device(connect=False)
    elsewhere.dtls.client.transport.inject(bytes(hello), elsewhere.server_address)
    await device.registered()
    hellos = len(elsewhere.dtls.client.received(HandshakeType.SERVER_HELLO))
    if cookie:
        server.context.record.judge("cookie.taken", 0, hellos, level=Level.SHOULD, what="ServerHellos for it")
    await works(server, device, registered=True)


@testcase(
    "SSEC-HS-10",
    verifies=["SEC-003", "SEC-002"],
    clause="RFC 6655 §4",
    applies="server",
    security=SECURITY,
)
async def test_dtls_1_0_is_not_agreed_on(server: Server) -> None:
    """A device that offers DTLS 1.0 only, with suites that need 1.2, finds no server."""
    device = await server.device(connect=False)

    def older(message: OutgoingMessage) -> Iterable[OutgoingMessage]:
        hello = message.message
        if not isinstance(hello, ClientHello):
            return [message]
        return [replace(message, message=replace(hello, version=DTLS_1_0))]

    await device.dtls.refused(script=Script(message=older))
    agreed = [each.data[:2].hex() for each in device.dtls.client.received(HandshakeType.SERVER_HELLO)]
    server.context.record.judge("version.agreed", [], agreed, what="no ServerHello, not")
    await device.dtls.handshake()
    await works(server, device)


@testcase(
    "SSEC-HS-11",
    verifies=["SEC-003"],
    clause="RFC 7925 §17",
    applies="server",
    security=SECURITY,
)
async def test_renegotiation_is_switched_off(server: Server) -> None:
    """A ClientHello within an association, even one that proves to know it, should be met with no hello."""
    script, proofs = Script(), []

    def proof(message: OutgoingMessage) -> Iterable[OutgoingMessage]:
        if isinstance(message.message, Finished):
            proofs.append(message.message.verify_data)
        return [message]

    script.message = proof
    device = await server.device(connect=False)
    await device.dtls.connected(script=script)
    await device.registered()
    hello = ClientHello.parse(read_fragments(first_hello(script).fragment)[0].data)
    others = (each for each in hello.extensions if each.type != ExtensionType.RENEGOTIATION_INFO)
    known = short_bytes(ExtensionType.RENEGOTIATION_INFO, proofs[-1])
    random = server.context.chance.randbytes(32)
    again = replace(hello, random=random, cookie=b"", extensions=(*others, known))
    before = len(device.dtls.client.happened)
    device.dtls.peer.association.forge(ContentType.HANDSHAKE, bytes(fragment_of(again, 0)))
    device.dtls.client.transport.flush(device.dtls.peer)
    answer = await device.update()
    said = [each.event for each in device.dtls.client.happened[before:]]
    hellos = hellos_among(said)
    server.context.record.judge(
        "renegotiation.hellos", [], hellos, level=Level.SHOULD, what="no hello of the server, not"
    )
    if answer.code != CHANGED:
        server.context.record.note(f"the server ended the association: {said}")
        await device.dtls.handshake()
        (await device.register()).expect(name="again", code=CREATED)
    await works(server, device, registered=True)


def first_hello(script: Script) -> Record:
    return next(each for each in script.sent if not each.epoch and is_hello(each))


def unanswered(server: Server, device: TesterDevice) -> None:
    """Judge that no hello of the device was answered, nor a cookie asked for."""
    kinds = (HandshakeType.HELLO_VERIFY_REQUEST, HandshakeType.SERVER_HELLO)
    answers = [each.name for kind in kinds for each in device.dtls.client.received(kind)]
    server.context.record.judge("hello.answers", [], answers, level=Level.SHOULD, what="no answer, not")


def apart(device: TesterDevice) -> None:
    """Send each record of the device in a datagram of its own."""
    transport = device.dtls.client.transport

    def send(direction: str, datagram: bytes) -> bool:
        if direction == "out":
            for record in parse_datagram(datagram).records:
                transport.inject(bytes(record), device.server_address)
        return direction == "out"

    transport.losing = send


def in_pieces(which: str) -> Callable[[tuple[FlightItem, ...]], Iterable[FlightItem]]:
    """Cuts the messages of one flight, in the ClientHello without or with a cookie, or in the last."""

    def hook(items: tuple[FlightItem, ...]) -> Iterable[FlightItem]:
        return [piece for item in items for piece in cut(item)]

    def cut(item: FlightItem) -> list[FlightItem]:
        message = item.content
        if isinstance(message, ChangeCipherSpec) or kind_of(message) != which:
            return [item]
        return [FlightItem(piece, item.epoch) for piece in message.split(PIECE)]

    def kind_of(message: Fragment) -> str:
        if message.type != HandshakeType.CLIENT_HELLO:
            return "last-flight"
        return "hello-with-cookie" if ClientHello.parse(message.data).cookie else "hello"

    return hook
