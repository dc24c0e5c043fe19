"""The register of disputed behaviour is read, and found by id and by clause."""

from pathlib import Path

import pytest

from conformance.requirements import AmbiguityRegister, CatalogueError, load_ambiguities

ENTRY = """
[[ambiguity]]
id = "Q01"
question = "What happens?"
accepted = "This or that."
clauses = ["LwM2M Core §1"]
links = ["owner/repo#1"]
"""
OTHERS = ["B021", "B033", "B035", "B041", "B059", "B125", "B155", "B156"]


@pytest.fixture(scope="module")
def register() -> AmbiguityRegister:
    return load_ambiguities()


def test_all_entries_are_there_in_order(register: AmbiguityRegister) -> None:
    assert [entry.id for entry in register] == [*(f"Q{number:02}" for number in range(1, 43)), *OTHERS]
    assert len(register) == 50


def test_only_contradictions_inside_the_texts_have_no_link(register: AmbiguityRegister) -> None:
    assert [entry.id for entry in register if not entry.links] == ["Q40", "Q41", "Q42"]


def test_an_entry_is_found_by_its_id(register: AmbiguityRegister) -> None:
    entry = register.get("Q18")
    assert entry is not None
    assert entry.links == ("OpenMobileAlliance/OMA_LwM2M_for_Developers#278",)
    assert register.get("Q99") is None


@pytest.mark.parametrize(
    ("clause", "ids"),
    [
        ("LwM2M Core 1.1.1 §6.2.2", ["Q17", "Q18", "Q20", "Q21", "B033", "B035"]),
        ("RFC 7959 §3.4", ["Q39"]),
        ("RFC 7959 §3.4; RFC 8428 §4.3", ["Q34", "Q39"]),
        ("RFC 7959 §2.2", []),
    ],
)
def test_entries_that_touch_a_clause_are_found(
    register: AmbiguityRegister, clause: str, ids: list[str]
) -> None:
    assert [entry.id for entry in register.touching(clause)] == ids


def test_what_is_no_clause_is_refused(register: AmbiguityRegister) -> None:
    with pytest.raises(ValueError, match="is no clause"):
        register.touching("§3.4, RFC 7959 §2.2")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "Q01"', 'id = "first"', "id"),
        ('question = "What happens?"', 'question = ""', "question"),
        ('accepted = "This or that."\n', "", "accepted"),
        ('clauses = ["LwM2M Core §1"]', "clauses = []", "clauses"),
        ('clauses = ["LwM2M Core §1"]', 'clauses = ["LwM2M Core 1"]', "clauses.0"),
        ('links = ["owner/repo#1"]', 'links = ["https://example.org"]', "links.0"),
        ('links = ["owner/repo#1"]', 'verdict = "pass"', "verdict"),
    ],
)
def test_an_entry_that_breaks_the_schema_is_named(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in ENTRY
    path = tmp_path / "ambiguities.toml"
    path.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_ambiguities(path)
    assert (caught.value.file, caught.value.key) == ("ambiguities.toml", key)


def test_an_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ambiguities.toml"
    path.write_text(ENTRY + ENTRY, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"ambiguities\.toml, Q01, key 'id': occurs twice"):
        load_ambiguities(path)
