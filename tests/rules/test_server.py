"""Rules of servers and bootstrap servers: what breaks them, and what a right peer may do."""

import pytest

from conformance.rules import rules_of
from tests.rules.conversation import BLOCK1, Line, conversation, message, path

ROOTED = b'</oma>;rt="oma.lwm2m";ct="110",</oma/3/0>'


def found(rule: str, *lines: Line, role: str = "server") -> list[int]:
    """The frames in which the rule was broken."""
    (judged,) = [one for one in rules_of(role) if one.id == rule]
    return [finding.frame for finding in judged.find(conversation(*lines))]


def register(payload: bytes = b"</3/0>", time: float = 0.0, mid: int = 1) -> Line:
    options = path("/rd")
    return message(
        "out", "CON", "0.02", mid, "aa", options=options, payload=payload, operation="Register", time=time
    )


def registered(code: str = "2.01") -> Line:
    return message("in", "ACK", code, 1, "aa", operation="Register")


def block(number: int, more: bool, code: str, token: str = "aa") -> tuple[Line, Line]:
    """A block of a Register, and the answer to it."""
    place, mid = (BLOCK1, number << 4 | more << 3 | 2), 20 + number
    options = [*path("/rd"), place]
    sent = message("out", "CON", "0.02", mid, token, options=options, payload=b"</3/0>", operation="Register")
    return sent, message("in", "ACK", code, mid, token, options=[place], operation="Register")


def deregistered(time: float = 1.0) -> tuple[Line, Line]:
    gone = message("out", "CON", "0.04", 2, "ab", options=path("/rd/1"), operation="Deregister", time=time)
    return gone, message("in", "ACK", "2.02", 2, "ab", operation="Deregister", time=time)


def asks(
    where: str = "/3/0",
    kind: str = "CON",
    code: str = "0.01",
    time: float = 0.5,
    token: str = "bb",
    mid: int = 7,
) -> Line:
    return message("in", kind, code, mid, token, options=path(where), operation="Read", time=time)


def answered(token: str = "bb", mid: int = 7, observe: bool = False) -> Line:
    options = [(6, 10)] if observe else []
    return message("out", "ACK", "2.05", mid, token, options=options, operation="Read", time=0.5)


CONFIRMABLE = "rule.server.confirmable"
REGISTERED = "rule.server.registered-devices-only"
BELOW = "rule.server.below-alternate-path"
TOKEN = "rule.server.token-not-in-use"
SESSION = "rule.bootstrap-server.within-the-session"


@pytest.mark.parametrize("role", ["server", "bootstrap_server"])
def test_operations_are_confirmable(role: str) -> None:
    assert found(CONFIRMABLE, asks(), role=role) == []
    assert found(CONFIRMABLE, asks(kind="NON"), role=role) == [1]
    assert found(CONFIRMABLE, asks("/3/0/4", "NON", "0.02"), role=role) == []
    assert found(CONFIRMABLE, asks("/3311", "NON", "0.02"), role=role) == [1]


@pytest.mark.parametrize(
    ("lines", "frames"),
    [
        ((register(), registered(), asks()), []),
        ((register(), asks(), registered()), []),
        ((asks(),), [1]),
        ((register(), registered("4.03"), asks()), [3]),
        ((register(), registered(), *deregistered(), asks(time=2.0)), []),
        ((register(), registered(), *deregistered(), asks(time=9.0)), [5]),
        ((register(), registered(), *deregistered(), register(time=3.0, mid=9), asks(time=9.0)), []),
        ((*block(0, True, "2.31"), *block(1, False, "2.01"), *block(0, True, "2.31"), asks()), []),
        ((*block(0, True, "2.31"), *block(1, False, "2.01"), *block(0, True, "4.08"), asks()), []),
        ((*block(0, True, "2.31"), *block(1, False, "4.08"), asks()), [5]),
        (
            (*block(0, True, "2.31", "a0"), *block(1, False, "2.31"), *block(0, True, "4.08", "a0"), asks()),
            [],
        ),
        ((register(), registered(), *block(0, True, "4.13", "ac"), asks()), []),
        ((register(), registered(), *deregistered(), *block(0, True, "4.13", "ac"), asks(time=9.0)), [7]),
    ],
    ids=[
        "right",
        "crossing",
        "never",
        "refused",
        "in flight",
        "left",
        "came back",
        "late copy of a block",
        "late copy of a block refused",
        "last block refused",
        "earlier block refused",
        "repeated in vain",
        "left and came back in vain",
    ],
)
def test_nothing_to_strangers(lines: tuple[Line, ...], frames: list[int]) -> None:
    assert found(REGISTERED, *lines) == frames


@pytest.mark.parametrize(
    ("payload", "where", "frames"),
    [
        (b"</3/0>", "/3/0", []),
        (ROOTED, "/oma/3/0", []),
        (ROOTED, "/oma", []),
        (ROOTED, "/3/0", [3]),
        (b'</>;rt="oma.lwm2m",</3/0>', "/3/0", []),
        (b"</3/0>,</oma>;ct=110;rt=oma.lwm2m", "/3/0", [3]),
    ],
)
def test_alternate_path(payload: bytes, where: str, frames: list[int]) -> None:
    assert found(BELOW, register(payload), registered(), asks(where)) == frames


@pytest.mark.parametrize(
    ("lines", "frames"),
    [
        ((asks(), answered(), asks("/4/0", mid=8)), []),
        ((asks(), asks("/4/0", mid=8)), [2]),
        ((asks(), asks("/4/0", token="cc", mid=8)), []),
        ((asks(), asks()), []),
        ((asks(), answered(observe=True), asks("/4/0", mid=8)), [3]),
        ((asks(), answered(observe=True), asks(mid=8)), []),
    ],
    ids=["answered", "waiting", "other", "repeated", "observed", "same path"],
)
def test_tokens(lines: tuple[Line, ...], frames: list[int]) -> None:
    assert found(TOKEN, *lines) == frames


def bootstrap_request(time: float = 0.0, mid: int = 1) -> Line:
    options = path("/bs")
    return message("out", "CON", "0.02", mid, "aa", options=options, operation="BootstrapRequest", time=time)


def finished(code: str = "2.04", time: float = 1.0) -> tuple[Line, Line]:
    asked = message("in", "CON", "0.02", 5, "ff", options=path("/bs"), operation="BootstrapFinish", time=time)
    return asked, message("out", "ACK", code, 5, "ff", operation="BootstrapFinish", time=time)


@pytest.mark.parametrize(
    ("lines", "frames"),
    [
        ((bootstrap_request(), asks("/0/1"), *finished()), []),
        ((asks("/0/1"),), [1]),
        ((bootstrap_request(), *finished(), asks("/0/1", time=9.0)), [4]),
        ((bootstrap_request(), *finished("4.06"), asks("/0/1", time=9.0)), []),
        ((bootstrap_request(), *finished(), bootstrap_request(5.0, 9), asks("/0/1", time=9.0)), []),
    ],
    ids=["right", "unasked", "after", "refused", "again"],
)
def test_a_session_has_a_beginning_and_an_end(lines: tuple[Line, ...], frames: list[int]) -> None:
    assert found(SESSION, *lines, role="bootstrap_server") == frames


def test_rules_of_servers_do_not_bind_devices() -> None:
    assert not any(rule.id.startswith(("rule.server", "rule.bootstrap")) for rule in rules_of("device"))
