"""Labels, aliases and prefixes find their requirements."""

import pytest

from conformance.requirements import Catalogue, load_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize(
    ("spelling", "label"),
    [
        ("HLF-003", "HLF-003"),
        ("hlf-003", "HLF-003"),
        (" HLF-003 ", "HLF-003"),
        ("LightweightM2M-HLF-003", "HLF-003"),
        ("lightweightm2m-hlf-003", "HLF-003"),
        ("LightweightM2M -SEC-001", "SEC-001"),
        ("LightweightM2M-SEC-001", "SEC-001"),
        ("LightweightM2M -CoT-001", "CoT-001"),
        ("LightweightM2M-CoT-002", "CoT-002"),
        ("LightweightM2M -OSR-002", "OSR-002"),
        ("MBMS-UC2-2", "MBMS-UC2-2"),
        ("GISFI-8.1-I2a", "GISFI-8.1e"),
        ("GISFI-7.3b", "GISFI-7.3b"),
    ],
)
def test_label_or_alias_gives_the_requirement(catalogue: Catalogue, spelling: str, label: str) -> None:
    requirement = catalogue.get(spelling)
    assert requirement is not None
    assert requirement.label == label
    assert spelling in catalogue


@pytest.mark.parametrize(
    "spelling", ["", "HLF", "HLF-043", "HLF-3", "LightweightM2M-BULK-1", "GISFI-4.21", "SEC-005"]
)
def test_what_names_no_item_gives_none(catalogue: Catalogue, spelling: str) -> None:
    assert catalogue.get(spelling) is None
    assert spelling not in catalogue


def test_the_spellings_of_the_document_are_shown_as_aliases(catalogue: Catalogue) -> None:
    requirement = catalogue.get("SEC-001")
    assert requirement is not None
    assert requirement.aliases == ("LightweightM2M-SEC-001", "LightweightM2M -SEC-001")


@pytest.mark.parametrize(
    ("prefix", "labels"),
    [
        ("GISFI-4.1", ["GISFI-4.1"]),
        ("GISFI-4.21", ["GISFI-4.21a", "GISFI-4.21b", "GISFI-4.21c"]),
        ("GISFI-5.3", ["GISFI-5.3.1", "GISFI-5.3.2"]),
        ("MBMS-UC2", ["MBMS-UC2-1", "MBMS-UC2-2"]),
        ("HLF-04", ["HLF-040", "HLF-041", "HLF-042"]),
        ("HLF-042", ["HLF-042"]),
        ("lightweightm2m -cop", ["CoP-001", "CoP-002"]),
        ("no-such", []),
    ],
)
def test_prefix_finds_in_document_order(catalogue: Catalogue, prefix: str, labels: list[str]) -> None:
    assert [requirement.label for requirement in catalogue.find(prefix)] == labels


@pytest.mark.parametrize(
    ("prefix", "count"),
    [("", 255), ("HLF", 42), ("LightweightM2M", 77), ("GISFI", 164), ("GISFI-4", 56), ("Co", 10)],
)
def test_prefix_counts(catalogue: Catalogue, prefix: str, count: int) -> None:
    assert len(catalogue.find(prefix)) == count
