"""Our client and our server come together with every suite and credential, whatever the link loses."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.dtls.authentication import verified
from conformance.dtls.certificates import Certificate
from conformance.dtls.credentials import Psk, PskStore
from conformance.dtls.errors import AlertDescription, AlertLevel, DtlsError
from conformance.dtls.events import AlertReceived, Closed, Established
from conformance.dtls.records import MAXIMUM_SEQUENCE, ContentType, Record
from tests.dtls.link import connect, each_record_by_itself, losing, unreliable
from tests.dtls.modes import CCM_8, PSK, Mode, modes, psk, raw_public_key, x509

KINDS: dict[str, Callable[[], Mode]] = {"psk": psk, "raw public key": raw_public_key, "x509": x509}


@pytest.mark.parametrize("mode", modes())
def test_every_suite_with_every_credential(mode: Callable[[], Mode]) -> None:
    made = mode()
    link = connect(made.client, made.server)
    ours, theirs = link.handshake()
    assert ours.suite == theirs.suite == made.client.suites[0]
    assert ours.extended_master_secret
    assert theirs.extended_master_secret
    assert link.say(link.client, b"to the server") == [b"to the server"]
    assert link.say(link.server, b"to the client") == [b"to the client"]
    assert link.client.export(b"label", None, 20) == link.server.export(b"label", None, 20)


def test_each_end_learns_who_the_other_is() -> None:
    link = connect(psk().client, psk().server)
    assert link.handshake()[1].peer.psk_identity == PSK.identity
    mode = raw_public_key()
    ours, theirs = connect(mode.client, mode.server).handshake()
    assert ours.peer.public_key == mode.server.signers[0].public  # type: ignore[union-attr]
    assert theirs.peer.public_key == mode.client.signers[0].public  # type: ignore[union-attr]
    mode = x509()
    ours, theirs = connect(mode.client, mode.server).handshake()
    assert ours.peer.certificates == mode.server.signers[0].chain  # type: ignore[union-attr]
    assert theirs.peer.certificates == mode.client.signers[0].chain  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_each_datagram_may_be_lost(kind: str) -> None:
    mode = KINDS[kind]().both(mtu=300)
    whole = connect(mode.client, mode.server)
    whole.handshake()
    for number in range(len(whole.carried)):
        link = connect(mode.client, mode.server, losing(number))
        ours, theirs = link.handshake()
        assert ours.retransmits + theirs.retransmits, f"nothing was repeated for datagram {number}"
        assert link.say(link.client, b"data") == [b"data"]
        assert link.say(link.server, b"data") == [b"data"]


@given(seed=st.integers(0, 2**32), kind=st.sampled_from(sorted(KINDS)))
@settings(max_examples=60, deadline=None)
def test_any_link_that_recovers_lets_them_come_together(seed: int, kind: str) -> None:
    mode = KINDS[kind]().both(mtu=400, max_retransmits=30)
    link = connect(mode.client, mode.server, unreliable(seed, 25), seed=seed)
    link.handshake()
    link.calm()
    assert link.say(link.client, b"data") == [b"data"]
    assert link.say(link.server, b"data") == [b"data"]


def test_a_client_without_an_answer_gives_up() -> None:
    link = connect(psk().client, psk().server, lambda _number, _data: [])
    link.start()
    link.run()
    failure = link.failure(link.client)
    assert failure.by == "us"
    assert failure.alert is None
    assert "ClientHello" in failure.reason
    assert link.now == 1 + 2 + 4 + 8 + 16 + 32 + 60


def test_close_notify_is_answered() -> None:
    link = connect(psk().client, psk().server)
    link.handshake()
    link.client.close(link.now)
    link.run()
    assert link.only(link.client, Closed).by == "us"
    assert link.only(link.server, Closed).by == "peer"


def test_an_end_can_wait_for_the_answer_to_its_close_notify() -> None:
    link = connect(psk().client, psk().server)
    link.handshake()
    link.client.alert(AlertLevel.WARNING, AlertDescription.CLOSE_NOTIFY)
    link.run()
    for end in (link.client, link.server):
        (alert,) = link.of(end, AlertReceived)
        assert alert.description is AlertDescription.CLOSE_NOTIFY
    assert link.only(link.client, Closed).by == "us"
    assert link.only(link.server, Closed).by == "peer"


def test_an_unknown_identity_is_told_so() -> None:
    server = psk().server
    link = connect(psk().both(credentials=(Psk(b"nobody", PSK.key),)).client, server)
    link.start()
    link.run()
    assert link.failure(link.server).alert is AlertDescription.UNKNOWN_PSK_IDENTITY
    assert link.failure(link.client).by == "peer"


@pytest.mark.parametrize("told", [False, True])
def test_a_wrong_key_never_makes_an_association(told: bool) -> None:
    mode = psk().both(refuse_undecryptable=told)
    other = PskStore([Psk(PSK.identity, bytes(16))])
    link = connect(mode.client, mode.both(psk_store=other).server)
    link.start()
    link.run()
    assert not link.of(link.server, Established)
    assert not link.of(link.client, Established)
    if told:
        assert link.failure(link.server).alert is AlertDescription.DECRYPT_ERROR
    else:
        assert link.failure(link.client).alert is None
        assert any(each.reason.value == "not authentic" for each in link.discarded(link.server))


def test_the_same_seed_gives_the_same_datagrams() -> None:
    links = [connect(x509().client, x509().server) for _ in range(2)]
    for link in links:
        link.handshake()
    assert [data for _, data in links[0].carried] == [data for _, data in links[1].carried]
    assert links[0].only(links[0].client, Established).suite is not CCM_8


def test_one_forged_number_in_clear_locks_nobody_out() -> None:
    link = connect(x509().client, x509().server)
    link.start()
    forged = bytes(Record(ContentType.ALERT, 0, MAXIMUM_SEQUENCE, b"\x01\x5a"))
    link.deliver(forged, link.client)
    link.deliver(forged, link.server)
    link.run()
    assert link.only(link.client, Established)
    assert link.say(link.server, b"data") == [b"data"]


@given(der=st.binary(max_size=200), position=st.integers(0, 400), value=st.binary(min_size=1, max_size=3))
@settings(max_examples=80, deadline=None)
def test_a_certificate_that_cannot_be_read_is_refused_with_an_alert(
    der: bytes, position: int, value: bytes
) -> None:
    whole = x509().server.signers[0].chain  # type: ignore[union-attr]
    bent = whole[0][:position] + value + whole[0][position + len(value) :]
    for chain in ((der,), (bent, *whole[1:]), (whole[0], bent)):
        with contextlib.suppress(DtlsError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            verified(x509().client, Certificate(chain), "server")


def test_finished_may_come_before_what_it_follows() -> None:
    mode = raw_public_key()
    link = connect(mode.client, mode.server, each_record_by_itself(late={2}))
    ours, theirs = link.handshake()
    assert ours.retransmits == theirs.retransmits == 0
    assert link.say(link.client, b"data") == [b"data"]
