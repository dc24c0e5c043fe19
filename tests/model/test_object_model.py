"""A model answers in the version that counts: chosen, else named by the enabler, else the highest fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from conformance.model import ENABLERS, DataType, Enabler, InvalidDefinitions, ObjectModel, core_model

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import DefinitionFolder

SHIPPED = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 16, 21, 22, 25, 3303, 3311, 3442)


def version_of(model: ObjectModel, oid: int) -> str | None:
    definition = model.object(oid)
    return definition.version if definition else None


@pytest.mark.parametrize(
    ("enabler", "versions"),
    [
        ("1.0", {0: "1.0", 1: "1.0", 2: "1.0", 3: "1.0", 4: "1.0", 5: "1.0", 6: "1.0", 7: "1.0", 10: "1.0"}),
        ("1.1", {0: "1.1", 1: "1.1", 2: "1.0", 3: "1.1", 4: "1.2", 5: "1.0", 6: "1.0", 21: "1.0", 10: "1.1"}),
        ("1.2", {0: "1.2", 1: "1.2", 2: "1.1", 3: "1.2", 4: "1.3", 5: "1.1", 6: "1.0", 21: "1.1", 25: "1.0"}),
    ],
)
def test_the_enabler_decides(enabler: Enabler, versions: dict[int, str]) -> None:
    model = core_model(enabler)
    assert {oid: version_of(model, oid) for oid in versions} == versions


@pytest.mark.parametrize("enabler", ENABLERS)
def test_every_object_is_known_to_every_enabler(enabler: Enabler) -> None:
    model = core_model(enabler)
    assert tuple(sorted(model.definitions)) == SHIPPED
    assert all(model.object(oid) for oid in SHIPPED)


@pytest.mark.parametrize("enabler", ENABLERS)
def test_every_named_version_is_there(enabler: Enabler) -> None:
    model = core_model(enabler)
    assert {oid: version_of(model, oid) for oid in ENABLERS[enabler]} == ENABLERS[enabler]


def test_another_enabler_is_refused() -> None:
    unknown: Any = "2.0"
    with pytest.raises(ValueError, match=r"unknown LwM2M version '2\.0', expected one of: 1\.0, 1\.1, 1\.2"):
        core_model(unknown)


def test_versions_are_in_order() -> None:
    assert core_model("1.1").versions(4) == ("1.0", "1.1", "1.2", "1.3")
    assert core_model("1.1").versions(33000) == ()


def test_a_version_asked_for_is_that_or_nothing() -> None:
    model = core_model("1.0")
    security = model.object(0, "1.2")
    assert security is not None
    assert security.version == "1.2"
    assert model.object(0, "1.9") is None
    assert model.object(33000) is None
    assert model.object(33000, "1.0") is None


def test_a_version_left_out_means_the_enabler_or_1_0() -> None:
    model = core_model("1.1")
    assert model.default_version(3) == "1.1"
    assert model.default_version(21) == "1.0"
    assert model.default_version(10) == "1.0"
    assert model.default_version(33000) == "1.0"


def test_a_chosen_version_counts_and_leaves_the_model_alone() -> None:
    model = core_model("1.1")
    chosen = model.choose({3: "1.0", 33000: "1.0"}).choose({21: "2.0"})
    assert (version_of(chosen, 3), version_of(chosen, 21), version_of(chosen, 1)) == ("1.0", "2.0", "1.1")
    assert (version_of(model, 3), version_of(model, 21)) == ("1.1", "1.0")
    assert chosen.type_of((21, 0, 0)) is DataType.OPAQUE
    assert model.type_of((21, 0, 0)) is DataType.STRING


def test_an_unknown_minor_version_is_read_by_the_nearest() -> None:
    model = core_model("1.1")
    assert version_of(model.choose({3: "1.7"}), 3) == "1.2"
    assert version_of(model.choose({3303: "1.0"}), 3303) == "1.1"
    assert version_of(model.choose({3: "2.0"}), 3) is None


@pytest.mark.parametrize("version", ["", "1", "1.0.1", '"1.0"', "1.²", "one.two"])
def test_what_is_no_version_cannot_be_chosen(version: str) -> None:
    with pytest.raises(ValueError, match=r"object 3: version is .*, expected digits like 1\.0"):
        core_model("1.1").choose({3: version})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((3, 0, 0), DataType.STRING),
        ((3, 0, 13), DataType.TIME),
        ((3, 0, 11, 0), DataType.INTEGER),
        ((3, 0, 4), DataType.NONE),
        ((3, 0, 22), DataType.OBJLNK),
        ((6, 0, 0), DataType.FLOAT),
        ((1, 7, 6), DataType.BOOLEAN),
        ((5, 0, 0), DataType.OPAQUE),
        ((22, 0, 0), DataType.CORELNK),
        ((3442, 0, 125), DataType.UNSIGNED_INTEGER),
        ((3, 0, 9999), None),
        ((33000, 0, 0), None),
        ((), None),
        ((3, 0), None),
        ((3, 0, 11, 0, 0), None),
    ],
)
def test_types_of_paths(path: tuple[int, ...], expected: DataType | None) -> None:
    assert core_model("1.1").type_of(path) == expected


def test_a_resource_tells_what_it_is() -> None:
    lifetime = core_model("1.1").resource((1, 0, 1))
    assert lifetime is not None
    assert (lifetime.name, lifetime.operations, lifetime.units) == ("Lifetime", frozenset("RW"), "s")
    assert (lifetime.mandatory, lifetime.multiple) == (True, False)


def test_own_definitions_join_the_core_ones(folder: DefinitionFolder) -> None:
    folder.tank()
    folder.write("not for us", "README.txt")
    model = core_model("1.1").with_directory(folder.path)
    assert model.type_of((33000, 0, 5)) is DataType.INTEGER
    assert version_of(model, 3) == "1.1"
    assert core_model("1.1").object(33000) is None


def test_an_own_definition_replaces_a_known_one_of_its_version(folder: DefinitionFolder) -> None:
    folder.tank(("urn:oma:lwm2m:x:33000", "urn:oma:lwm2m:oma:3"), ("<ObjectID>33000", "<ObjectID>3"))
    model = core_model("1.1").with_directory(folder.path)
    assert model.type_of((3, 0, 0)) is None
    assert model.choose({3: "1.0"}).type_of((3, 0, 0)) is DataType.STRING


def test_the_highest_version_that_the_enabler_carries_counts(folder: DefinitionFolder) -> None:
    for version, enabler in (("1.9", "1.0"), ("1.10", "1.1"), ("2.0", "1.2")):
        folder.tank_version(version, f"33000-{version}.xml", enabler)
    assert version_of(core_model("1.0").with_directory(folder.path), 33000) == "1.9"
    assert version_of(core_model("1.1").with_directory(folder.path), 33000) == "1.10"
    assert version_of(core_model("1.2").with_directory(folder.path), 33000) == "2.0"


def test_every_bad_file_is_listed(folder: DefinitionFolder) -> None:
    folder.tank(name="a.xml")
    folder.tank((">Integer<", ">int<"), name="b.xml")
    folder.write("", "c.xml")
    folder.tank(name="d.xml")
    with pytest.raises(InvalidDefinitions) as caught:
        core_model("1.1").with_directory(folder.path)
    assert [(error.file.name, error.line) for error in caught.value.errors] == [
        ("b.xml", 17),
        ("c.xml", 1),
        ("d.xml", None),
    ]
    assert "object 33000 version 1.1 is already defined in a.xml" in caught.value.errors[2].reason
    assert str(caught.value).count("\n") == 2


def test_a_folder_without_definitions_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinitions, match=r"holds no \*\.xml file"):
        core_model("1.1").with_directory(tmp_path)
    with pytest.raises(InvalidDefinitions, match="is no folder"):
        core_model("1.1").with_directory(tmp_path / "gone")
