"""Which cases run: declared in testcases/, matched by id, requirement and role."""

import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.sut.ics import did_you_mean
from conformance.testcase import LONG, TestCase

VERSIONS = ("1.0", "1.1", "1.2")
"""Versions of LwM2M, as a variant names them."""


Parameters = tuple[tuple[str, tuple[str, ...]], ...]
"""The parameters of a case with their values as printed."""


class SelectionError(ValueError):
    """What the user asked for does not exist; one line."""


@dataclass(frozen=True)
class Declared:
    """A test case and where it stands."""

    case: TestCase
    file: Path
    function: Callable[..., Any]
    parameters: Parameters
    values: tuple[tuple[Any, ...], ...]

    @property
    def arguments(self) -> frozenset[str]:
        """The arguments that its function takes."""
        return frozenset(inspect.signature(self.function).parameters)

    @property
    def line(self) -> int:
        """The line at which it begins."""
        return self.function.__code__.co_firstlineno


@dataclass(frozen=True)
class Filter:
    """What the user wants to run; empty means everything."""

    ids: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    role: str | None = None
    long: bool = False

    def reason_against(
        self, case: TestCase, variant: Mapping[str, str], awake_time: float = 0.0
    ) -> str | None:
        """Why the filter leaves a variant of a case out, for a SUT with this `ixit.awake_time`; None when it
        does not."""
        if self.ids and not any(_names(wanted, case, variant) for wanted in self.ids):
            return "not among the ids asked for"
        if self.requirements and not any(
            label.startswith(wanted) for label in case.verifies for wanted in self.requirements
        ):
            return "verifies none of the requirements asked for"
        if self.role and case.role != self.role.replace("-", "_"):
            return f"is for the role {case.role}"
        wait = case.waits(awake_time)
        if wait > LONG and not self.long:
            return f"waits {wait:.0f} s for the protocol: runs with --long"
        return None


def parse_name(text: str) -> tuple[str, dict[str, str]]:
    """Id (or prefix) and variant of a printed name, ``REG-UPD-02[lwm2m=1.1,format=tlv]``.

    Raises:
        SelectionError: what stands in the brackets is no variant.
    """
    bare, bracket, rest = text.partition("[")
    if not bracket:
        return bare, {}
    pairs = [part.partition("=") for part in rest.removesuffix("]").split(",")]
    if not rest.endswith("]") or not all(name and equals and value for name, equals, value in pairs):
        raise SelectionError(f"{text!r} is not an id with a variant such as REG-UPD-02[format=tlv]")
    return bare, {name: value for name, _, value in pairs}


def _names(wanted: str, case: TestCase, variant: Mapping[str, str]) -> bool:
    """Whether an id, an alias or a prefix, with or without a variant or part of one, means this variant."""
    bare, values = parse_name(wanted)
    return any(name.startswith(bare) for name in (case.id, *case.aliases)) and all(
        variant.get(key) == value for key, value in values.items()
    )


def declared_cases(folder: Path) -> list[Declared]:
    """Every test case below a folder, in the order of the tree.

    Raises:
        SelectionError: two cases have the same id, or a file cannot be loaded.
    """
    cases = list(_walk(folder))
    seen: dict[str, Declared] = {}
    for item in cases:
        for name in (item.case.id, *item.case.aliases):
            if name in seen:
                other = seen[name]
                raise SelectionError(
                    f"{item.file}:{item.line}: the id {name} is taken by {other.file}:{other.line}"
                )
            seen[name] = item
    return cases


def _walk(folder: Path) -> Iterator[Declared]:
    for file in sorted(folder.rglob("test_*.py")):
        module = _load(file, folder)
        found = [
            function
            for function in vars(module).values()
            if isinstance(getattr(function, "testcase", None), TestCase)
        ]
        for function in sorted(found, key=lambda function: function.__code__.co_firstlineno):
            marks = [mark for mark in getattr(function, "pytestmark", ()) if mark.name == "parametrize"]
            yield Declared(
                function.testcase,
                file,
                function,
                tuple((mark.args[0], _texts(mark)) for mark in marks),
                tuple(tuple(mark.args[1]) for mark in marks),
            )


def _load(file: Path, root: Path) -> ModuleType:
    name = "lwm2m_testcases." + ".".join(file.relative_to(root).with_suffix("").parts)
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(file):
        return known
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise SelectionError(f"{file} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        del sys.modules[name]
        raise SelectionError(f"{file} cannot be loaded: {type(problem).__name__}: {problem}") from problem
    return module


def _texts(mark: Any) -> tuple[str, ...]:
    identifiers = mark.kwargs.get("ids") or [str(value) for value in mark.args[1]]
    return tuple(text.partition("=")[2] or text for text in identifiers)


def check_ids(wanted: Iterable[str], cases: Sequence[Declared]) -> None:
    """See that every id or prefix, and the variant behind it, names a case.

    Raises:
        SelectionError: one names nothing.
    """
    names = [name for item in cases for name in (item.case.id, *item.case.aliases)]
    for text in wanted:
        bare, values = parse_name(text)
        meant = [
            item
            for item in cases
            if any(name.startswith(bare) for name in (item.case.id, *item.case.aliases))
        ]
        if not meant:
            raise SelectionError(f"no test case has the id {text!r}{did_you_mean(bare, names)}")
        for key, value in values.items():
            known = {known for item in meant for known in dict(item.parameters).get(key, ())}
            if key == "lwm2m":
                known |= set(VERSIONS)
            if value not in known:
                there = f"it has {', '.join(sorted(known))}" if known else f"it does not vary by {key}"
                raise SelectionError(f"no test case is {text!r}: {bare} has no {key}={value}, {there}")


def deselected_row(
    case: TestCase, sut: str | None, variant: Mapping[str, str], reason: str
) -> dict[str, Any]:
    """One element of ``deselected`` in ``run.json``."""
    return {
        "sut": sut,
        "id": case.id,
        "variant": dict(variant),
        "requirements": list(case.verifies),
        "reason": reason,
    }
