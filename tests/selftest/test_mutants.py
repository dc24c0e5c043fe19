"""What a mutant's file has to say of itself."""

from pathlib import Path

import pytest

from conformance.selftest.mutants import MutantError, load_mutants, load_pairs

RIGHT = (
    '"""Answers late."""\nMUTANT = Mutant(source="a/b#1", killed_by={"A-01": ("read.code",)}, lwm2m="1.0")\n'
)


def folder_with(tmp_path: Path, text: str) -> Path:
    role = tmp_path / "device"
    role.mkdir()
    (role / "late.py").write_text(text)
    (role / "__init__.py").write_text("")
    (tmp_path / "_not_a_role").mkdir()
    (tmp_path / "selftest.toml").write_text("")
    return tmp_path


def test_a_right_file(tmp_path: Path) -> None:
    (mutant,) = load_mutants(folder_with(tmp_path, RIGHT))
    assert (mutant.name, mutant.fault, mutant.role) == ("late", "Answers late", "device")
    assert (mutant.source, mutant.lwm2m, mutant.cases) == ("a/b#1", "1.0", ("A-01",))
    assert mutant.killed_by == {"A-01": ("read.code",)}
    assert mutant.also_red == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (RIGHT.partition("\n")[2], "no docstring"),
        ('"""X."""\n', "no MUTANT = Mutant"),
        (RIGHT.replace('{"A-01": ("read.code",)}', "{}"), "killed_by is empty"),
        (RIGHT.replace('{"A-01": ("read.code",)}', '["A-01"]'), "killed_by has to be a table"),
        (
            RIGHT.replace('("read.code",)', '"read.code"'),
            "A-01 needs a tuple of check ids, found 'read.code'",
        ),
        (RIGHT.replace('("read.code",)', "()"), "A-01 needs a tuple of check ids"),
        (RIGHT.replace('"a/b#1"', '""'), "source is missing"),
        (RIGHT.replace('"a/b#1"', "SOURCE"), "source has to be a literal"),
        (RIGHT.replace('"1.0"', '"1"'), "lwm2m is '1'"),
        ("def (", "not Python"),
    ],
)
def test_a_wrong_file_is_told_by_name(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(MutantError) as caught:
        load_mutants(folder_with(tmp_path, text))
    assert told in str(caught.value)
    assert "late.py" in str(caught.value)
    assert "\n" not in str(caught.value)


def pairs_with(tmp_path: Path, table: str) -> Path:
    file = tmp_path / "pairs.toml"
    file.write_text(table)
    return file


def test_a_mutant_takes_a_side_of_a_pair(tmp_path: Path) -> None:
    mutants = load_mutants(folder_with(tmp_path, RIGHT))
    table = '[device.late]\nPAIR-A-01 = ["read.code"]\nalso_red = { PAIR-A-02 = ["read.value"] }\n'
    (mutant,) = load_pairs(pairs_with(tmp_path, table), mutants)
    assert (mutant.name, mutant.fault, mutant.role, mutant.side) == ("late", "Answers late", "pair", "device")
    assert mutant.killed_by == {"PAIR-A-01": ("read.code",)}
    assert mutant.also_red == {"PAIR-A-02": ("read.value",)}
    assert mutant.lwm2m == "1.0"


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('server.late = { PAIR-A-01 = ["read.code"] }', "there is no mutant server/late.py"),
        ("device.late = {}", "device.late is empty"),
        ('device.late = { PAIR-A-01 = "read.code" }', "PAIR-A-01 needs a tuple of check ids"),
        ("device.late = [", "pairs.toml"),
    ],
)
def test_a_wrong_table_of_pairs_is_told(tmp_path: Path, table: str, told: str) -> None:
    mutants = load_mutants(folder_with(tmp_path, RIGHT))
    with pytest.raises(MutantError) as caught:
        load_pairs(pairs_with(tmp_path, table), mutants)
    assert told in str(caught.value)
