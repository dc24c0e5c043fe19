"""Clause references are read, written and compared."""

import pytest

from conformance.requirements import Clause


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("LwM2M Core 1.1.1 §6.2.2", Clause("LwM2M Core", "1.1.1", "6.2.2")),
        ("LwM2M Core §E.2", Clause("LwM2M Core", None, "E.2")),
        ("RFC 7641 §3.6", Clause("RFC 7641", None, "3.6")),
        ("OMA ETS 1.0.2 §C", Clause("OMA ETS", "1.0.2", "C")),
    ],
)
def test_written_form_and_value_agree(text: str, clause: Clause) -> None:
    assert Clause.parse(text) == clause
    assert str(clause) == text


@pytest.mark.parametrize(
    "text", ["", "LwM2M Core 1.1", "§6.2", "6.2.2", "LwM2M Core §", "LwM2M Core § 6", "Core 6.2"]
)
def test_what_is_no_clause_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no clause; write it as"):
        Clause.parse(text)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("LwM2M Core 1.1.1 §6.2.2", "LwM2M Core §6.2.2", True),
        ("LwM2M Core 1.1.1 §6.2.2", "LwM2M Core 1.1 §6.2.2", True),
        ("LwM2M Core 1.1.1 §6.2.2", "LwM2M Core 1.2 §6.2.2", False),
        ("LwM2M Core 1.1.1 §6.2", "LwM2M Core §6.2.2", True),
        ("LwM2M Core 1.1.1 §6.2.1", "LwM2M Core §6.2.2", False),
        ("LwM2M Core §6.2", "LwM2M Core §6.20", False),
        ("LwM2M Core §6.2", "LwM2M Transport §6.2", False),
        ("RFC 7252 §4.2", "RFC 7641 §4.2", False),
    ],
)
def test_clauses_meet_in_one_text(one: str, other: str, meet: bool) -> None:
    assert Clause.parse(one).meets(Clause.parse(other)) is meet
    assert Clause.parse(other).meets(Clause.parse(one)) is meet


def test_a_list_of_clauses_names_each_document_once() -> None:
    text = "LwM2M Core 1.1.1 §6.2.1, §6.2.2; RFC 7252 §5.10.7"
    assert [str(clause) for clause in Clause.parse_all(text)] == [
        "LwM2M Core 1.1.1 §6.2.1",
        "LwM2M Core 1.1.1 §6.2.2",
        "RFC 7252 §5.10.7",
    ]


def test_a_list_begins_with_a_document() -> None:
    with pytest.raises(ValueError, match="no clause"):
        Clause.parse_all("§6.2.1; RFC 7252 §4.2")
