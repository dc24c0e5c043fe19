"""Whoever knows the pre-shared key reads along, and takes no part."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from conformance.dtls.credentials import Psk, PskStore
from conformance.dtls.eavesdropper import Eavesdropper, Overheard
from conformance.dtls.errors import DtlsError
from conformance.dtls.records import ContentType
from conformance.dtls.session import SessionCache
from conformance.dtls.suites import SUITES, CipherSuite, KeyExchange, suite
from tests.dtls.link import DELAY, Disturbance, Link, connect, losing, unreliable
from tests.dtls.modes import CBC, CCM_8, PSK, Mode, psk, raw_public_key

PLAIN = [each for each in SUITES.values() if each.key_exchange is KeyExchange.PSK]
SPOKEN = [b"from the client", b"from the server", b"and again", b""]


def knowing(*psks: Psk) -> Eavesdropper:
    return Eavesdropper(PskStore(psks or (PSK,)))


def talk(link: Link) -> None:
    link.handshake()
    link.calm()
    for number, said in enumerate(SPOKEN):
        link.say(link.server if number % 2 else link.client, said)


def heard(link: Link, by: Eavesdropper, path: object = None, start: int = 0) -> list[Overheard]:
    """What somebody in the middle makes of every datagram that was sent, whether it arrived or not."""
    return [
        by.hear(data, "client" if sender is link.client else "server", path)
        for sender, data in link.carried[start:]
    ]


def data_of(overheard: list[Overheard]) -> list[bytes]:
    return [data for each in overheard for data in each.data]


def read_along(mode: Mode, disturb: Disturbance | None = None) -> list[Overheard]:
    link = connect(mode.client, mode.server, disturb)
    talk(link)
    found = heard(link, knowing())
    assert data_of(found) == SPOKEN
    return found


@pytest.mark.parametrize("extended", [True, False])
@pytest.mark.parametrize("cipher", PLAIN, ids=str)
def test_every_suite_is_read(cipher: CipherSuite, extended: bool) -> None:
    found = read_along(psk(cipher).both(extended_master_secret=extended))
    assert not any(each.unread or each.clear for each in found)


@pytest.mark.parametrize("together", [True, False])
def test_cbc_is_read_in_both_orders(together: bool) -> None:
    read_along(psk(CBC).both(encrypt_then_mac=together))


def test_the_secret_is_told_once_as_the_ends_log_it() -> None:
    lines: list[str] = []
    mode = psk()
    link = connect(replace(mode.client, key_log=lines.append), mode.server)
    talk(link)
    assert [line for each in heard(link, knowing()) for line in each.key_log] == lines
    assert len(lines) == 1


@pytest.mark.parametrize(("cookie", "hint"), [(None, None), (None, b"hint"), (b"secret", b"hint")])
def test_what_the_server_adds_is_part_of_the_handshake(cookie: bytes | None, hint: bytes | None) -> None:
    mode = psk()
    read_along(Mode(mode.client, replace(mode.server, cookie_secret=cookie, identity_hint=hint)))


@pytest.mark.parametrize("cipher", PLAIN, ids=str)
@pytest.mark.parametrize(("ours", "theirs"), [(b"", b"12"), (b"1234", b""), (b"1", b"123"), (None, b"1")])
def test_connection_ids_are_read(cipher: CipherSuite, ours: bytes | None, theirs: bytes) -> None:
    mode = psk(cipher)
    read_along(Mode(replace(mode.client, cid=ours), replace(mode.server, cid=theirs)))


def test_a_client_that_moved_is_known_by_its_connection_id() -> None:
    mode, ear = psk(), knowing()
    link = connect(replace(mode.client, cid=b""), replace(mode.server, cid=b"123456"))
    link.handshake()
    heard(link, ear, "before")
    start = len(link.carried)
    link.say(link.client, b"moved")
    assert data_of(heard(link, ear, "after", start)) == [b"moved"]


def test_each_datagram_may_be_lost_behind_the_eavesdropper() -> None:
    mode = psk().both(mtu=160)
    whole = connect(mode.client, mode.server)
    talk(whole)
    for number in range(len(whole.carried) - len(SPOKEN)):
        read_along(mode, losing(number))


@given(seed=st.integers(0, 2**32), extended=st.booleans(), mtu=st.sampled_from([160, 1200]))
@settings(max_examples=60, deadline=None)
def test_a_link_that_loses_doubles_and_delays_hides_nothing(seed: int, extended: bool, mtu: int) -> None:
    read_along(psk().both(mtu=mtu, max_retransmits=30, extended_master_secret=extended), unreliable(seed, 25))


@given(number=st.integers(0, 5), place=st.integers(0, 2**16), cid=st.sampled_from([None, b"", b"1234"]))
@settings(max_examples=120, deadline=None)
def test_a_damaged_message_and_its_original_hide_nothing(number: int, place: int, cid: bytes | None) -> None:
    damaged: dict[int, bytes] = {}

    def disturb(at: int, data: bytes) -> list[tuple[float, bytes]]:
        if at == number:
            bit = place % (8 * len(data))
            data = data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]
            damaged[at] = data
        return [(DELAY, data)]

    lines: list[str] = []
    mode = psk()
    client = replace(mode.client, cid=cid, key_log=lines.append)
    link = connect(client, replace(mode.server, cid=cid), disturb)
    try:
        talk(link)
    except (AssertionError, RuntimeError, DtlsError):
        assume(False)
    masters = {bytes.fromhex(line.split()[1]): bytes.fromhex(line.split()[2]) for line in lines}
    ear, found = Eavesdropper(PskStore(), masters), []
    for at, (sender, data) in enumerate(link.carried):
        for each in (data, damaged[at]) if at in damaged else (data,):
            found.append(ear.hear(each, "client" if sender is link.client else "server"))
    assert data_of(found) == SPOKEN


def test_a_repeated_record_is_heard_once() -> None:
    link, ear = connect(psk().client, psk().server), knowing()
    talk(link)
    heard(link, ear)
    _, last = link.carried[-2]
    assert ear.hear(last, "client") == Overheard()


def test_a_resumed_session_is_read() -> None:
    mode, ear = psk().both(sessions=SessionCache()), knowing()
    first = connect(mode.client, mode.server)
    talk(first)
    heard(first, ear, "first")
    second = connect(replace(mode.client, session=first.client.session), mode.server, seed=2)
    talk(second)
    assert data_of(heard(second, ear, "second")) == SPOKEN
    late = knowing()
    assert data_of(heard(second, late)) == []
    assert late.reason(None) == "a session is resumed whose handshake did not pass here"


def test_an_old_association_is_read_until_the_new_one_stands() -> None:
    mode, ear = psk(), knowing()
    old, new = connect(mode.client, mode.server), connect(mode.client, mode.server, seed=2)
    talk(old)
    heard(old, ear)
    new.handshake()
    hello, *further = new.carried
    ear.hear(hello[1], "client")
    start = len(old.carried)
    old.say(old.server, b"meanwhile")
    assert data_of(heard(old, ear, None, start)) == [b"meanwhile"]
    start = len(new.carried)
    for sender, data in further:
        ear.hear(data, "client" if sender is new.client else "server")
    new.say(new.client, b"at last")
    assert data_of(heard(new, ear, None, start)) == [b"at last"]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (psk(suite("TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256")), "only plain PSK can be read along"),
        (raw_public_key(), "only plain PSK can be read along"),
    ],
)
def test_with_an_ephemeral_key_nothing_is_read(mode: Mode, reason: str) -> None:
    link, ear = connect(mode.client, mode.server), knowing()
    talk(link)
    found = heard(link, ear)
    assert data_of(found) == []
    assert reason in ear.reason(None)
    assert reason in found[-1].unread[0]


def test_with_another_key_nothing_is_read() -> None:
    link = connect(psk().client, psk().server)
    talk(link)
    ear = knowing(Psk(PSK.identity, b"another"))
    found = heard(link, ear)
    assert data_of(found) == []
    assert found[-1].unread == ("a record of keys that are not known",)
    ear = knowing(Psk(b"somebody", PSK.key))
    assert data_of(heard(link, ear)) == []
    assert ear.reason(None) == "nobody knows the PSK identity b'urn:dev:1'"


def test_what_is_no_record_and_what_is_in_clear_is_told() -> None:
    link, ear = connect(psk().client, psk().server), knowing()
    talk(link)
    start = len(link.carried)
    link.client.forge(ContentType.APPLICATION_DATA, b"in clear", epoch=0)
    link.run()
    assert [each.clear for each in heard(link, ear, None, start)] == [(b"in clear",)]
    assert ear.hear(b"\x40\x01\x12\x34", "client").unread == ("4 bytes are too few for a record header",)


def test_the_hellos_are_shown() -> None:
    link, ear = connect(psk(CCM_8, CBC).client, psk(CBC).server), knowing()
    talk(link)
    heard(link, ear)
    assert ear.client_hello is not None
    assert ear.server_hello is not None
    assert {CCM_8.number, CBC.number} <= set(ear.client_hello.suites)
    assert ear.server_hello.suite == CBC.number
