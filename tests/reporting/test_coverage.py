"""Coverage rows over the catalogue."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from conformance.reporting.coverage import coverage, coverage_data
from conformance.reporting.record import State, load_run
from conformance.requirements import Requirement, load_catalogue

if TYPE_CHECKING:
    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]


def requirement(label: str, role: str) -> Requirement:
    return Requirement.model_validate(
        {
            "label": label,
            "paraphrase": "Something holds.",
            "keyword": "MUST",
            "roles": [role],
            "source": {"document": "doc", "section": "1"},
            "release": "1.1",
            "disposition": "tested",
            "reason": "It shows.",
        }
    )


def test_rows(run_folder: "RunFolder", a_failure: Data) -> None:
    run = load_run(run_folder.write([a_failure(requirements=["OWN-001", "HLF-010"])]))
    rows = coverage(run, [requirement("HLF-010", "device"), requirement("HLF-011", "device")])
    assert [(row.label, row.state, row.cases, row.keyword) for row in rows] == [
        ("HLF-010", State.NOT_MET, ("REG-UPD-02",), "MUST"),
        ("HLF-011", State.NOT_TESTED, (), "MUST"),
        ("OWN-001", State.NOT_TESTED, (), ""),
    ]


def test_a_requirement_of_another_role_has_no_row_unless_spoken_of(
    run_folder: "RunFolder", a_failure: Data
) -> None:
    run = load_run(run_folder.write([a_failure()]))
    rows = coverage(run, [requirement("HLF-010", "server"), requirement("HLF-011", "server")])
    assert [row.label for row in rows] == ["HLF-010", "HLF-019"]


def test_the_whole_catalogue_is_there(run_folder: "RunFolder", a_failure: Data) -> None:
    run = load_run(run_folder.write([a_failure()]))
    catalogue = load_catalogue()
    rows = coverage(run, catalogue)
    assert {row.label for row in rows} == {item.label for item in catalogue if "device" in item.roles}
    data = json.loads(json.dumps(coverage_data(rows)))
    (row,) = [row for row in data if row["label"] == "HLF-010"]
    assert row["state"] == "not met"
    assert row["cases"] == ["REG-UPD-02"]
