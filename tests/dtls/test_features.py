"""What the hellos can agree on: sizes, encrypt-then-MAC, master secrets, curves, credentials."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.dtls.agreement import NamedGroup
from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import PskStore
from conformance.dtls.errors import AlertDescription
from conformance.dtls.events import Established
from conformance.dtls.extensions import ExtensionType
from conformance.dtls.hello import ClientHello
from conformance.dtls.key_exchange import ServerKeyExchange
from conformance.dtls.records import HEADER_LENGTH, ContentType, parse_datagram
from conformance.dtls.signature import SignatureAlgorithm
from conformance.dtls.suites import EMPTY_RENEGOTIATION_INFO_SCSV, suite
from conformance.dtls.trust import ExpectedPublicKeys
from tests.dtls.link import Link, connect
from tests.dtls.modes import CBC, CCM_8, ECDSA_CCM_8, GCM, PSK, psk, raw_public_key, x509


@pytest.mark.parametrize("wanted", [True, False])
def test_encrypt_then_mac_is_for_cbc_and_for_both(wanted: bool) -> None:
    for cipher in (CBC, CCM_8):
        mode = psk(cipher)
        link = connect(mode.client, replace(mode.server, encrypt_then_mac=wanted))
        agreed = link.handshake()[0].encrypt_then_mac
        assert agreed is (wanted and cipher is CBC)
        assert link.say(link.client, b"data") == [b"data"]


def longest_record(link: Link, sender: object) -> int:
    sizes = [
        len(record.fragment)
        for origin, data in link.carried
        if origin is sender
        for record in parse_datagram(data, 0).records
    ]
    return max(sizes)


def test_max_fragment_length_holds_for_both_directions() -> None:
    mode = x509().both(mtu=3000)
    link = connect(replace(mode.client, max_fragment_length=512), mode.server)
    link.handshake()
    assert longest_record(link, link.server) <= 512
    with pytest.raises(ValueError, match="holds 512"):
        link.server.send(bytes(513), link.now)
    assert link.say(link.server, bytes(512)) == [bytes(512)]
    with pytest.raises(ValueError, match="holds 512"):
        link.client.send(bytes(513), link.now)


def test_record_size_limit_is_each_ends_own() -> None:
    mode = psk()
    link = connect(replace(mode.client, record_size_limit=100), replace(mode.server, record_size_limit=300))
    link.handshake()
    with pytest.raises(ValueError, match="holds 100"):
        link.server.send(bytes(101), link.now)
    assert link.say(link.server, bytes(100)) == [bytes(100)]
    assert link.say(link.client, bytes(300)) == [bytes(300)]


def test_record_size_limit_takes_the_place_of_max_fragment_length() -> None:
    mode = psk()
    client = replace(mode.client, record_size_limit=100, max_fragment_length=512)
    link = connect(client, replace(mode.server, record_size_limit=1000))
    link.handshake()
    assert link.say(link.client, bytes(1000)) == [bytes(1000)]


def test_a_record_above_the_limit_ends_the_association() -> None:
    link = connect(replace(psk().client, max_fragment_length=512), psk().server)
    link.handshake()
    link.client.forge(ContentType.APPLICATION_DATA, bytes(513))
    link.run()
    assert link.failure(link.server).alert is AlertDescription.RECORD_OVERFLOW
    assert link.failure(link.client).by == "peer"


@pytest.mark.parametrize("mtu", [128, 200, 500])
def test_every_datagram_fits_the_mtu(mtu: int) -> None:
    mode = x509().both(mtu=mtu)
    link = connect(mode.client, mode.server)
    link.handshake()
    assert max(len(data) for _, data in link.carried) <= mtu
    assert longest_record(link, link.server) > mtu - HEADER_LENGTH - 20


@pytest.mark.parametrize("ours", ["extension", "scsv", None])
def test_renegotiation_indication(ours: str | None) -> None:
    link = connect(replace(psk().client, renegotiation_info=ours), psk().server)  # type: ignore[arg-type]
    link.handshake()
    negotiated = link.client.negotiated
    assert negotiated is not None
    assert negotiated.secure_renegotiation is (ours is not None)
    hello = link.server.received_messages[0].message
    assert isinstance(hello, ClientHello)
    assert (EMPTY_RENEGOTIATION_INFO_SCSV in hello.suites) is (ours == "scsv")
    assert (hello.extension(ExtensionType.RENEGOTIATION_INFO) is not None) is (ours == "extension")


def test_an_end_can_insist_on_the_extended_master_secret() -> None:
    mode = psk()
    for client, server, refusing in (
        (replace(mode.client, require_extended_master_secret=True), mode.server, "client"),
        (mode.client, replace(mode.server, require_extended_master_secret=True), "server"),
    ):
        assert connect(client, server).handshake()[0].extended_master_secret
        plain = {"extended_master_secret": False}
        link = (
            connect(client, replace(server, **plain))  # type: ignore[arg-type]
            if refusing == "client"
            else connect(replace(client, **plain), server)  # type: ignore[arg-type]
        )
        link.start()
        link.run()
        end = link.client if refusing == "client" else link.server
        assert link.failure(end).alert is AlertDescription.HANDSHAKE_FAILURE
        assert link.failure(end).by == "us"


@pytest.mark.parametrize("hint", [None, b"", b"hint"])
def test_an_identity_hint_is_sent_where_there_is_one(hint: bytes | None) -> None:
    link = connect(psk().client, replace(psk().server, identity_hint=hint))
    link.handshake()
    received = [each.message for each in link.client.received_messages]
    hints = [each.identity_hint for each in received if isinstance(each, ServerKeyExchange)]
    assert hints == ([] if hint is None else [hint])


def test_the_server_follows_its_own_order_of_suites() -> None:
    mode = psk(CCM_8, GCM)
    link = connect(replace(mode.client, suites=(GCM, CCM_8)), mode.server)
    assert link.handshake()[0].suite is CCM_8


def test_one_server_takes_keys_and_certificates() -> None:
    certified = x509()
    both = replace(
        certified.server,
        suites=(ECDSA_CCM_8, CCM_8),
        psk_store=PskStore([PSK]),
        public_keys=ExpectedPublicKeys(),
    )
    assert connect(psk().client, both).handshake()[0].suite is CCM_8
    assert connect(certified.client, both).handshake()[1].peer.certificates
    raw = replace(raw_public_key().client, public_keys=None, certificates=certified.client.certificates)
    assert connect(raw, both).handshake()[1].peer.public_key


def test_both_ends_choose_a_curve_that_both_have() -> None:
    both = suite("TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256")
    mode = psk(both)
    link = connect(replace(mode.client, groups=(NamedGroup.SECP384R1,)), mode.server)
    link.handshake()
    link = connect(
        replace(mode.client, groups=(NamedGroup.SECP384R1,)),
        replace(mode.server, groups=(NamedGroup.SECP256R1,)),
    )
    link.start()
    link.run()
    assert link.failure(link.server).alert is AlertDescription.HANDSHAKE_FAILURE


FAILURES: dict[str, tuple[Configuration, Configuration, str, AlertDescription]] = {
    "no suite in common": (
        psk(CCM_8).client,
        psk(GCM).server,
        "server",
        AlertDescription.HANDSHAKE_FAILURE,
    ),
    "a client without certificate": (
        replace(x509().client, credentials=()),
        x509().server,
        "server",
        AlertDescription.HANDSHAKE_FAILURE,
    ),
    "a raw public key that is not let in": (
        raw_public_key().client,
        replace(raw_public_key().server, public_keys=ExpectedPublicKeys.only([])),
        "server",
        AlertDescription.CERTIFICATE_UNKNOWN,
    ),
    "a server whose raw public key is not the right one": (
        replace(raw_public_key().client, public_keys=ExpectedPublicKeys.only([])),
        raw_public_key().server,
        "client",
        AlertDescription.CERTIFICATE_UNKNOWN,
    ),
    "no type of certificate in common": (
        raw_public_key().client,
        x509().server,
        "server",
        AlertDescription.UNSUPPORTED_CERTIFICATE,
    ),
    "no signature algorithm in common": (
        replace(x509().client, signature_algorithms=(SignatureAlgorithm.ECDSA_SHA384,)),
        replace(x509().server, signature_algorithms=(SignatureAlgorithm.ECDSA_SHA256,)),
        "server",
        AlertDescription.HANDSHAKE_FAILURE,
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_cannot_be_agreed_on_fails_with_its_alert(name: str) -> None:
    client, server, refusing, alert = FAILURES[name]
    link = connect(client, server)
    link.start()
    link.run()
    end, other = (link.client, link.server) if refusing == "client" else (link.server, link.client)
    assert (link.failure(end).alert, link.failure(end).by) == (alert, "us")
    assert (link.failure(other).alert, link.failure(other).by) == (alert, "peer")
    assert not link.of(link.client, Established) + link.of(link.server, Established)


def test_a_server_may_do_without_the_clients_certificate() -> None:
    link = connect(replace(x509().client, credentials=()), replace(x509().server, verify_peer=False))
    assert link.handshake()[1].peer.certificates == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"suites": ()},
        {"mtu": 50},
        {"cid": bytes(256)},
        {"max_fragment_length": 1000},
        {"record_size_limit": 63},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        replace(psk().client, **wrong)  # type: ignore[arg-type]


def test_the_key_log_has_one_line_for_both() -> None:
    ours, theirs = list[str](), list[str]()
    link = connect(replace(psk().client, key_log=ours.append), replace(psk().server, key_log=theirs.append))
    link.handshake()
    assert ours == theirs
    assert ours[0].startswith("CLIENT_RANDOM ")
