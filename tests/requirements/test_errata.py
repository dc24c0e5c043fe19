"""The errata are read, and found by clause and by ETS number."""

from pathlib import Path

import pytest

from conformance.requirements import CatalogueError, Errata, load_errata

ENTRY = """
[[erratum]]
id = "E01"
document = "Some text"
wrong = "It says this."
right = "It means that."
clauses = ["LwM2M Core 1.0 §1"]
links = ["owner/repo#1"]
"""


@pytest.fixture(scope="module")
def errata() -> Errata:
    return load_errata()


def test_all_entries_are_there_in_order(errata: Errata) -> None:
    assert [entry.id for entry in errata] == [f"E{number:02}" for number in range(1, 16)]
    assert len(errata) == 15


@pytest.mark.parametrize(
    ("clause", "ets", "ids"),
    [
        ("LwM2M Core 1.2 §7.4.5", "", ["E01", "E02"]),
        ("RFC 7252 §4.5; LwM2M Core 1.1.1 §7.4.3", "", ["E01"]),
        ("LwM2M Core 1.1.1 §7.2.3", "", []),
        ("", "1.0-int-774", ["E06"]),
        ("", "int-774", ["E06"]),
        ("", "1.1-int-774", []),
        ("", "int-77", []),
        ("LwM2M Core 1.2 §7.2.3", "int-777", ["E03", "E07"]),
        ("", "", []),
    ],
)
def test_entries_that_touch_a_case_are_found(errata: Errata, clause: str, ets: str, ids: list[str]) -> None:
    assert [entry.id for entry in errata.touching(clause, ets)] == ids


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('id = "E01"', 'id = "1"', "id"),
        ('clauses = ["LwM2M Core 1.0 §1"]', 'clauses = ["Core 1"]', "clauses.0"),
        ('clauses = ["LwM2M Core 1.0 §1"]\n', "", "clauses"),
        ('clauses = ["LwM2M Core 1.0 §1"]', 'ets = ["774"]', "ets.0"),
        ('links = ["owner/repo#1"]', 'links = ["#1"]', "links.0"),
        ('links = ["owner/repo#1"]', "links = []", "links"),
        ('right = "It means that."\n', "", "right"),
        ('right = "It means that."', 'right = "x"\nnote = "y"', "note"),
    ],
)
def test_an_entry_that_breaks_the_schema_is_named(tmp_path: Path, old: str, new: str, key: str) -> None:
    assert old in ENTRY
    path = tmp_path / "errata.toml"
    path.write_text(ENTRY.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_errata(path)
    assert (caught.value.file, caught.value.key) == ("errata.toml", key)
    assert caught.value.item in ("E01", "1")


def test_an_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "errata.toml"
    path.write_text(ENTRY + ENTRY, encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"errata\.toml, E01, key 'id': occurs twice"):
        load_errata(path)
