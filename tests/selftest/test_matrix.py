"""The judgement over a mutant: killed, survived, not reached, wrong red, and errors that are no kill."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.execution import Result
from conformance.selection import Declared
from conformance.selftest.campaign import Outcome
from conformance.selftest.matrix import Matrix, MutantRow, judge_mutant
from conformance.selftest.mutants import Mutant
from conformance.selftest.pair_stage import judge_pair
from conformance.testcase import TestCase
from conformance.verdicts import CaseRecord, CheckFailed, Level, Verdict, worst


def mutant(**more: Any) -> Mutant:
    killed_by = more.pop("killed_by", {"A-01": ("read.code",)})
    also_red = more.pop("also_red", {})
    return Mutant("late", "Answers late", "a/b#1", "device", killed_by, also_red, Path("late.py"))


def outcome(case_id: str, *failed: str, warned: str = "", note: str = "", error: str = "") -> Outcome:
    case = TestCase(case_id, "t", ("HLF-001",), "c", "device", "device")
    record = CaseRecord(case.verifies, case.clause)
    record.judge("always.there", 1, 1)
    if warned:
        record.judge(warned, 1, 2, level=Level.SHOULD)
    if note:
        record.note(note)
    for check in failed:
        try:
            record.judge(check, 1, 2)
        except CheckFailed:
            continue
    verdict = Verdict.ERROR if error else worst(check.verdict for check in record.checks)
    declared = Declared(case, Path("t.py"), outcome, (), ())
    return Outcome("late", declared, "[lwm2m=1.1]", Result(verdict, error, 0.1, record))


def judged(*outcomes: Outcome, reached: bool = True, **more: Any) -> MutantRow:
    return judge_mutant(mutant(**more), outcomes, reached=reached)


def test_killed() -> None:
    row = judged(outcome("A-01", "read.code"))
    assert row.state == "killed"
    assert row.killed_by == ("A-01 read.code",)


def test_survived() -> None:
    row = judged(outcome("A-01"))
    assert row.state == "survived"
    assert row.survived == ("A-01 read.code",)
    assert judged().state == "survived", "a case that never ran kills nothing"


def test_one_of_two_cases_survived() -> None:
    both = {"A-01": ("read.code",), "A-02": ("read.value",)}
    assert judged(outcome("A-01", "read.code"), outcome("A-02"), killed_by=both).state == "survived"


def test_not_reached() -> None:
    assert judged(outcome("A-01", "read.code"), reached=False).state == "not reached"


def test_wrong_red() -> None:
    row = judged(outcome("A-01", "read.code", "read.value"))
    assert row.state == "wrong red"
    assert row.wrong_red == ("A-01[lwm2m=1.1] read.value",)
    assert judged(outcome("A-01", "read.code"), outcome("B-01", "x.y")).state == "wrong red"
    assert judged(
        outcome("A-01", "read.code"), outcome("B-01", "x.y"), also_red={"B-01": ("x.y",)}
    ).state == ("killed")
    assert judged(outcome("A-01", "read.code"), outcome("B-01", "x.y"), also_red={"B-01": ("*",)}).state == (
        "killed"
    )


def test_a_crash_is_no_kill() -> None:
    row = judged(outcome("A-01", "read.code", error="Traceback\nOSError: boom"))
    assert row.state == "error"
    assert row.trouble == ("A-01[lwm2m=1.1]: OSError: boom",)
    ended = judged(outcome("A-01", "sut.alive"))
    assert ended.state == "survived", "the end of a mutant is not the check that must kill it"


def test_a_warning_and_an_observation_kill_only_by_name() -> None:
    warned = outcome("A-01", warned="read.code")
    assert judged(warned).state == "survived"
    assert judged(warned, killed_by={"A-01": ("warning:read.code",)}).state == "killed"
    noted = outcome("A-01", note="the token is empty here")
    assert judged(noted, killed_by={"A-01": ("note:token is empty",)}).state == "killed"
    assert judged(noted, killed_by={"A-01": ("note:token is full",)}).state == "survived"


def test_the_faults_of_a_matrix() -> None:
    killed, survived = judged(outcome("A-01", "read.code")), judged(outcome("A-01"))
    assert Matrix((killed,), (), (), ()).faults == []
    matrix = Matrix((killed, survived), ("reference: A-01",), ("null mute: A-02",), ("A-03",))
    assert matrix.faults == [
        "red on the reference: reference: A-01",
        "mutant late: survived (A-01 read.code)",
        "no mutant kills A-03",
        "pass on a null peer: null mute: A-02",
    ]
    assert [row["state"] for row in matrix.as_data()["mutants"]] == ["killed", "survived"]


def test_in_a_pair_the_other_side_must_not_be_blamed() -> None:
    late = replace(mutant(), side="device")
    here = replace(outcome("A-01", "read.code"), side="device")
    there = replace(outcome("A-01"), side="server")
    assert judge_pair(late, [here, there], reached=True).state == "killed"
    blamed = replace(outcome("A-01", "read-result.code"), side="server")
    row = judge_pair(late, [here, blamed], reached=True)
    assert row.state == "wrong red"
    assert row.wrong_red == ("A-01[lwm2m=1.1] blames the server: read-result.code",)
    right = replace(outcome("A-01"), side="device")
    assert judge_pair(late, [right, blamed], reached=True).state == "survived"
