"""Coverage rows over the catalogue."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from conformance.reporting.coverage import coverage, coverage_data, coverage_table
from conformance.reporting.record import State, load_run
from conformance.requirements import Requirement, load_catalogue

if TYPE_CHECKING:
    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]


def requirement(label: str, *roles: str, **more: Any) -> Requirement:
    return Requirement.model_validate(
        {
            "label": label,
            "paraphrase": "Something holds.",
            "keyword": "MUST",
            "roles": roles,
            "source": {"document": "doc", "section": "1"},
            "release": "1.1",
            "disposition": "tested",
            "reason": "It shows.",
            **more,
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


def test_each_sut_has_a_column_with_the_standing_of_its_role(
    run_folder: "RunFolder", a_failure: Data, a_result: Data
) -> None:
    suts = [
        {"name": name, "role": role, "lwm2m": ["1.1"], "profile_sha256": "0" * 64}
        for name, role in (("pump", "device"), ("cloud", "server"))
    ]
    of_pump = [a_failure(sut="pump"), a_result(sut="pump", id="REG-UPD-09")]
    of_cloud = a_result(sut="cloud", role="server", requirements=["HLF-011"])
    run = load_run(run_folder.write([*of_pump, of_cloud], suts=suts))
    by_sms = {"server": {"disposition": "untestable", "reason": "No SMS reaches a server here."}}
    rows = coverage(
        run,
        [
            requirement("HLF-010", "device", "server"),
            requirement("HLF-013", "device", "server", of_role=by_sms),
            requirement("HLF-031", "device"),
        ],
    )
    columns, table = coverage_table(run, rows)
    assert columns == ["label", "pump (device)", "cloud (server)"]
    cells = {line["label"]: (line["pump (device)"], line["cloud (server)"]) for line in table}
    assert cells["HLF-010"] == ("not met, 2 cases", "not tested")
    assert cells["HLF-013"] == ("not tested", "not tested (untestable)")
    assert cells["HLF-031"] == ("not tested", "-")
    reasons = {(row.label, row.role): row.reason for row in rows}
    assert reasons["HLF-013", "server"] == "No SMS reaches a server here."
    assert reasons["HLF-013", "device"] == "It shows."


def test_the_whole_catalogue_is_there(run_folder: "RunFolder", a_failure: Data) -> None:
    run = load_run(run_folder.write([a_failure()]))
    catalogue = load_catalogue()
    rows = coverage(run, catalogue)
    assert {row.label for row in rows} == {item.label for item in catalogue if "device" in item.roles}
    data = json.loads(json.dumps(coverage_data(rows)))
    (row,) = [row for row in data if row["label"] == "HLF-010"]
    assert row["state"] == "not met"
    assert row["cases"] == ["REG-UPD-02"]
