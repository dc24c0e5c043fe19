"""The run record: what the schema takes and refuses, what a damaged folder says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from conformance.reporting.record import RunError, Verdict, load_run, printed_name
from conformance.reporting.schema import run_schema, violation

if TYPE_CHECKING:
    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]


def test_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(run_schema())


def test_objects_of_the_schema_are_closed() -> None:
    def walk(node: object) -> None:
        if isinstance(node, dict):
            if node.get("type") == "object" and "required" in node:
                assert node["additionalProperties"] is False
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(run_schema())


def test_a_whole_record_loads(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    known = {"link": "https://example.org/1", "reason": "not sent", "expires": "2027-01-31"}
    results = [
        a_result(variant={"lwm2m": "1.1", "format": "tlv"}),
        a_failure(id="REG-UPD-03", known_issue=known),
        a_result(id="REG-UPD-04", verdict="not_applicable", reason="queue_mode is false", checks=[]),
        a_result(id="REG-UPD-05", verdict="inconclusive", reason="flaky", flaky=True),
        a_result(
            id="REG-UPD-06", observations=[{"text": "odd"}, {"text": "x", "frame": 2, "ambiguity": "A01"}]
        ),
    ]
    left_out: list[dict[str, Any]] = [
        {"sut": None, "id": "COAP-BLK-01", "variant": {}, "requirements": ["HLF-001"], "reason": "-k"}
    ]
    states = [{"label": "HLF-010", "sut": results[0]["sut"], "state": "not met", "cases": ["REG-UPD-03"]}]
    run = load_run(run_folder.write(results, deselected=left_out, requirements=states, exit_code=5))

    assert [result.verdict for result in run.results] == [
        "pass",
        "fail",
        "not_applicable",
        "inconclusive",
        "pass",
    ]
    assert run.results[0].name == "REG-UPD-02[lwm2m=1.1,format=tlv]"
    assert run.results[1].failed[0].id == "update.lifetime"
    assert run.results[1].known_issue is not None
    assert run.results[4].observations[1].ambiguity == "A01"
    assert run.deselected[0].name == "COAP-BLK-01"
    assert run.requirements[0].state == "not met"
    assert run.started.utcoffset() is not None
    assert run.folder == run_folder.path
    assert run.results[0].verdict is Verdict.PASS


def test_printed_name_keeps_the_order_of_the_variant() -> None:
    assert printed_name("REG-UPD-02", {}) == "REG-UPD-02"
    assert printed_name("REG-UPD-02", {"z": "1", "a": "2"}) == "REG-UPD-02[z=1,a=2]"


def change(*path: str | int, to: object) -> Callable[[dict[str, Any]], None]:
    def apply(data: dict[str, Any]) -> None:
        node: Any = data
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = to

    return apply


def drop(*path: str | int) -> Callable[[dict[str, Any]], None]:
    def apply(data: dict[str, Any]) -> None:
        node: Any = data
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]

    return apply


REFUSED = {
    "unknown key of the run": change("colour", to="red"),
    "unknown key of a result": change("results", 0, "colour", to="red"),
    "unknown key of a check": change("results", 0, "checks", 0, "colour", to="red"),
    "missing seed": drop("seed"),
    "missing rules": drop("results", 0, "rules"),
    "missing matcher": drop("results", 0, "checks", 0, "matcher"),
    "verdict none": change("results", 0, "verdict", to="none"),
    "verdict of a check": change("results", 0, "checks", 0, "verdict", to="not_applicable"),
    "pass without a check": change("results", 0, "checks", to=[]),
    "frame 0": change("results", 0, "checks", 0, "frame", to=0),
    "not applicable without reason": change("results", 0, "verdict", to="not_applicable"),
    "known issue on a pass": change(
        "results", 0, "known_issue", to={"link": "l", "reason": "", "expires": None}
    ),
    "flaky pass": change("results", 0, "flaky", to=True),
    "variant value no string": change("results", 0, "variant", to={"lwm2m": 1.1}),
    "exit code 6": change("exit_code", to=6),
    "role": change("suts", 0, "role", to="client"),
    "profile hash": change("suts", 0, "profile_sha256", to="ABC"),
    "local time": change("started", to="2026-11-21T11:51:21+01:00"),
    "state": change("requirements", to=[{"label": "A-1", "sut": "s", "state": "not_met", "cases": []}]),
    "negative seconds": change("seconds", to=-1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_schema_refuses(name: str, a_run: Data, a_result: Data) -> None:
    data = a_run([a_result()])
    assert violation(data) is None
    REFUSED[name](data)
    wrong = violation(data)
    assert wrong is not None
    assert "\n" not in wrong


def test_violation_names_the_case(a_run: Data, a_result: Data) -> None:
    data = a_run([a_result(), a_result(id="REG-UPD-09", seconds="long")])
    assert violation(data) == "results[1].seconds (REG-UPD-09): 'long' is not of type 'number'"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "no such file"),
        (b"", "not complete JSON"),
        (b'{"schema": 1, "tool"', "not complete JSON"),
        (b"\xff\xfe\x00", "not UTF-8 at byte 0"),
        (b"[]", "against the schema at top level"),
        (b'{"schema": 2}', "schema 2 is not 1"),
        (b'{"schema": 1}', "against the schema"),
        (b"[" * 100_000, "not complete JSON"),
    ],
)
def test_a_bad_record_gives_one_line(tmp_path: Path, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunError, match=told) as caught:
        load_run(tmp_path)
    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'run.json'}: ")
    assert "\n" not in text
    assert "; " in text


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such folder"):
        load_run(tmp_path / "absent")


def test_two_results_with_one_key_are_refused(run_folder: "RunFolder", a_result: Data) -> None:
    run_folder.write([a_result()])
    data = json.loads((run_folder.path / "run.json").read_text())
    data["results"] *= 2
    run_folder.write_record(data)
    with pytest.raises(RunError, match="two results for REG-UPD-02"):
        load_run(run_folder.path)
