"""The record of a case only ever gets worse, and every check is data that can be judged again."""

from itertools import permutations

import pytest

from conformance.matching import between, one_of, satisfies
from conformance.verdicts import (
    CaseRecord,
    CheckFailed,
    Grade,
    HarnessError,
    Level,
    Subject,
    Verdict,
    worst,
)


def record() -> CaseRecord:
    return CaseRecord(["HLF-010", "HLF-019"], "LwM2M Core 1.1.1 §6.2.2")


def test_the_lattice_has_one_order() -> None:
    order = [Verdict.NONE, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR]
    for few in permutations(order, 2):
        assert worst(few) is max(few, key=order.index)
    assert worst([]) is Verdict.NONE


def test_a_case_without_a_check_has_no_verdict() -> None:
    assert record().verdict is Verdict.NONE


def test_a_failed_check_ends_the_case_and_is_kept() -> None:
    case = record()
    with pytest.raises(CheckFailed, match="lifetime"):
        case.judge("update.lifetime", 120, None, subject=Subject("update.lifetime", 14))
    assert case.verdict is Verdict.FAIL
    assert case.checks[0].frame == 14
    assert "frame 14" in case.checks[0].actual


def test_a_should_becomes_a_warning() -> None:
    case = record()
    case.judge("update.count", 1, 2, level=Level.SHOULD)
    assert (case.verdict, case.grade) == (Verdict.PASS, Grade.WARNING)


def test_another_permitted_reading_is_tolerated() -> None:
    case = record()
    case.judge("read.code", "4.05", "4.04", tolerated=one_of("4.04", "4.00"))
    assert (case.verdict, case.grade) == (Verdict.PASS, Grade.TOLERATED)


def test_an_id_names_one_check() -> None:
    case = record()
    case.judge("read.code", "2.05", "2.05")
    with pytest.raises(HarnessError, match="twice"):
        case.judge("read.code", "2.05", "2.05")


def test_a_check_counts_for_requirements_of_its_case_only() -> None:
    case = record()
    assert case.judge("a.b", 1, 1, for_=["HLF-010"]).requirements == ("HLF-010",)
    with pytest.raises(HarnessError, match="HLF-001"):
        case.judge("c.d", 1, 1, for_=["HLF-001"])


def test_a_check_can_be_judged_again_from_its_data() -> None:
    case = record()
    case.judge("spacing.seconds", between(5, 6), 5.5)
    data = case.checks[0].as_data()
    assert satisfies(data["matcher"], data["value"])
    assert not satisfies(data["matcher"], 4.9)


def test_an_observation_changes_no_verdict() -> None:
    case = record()
    case.judge("a.b", 1, 1)
    case.note("the device updates twice in a lifetime", ambiguity="Q18")
    assert case.verdict is Verdict.PASS
    assert case.observations[0].ambiguity == "Q18"
