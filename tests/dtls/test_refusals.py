"""Each thing that an end must not accept is refused with the alert that the RFCs name."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest

from conformance.dtls.authentication import shown_by, verified
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.events import ApplicationData, DiscardReason, Established
from conformance.dtls.extensions import Extension, ExtensionType, read_server_name
from conformance.dtls.handshake import RawMessage
from conformance.dtls.hello import ClientHello, ServerHello
from conformance.dtls.key_exchange import CertificateVerify, EcParameters, ServerKeyExchange
from conformance.dtls.message import HandshakeType, Message
from conformance.dtls.records import DTLS_1_0, ContentType, Plaintext, Record
from conformance.dtls.script import Script
from conformance.dtls.session import Session, SessionCache
from tests.dtls.disturbed import changing, run
from tests.dtls.link import connect
from tests.dtls.modes import CBC, CCM_8, PSK, Mode, psk, raw_public_key, x509

M = TypeVar("M", bound=Message)
A = AlertDescription
X = ExtensionType


def altered(kind: type[M], **changes: object) -> Script:
    """Sends messages of one class with these fields changed."""

    def change(message: Message) -> Message:
        return replace(message, **changes) if isinstance(message, kind) else message  # type: ignore[type-var]

    return changing(kind.type, change)


def extension(number: int, data: str = "") -> tuple[Extension, ...]:
    return (Extension(number, bytes.fromhex(data)),)


LIMITED = psk().both(record_size_limit=600, max_fragment_length=512)
UNWANTED_ANSWERS: dict[str, tuple[Mode, dict[str, object], AlertDescription]] = {
    "a suite that was not offered": (psk(), {"suite": 0xC0AE}, A.ILLEGAL_PARAMETER),
    "DTLS 1.0": (psk(), {"version": DTLS_1_0}, A.PROTOCOL_VERSION),
    "compression": (psk(), {"compression": 1}, A.ILLEGAL_PARAMETER),
    "an extension that was not offered": (
        psk(),
        {"extensions": extension(0xABCD)},
        A.UNSUPPORTED_EXTENSION,
    ),
    "an earlier handshake": (
        psk(),
        {"extensions": extension(X.RENEGOTIATION_INFO, "0178")},
        A.HANDSHAKE_FAILURE,
    ),
    "data in an empty extension": (
        psk(),
        {"extensions": extension(X.EXTENDED_MASTER_SECRET, "78")},
        A.DECODE_ERROR,
    ),
    "another fragment length": (
        LIMITED,
        {"extensions": extension(X.MAX_FRAGMENT_LENGTH, "02")},
        A.ILLEGAL_PARAMETER,
    ),
    "both limits": (
        LIMITED,
        {"extensions": extension(X.MAX_FRAGMENT_LENGTH, "01") + extension(X.RECORD_SIZE_LIMIT, "0400")},
        A.ILLEGAL_PARAMETER,
    ),
    "a limit below 64": (
        LIMITED,
        {"extensions": extension(X.RECORD_SIZE_LIMIT, "003f")},
        A.ILLEGAL_PARAMETER,
    ),
    "encrypt-then-MAC for AEAD": (
        psk(CBC, CCM_8),
        {"extensions": extension(X.ENCRYPT_THEN_MAC), "suite": CCM_8.number},
        A.ILLEGAL_PARAMETER,
    ),
    "signature algorithms": (
        x509(),
        {"extensions": extension(X.SIGNATURE_ALGORITHMS, "00020403")},
        A.ILLEGAL_PARAMETER,
    ),
    "compressed points only": (
        x509(),
        {"extensions": extension(X.EC_POINT_FORMATS, "0101")},
        A.ILLEGAL_PARAMETER,
    ),
    "a certificate type that was not offered": (
        raw_public_key(),
        {"extensions": extension(X.SERVER_CERTIFICATE_TYPE, "00")},
        A.ILLEGAL_PARAMETER,
    ),
}


@pytest.mark.parametrize("name", UNWANTED_ANSWERS)
def test_an_answer_that_was_not_asked_for(name: str) -> None:
    mode, changes, alert = UNWANTED_ANSWERS[name]
    link = run(mode, server=altered(ServerHello, **changes))
    assert (link.failure(link.client).by, link.failure(link.client).alert) == ("us", alert)
    assert (link.failure(link.server).by, link.failure(link.server).alert) == ("peer", alert)


UNWANTED_OFFERS: dict[str, tuple[Mode, dict[str, object], AlertDescription]] = {
    "DTLS 1.0": (psk(), {"version": DTLS_1_0}, A.PROTOCOL_VERSION),
    "compression alone": (psk(), {"compressions": (1,)}, A.ILLEGAL_PARAMETER),
    "a fragment length that does not exist": (
        psk(),
        {"extensions": extension(X.MAX_FRAGMENT_LENGTH, "05")},
        A.ILLEGAL_PARAMETER,
    ),
    "a limit below 64": (
        LIMITED,
        {"extensions": extension(X.RECORD_SIZE_LIMIT, "0001")},
        A.ILLEGAL_PARAMETER,
    ),
    "an earlier handshake": (
        psk(),
        {"extensions": extension(X.RENEGOTIATION_INFO, "0178")},
        A.HANDSHAKE_FAILURE,
    ),
    "no suite that is known": (psk(), {"suites": (0x0001, 0x00FF)}, A.HANDSHAKE_FAILURE),
    "a Connection ID that is cut short": (
        psk().both(cid=b"1"),
        {"extensions": extension(X.CONNECTION_ID, "0501")},
        A.DECODE_ERROR,
    ),
    "a client certificate of an unknown type": (
        x509(),
        {"extensions": extension(X.CLIENT_CERTIFICATE_TYPE, "0107")},
        A.UNSUPPORTED_CERTIFICATE,
    ),
}


@pytest.mark.parametrize("name", UNWANTED_OFFERS)
def test_an_offer_that_cannot_be_taken(name: str) -> None:
    mode, changes, alert = UNWANTED_OFFERS[name]
    link = run(mode, client=altered(ClientHello, **changes))
    assert (link.failure(link.server).by, link.failure(link.server).alert) == ("us", alert)


def test_a_server_without_keys_cannot_use_them() -> None:
    link = run(Mode(psk().client, replace(psk().server, psk_store=None)))
    assert link.failure(link.server).alert is A.HANDSHAKE_FAILURE


def test_a_client_without_key_cannot_go_on() -> None:
    link = run(Mode(replace(psk().client, credentials=()), psk().server))
    assert link.failure(link.client).alert is A.HANDSHAKE_FAILURE


@pytest.mark.parametrize("mode", [raw_public_key(), x509()], ids=["rpk", "x509"])
def test_only_the_kind_of_credential_that_is_let_in(mode: Mode) -> None:
    unwilling = replace(mode.client, public_keys=None, certificates=None)
    with pytest.raises(DtlsError, match="are let in") as caught:
        verified(unwilling, shown_by(mode.server.signers[0]), "server")
    assert caught.value.alert is A.UNSUPPORTED_CERTIFICATE


def signed_with(message: Message, algorithm: int) -> Message:
    assert isinstance(message, CertificateVerify | ServerKeyExchange)
    assert message.signature is not None
    return replace(message, signature=replace(message.signature, algorithm=algorithm))


def test_a_signature_algorithm_that_was_not_offered() -> None:
    sha1 = 0x0203
    script = changing(HandshakeType.SERVER_KEY_EXCHANGE, lambda message: signed_with(message, sha1))
    link = run(x509(), server=script)
    assert link.failure(link.client).alert is A.ILLEGAL_PARAMETER
    script = changing(HandshakeType.CERTIFICATE_VERIFY, lambda message: signed_with(message, sha1))
    link = run(x509(), client=script)
    assert link.failure(link.server).alert is A.ILLEGAL_PARAMETER


def test_a_curve_that_was_not_offered() -> None:
    link = run(x509(), server=altered(ServerKeyExchange, parameters=EcParameters(29, bytes(32))))
    assert link.failure(link.client).alert is A.ILLEGAL_PARAMETER


def test_a_request_for_signatures_that_we_cannot_make() -> None:
    def rsa(message: Message) -> Message:
        return RawMessage(message.type, bytes.fromhex("0101000204010000"))

    link = run(x509(), server=changing(HandshakeType.CERTIFICATE_REQUEST, rsa))
    assert link.failure(link.client).alert is A.HANDSHAKE_FAILURE


@pytest.mark.parametrize(
    ("content_type", "data", "reason"),
    [
        (ContentType.HANDSHAKE, b"", DiscardReason.MALFORMED),
        (ContentType.ALERT, b"\x02", DiscardReason.MALFORMED),
        (ContentType.ALERT, b"\x03\x28", DiscardReason.MALFORMED),
        (ContentType.CHANGE_CIPHER_SPEC, b"\x02", DiscardReason.MALFORMED),
        (ContentType.APPLICATION_DATA, b"data", DiscardReason.NOT_PROTECTED),
        (24, b"heartbeat", DiscardReason.UNKNOWN_TYPE),
    ],
)
def test_nonsense_in_clear_is_dropped(content_type: int, data: bytes, reason: DiscardReason) -> None:
    link = connect(psk().client, psk().server)
    link.start()
    for end in (link.client, link.server):
        link.deliver(bytes(Record(content_type, 0, 77, data)), end)
        assert [each.reason for each in link.discarded(end)] == [reason]
    link.run()
    assert link.only(link.client, Established)


def test_data_before_finished_waits_for_it() -> None:
    link = connect(psk().client, psk().server)

    def early(plaintext: Plaintext) -> list[Plaintext]:
        if plaintext.content_type != ContentType.HANDSHAKE or plaintext.epoch == 0:
            return [plaintext]
        ahead = replace(plaintext, content_type=ContentType.APPLICATION_DATA, data=b"early", sequence=50)
        return [ahead, plaintext]

    link = connect(psk().client, psk().server, client_script=Script(plaintext=early))
    link.start()
    link.run()
    assert [type(each) for each in link.events[link.server]][-2:] == [Established, ApplicationData]


def test_a_connection_id_record_without_content_type() -> None:
    link = connect(replace(psk().client, cid=b""), replace(psk().server, cid=b"12"))
    link.handshake()
    link.client.forge(0, b"\0\0\0")
    link.run()
    assert link.failure(link.server).alert is A.UNEXPECTED_MESSAGE


def test_a_session_is_resumed_as_it_was_or_not_at_all() -> None:
    mode = psk(CCM_8, CBC).both(sessions=SessionCache())
    first = connect(mode.client, mode.server)
    first.handshake()
    client = replace(mode.client, session=first.client.session)
    for changes in ({"suite": CBC.number}, {"extensions": ()}):
        link = connect(client, mode.server, server_script=altered(ServerHello, **changes), seed=2)
        link.start()
        link.run()
        assert link.failure(link.client).by == "us"
        assert not link.of(link.client, Established)


def test_there_is_no_session_before_the_handshake_and_none_without_id() -> None:
    link = connect(psk().client, psk().server)
    assert link.client.session is None
    with pytest.raises(RuntimeError, match="phase handshake"):
        link.client.send(b"data", 0.0)
    with pytest.raises(RuntimeError, match="before the key exchange"):
        link.client.export(b"label", None, 8)
    link.handshake()
    assert link.client.session is None


def test_old_sessions_make_room() -> None:
    cache = SessionCache(capacity=2)
    link = connect(psk().client, psk().server)
    peer = link.handshake()[0].peer
    for number in range(3):
        cache.add(Session(bytes([number]), CCM_8, bytes(48), True, peer))
    assert [session.id for session in cache] == [b"\x01", b"\x02"]
    assert len(cache) == 2


def test_the_server_learns_the_name_that_it_is_called_by() -> None:
    link = connect(replace(psk().client, server_name="lwm2m.example"), psk().server)
    link.handshake()
    hello = link.server.received_messages[0].message
    assert isinstance(hello, ClientHello)
    data = hello.extension(X.SERVER_NAME)
    assert data is not None
    assert read_server_name(data) == "lwm2m.example"
    assert link.only(link.server, Established).peer.psk_identity == PSK.identity
