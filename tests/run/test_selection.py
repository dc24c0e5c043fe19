"""Which cases run, in which order, and what becomes of those that do not."""

import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.selection import (
    Filter,
    SelectionError,
    check_ids,
    declared_cases,
    deselected_row,
    parse_name,
)
from tests.run import toy_cases
from tests.run.conftest import TINY, Workplace


def case_of(tree: Path, identifier: str):  # type: ignore[no-untyped-def]
    return next(item.case for item in declared_cases(tree) if item.case.id == identifier)


@pytest.mark.parametrize(
    ("wanted", "variant", "chosen"),
    [
        ("TOY-RUN-07", {"lwm2m": "1.1", "kind": "c"}, True),
        ("TOY-RUN", {"lwm2m": "1.1", "kind": "c"}, True),
        ("TOY-RUN-07[kind=c]", {"lwm2m": "1.1", "kind": "c"}, True),
        ("TOY-RUN-07[lwm2m=1.1,kind=c]", {"lwm2m": "1.1", "kind": "c"}, True),
        ("TOY-RUN-07[kind=c]", {"lwm2m": "1.1", "kind": "a-b"}, False),
        ("TOY-RUN-01", {"lwm2m": "1.1", "kind": "c"}, False),
    ],
)
def test_a_filter_by_id(tmp_path: Path, wanted: str, variant: dict[str, str], chosen: bool) -> None:
    case = case_of(toy_cases.write(tmp_path), "TOY-RUN-07")
    assert (Filter(ids=(wanted,)).reason_against(case, variant) is None) is chosen


def test_the_other_filters_give_their_reason(tmp_path: Path) -> None:
    tree = toy_cases.write(tmp_path)
    case, long = case_of(tree, "TOY-RUN-16"), case_of(tree, "TOY-RUN-09")
    assert Filter(ids=("TOY-OLD-01",)).reason_against(case, {}) is None
    assert Filter(requirements=("HLF-0",)).reason_against(case, {}) is None
    assert Filter(requirements=("SEC",)).reason_against(case, {}) == (
        "verifies none of the requirements asked for"
    )
    assert Filter(role="server").reason_against(case, {}) == "is for the role device"
    assert Filter().reason_against(long, {}) == "waits 31 s for the protocol: runs with --long"
    assert Filter(long=True).reason_against(long, {}) is None
    sleeper = replace(case, wait=1.0, sleeps=2)
    assert Filter().reason_against(sleeper, {}, 14.5) is None
    assert Filter().reason_against(sleeper, {}, 93.0) == "waits 187 s for the protocol: runs with --long"
    assert deselected_row(case, None, {}, "why")["requirements"] == ["HLF-019"]


@pytest.mark.parametrize("text", ["A-01[", "A-01[x]", "A-01[x=]", "A-01[=y]", "A-01[x=y", "A-01[]"])
def test_a_name_that_is_none(text: str) -> None:
    with pytest.raises(SelectionError, match=re.escape(repr(text))):
        parse_name(text)


def test_ids_that_name_nothing(tmp_path: Path) -> None:
    cases = declared_cases(toy_cases.write(tmp_path))
    check_ids(["TOY", "TOY-OLD-01", "TOY-RUN-07[kind=a-b]", "TOY-RUN-01[lwm2m=1.0]"], cases)
    for wrong, told in {
        "TOY-RNU-01": "did you mean 'TOY-RUN-01'",
        "TOY-RUN-07[kind=d]": "has no kind=d, it has a-b, c",
        "TOY-RUN-01[kind=c]": "it does not vary by kind",
    }.items():
        with pytest.raises(SelectionError, match=re.escape(told)):
            check_ids([wrong], cases)


def test_an_id_that_is_taken_twice_is_told_with_both_places(tmp_path: Path) -> None:
    tree = toy_cases.write(tmp_path)
    text = (tree / "device/test_toy.py").read_text()
    (tree / "device/test_toy_too.py").write_text(text.replace("TOY-RUN", "TOY-TOO"))
    with pytest.raises(
        SelectionError, match=r"test_toy_too.py:\d+: the id TOY-OLD-01 is taken by .*test_toy.py:\d+"
    ):
        declared_cases(tree)


def test_a_file_that_cannot_be_loaded_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_broken.py").write_text("import nothing_of_the_kind")
    with pytest.raises(SelectionError, match=r"test_broken.py cannot be loaded: ModuleNotFoundError"):
        declared_cases(tmp_path)


def test_what_runs_what_does_not_and_why(place: Workplace) -> None:
    profile = place.profile(tables="[ics]\nqueue_mode = false\n")
    left_out = "not TOY_RUN_02 and not 03 and not 04 and not 10 and not 13"
    ended = place.pytest(place.cases(), "--sut", profile, "-vv", "-k", left_out)
    assert ended.code == 0, ended.text
    order = re.findall(r"test_toy_run_(\d\d)", ended.out)
    assert order[0] == "08", "the slow case comes first"
    reasons = {row["id"]: row["reason"] for row in ended.record["deselected"]}
    assert reasons["TOY-RUN-09"].startswith("waits 31 s")
    assert reasons["TOY-RUN-12"] == "no SUT for this role"
    assert reasons["TOY-RUN-02"] == "not selected by -k or -m"
    rows = {row["id"]: row for row in ended.record["results"]}
    assert rows["TOY-RUN-06"]["reason"] == "the profile gives no ixit.reboot"
    assert rows["TOY-RUN-14"]["reason"] == "the SUT does not claim queue_mode (profile)"
    assert rows["TOY-RUN-05"]["reason"] == "no such thing"
    assert not rows.keys() & reasons.keys()
    assert {"TOY-RUN-07[kind=a-b,number=-1]", "TOY-RUN-07[kind=c,number=-1]"} <= {
        name.replace("number=-1,kind=a-b", "kind=a-b,number=-1").replace(
            "number=-1,kind=c", "kind=c,number=-1"
        )
        for name in ended.verdicts()
    }
    assert rows["TOY-RUN-11"]["checks"][2]["grade"] == "warning"


def test_workers_collect_the_same_and_in_the_same_order(place: Workplace) -> None:
    chosen = [part for number in ("01", "07", "08", "09", "14") for part in ("--case", f"TOY-RUN-{number}")]
    tree, profile = place.cases(), place.profile()
    alone = place.pytest(tree, "--sut", profile, *chosen, "--seed", "5", out="alone")
    together = place.pytest(tree, "--sut", profile, *chosen, "--seed", "5", "-n", "2", out="together")
    assert (alone.code, together.code) == (0, 0), together.text
    assert alone.verdicts() == together.verdicts()
    assert [row["id"] for row in alone.record["results"]] == [row["id"] for row in together.record["results"]]

    def named(rows: list[dict[str, str]]) -> set[tuple[str, str]]:
        return {(row["id"], row["reason"]) for row in rows}

    assert named(alone.record["deselected"]) == named(together.record["deselected"])
    assert alone.record["requirements"] == together.record["requirements"]


def test_a_dry_run_prints_names_and_starts_nothing(place: Workplace) -> None:
    profile = place.profile("exits")
    ended = place.suite("run", "REG-REG", "--sut", profile, "--dry-run")
    assert ended.code == 0, ended.text
    names = ended.out.splitlines()
    assert "REG-REG-01[lwm2m=1.1]" in names
    assert all(re.fullmatch(r"REG-REG-\d\d\[lwm2m=1\.1(,\w+=[\w.+-]+)*\]", name) for name in names)
    assert not ended.folder.exists()
    assert place.suite("run", "REG-REG", "-k", "nothing", "--sut", profile, "--dry-run").code == 2


def test_a_sut_that_runs_already_is_served_in_one_process(place: Workplace) -> None:
    profile = place.profile(kind="attach", start=None, stop_time=None)
    tree = place.cases()
    ended = place.pytest(tree, "--sut", profile, "-n", "2", "--case", "TOY-RUN-01")
    assert ended.code == 2
    assert "-n 2: the profiles allow 1 case at once" in ended.text
    ended = place.pytest(tree, "--sut", profile, "-n", "1", "--case", "TOY-RUN-01")
    assert ended.code == 2
    assert "isolation = none" in ended.text


def test_a_sut_that_runs_already_keeps_its_registration(place: Workplace) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{holder.getsockname()[1]}"
    device = subprocess.Popen(
        [sys.executable, str(TINY), "right", f"coap://{address}", "attached", "60", "1.1"],
        cwd=place.folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        profile = place.profile(
            kind="attach",
            start=None,
            stop_time=None,
            tables=f'[ixit]\nreaction_time = 5.0\ntester = "{address}"',
        )
        chosen = ("--case", "TOY-RUN-17", "--case", "TOY-RUN-18", "--case", "TOY-RUN-19")
        ended = place.pytest(place.cases(), "--sut", profile, *chosen)
        assert device.poll() is None
    finally:
        device.kill()
        device.wait()
    assert ended.code == 0, ended.text
    assert ended.verdicts() == {
        "TOY-RUN-17": "pass",
        "TOY-RUN-18": "pass",
        "TOY-RUN-19": "not_applicable",
    }


def test_two_suts_run_side_by_side_and_apart(place: Workplace) -> None:
    first, second = place.profile(), place.profile("noisy", name="Tiny 2")
    ended = place.pytest(place.cases(), "--sut", first, "--sut", second, "--case", "TOY-RUN-01")
    assert ended.code == 0, ended.text
    assert [row["sut"] for row in ended.record["results"]] == ["Tiny 1", "Tiny 2"]
    assert sorted(path.name for path in (ended.folder / "cases").iterdir()) == ["tiny-1", "tiny-2"]
    twice = place.pytest(place.folder / "testcases", "--sut", first, "--sut", first, out="twice")
    assert twice.code == 2
    assert "two profiles have the same sut.name" in twice.text
