"""Which cases run: declared in testcases/, matched by id, requirement and role."""

import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from conformance.sut.ics import did_you_mean
from conformance.testcase import LONG, TestCase


class SelectionError(ValueError):
    """What the user asked for does not exist; one line."""


@dataclass(frozen=True)
class Declared:
    """A test case and where it stands."""

    case: TestCase
    file: Path
    function: Callable[..., Any]
    parameters: tuple[tuple[str, tuple[str, ...]], ...]
    values: tuple[tuple[Any, ...], ...]

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

    def reason_against(self, case: TestCase, printed: str) -> str | None:
        """Why the filter leaves a case out; None when it does not."""
        names = (case.id, printed, *case.aliases)
        if self.ids and not any(
            name == wanted or case.id.startswith(wanted) for name in names for wanted in self.ids
        ):
            return "not among the ids asked for"
        if self.requirements and not any(
            label.startswith(wanted) for label in case.verifies for wanted in self.requirements
        ):
            return "verifies none of the requirements asked for"
        if self.role and case.role != self.role.replace("-", "_"):
            return f"is for the role {case.role}"
        if case.wait > LONG and not self.long:
            return f"waits {case.wait:.0f} s for the protocol: runs with --long"
        return None


def declared_cases(folder: Path) -> list[Declared]:
    """Every test case below a folder, in the order of the tree.

    Raises:
        SelectionError: two cases have the same id.
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
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise SelectionError(f"{file} cannot be loaded as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _texts(mark: Any) -> tuple[str, ...]:
    identifiers = mark.kwargs.get("ids") or [str(value) for value in mark.args[1]]
    return tuple(text.partition("=")[2] or text for text in identifiers)


def check_ids(wanted: Iterable[str], cases: Sequence[Declared]) -> None:
    """See that every id or prefix names a case.

    Raises:
        SelectionError: one names nothing.
    """
    names = [name for item in cases for name in (item.case.id, *item.case.aliases)]
    for text in wanted:
        bare = text.partition("[")[0]
        if not any(name.startswith(bare) for name in names):
            raise SelectionError(f"no test case has the id {text!r}{did_you_mean(bare, names)}")


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
