"""Each way to break the data is told with file, item and key."""

from pathlib import Path

import pytest

from conformance.requirements import (
    CatalogueError,
    Disposition,
    Role,
    load_ambiguities,
    load_catalogue,
    load_errata,
)
from conformance.requirements.catalogue import DOCUMENT_FILES, load_document

DOCUMENT = """
[document]
id = "A document"
title = "For the tests"
release = "1.0"
"""
ITEM = """
[[requirement]]
label = "AB-001"
section = "1"
keyword = "SHALL"
roles = ["device"]
disposition = "planned"
paraphrase = "Something holds."
reason = "Seen by a Read."
"""


def of_role(role: str, disposition: str = "untestable") -> str:
    return f'of_role = {{ {role} = {{ disposition = "{disposition}", reason = "No wire shows it." }} }}'


def _file(folder: Path, text: str, name: str = "some.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_sound_file_is_read(tmp_path: Path) -> None:
    document, (requirement,) = load_document(_file(tmp_path, DOCUMENT + ITEM))
    assert document.id == "A document"
    assert (requirement.label, requirement.release, str(requirement.source)) == (
        "AB-001",
        "1.0",
        "A document §1",
    )


def test_an_item_may_have_a_release_of_its_own(tmp_path: Path) -> None:
    _, (requirement,) = load_document(_file(tmp_path, DOCUMENT + ITEM + 'release = "1.1"\n'))
    assert requirement.release == "1.1"


def test_an_item_may_stand_otherwise_in_one_of_its_roles(tmp_path: Path) -> None:
    _, (requirement,) = load_document(_file(tmp_path, DOCUMENT + ITEM + of_role("device")))
    assert requirement.disposition is Disposition.PLANNED
    assert requirement.standing(Role.DEVICE).disposition is Disposition.UNTESTABLE
    assert requirement.standing(Role.DEVICE).reason == "No wire shows it."
    assert requirement.standing(Role.SERVER).reason == "Seen by a Read."


@pytest.mark.parametrize(
    ("old", "new", "item", "key"),
    [
        ('keyword = "SHALL"', 'keyword = "WILL"', "AB-001", "keyword"),
        ('keyword = "SHALL"\n', "", "AB-001", "keyword"),
        ('roles = ["device"]', 'roles = ["client"]', "AB-001", "roles.0"),
        ('roles = ["device"]', "roles = []", "AB-001", "roles"),
        ('roles = ["device"]', 'roles = "device"', "AB-001", "roles"),
        ('disposition = "planned"', 'disposition = "done"', "AB-001", "disposition"),
        ('reason = "Seen by a Read."', 'reason = " "', "AB-001", "reason"),
        ('reason = "Seen by a Read."\n', "", "AB-001", "reason"),
        ('paraphrase = "Something holds."', "paraphrase = 7", "AB-001", "paraphrase"),
        ('section = "1"\n', "", "AB-001", "section"),
        ('section = "1"', 'section = ""', "AB-001", "source.section"),
        ('section = "1"', 'section = "1"\nsource = "x"', "AB-001", "source"),
        ('section = "1"', 'section = "1"\ncolour = "red"', "AB-001", "colour"),
        ('section = "1"', f'section = "1"\n{of_role("server")}', "AB-001", "of_role"),
        (
            'section = "1"',
            f'section = "1"\n{of_role("device", "done")}',
            "AB-001",
            "of_role.device.disposition",
        ),
        ('section = "1"', 'section = "1"\naliases = "AB-1"', "AB-001", "aliases"),
        ('section = "1"', 'section = "1"\naliases = [7]', "AB-001", "aliases.0"),
        ('label = "AB-001"\n', "", "item 1", "label"),
        ('label = "AB-001"', "label = 1", "item 1", "label"),
        ('label = "AB-001"', 'label = "no label"', "no label", "label"),
        ('title = "For the tests"\n', "", "[document]", "title"),
        ('title = "For the tests"', 'title = "For the tests"\nauthor = "x"', "[document]", "author"),
    ],
)
def test_an_item_that_breaks_the_schema_is_named(
    tmp_path: Path, old: str, new: str, item: str, key: str
) -> None:
    text = DOCUMENT + ITEM
    assert old in text
    with pytest.raises(CatalogueError) as caught:
        load_document(_file(tmp_path, text.replace(old, new)))
    error = caught.value
    assert (error.file, error.item, error.key) == ("some.toml", item, key)
    assert str(error).startswith(f"some.toml, {item}, key '{key}': ")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (ITEM, "document"),
        (DOCUMENT, "requirement"),
        (DOCUMENT + "[requirement]\n", "requirement"),
        ('document = "x"\n' + ITEM, "document"),
        (DOCUMENT + ITEM + "[other]\n", "other"),
    ],
)
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_document(_file(tmp_path, text))
    assert (caught.value.file, caught.value.item, caught.value.key) == ("some.toml", "", key)


def test_a_label_twice_in_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"some\.toml, ab-001, key 'label': occurs twice"):
        load_document(_file(tmp_path, DOCUMENT + ITEM + ITEM.replace("AB-001", "ab-001")))


def _five(folder: Path, label: str) -> None:
    for number, name in enumerate(DOCUMENT_FILES):
        item = ITEM.replace("AB-001", label.format(number))
        _file(folder, DOCUMENT.replace("A document", f"Document {number}") + item, name)


def test_a_catalogue_is_read_from_a_directory(tmp_path: Path) -> None:
    _five(tmp_path, "AB-{0}")
    assert [item.label for item in load_catalogue(tmp_path)] == ["AB-0", "AB-1", "AB-2", "AB-3", "AB-4"]


def test_a_label_in_two_documents_is_refused(tmp_path: Path) -> None:
    _five(tmp_path, "AB-001")
    with pytest.raises(CatalogueError, match=r"Document 1, AB-001.*already names AB-001 of Document 0 §1"):
        load_catalogue(tmp_path)


def test_an_alias_that_is_a_label_elsewhere_is_refused(tmp_path: Path) -> None:
    _five(tmp_path, "AB-{0}")
    name = DOCUMENT_FILES[4]
    text = (tmp_path / name).read_text(encoding="utf-8")
    _file(tmp_path, text + 'aliases = ["ab - 2"]\n', name)
    with pytest.raises(CatalogueError, match=r"'ab-2' already names AB-2"):
        load_catalogue(tmp_path)


def test_a_missing_document_is_named(tmp_path: Path) -> None:
    _five(tmp_path, "AB-{0}")
    (tmp_path / DOCUMENT_FILES[2]).unlink()
    with pytest.raises(CatalogueError, match=r"^3gpp-tr-26\.850\.toml: cannot be read"):
        load_catalogue(tmp_path)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"label = \n", "is not TOML"), (b'label = "\xff"\n', "is not UTF-8")]
)
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "some.toml"
    path.write_bytes(content)
    for load in (load_document, load_errata, load_ambiguities):
        with pytest.raises(CatalogueError, match=rf"^some\.toml: {reason}"):
            load(path)
