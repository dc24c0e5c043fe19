"""What each mutant says of itself, read from its file without running it."""

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conformance.testcase import PAIR


class MutantError(ValueError):
    """A mutant's file is wrong; one line with the file and what to write."""


@dataclass(frozen=True)
class Mutant:
    """A peer that is right but for one named fault.

    `killed_by` and `also_red` give check ids by case id. A check id may be led by ``warning:`` where the
    fault must show as a warning, or ``note:`` where it must show as an observation that contains the text.
    `lwm2m` is the version that the fault needs, empty for any. `side` is the side of a pair that it takes,
    where its role is ``pair``.
    """

    name: str
    fault: str
    source: str
    role: str
    killed_by: Mapping[str, tuple[str, ...]]
    also_red: Mapping[str, tuple[str, ...]]
    file: Path
    lwm2m: str = ""
    side: str = ""

    @property
    def cases(self) -> tuple[str, ...]:
        """The ids of the cases that concern it."""
        return tuple(dict.fromkeys([*self.killed_by, *self.also_red]))


def load_mutants(folder: Path) -> list[Mutant]:
    """Every mutant below ``fixtures/mutants``, by role and name.

    Raises:
        MutantError: a file does not say what kills it.
    """
    return [
        _read(file, role.name)
        for role in sorted(folder.iterdir())
        if role.is_dir() and not role.name.startswith("_")
        for file in sorted(role.glob("*.py"))
        if not file.name.startswith("_")
    ]


def load_pairs(file: Path, mutants: Sequence[Mutant]) -> list[Mutant]:
    """The mutants that take a side of a pair, by the table in ``fixtures/mutants/pairs.toml``.

    Raises:
        MutantError: the table is wrong, or names a mutant that there is not.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise MutantError(f"{file}: {problem}") from None
    known = {(mutant.role, mutant.name): mutant for mutant in mutants}
    found = []
    for side, rows in table.items():
        for name, checks in rows.items():
            if (side, name) not in known:
                raise MutantError(f"{file}: there is no mutant {side}/{name}.py")
            permitted = _checks(checks.pop("also_red", {}), file, f"{side}.{name}.also_red")
            killed_by = _checks(checks, file, f"{side}.{name}")
            if not killed_by:
                raise MutantError(f"{file}: {side}.{name} is empty: name the case and the check")
            row = replace(known[side, name], role=PAIR, side=side, killed_by=killed_by, also_red=permitted)
            found.append(row)
    return found


def _read(file: Path, role: str) -> Mutant:
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    except SyntaxError as problem:
        raise MutantError(f"{file}:{problem.lineno}: not Python: {problem.msg}") from None
    fault = (ast.get_docstring(tree) or "").strip().splitlines()
    if not fault:
        raise MutantError(f"{file}: no docstring: its first line names the fault")
    values = dict(_declaration(tree, file))
    killed_by = _checks(values.get("killed_by"), file, "killed_by")
    if not killed_by:
        raise MutantError(f"{file}: killed_by is empty: name the case and the check that must kill it")
    source = values.get("source")
    if not isinstance(source, str) or not source:
        raise MutantError(f"{file}: source is missing: name the issue or the clause")
    return Mutant(
        file.stem,
        fault[0].rstrip("."),
        source,
        role,
        killed_by,
        _checks(values.get("also_red", {}), file, "also_red"),
        file,
        _version(values.get("lwm2m", ""), file),
    )


def _version(value: object, file: Path) -> str:
    if not isinstance(value, str) or value not in ("", "1.0", "1.1", "1.2"):
        raise MutantError(f'{file}: lwm2m is {value!r}: write a version such as "1.1", or leave it out')
    return value


def _declaration(tree: ast.Module, file: Path) -> Iterator[tuple[str, Any]]:
    for node in tree.body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == "MUTANT"
            and isinstance(node.value, ast.Call)
        ):
            for keyword in node.value.keywords:
                try:
                    yield keyword.arg or "", ast.literal_eval(keyword.value)
                except ValueError:
                    raise MutantError(f"{file}:{node.lineno}: {keyword.arg} has to be a literal") from None
            return
    raise MutantError(f"{file}: no MUTANT = Mutant(source=…, killed_by=…) at top level")


def _checks(value: object, file: Path, name: str) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise MutantError(f"{file}: {name} has to be a table of case ids and check ids")
    for case, checks in value.items():
        if not isinstance(checks, tuple | list) or not checks or not all(isinstance(c, str) for c in checks):
            raise MutantError(f"{file}: {name}: {case} needs a tuple of check ids, found {checks!r}")
    return {case: tuple(checks) for case, checks in value.items()}
