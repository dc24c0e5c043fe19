"""What each item of the catalogue says holds together."""

import json
from importlib.resources import files

import pytest

from conformance.requirements import Catalogue, Disposition, Keyword, Role, load_catalogue
from conformance.requirements.catalogue import DOCUMENT_FILES

SHOWN_BY_REGISTRATION_AND_MANAGEMENT = (
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    12,
    14,
    19,
    20,
    22,
    23,
    24,
    25,
    27,
    30,
    32,
    33,
    34,
    35,
    36,
    39,
    41,
    42,
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize("number", SHOWN_BY_REGISTRATION_AND_MANAGEMENT)
def test_what_registration_and_management_of_a_device_show_is_tested(
    catalogue: Catalogue, number: int
) -> None:
    item = catalogue.get(f"HLF-{number:03}")
    assert item is not None
    assert item.disposition is Disposition.TESTED


def test_tested_items_concern_the_device(catalogue: Catalogue) -> None:
    assert all(Role.DEVICE in item.roles for item in catalogue if item.disposition is Disposition.TESTED)


def test_items_left_out_say_why_at_some_length(catalogue: Catalogue) -> None:
    left_out = [
        item
        for item in catalogue
        if item.disposition in (Disposition.UNTESTABLE, Disposition.OUT_OF_SCOPE)
        and not item.reason.startswith("As ")
    ]
    assert left_out
    assert [item.label for item in left_out if len(item.reason.split()) < 6] == []


def test_a_reason_that_refers_to_another_item_names_one_with_a_reason_of_its_own(
    catalogue: Catalogue,
) -> None:
    for item in catalogue:
        if item.reason.startswith("As GISFI-"):
            named = item.reason.removeprefix("As ").split(",")[0].split(";")[0].split()[0].rstrip(".")
            other = catalogue.get(named)
            assert other is not None, f"{item.label} refers to {named}"
            assert not other.reason.startswith("As "), f"{item.label} refers to {named}, which refers on"


def test_no_role_occurs_twice_in_an_item(catalogue: Catalogue) -> None:
    assert [item.label for item in catalogue if len(set(item.roles)) != len(item.roles)] == []


def test_no_two_items_of_a_document_say_the_same(catalogue: Catalogue) -> None:
    for document in catalogue.documents:
        paraphrases = [item.paraphrase for item in catalogue.of_document(document.id)]
        assert len(set(paraphrases)) == len(paraphrases)


@pytest.mark.parametrize(
    ("label", "keyword"),
    [
        ("CoT-001", "MUST"),
        ("CoT-004", "SHALL"),
        ("CoT-007", "MAY"),
        ("OSR-001", "MUST"),
        ("LPW-007", "MAY"),
        ("MBMS-SW-1", "MUST"),
        ("MBMS-UC1-1", "SHALL"),
        ("GISFI-4.8", "SHOULD"),
        ("GISFI-4.10", "MAY"),
    ],
)
def test_keyword_is_that_of_the_document(catalogue: Catalogue, label: str, keyword: str) -> None:
    requirement = catalogue.get(label)
    assert requirement is not None
    assert requirement.keyword is Keyword(keyword)


def test_gisfi_section_that_occurs_twice_is_told_apart(catalogue: Catalogue) -> None:
    sections = [item.source.section for item in catalogue.find("GISFI-7.3")]
    assert sections == ["7.3 (first)", "7.3 (second)", "7.3 (second)"]


def test_data_files_are_read_from_the_package() -> None:
    folder = files("conformance.requirements")
    names = {entry.name for entry in (folder / "documents").iterdir()}
    assert names == set(DOCUMENT_FILES)


def test_items_become_json(catalogue: Catalogue) -> None:
    item = catalogue.get("SEC-001")
    assert item is not None
    assert json.loads(item.model_dump_json())["source"] == {
        "document": "OMA-RD-LightweightM2M-V1_0",
        "section": "6.1.1",
    }
