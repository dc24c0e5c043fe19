"""A script changes what an end sends, and the other end takes it as the RFCs say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dtls.client import MAXIMUM_COOKIES
from conformance.dtls.errors import AlertDescription
from conformance.dtls.events import (
    AlertReceived,
    ApplicationData,
    DiscardReason,
    Established,
    Failed,
    RenegotiationRefused,
)
from conformance.dtls.extensions import Extension
from conformance.dtls.flights import ChangeCipherSpec, FlightItem
from conformance.dtls.handshake import Finished, RawMessage
from conformance.dtls.hello import ClientHello, HelloRequest, HelloVerifyRequest
from conformance.dtls.key_exchange import CertificateVerify, ClientKeyExchange, ServerKeyExchange
from conformance.dtls.message import Fragment, HandshakeType, Message
from conformance.dtls.records import DTLS_1_0, ContentType, Plaintext, Record
from conformance.dtls.script import OutgoingMessage, Script
from tests.dtls.disturbed import changing, run
from tests.dtls.link import DELAY, Link, connect
from tests.dtls.modes import Mode, psk, raw_public_key, x509


def with_extension(hello: Message) -> Message:
    assert isinstance(hello, ClientHello)
    return replace(hello, extensions=(*hello.extensions, Extension(0xABCD, b"unknown")))


def test_a_handshake_goes_on_over_a_changed_message() -> None:
    link = run(psk(), client=changing(HandshakeType.CLIENT_HELLO, with_extension))
    assert link.only(link.client, Established)
    hello = link.server.received_messages[-3].message
    assert isinstance(hello, ClientHello)
    assert hello.extensions[-1] == Extension(0xABCD, b"unknown")


def test_a_changed_random_is_the_one_that_counts() -> None:
    script = changing(
        HandshakeType.CLIENT_HELLO,
        lambda hello: replace(hello, random=bytes(32)) if isinstance(hello, ClientHello) else hello,
    )
    link = run(psk(), client=script)
    assert link.server.client_random == bytes(32)
    assert link.say(link.client, b"data") == [b"data"]


@pytest.mark.parametrize(
    ("mode", "type", "expected"),
    [
        (x509(), HandshakeType.CERTIFICATE_VERIFY, AlertDescription.UNEXPECTED_MESSAGE),
        (x509(), HandshakeType.CERTIFICATE, AlertDescription.UNEXPECTED_MESSAGE),
        (psk(), HandshakeType.CLIENT_KEY_EXCHANGE, None),
    ],
)
def test_a_client_that_leaves_a_message_out_never_gets_through(
    mode: Mode, type: int, expected: AlertDescription | None
) -> None:
    link = run(mode, client=changing(type, lambda _message: None))
    assert link.failure(link.server if expected else link.client).alert is expected
    assert not link.of(link.server, Established)


@pytest.mark.parametrize("type", [HandshakeType.CERTIFICATE, HandshakeType.SERVER_KEY_EXCHANGE])
def test_a_server_that_leaves_a_message_out_is_refused(type: int) -> None:
    link = run(x509(), server=changing(type, lambda _message: None))
    assert link.failure(link.client).alert is AlertDescription.UNEXPECTED_MESSAGE


def test_a_wrong_finished_is_refused() -> None:
    wrong = changing(HandshakeType.FINISHED, lambda _message: Finished(bytes(12)))
    link = run(psk(), client=wrong)
    assert link.failure(link.server).alert is AlertDescription.DECRYPT_ERROR
    link = run(psk(), server=wrong)
    assert link.failure(link.client).alert is AlertDescription.DECRYPT_ERROR


def test_a_wrong_signature_is_refused() -> None:
    def client(message: Message) -> Message:
        assert isinstance(message, CertificateVerify)
        return replace(message, signature=replace(message.signature, value=bytes(70)))

    def server(message: Message) -> Message:
        assert isinstance(message, ServerKeyExchange)
        assert message.signature is not None
        return replace(message, signature=replace(message.signature, value=message.signature.value[:-1]))

    link = run(x509(), client=changing(HandshakeType.CERTIFICATE_VERIFY, client))
    assert link.failure(link.server).alert is AlertDescription.DECRYPT_ERROR
    link = run(raw_public_key(), server=changing(HandshakeType.SERVER_KEY_EXCHANGE, server))
    assert link.failure(link.client).alert is AlertDescription.DECRYPT_ERROR


def test_a_point_off_the_curve_is_refused() -> None:
    def client(message: Message) -> Message:
        assert isinstance(message, ClientKeyExchange)
        assert message.point is not None
        return replace(message, point=message.point[:-1] + bytes([message.point[-1] ^ 1]))

    link = run(x509(), client=changing(HandshakeType.CLIENT_KEY_EXCHANGE, client))
    assert link.failure(link.server).alert is AlertDescription.ILLEGAL_PARAMETER


def test_a_message_that_cannot_be_read_is_refused() -> None:
    link = run(psk(), client=changing(HandshakeType.CLIENT_HELLO, lambda m: RawMessage(m.type, b"short")))
    assert link.failure(link.server).alert is AlertDescription.DECODE_ERROR


def test_a_first_hello_of_a_high_number_is_dropped() -> None:
    def number(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
        return [replace(outgoing, message_seq=5)]

    link = run(psk(), client=Script(message=number))
    assert not link.client.received_messages
    assert {each.reason for each in link.discarded(link.server)} == {DiscardReason.OUT_OF_PLACE}


def test_a_first_hello_in_epoch_1_is_dropped() -> None:
    def later(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
        return [replace(outgoing, epoch=1)]

    link = run(psk(), client=Script(message=later))
    assert not link.server.received_messages
    assert not link.of(link.server, Failed)


def test_a_server_that_never_takes_its_cookie_is_given_up() -> None:
    client = connect(psk().client, psk().server).client
    client.start(0.0)
    for number in range(MAXIMUM_COOKIES + 1):
        assert not client.ended
        request = handshake(HelloVerifyRequest(b"cookie"), number)
        client.receive(bytes(Record(ContentType.HANDSHAKE, 0, number, request)), 0.0)
    assert client.ended


def test_an_inserted_message_is_out_of_place() -> None:
    def insert(outgoing: OutgoingMessage) -> Iterable[OutgoingMessage]:
        if outgoing.message.type != HandshakeType.SERVER_HELLO_DONE:
            return [outgoing]
        number = outgoing.message_seq
        extra = OutgoingMessage(RawMessage(HandshakeType.NEW_SESSION_TICKET, bytes(6)), number, 0)
        return [extra, replace(outgoing, message_seq=number + 1)]

    link = run(psk(), server=Script(message=insert))
    assert link.failure(link.client).alert is AlertDescription.UNEXPECTED_MESSAGE


def test_a_flight_in_another_order_is_put_right() -> None:
    reverse = Script(flight=reversed)
    link = connect(x509().client, x509().server, client_script=reverse, server_script=reverse)
    link.handshake()
    assert link.say(link.client, b"data") == [b"data"]


def test_doubled_records_do_no_harm() -> None:
    script = Script(record=lambda record: [record, record])
    link = connect(x509().client, x509().server, client_script=script, server_script=script)
    link.handshake()
    assert link.say(link.client, b"data") == [b"data"]
    reasons = {each.reason for each in link.discarded(link.server)}
    assert DiscardReason.REPLAYED in reasons
    assert not link.of(link.server, Failed) + link.of(link.client, Failed)


def test_finished_without_change_of_keys_never_counts() -> None:
    def without_change(items: tuple[FlightItem, ...]) -> list[FlightItem]:
        return [item for item in items if not isinstance(item.content, ChangeCipherSpec)]

    link = run(psk(), client=Script(flight=without_change))
    assert link.failure(link.client).alert is None
    assert not link.of(link.server, Established)


def test_finished_in_clear_is_refused() -> None:
    def in_clear(items: tuple[FlightItem, ...]) -> list[FlightItem]:
        return [replace(item, epoch=0) for item in items if not isinstance(item.content, ChangeCipherSpec)]

    link = run(psk(), client=Script(flight=in_clear))
    assert link.failure(link.server).alert is AlertDescription.UNEXPECTED_MESSAGE


@pytest.fixture
def link() -> Link:
    made = connect(psk().client, psk().server, client_script=Script(), server_script=Script())
    made.handshake()
    return made


def still_works(link: Link) -> bool:
    return link.say(link.client, b"control") == [b"control"] and link.say(link.server, b"too") == [b"too"]


@pytest.mark.parametrize(
    ("forgery", "reason"),
    [
        ({"epoch": 0, "sequence": 100}, DiscardReason.WRONG_EPOCH),
        ({"clear": True}, DiscardReason.BAD_MAC),
        ({"epoch": 2, "sequence": 0, "keys_of": 1}, DiscardReason.WRONG_EPOCH),
        ({"sequence": 0}, DiscardReason.REPLAYED),
        ({"version": DTLS_1_0}, DiscardReason.WRONG_VERSION),
    ],
)
def test_forged_records_are_dropped(link: Link, forgery: dict[str, int], reason: DiscardReason) -> None:
    link.client.forge(ContentType.APPLICATION_DATA, b"forged", **forgery)  # type: ignore[arg-type]
    link.run()
    assert [each.reason for each in link.discarded(link.server)] == [reason]
    assert not link.of(link.server, ApplicationData)
    assert still_works(link)


def test_numbers_may_be_skipped_and_come_late(link: Link) -> None:
    for sequence in (200, 199, 137, 136, 200):
        link.client.forge(ContentType.APPLICATION_DATA, bytes([sequence]), sequence=sequence)
    link.run()
    assert [each.data[0] for each in link.of(link.server, ApplicationData)] == [200, 199, 137]
    assert [each.reason for each in link.discarded(link.server)] == [DiscardReason.REPLAYED] * 2


def test_everything_that_was_sent_may_be_replayed(link: Link) -> None:
    assert still_works(link)
    assert link.client._script is not None
    delivered = len(link.of(link.server, ApplicationData))
    for record in link.client._script.sent:
        link.client.inject(bytes(record))
    link.run()
    assert len(link.of(link.server, ApplicationData)) == delivered
    assert not link.of(link.server, Failed)
    assert still_works(link)


def test_a_change_before_protection_arrives_authentic(link: Link) -> None:
    def shout(plaintext: Plaintext) -> list[Plaintext]:
        return [replace(plaintext, data=plaintext.data.upper())]

    assert link.client._script is not None
    link.client._script.plaintext = shout
    assert link.say(link.client, b"data") == [b"DATA"]


def test_a_change_after_protection_is_dropped(link: Link) -> None:
    def flip(record: Record) -> list[Record]:
        return [replace(record, fragment=record.fragment[:-1] + bytes([record.fragment[-1] ^ 1]))]

    assert link.client._script is not None
    link.client._script.record = flip
    assert link.say(link.client, b"data") == []
    link.client._script.record = None
    assert link.discarded(link.server)[0].reason is DiscardReason.BAD_MAC
    assert still_works(link)


def handshake(message: Message, message_seq: int = 0) -> bytes:
    return bytes(Fragment.whole(message.type, message_seq, message.body()))


def test_renegotiation_is_refused_by_both_ends(link: Link) -> None:
    hello = ClientHello(bytes(32), (0xC0A8,))
    link.client.forge(ContentType.HANDSHAKE, handshake(hello))
    link.server.forge(ContentType.HANDSHAKE, handshake(HelloRequest()))
    link.run()
    assert link.of(link.server, RenegotiationRefused) == [RenegotiationRefused("ClientHello")]
    assert link.of(link.client, RenegotiationRefused) == [RenegotiationRefused("HelloRequest")]
    for end in (link.client, link.server):
        (alert,) = link.of(end, AlertReceived)
        assert alert.description is AlertDescription.NO_RENEGOTIATION
    assert still_works(link)


def test_hello_requests_in_clear_are_dropped(link: Link) -> None:
    link.server.forge(ContentType.HANDSHAKE, handshake(HelloRequest()), epoch=0)
    link.run()
    assert link.discarded(link.client)[0].reason is DiscardReason.WRONG_EPOCH
    assert still_works(link)


def test_an_alert_in_clear_ends_no_association(link: Link) -> None:
    link.client.forge(ContentType.ALERT, b"\x02\x28", epoch=0)
    link.client.forge(ContentType.ALERT, b"\x01\x00", epoch=0)
    link.run()
    assert still_works(link)


@pytest.mark.parametrize(
    ("content_type", "data", "alert"),
    [
        (99, b"data", AlertDescription.UNEXPECTED_MESSAGE),
        (ContentType.ALERT, b"\x01", AlertDescription.DECODE_ERROR),
        (ContentType.HANDSHAKE, b"\x01\x00", AlertDescription.DECODE_ERROR),
        (ContentType.HANDSHAKE, handshake(Finished(bytes(12)), 9), AlertDescription.UNEXPECTED_MESSAGE),
    ],
)
def test_authentic_nonsense_ends_the_association(
    link: Link, content_type: int, data: bytes, alert: AlertDescription
) -> None:
    link.client.forge(content_type, data)
    link.run()
    assert link.failure(link.server).alert is alert
    assert link.failure(link.client).by == "peer"


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 10_000), st.integers(1, 255)), max_size=6),
    st.lists(st.binary(max_size=80), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_no_change_on_the_way_makes_ends_that_disagree(
    changes: list[tuple[int, int, int]], garbage: list[bytes]
) -> None:
    """Flipped bits and garbage may end a handshake; they never end in two different opinions of it."""

    def disturb(number: int, data: bytes) -> list[tuple[float, bytes]]:
        changed = bytearray(data)
        for which, position, mask in changes:
            if which == number:
                changed[position % len(changed)] ^= mask
        return [(DELAY, bytes(changed)), *((2 * DELAY, each) for each in garbage)]

    mode = raw_public_key()
    link = connect(mode.client, mode.server, disturb)
    link.start()
    link.run()
    ours, theirs = link.of(link.client, Established), link.of(link.server, Established)
    if ours and theirs:
        assert ours[0].suite is theirs[0].suite
        assert ours[0].peer.public_key == mode.server.signers[0].public  # type: ignore[union-attr]
        assert link.client.export(b"x", None, 8) == link.server.export(b"x", None, 8)
