"""What a killed run left is read from its cases."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from conformance.reporting.record import RunError, State
from conformance.reporting.recovery import index_cases, open_run, recover

if TYPE_CHECKING:
    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]


def test_a_lagging_record_is_completed_from_the_cases(
    run_folder: "RunFolder", a_result: Data, a_failure: Data, a_run: Data, a_message: Data
) -> None:
    run_folder.write([a_result()], exit_code=None)
    run_folder.write_case(a_failure(id="REG-UPD-03"), [a_message(1)])
    run = open_run(run_folder.path)
    assert {result.id for result in run.results} == {"REG-UPD-02", "REG-UPD-03"}
    assert run.interrupted
    assert {entry.label: entry.state for entry in run.requirements} == {
        "HLF-010": State.NOT_MET,
        "HLF-019": State.NOT_MET,
    }


def test_a_case_file_outranks_the_record(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    run_folder.write([a_result()], exit_code=None)
    run_folder.write_case(a_failure(), [])
    (only,) = recover(run_folder.path).results
    assert only.verdict == "fail"


@pytest.mark.parametrize("record", [None, '{"schema": 1, "resu'])
def test_a_lost_record_is_rebuilt(run_folder: "RunFolder", a_failure: Data, record: str | None) -> None:
    run_folder.write([a_failure()])
    file = run_folder.path / "run.json"
    file.unlink()
    if record is not None:
        file.write_text(record)
    run = open_run(run_folder.path)
    assert [result.name for result in run.results] == ["REG-UPD-02"]
    assert [sut.name for sut in run.suts] == [run.results[0].sut]
    assert run.exit_code is None
    assert run.interrupted
    assert str(file) in run.problems[0]


def test_what_cannot_be_read_is_told(run_folder: "RunFolder", a_result: Data) -> None:
    run_folder.write([a_result(), a_result(id="REG-UPD-03"), a_result(id="REG-UPD-04")])
    cases = sorted((run_folder.path / "cases").glob("*/*/*"))
    (cases[1] / "result.json").write_text(json.dumps(a_result())[:100])
    (cases[2] / "result.json").unlink()
    places, results, problems = index_cases(run_folder.path)
    assert list(places.values()) == cases[:1]
    assert len(results) == 1
    assert ["not complete JSON" in problems[0], "no such file" in problems[1]] == [True, True]


def test_an_ended_run_is_read_as_it_stands(run_folder: "RunFolder", a_result: Data, a_message: Data) -> None:
    run_folder.write([a_result()], exit_code=0)
    run_folder.write_case(a_result(id="REG-UPD-03"), [a_message(1)])
    assert [result.id for result in open_run(run_folder.path).results] == ["REG-UPD-02"]


def test_nothing_to_recover_keeps_the_reason(run_folder: "RunFolder") -> None:
    run_folder.path.mkdir(parents=True)
    with pytest.raises(RunError, match=r"run\.json: no such file"):
        open_run(run_folder.path)
    with pytest.raises(RunError, match="no such folder"):
        open_run(run_folder.path / "absent")
