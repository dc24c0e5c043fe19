"""Rules of registration: what breaks them, and what a right peer may do."""

import pytest

from conformance.rules import rules_of
from tests.rules.conversation import (
    LOCATION_PATH,
    OTHER_PORT,
    OTHER_TESTER,
    SUT,
    TESTER,
    Line,
    conversation,
    message,
    path,
)


def found(rule: str, *lines: Line) -> list[int]:
    """The frames in which the rule was broken."""
    (judged,) = [one for one in rules_of("device") if one.id == rule]
    return [finding.frame for finding in judged.find(conversation(*lines))]


def register(mid: int = 1, token: str = "aa", time: float = 0.0, remote: str = SUT) -> Line:
    return message(
        "in", "CON", "0.02", mid, token, options=path("/rd"), operation="Register", time=time, remote=remote
    )


def created(location: str, mid: int = 1, token: str = "aa", time: float = 0.0) -> Line:
    options = path(location, LOCATION_PATH)
    return message("out", "ACK", "2.01", mid, token, options=options, operation="Register", time=time)


def update(location: str, mid: int = 2, time: float = 9.0, remote: str = SUT) -> Line:
    return message(
        "in", "CON", "0.02", mid, "bb", options=path(location), operation="Update", time=time, remote=remote
    )


def deregister(location: str, time: float = 2.0) -> Line:
    return message("in", "CON", "0.04", 3, "cc", options=path(location), operation="Deregister", time=time)


def deleted(code: str = "2.02", time: float = 2.0) -> Line:
    return message("out", "ACK", code, 3, "cc", operation="Deregister", time=time)


AFTER = "rule.registration.nothing-after-deregister"
WHERE = "rule.registration.location-of-the-server"


def test_update_after_deregister() -> None:
    assert found(AFTER, register(), created("/rd/1"), deregister("/rd/1"), deleted(), update("/rd/1")) == [5]


def test_update_after_deregister_with_the_token_of_the_register() -> None:
    leaving = deregister("/rd/1") | {"token": "aa"}
    gone = deleted() | {"token": "aa"}
    assert found(AFTER, register(), created("/rd/1"), leaving, gone, update("/rd/1")) == [5]


@pytest.mark.parametrize(
    "lines",
    [
        (deregister("/rd/1"), update("/rd/1"), deleted(time=10.0)),
        (deregister("/rd/1"), deleted(), update("/rd/1", time=2.3)),
        (deregister("/rd/1"), deleted("4.04"), update("/rd/1")),
        (deregister("/rd/1"), deleted(), update("/rd/2")),
        (update("/rd/1", time=1.0), deregister("/rd/1"), deleted(), update("/rd/1")),
        (deregister("/rd/1"), deleted(), register(5, time=4), created("/rd/1", 5, time=4), update("/rd/1")),
        (deregister("/rd/1"), deleted(), deregister("/rd/1", time=5.0)),
    ],
    ids=["before", "crossing", "refused", "other", "repeated", "again registered", "twice"],
)
def test_nothing_wrong_after_deregister(lines: tuple[Line, ...]) -> None:
    assert found(AFTER, register(), created("/rd/1"), *lines) == []


@pytest.mark.parametrize("location", ["/rd/2", "/1", "/rd", "/rd/1/x"])
def test_foreign_location(location: str) -> None:
    assert found(WHERE, register(), created("/rd/1"), update(location)) == [3]
    assert found(WHERE, register(), created("/rd/1"), deregister(location, time=9.0)) == [3]


@pytest.mark.parametrize(
    "lines",
    [
        (register(), created("/rd/1"), update("/rd/1"), deregister("/rd/1", 10.0)),
        (update("/rd/0"), register(5), created("/rd/1", 5)),
        (register(), created("/rd/1"), register(4, time=3.0), created("/rd/2", 4, time=3.0), update("/rd/1")),
        (register(), created("/rd/1", time=8.8), update("/rd/0")),
        (register(), created("/rd/1"), update("/rd/0", remote=OTHER_PORT)),
        (register(), update("/rd/9")),
        (update("/rd/0", time=0.0), register(5), created("/rd/1", 5), update("/rd/0", time=3.0)),
        (register(), created("/p/é"), update("/p/é")),
    ],
    ids=["right", "before", "first of two", "crossing", "other port", "not accepted", "repeated", "utf-8"],
)
def test_right_location(lines: tuple[Line, ...]) -> None:
    assert found(WHERE, *lines) == []


def test_rules_bind_devices_only() -> None:
    assert not any(rule.id.startswith("rule.registration.") for rule in rules_of("server"))


def test_one_location_at_two_servers_is_two_registrations() -> None:
    """De-registered from one server, the device goes on at the other, which gave the same Location."""
    left, other = {"local": TESTER}, {"local": OTHER_TESTER}
    lines = (deregister("/rd/1") | left, deleted() | left, update("/rd/1") | other)
    assert found(AFTER, register() | other, created("/rd/1") | other, *lines) == []
    assert found(AFTER, *lines, update("/rd/1", mid=4) | left) == [4]
