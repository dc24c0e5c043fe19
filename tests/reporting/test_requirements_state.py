"""The roll-up of verdicts to states of requirements."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reporting.record import Result, State, load_run, result_from_data
from conformance.reporting.requirements_state import evidence_for, roll_up

if TYPE_CHECKING:
    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]
VERDICTS = ("pass", "fail", "inconclusive", "error", "not_applicable")
ALONE = {
    "pass": State.MET,
    "fail": State.NOT_MET,
    "inconclusive": State.INCONCLUSIVE,
    "error": State.INCONCLUSIVE,
    "not_applicable": State.NOT_APPLICABLE,
}
SEVERITY = list(State)


def with_verdict(a_result: Data, a_check: Data, verdict: str, **changed: Any) -> dict[str, Any]:
    checks = [] if verdict == "not_applicable" else [a_check(verdict=verdict)]
    return a_result(verdict=verdict, reason="why", checks=checks, **changed)


@pytest.mark.parametrize("first", VERDICTS)
@pytest.mark.parametrize("second", VERDICTS)
def test_the_worst_case_decides(
    run_folder: "RunFolder", a_result: Data, a_check: Data, first: str, second: str
) -> None:
    run = load_run(
        run_folder.write(
            [
                with_verdict(a_result, a_check, first),
                with_verdict(a_result, a_check, second, id="REG-UPD-03"),
            ],
            messages=0,
        )
    )
    expected = min(ALONE[first], ALONE[second], key=SEVERITY.index)
    assert [entry.state for entry in roll_up(run)] == [expected, expected]
    assert roll_up(run)[0].cases == ("REG-UPD-02", "REG-UPD-03")


def test_states_are_held_per_sut(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    run = load_run(run_folder.write([a_result(sut="one"), a_failure(sut="two")]))
    states = {(entry.label, entry.sut): entry.state for entry in roll_up(run, ["SEC-001"])}
    assert states == {
        ("SEC-001", "one"): State.NOT_TESTED,
        ("SEC-001", "two"): State.NOT_TESTED,
        ("HLF-010", "one"): State.MET,
        ("HLF-010", "two"): State.NOT_MET,
        ("HLF-019", "one"): State.MET,
        ("HLF-019", "two"): State.NOT_MET,
    }


def test_deselected_is_not_tested(run_folder: "RunFolder") -> None:
    left_out: dict[str, Any] = {
        "sut": None,
        "id": "REG-UPD-02",
        "variant": {},
        "requirements": ["HLF-010"],
        "reason": "-k",
    }
    (entry,) = roll_up(load_run(run_folder.write([], deselected=[left_out])))
    assert (entry.label, entry.state, entry.cases) == ("HLF-010", State.NOT_TESTED, ())


def states(result: Result) -> dict[str, State]:
    return {label: evidence_for(result, label) for label in ("HLF-010", "HLF-019", "SEC-001")}


def test_only_checks_that_count_for_a_label_speak(a_result: Data, a_check: Data) -> None:
    narrowed = a_result(
        verdict="fail",
        checks=[
            a_check(id="a", requirements=["HLF-010"]),
            a_check(id="b", verdict="fail", requirements=["HLF-019"]),
        ],
    )
    assert states(result_from_data(narrowed)) == {
        "HLF-010": State.MET,
        "HLF-019": State.NOT_MET,
        "SEC-001": State.NOT_TESTED,
    }


def test_a_label_without_a_check_is_not_met_by_the_others(a_result: Data, a_check: Data) -> None:
    result = result_from_data(a_result(checks=[a_check(requirements=["HLF-010"])]))
    assert states(result)["HLF-019"] is State.NOT_TESTED


def test_a_check_without_labels_counts_for_the_case(a_result: Data, a_check: Data) -> None:
    result = result_from_data(a_result(verdict="fail", checks=[a_check(verdict="fail", requirements=[])]))
    assert states(result) == {
        "HLF-010": State.NOT_MET,
        "HLF-019": State.NOT_MET,
        "SEC-001": State.NOT_TESTED,
    }


def test_an_error_beyond_the_checks_falls_on_every_label(a_result: Data, a_check: Data) -> None:
    result = result_from_data(
        a_result(verdict="error", reason="x", checks=[a_check(requirements=["HLF-010"])])
    )
    assert states(result)["HLF-010"] is State.INCONCLUSIVE
    assert states(result)["HLF-019"] is State.INCONCLUSIVE


def test_an_error_does_not_hide_a_failed_check(a_result: Data, a_check: Data) -> None:
    result = result_from_data(a_result(verdict="error", reason="x", checks=[a_check(verdict="fail")]))
    assert states(result)["HLF-010"] is State.NOT_MET


def test_a_flaky_case_is_inconclusive_whatever_its_checks(a_result: Data, a_check: Data) -> None:
    result = result_from_data(
        a_result(verdict="inconclusive", reason="flaky", flaky=True, checks=[a_check(verdict="fail")])
    )
    assert states(result) == {
        "HLF-010": State.INCONCLUSIVE,
        "HLF-019": State.INCONCLUSIVE,
        "SEC-001": State.NOT_TESTED,
    }


def test_a_rule_only_worsens(a_result: Data, a_check: Data) -> None:
    green = a_result(
        checks=[a_check(requirements=["HLF-010"])], rules=[a_check(id="coap.token", requirements=["HLF-019"])]
    )
    assert states(result_from_data(green))["HLF-019"] is State.NOT_TESTED
    red = a_result(verdict="fail", rules=[a_check(id="r", verdict="fail", requirements=["SEC-001"])])
    assert states(result_from_data(red)) == {
        "HLF-010": State.MET,
        "HLF-019": State.MET,
        "SEC-001": State.NOT_MET,
    }
