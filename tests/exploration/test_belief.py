"""What the model predicts: values, Instances, attributes, and which change has to be told."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance.exploration.belief import Belief, Dropped, Due, Known, Watched
from conformance.formats import Value
from conformance.messages import Path
from tests.exploration.surfaces import LAMP, NUMBER, SLOT, TEXT, surface

UNUSED: Any = SimpleNamespace()


def watching(path: Path, told: Value | None, **attributes: str) -> tuple[Belief, Watched]:
    belief, one = Belief(surface()), Watched(path, UNUSED, told)
    belief.attributes[NUMBER] = dict(attributes)
    belief.watched[0] = one
    return belief, one


def test_only_a_value_that_differs_has_changed() -> None:
    belief = Belief(surface())
    assert belief.believe({NUMBER: 1}) == {NUMBER: (None, 1)}
    assert belief.believe({NUMBER: 1}) == {}
    assert belief.believe({NUMBER: 2}) == {NUMBER: (1, 2)}


def test_a_boolean_is_no_number() -> None:
    belief = Belief(surface())
    belief.believe({NUMBER: 1})
    assert belief.believe({NUMBER: True}) == {NUMBER: (1, True)}


def test_a_replace_takes_away_what_it_does_not_name() -> None:
    belief = Belief(surface())
    belief.believe({NUMBER: 1, TEXT: "a"})
    belief.replaced(NUMBER.parent, {NUMBER: 2})
    assert belief.content == {NUMBER: Known(1), TEXT: Dropped("a")}


def test_an_instance_takes_its_values_and_observations_along_and_perhaps_its_attributes() -> None:
    belief = Belief(surface())
    assert not belief.exists(SLOT)
    belief.created(SLOT)
    belief.believe({LAMP: True})
    belief.attributes[SLOT] = {"pmin": "1"}
    belief.watched[1] = Watched(LAMP, UNUSED)
    belief.removed(SLOT)
    assert not belief.exists(SLOT)
    assert (belief.content, belief.watched, belief.attributes) == ({}, {}, {})
    assert (belief.made, belief.former, belief.doubtful) == ({SLOT}, {SLOT: {"pmin": "1"}}, {SLOT})


@pytest.mark.parametrize(
    ("attributes", "told", "before", "after", "due"),
    [
        ({}, 1, 1, 2, Due.MUST),
        ({}, 2, 1, 2, Due.MAY),
        ({}, None, 1, 2, Due.MAY),
        ({"pmin": "20"}, 1, 1, 2, Due.MAY),
        ({"pmin": "0"}, 1, 1, 2, Due.MUST),
        ({"pmax": "60"}, 1, 1, 2, Due.MUST),
        ({"pmax": "60", "st": "5"}, 1, 1, 2, Due.MAY),
        ({"st": "5"}, 1, 1, 6, Due.MUST),
        ({"st": "5"}, 1, 1, 5, Due.NOT),
        ({"st": "5"}, 1, 5, 6, Due.MUST),
        ({"gt": "20"}, 1, 19, 21, Due.MUST),
        ({"gt": "20"}, 1, 19, 20, Due.MAY),
        ({"gt": "20"}, 1, 21, 19, Due.MAY),
        ({"gt": "20"}, 1, 1, 19, Due.NOT),
        ({"lt": "10"}, 11, 11, 9, Due.MUST),
        ({"lt": "10"}, 9, 9, 11, Due.MAY),
        ({"lt": "10", "gt": "20"}, 1, 1, 30, Due.MAY),
    ],
)
def test_what_is_due(
    attributes: dict[str, str], told: Value | None, before: int, after: int, due: Due
) -> None:
    belief, one = watching(NUMBER, told, **attributes)
    assert belief.due(one, {NUMBER: (before, after)}) is due


@pytest.mark.parametrize(
    ("periods", "attributes", "due"),
    [
        ((0, 0), {}, Due.MUST),
        ((1, 0), {}, Due.MAY),
        ((1, 0), {"pmin": "0"}, Due.MUST),
        ((0, 10), {"st": "5"}, Due.MAY),
        ((0, 10), {"st": "5", "pmax": "0"}, Due.NOT),
    ],
)
def test_default_periods_leave_open_what_they_govern(
    periods: tuple[float, float], attributes: dict[str, str], due: Due
) -> None:
    belief, one = watching(NUMBER, 1, **attributes)
    belief.surface = replace(belief.surface, periods=periods)
    assert belief.due(one, {NUMBER: (1, 2)}) is due


def test_only_a_second_value_that_survives_a_replace_is_no_default() -> None:
    belief = Belief(surface())
    assert not belief.survives(TEXT, "a")
    assert not belief.survives(TEXT, "a")
    assert belief.survives(TEXT, "b")


def test_what_could_not_be_taken_back_is_there_in_the_next_conversation() -> None:
    earlier, belief = Belief(surface()), Belief(surface())
    earlier.created(SLOT)
    earlier.doubt(NUMBER)
    belief.succeed(earlier)
    assert (belief.present, belief.doubtful) == ({SLOT}, {NUMBER})


def test_nothing_is_certain_once_attributes_change_during_an_observation() -> None:
    belief, one = watching(NUMBER, 1)
    one.unsettled = True
    assert belief.due(one, {NUMBER: (1, 2)}) is Due.MAY


def test_an_instance_tells_every_change_unless_conditions_stand_below() -> None:
    belief, one = watching(NUMBER.parent, None)
    del belief.attributes[NUMBER]
    assert belief.due(one, {NUMBER: (1, 2)}) is Due.MUST
    belief.attributes[NUMBER] = {"pmin": "0"}
    assert belief.due(one, {NUMBER: (1, 2)}) is Due.MAY


def test_attributes_that_were_taken_for_what_is_not_there_leave_it_open() -> None:
    belief, one = watching(LAMP, False)
    belief.doubt(SLOT)
    assert belief.due(one, {LAMP: (False, True)}) is Due.MAY
