"""What is drawn can be stored, can be played on its surface, and is the same for the same seed."""

from collections.abc import Sequence

import hypothesis
import pytest
from hypothesis import HealthCheck

from conformance.exploration import MANAGEMENT, REPORTING, Step, conversations, damaged, strange_requests
from conformance.exploration.payload import DAMAGES, damage
from conformance.exploration.step import OPERATIONS
from conformance.exploration.strategies import Steps
from tests.exploration.surfaces import NUMBER, surface

SURFACE = surface()
KINDS = {
    "management": conversations(SURFACE, MANAGEMENT),
    "reporting": conversations(SURFACE, REPORTING),
    "payloads": damaged(SURFACE, SURFACE.type_of(lambda path: None), 11542),
    "requests": strange_requests(SURFACE),
}


def drawn(kind: Steps, seed: int) -> list[list[Step]]:
    found: list[list[Step]] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=30,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(kind)
    def one(steps: list[Step]) -> None:
        found.append(steps)

    one()
    return found


@pytest.mark.parametrize("name", KINDS)
def test_a_seed_gives_the_same_conversations(name: str) -> None:
    assert drawn(KINDS[name], 5) == drawn(KINDS[name], 5)
    assert drawn(KINDS[name], 5) != drawn(KINDS[name], 6)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_drawn_can_be_stored_and_played(name: str) -> None:
    steps = [step for conversation in drawn(KINDS[name], 1) for step in conversation]
    assert [Step.from_data(step.as_data()) for step in steps] == steps
    assert {step.do for step in steps} <= set(OPERATIONS)
    assert name == "requests" or not SURFACE.lacks(steps)


def test_management_draws_every_operation_of_the_surface() -> None:
    seen = {step.do for seed in range(3) for steps in drawn(KINDS["management"], seed) for step in steps}
    assert {"read", "write", "partial", "replace", "create", "delete", "discover", "attributes"} <= seen


def test_an_attribute_is_unset_only_after_it_was_set() -> None:
    for steps in drawn(KINDS["management"], 2):
        assert not idle_unsets(steps)


def idle_unsets(steps: Sequence[Step]) -> list[Step]:
    held: set[tuple[str, str]] = set()
    idle = []
    for step in steps:
        for name, value in (step.values or {}).items() if step.do == "attributes" else ():
            if value is None and (step.path, name) not in held:
                idle.append(step)
            held = held - {(step.path, name)} if value is None else held | {(step.path, name)}
    return idle


@pytest.mark.parametrize("how", DAMAGES)
def test_damage_is_one_fault(how: str) -> None:
    whole = bytes.fromhex("c4787812")
    broken = damage(whole, how, 2, 7)
    expected = {
        "cut": "c478",
        "flip": "c4787f12",
        "insert": "c478077812",
        "remove": "c47812",
        "append": "c478781207",
        "relabel": "c4787812",
    }
    assert broken.hex() == expected[how]


def test_a_surface_says_what_it_lacks() -> None:
    assert "is nothing" in SURFACE.lacks([Step("read", "/3303/0/5700")])
    assert "Content-Format 110" in SURFACE.lacks([Step("write", str(NUMBER), value=1, format=110)])
    assert "does not offer read-composite" in SURFACE.lacks(
        [Step("read-composite", values={str(NUMBER): None})]
    )
