"""Expecting, requiring and noting the fields of something received."""

from typing import Any

import pytest

from conformance.matching import ANY, between, one_of
from conformance.roles.expectation import Judged, UnreadableError
from conformance.verdicts import (
    CaseRecord,
    CheckFailed,
    Grade,
    HarnessError,
    Inconclusive,
    Level,
    Verdict,
)


class Message(Judged):
    """Fields out of a table; one of them cannot be read."""

    frame = 14

    def __init__(self, record: CaseRecord, **fields: Any) -> None:
        super().__init__(record, "update", "Update")
        self.fields = fields

    def field(self, name: str) -> object:
        if name == "broken":
            raise UnreadableError("malformed payload: no end")
        return self.fields[name]


@pytest.fixture
def record() -> CaseRecord:
    return CaseRecord(("HLF-010", "HLF-019"), "Core §6.2.2")


def test_one_check_for_each_field_in_order(record: CaseRecord) -> None:
    Message(record, lifetime=120, binding="U").expect(lifetime=120, binding=one_of("U", "UQ"), limit=3.0)
    first, second = record.checks
    assert (first.id, second.id) == ("update.lifetime", "update.binding")
    assert (first.verdict, first.grade, first.frame, first.source) == (Verdict.PASS, Grade.STRICT, 14, "wire")
    assert first.expected == "Update with lifetime 120 within 3.0 s"
    assert second.actual == "Update with binding U (frame 14)"
    assert first.requirements == ("HLF-010", "HLF-019")
    assert first.clause == "Core §6.2.2"


def test_the_first_broken_must_ends_the_case(record: CaseRecord) -> None:
    with pytest.raises(CheckFailed, match=r"update.lifetime: expected .*120; actual .*60 \(frame 14\)"):
        Message(record, lifetime=60, binding="U").expect(lifetime=120, binding="U")
    assert [check.id for check in record.checks] == ["update.lifetime"]
    assert record.verdict is Verdict.FAIL


def test_a_should_becomes_a_warning_and_the_case_goes_on(record: CaseRecord) -> None:
    Message(record, lifetime=60, binding="U").expect(level=Level.SHOULD, lifetime=120, binding="U")
    assert [check.grade for check in record.checks] == [Grade.WARNING, Grade.STRICT]
    assert (record.verdict, record.grade) == (Verdict.PASS, Grade.WARNING)


def test_another_permitted_reading_is_tolerated(record: CaseRecord) -> None:
    Message(record, lifetime=60).expect(lifetime=120, tolerated={"lifetime": between(50, 70)})
    (check,) = record.checks
    assert (check.verdict, check.grade) == (Verdict.PASS, Grade.TOLERATED)
    assert dict(check.matcher) == {"op": "between", "low": 50, "high": 70}
    with pytest.raises(CheckFailed):
        Message(record, binding="T").expect(binding="U", tolerated={"binding": "Q"})


def test_a_name_instead_of_the_operation_and_narrowed_requirements(record: CaseRecord) -> None:
    Message(record, lifetime=1).expect(name="second", lifetime=ANY, for_=["HLF-019"], clause="RFC 1")
    (check,) = record.checks
    assert (check.id, check.requirements, check.clause) == ("second.lifetime", ("HLF-019",), "RFC 1")
    with pytest.raises(HarnessError, match="HLF-999"):
        Message(record, lifetime=1).expect(name="third", lifetime=1, for_=["HLF-999"])


def test_an_id_used_twice_is_an_error_of_the_case(record: CaseRecord) -> None:
    message = Message(record, lifetime=1)
    message.expect(lifetime=1)
    with pytest.raises(HarnessError, match=r"'update.lifetime' twice: give one of them a name="):
        message.expect(lifetime=1)


def test_what_cannot_be_read_fails_with_its_reason(record: CaseRecord) -> None:
    with pytest.raises(CheckFailed, match="malformed payload: no end"):
        Message(record).expect(broken=1)
    assert record.checks[0].actual == "Update: malformed payload: no end (frame 14)"


def test_nothing_unreadable_passes_as_absent(record: CaseRecord) -> None:
    with pytest.raises(CheckFailed):
        Message(record).expect(broken=None)


def test_requiring_records_no_check_and_makes_the_case_inconclusive(record: CaseRecord) -> None:
    message = Message(record, lifetime=60)
    message.require(lifetime=60)
    with pytest.raises(
        Inconclusive, match=r"preamble: Update with lifetime 120 was needed, 60 came \(frame 14\)"
    ):
        message.require(lifetime=120)
    with pytest.raises(Inconclusive, match="preamble: Update: malformed payload"):
        message.require(broken=1)
    assert record.checks == []


def test_a_note_never_changes_the_verdict(record: CaseRecord) -> None:
    Message(record).note("says more than it has to", ambiguity="AMB-1")
    (observation,) = record.observations
    assert observation.text == "Update: says more than it has to"
    assert (observation.frame, observation.ambiguity) == (14, "AMB-1")
    assert record.verdict is Verdict.NONE
