"""A session is taken up again by its id, and only as it was (RFC 5246 §7.3, RFC 7627 §5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from conformance.dtls.errors import AlertDescription
from conformance.dtls.events import Established
from conformance.dtls.handshake import ServerHelloDone
from conformance.dtls.session import SessionCache
from tests.dtls.link import Link, connect, losing
from tests.dtls.modes import Mode, psk, raw_public_key, x509


def first_association(mode: Mode) -> Link:
    link = connect(mode.client, mode.server)
    link.handshake()
    return link


def resumed(mode: Mode, link: Link, **changes: object) -> Link:
    client = replace(mode.client, session=link.client.session, **changes)  # type: ignore[arg-type]
    return connect(client, mode.server, seed=2)


@pytest.mark.parametrize("make", [psk, raw_public_key, x509])
def test_a_session_is_resumed(make: Callable[[], Mode]) -> None:
    mode = make().both(sessions=SessionCache())
    first = first_association(mode)
    second = resumed(mode, first)
    ours, theirs = second.handshake()
    assert ours.resumed
    assert theirs.resumed
    assert theirs.peer == first.only(first.server, Established).peer
    assert second.say(second.client, b"data") == [b"data"]
    assert not any(isinstance(each.message, ServerHelloDone) for each in second.client.received_messages)


@pytest.mark.parametrize("number", range(5))
def test_a_session_is_resumed_whatever_is_lost(number: int) -> None:
    mode = psk().both(sessions=SessionCache())
    session = first_association(mode).client.session
    link = connect(replace(mode.client, session=session), mode.server, losing(number))
    assert link.handshake()[0].resumed
    assert link.say(link.server, b"data") == [b"data"]


def test_a_forgotten_session_costs_a_full_handshake() -> None:
    mode = psk().both(sessions=SessionCache())
    link = first_association(mode)
    assert mode.server.sessions is not None
    mode.server.sessions.clear()
    assert not resumed(mode, link).handshake()[0].resumed


def test_a_session_without_extended_master_secret_is_not_extended() -> None:
    mode = psk().both(sessions=SessionCache())
    link = first_association(mode.both(extended_master_secret=False))
    assert not resumed(mode, link).handshake()[0].resumed


def test_an_extended_session_is_never_resumed_without() -> None:
    mode = psk().both(sessions=SessionCache())
    link = resumed(mode, first_association(mode), extended_master_secret=False)
    link.start()
    link.run()
    assert link.failure(link.server).alert is AlertDescription.HANDSHAKE_FAILURE


def test_a_fatal_alert_ends_the_session() -> None:
    mode = psk().both(sessions=SessionCache())
    link = first_association(mode)
    link.client.alert(2, AlertDescription.INTERNAL_ERROR)
    link.run()
    assert link.failure(link.server).by == "peer"
    assert not resumed(mode, link).handshake()[0].resumed
