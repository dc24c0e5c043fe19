"""Matchers judge plain values the same way on the wire and offline."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.matching import (
    ABSENT,
    ANY,
    PRESENT,
    Matcher,
    as_matcher,
    between,
    close_to,
    code_class,
    containing,
    covering,
    describe,
    differs,
    equal,
    excluding,
    matches,
    one_of,
    plain,
    satisfies,
    unordered,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)

HOLDS = [
    (ANY, None),
    (ABSENT, None),
    (PRESENT, 0),
    (equal(b"\x01\xff"), {"hex": "01ff"}),
    (equal((1, 2)), [1, 2]),
    (differs("a"), "b"),
    (one_of("2.04", "2.05"), "2.05"),
    (between(1, 2), 2),
    (close_to(0.1), 0.10000000149011612),
    (matches(r"\d+"), "17"),
    (containing("/1/0"), ["/1/0", "/3/0"]),
    (excluding("/0/0"), ["/1/0"]),
    (unordered(1, 2, 2), [2, 1, 2]),
    (covering({"/1/0/1": 60}), {"/1/0/1": 60, "/1/0/0": 1}),
    (code_class(4), "4.05"),
]
FAILS = [
    (ABSENT, 0),
    (PRESENT, None),
    (equal(1), True),
    (equal(1), "1"),
    (differs("a"), None),
    (one_of("2.04"), "4.04"),
    (between(1, 2), True),
    (between(1, 2), "1"),
    (close_to(0.1), 0.2),
    (matches(r"\d+"), "17a"),
    (containing("/1/0"), None),
    (excluding("/0/0"), None),
    (excluding("/0/0"), ["/0/0"]),
    (unordered(1, 2), [1, 2, 2]),
    (unordered(1, 2), [1, 1]),
    (covering({"/1/0/1": 60}), {"/1/0/1": 61}),
    (code_class(4), "5.00"),
]


@pytest.mark.parametrize(("matcher", "value"), HOLDS)
def test_a_matcher_accepts_what_it_describes(matcher: Matcher, value: object) -> None:
    assert satisfies(matcher, plain(value))
    assert satisfies(json.loads(json.dumps(matcher)), json.loads(json.dumps(plain(value))))


@pytest.mark.parametrize(("matcher", "value"), FAILS)
def test_a_matcher_refuses_what_it_does_not_describe(matcher: Matcher, value: object) -> None:
    assert not satisfies(matcher, plain(value))


@given(PLAIN)
def test_equality_holds_of_every_value_with_itself(value: object) -> None:
    assert satisfies(equal(value), plain(value))


@given(PLAIN)
def test_no_value_satisfies_both_a_matcher_and_its_opposite(value: object) -> None:
    assert satisfies(ABSENT, plain(value)) != satisfies(PRESENT, plain(value))


@pytest.mark.parametrize("matcher", [matcher for matcher, _ in HOLDS])
def test_every_matcher_has_words(matcher: Matcher) -> None:
    assert describe(matcher)


def test_a_value_stands_for_equality_and_a_matcher_for_itself() -> None:
    assert as_matcher(60) == equal(60)
    assert as_matcher(ANY) is ANY


def test_an_unknown_operation_is_refused() -> None:
    with pytest.raises(ValueError, match="'guess'"):
        satisfies({"op": "guess"}, 1)
