"""Schedules are data: JSON gives them back as they were, and what is none is refused with its key."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.faults import (
    Corrupt,
    Delay,
    Direction,
    Drop,
    Duplicate,
    Fault,
    Fragment,
    Layer,
    Loss,
    Match,
    Mtu,
    Mutate,
    Mute,
    Rebind,
    Reorder,
    Replay,
    Schedule,
    ScheduleError,
    Truncate,
)
from conformance.faults.actions import ACTIONS, Action, Field, Where
from conformance.faults.schedule import _BOUND_TO, _FIELDS

seconds = st.floats(0.001, 60, allow_nan=False)
small = st.integers(1, 50)
actions: dict[type[Action], st.SearchStrategy[Action]] = {
    Drop: st.just(Drop()),
    Delay: st.builds(Delay, seconds),
    Duplicate: st.builds(Duplicate, small, seconds),
    Reorder: st.builds(Reorder, small, seconds),
    Corrupt: st.builds(Corrupt, small, st.sampled_from(get_args(Where))),
    Mutate: st.builds(Mutate, st.sampled_from(get_args(Field))),
    Truncate: st.builds(Truncate, small),
    Replay: st.builds(Replay, st.integers(0, 9), seconds),
    Fragment: st.builds(Fragment, small),
    Rebind: st.just(Rebind()),
    Mute: st.builds(Mute, seconds),
    Loss: st.builds(Loss, st.floats(0.01, 1), st.integers()),
    Mtu: st.builds(Mtu, small),
}
values: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["CON", "NON", "ACK", "RST"]),
    "code": st.sampled_from(["2.05", "4", "0.01"]),
    "request": st.booleans(),
    "operation": st.sampled_from(["Read", "Register"]),
    "path": st.just("/3/0"),
    "more": st.booleans(),
    "observe": st.booleans(),
}


@st.composite
def faults(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Fault:
    layer = draw(st.sampled_from(Layer))
    fitting = [kind for kind in actions if _BOUND_TO.get(kind, layer) is layer]
    action = draw(actions[draw(st.sampled_from(fitting))])
    names = draw(st.sets(st.sampled_from(sorted(_FIELDS[layer])), max_size=3))
    match = Match(**{name: draw(values.get(name, small)) for name in names})
    return Fault(layer, draw(st.sampled_from(Direction)), action, match, draw(small), draw(st.none() | small))


def test_there_is_a_strategy_for_every_action() -> None:
    assert set(actions) == set(ACTIONS.values())


@settings(max_examples=60)
@given(st.integers(), st.lists(faults(), max_size=4))
def test_json_gives_the_schedule_back(seed: int, listed: list[Fault]) -> None:
    schedule = Schedule(seed, tuple(listed))
    assert Schedule.from_data(json.loads(json.dumps(schedule.as_data()))) == schedule


RIGHT = Schedule(1, (Fault(Layer.MESSAGE, Direction.TO_SUT, Delay(1.0), Match(code="2")),)).as_data()


def changed(path: tuple[Any, ...], value: object) -> Any:
    """The right schedule with another value at one place; None takes the place away."""
    data = json.loads(json.dumps(RIGHT))
    at = data
    for key in path[:-1]:
        at = at[key]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "beginning"),
    [
        (("seed",), None, "seed: missing"),
        (("seed",), True, "seed: expected a whole number"),
        (("faults",), {}, "faults: expected a list"),
        (("other",), 1, "other: unknown"),
        (("faults", 0), 1, "faults[0].: expected an object"),
        (("faults", 0, "layer"), "ether", "faults[0].layer: expected one of datagram, record, message"),
        (("faults", 0, "direction"), None, "faults[0].direction: missing"),
        (("faults", 0, "first"), 0, "faults[0].first: expected at least 1"),
        (("faults", 0, "count"), 0, "faults[0].count: expected at least 1"),
        (("faults", 0, "match", "epoch"), 1, "faults[0].match.epoch: says nothing about a message"),
        (("faults", 0, "match", "colour"), 1, "faults[0].match.colour: unknown"),
        (("faults", 0, "match", "code"), 2, "faults[0].match.code: expected a text"),
        (("faults", 0, "match", "request"), 1, "faults[0].match.request: expected true or false"),
        (("faults", 0, "match"), [], "faults[0].match"),
        (("faults", 0, "action"), "drop", "faults[0].action.kind: missing"),
        (("faults", 0, "action", "kind"), "explode", "faults[0].action.kind: expected one of drop"),
        (("faults", 0, "action", "seconds"), -1, "faults[0].action.seconds: expected more than 0"),
        (("faults", 0, "action", "seconds"), float("inf"), "faults[0].action.seconds: expected a number"),
        (("faults", 0, "action", "seconds"), "1", "faults[0].action.seconds: expected a number"),
        (("faults", 0, "action", "seconds"), None, "faults[0].action.seconds: missing"),
        (("faults", 0, "action", "colour"), 1, "faults[0].action.colour: delay has no such key"),
        (("faults", 0, "action"), {"kind": "mtu", "limit": 9}, "faults[0].action: mtu acts on a datagram"),
    ],
)
def test_what_is_no_schedule_is_refused_with_its_key(
    path: tuple[Any, ...], value: object, beginning: str
) -> None:
    with pytest.raises(ScheduleError) as refused:
        Schedule.from_data(changed(path, value))
    assert str(refused.value).startswith(beginning)


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["seed", "faults", "layer", "action", "kind"]), inner)
        ),
        max_leaves=8,
    )
)
def test_any_json_is_a_schedule_or_refused(data: object) -> None:
    with suppress(ScheduleError):
        Schedule.from_data(data)


@pytest.mark.parametrize(
    ("match", "facts", "holds"),
    [
        (Match(), {"length": 3}, True),
        (Match(code="2"), {"code": "2.05"}, True),
        (Match(code="2.04"), {"code": "2.05"}, False),
        (Match(path="/3"), {"path": "/3/0/1"}, True),
        (Match(path="/3"), {"path": "/33"}, False),
        (Match(path="/3/"), {"path": "/3"}, True),
        (Match(smallest=4, largest=6), {"length": 5}, True),
        (Match(largest=4), {"length": 5}, False),
        (Match(request=False), {}, False),
        (Match(block=0), {"block": 0}, True),
    ],
)
def test_a_match_holds_of_what_is_known(match: Match, facts: dict[str, Any], holds: bool) -> None:
    assert match.holds(facts) is holds


@pytest.mark.parametrize(("first", "count", "due"), [(1, 1, [1]), (2, 2, [2, 3]), (3, None, [3, 4, 5])])
def test_a_fault_is_due_from_the_first_on(first: int, count: int | None, due: list[int]) -> None:
    fault = Fault(Layer.DATAGRAM, Direction.TO_SUT, Drop(), first=first, count=count)
    assert [number for number in range(1, 6) if fault.due(number)] == due
