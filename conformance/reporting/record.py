"""Typed read access to a run folder.

``run.json`` (JSON Schema: ``schema/run-1.json``; nothing beyond these fields is accepted, all are required
unless marked optional):

- ``schema`` 1; ``tool`` {name, version}; ``started`` UTC ``2026-11-21T11:51:21.123Z``; ``seconds`` of the
  whole run
- ``suts`` [{name, role, lwm2m [``"1.1"``…], profile_sha256 (64 hex digits or null)}]
- ``environment`` object of scalars (python, platform, …); ``seed`` integer; ``command`` list of arguments
- ``interrupted`` bool; ``exit_code`` 0..5, 130, or null while the run goes on
- ``results`` [result]; a case's ``result.json`` is one of them, word for word
- ``deselected`` [{sut (name or null for all), id, variant, requirements, reason}]
- ``requirements`` [{label, sut, state, cases [printed names]}], state one of ``not met``, ``inconclusive``,
  ``met``, ``not applicable``, ``not tested``

A result: ``sut`` (name), ``id``, ``variant`` (ordered map of strings), ``role``, ``title`` (optional: the
test function's name as a sentence), ``purpose`` (optional: first line of the docstring), ``verdict``
(``pass``, ``fail``, ``inconclusive``, ``error``, ``not_applicable``; a case that ended with ``none`` is
written as ``error``), ``reason`` (string or null; required in substance where no check explains an
inconclusive, error or not applicable), ``requirements`` (the case's ``verifies``), ``clause``, ``ets``,
``seconds``, ``case_revision`` (string, integer or null), ``checks``, ``rules`` (findings of passive rules,
same shape; rules that had nothing to judge are left out), ``observations`` [{text, and optionally id,
frame, ambiguity}], ``known_issue`` ({link, reason, expires ``YYYY-MM-DD`` or null} or null; only on a
fail), ``flaky`` (only on inconclusive or error). A pass has at least one check.

A check: ``id``, ``verdict`` (pass, fail, inconclusive, error), ``level`` (MUST, SHOULD, MAY), ``grade``
(strict, tolerated, warning), ``expected``, ``actual``, ``clause`` (null: the case's), ``requirements``
(labels that it counts for; empty: all of the case), ``frame`` (from 1, or null), ``source`` (wire, live),
``matcher`` (object or null), ``value`` (any JSON), ``limit`` (seconds or null), ``subject`` ({field, frame}
or null).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter

from conformance.reporting.schema import SCHEMA_VERSION, violation

Scalar = str | int | float | bool | None
ResultKey = tuple[str, str, tuple[tuple[str, str], ...]]


class RunError(Exception):
    """A run folder cannot be read: one line with the file, what is wrong and what to do."""

    def __init__(self, file: Path, wrong: str, remedy: str) -> None:
        super().__init__(f"{file}: {wrong}; {remedy}")
        self.file, self.wrong, self.remedy = file, wrong, remedy


class Verdict(StrEnum):
    """Verdicts as they stand in a record."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"


class State(StrEnum):
    """What a run says of one requirement and one SUT, worst first."""

    NOT_MET = "not met"
    INCONCLUSIVE = "inconclusive"
    MET = "met"
    NOT_APPLICABLE = "not applicable"
    NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Tool:
    """What made the record."""

    name: str
    version: str


@dataclass(frozen=True)
class Sut:
    """A system under test, by its profile."""

    name: str
    role: str
    lwm2m: tuple[str, ...]
    profile_sha256: str | None


@dataclass(frozen=True)
class Subject:
    """Where the value of a check stood."""

    field: str
    frame: int | None


@dataclass(frozen=True)
class Check:
    """One judged statement of a case, or one finding of a passive rule; `limit` in seconds."""

    id: str
    verdict: Verdict
    level: str
    grade: str
    expected: str
    actual: str
    clause: str | None
    requirements: tuple[str, ...]
    frame: int | None
    source: Literal["wire", "live"]
    matcher: dict[str, Any] | None
    value: Any
    limit: float | None
    subject: Subject | None

    def counts_for(self, label: str) -> bool:
        """Whether the check says something about a requirement of its case."""
        return not self.requirements or label in self.requirements


@dataclass(frozen=True)
class Observation:
    """Recorded, not judged; `ambiguity` names an entry of the ambiguity register."""

    text: str
    id: str | None = None
    frame: int | None = None
    ambiguity: str | None = None


@dataclass(frozen=True)
class KnownIssueMark:
    """The known issue that a fail was matched with."""

    link: str
    reason: str
    expires: str | None


@dataclass(frozen=True)
class Result:
    """One case on one SUT in one variant; `seconds` of wall time."""

    sut: str
    id: str
    variant: dict[str, str]
    role: str
    verdict: Verdict
    reason: str | None
    requirements: tuple[str, ...]
    clause: str | None
    ets: str | None
    seconds: float
    case_revision: str | int | None
    checks: tuple[Check, ...]
    rules: tuple[Check, ...]
    observations: tuple[Observation, ...]
    known_issue: KnownIssueMark | None
    flaky: bool
    title: str = ""
    purpose: str = ""

    @property
    def name(self) -> str:
        """The printed name, ``REG-UPD-02[lwm2m=1.1,format=tlv]``."""
        return printed_name(self.id, self.variant)

    @property
    def key(self) -> ResultKey:
        """What tells the result apart from all others of its run."""
        return self.sut, self.id, tuple(self.variant.items())

    @property
    def judged(self) -> tuple[Check, ...]:
        """Checks and rule findings together."""
        return self.checks + self.rules

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks and rule findings that failed."""
        return tuple(check for check in self.judged if check.verdict is Verdict.FAIL)

    @property
    def warned(self) -> bool:
        """Whether a SHOULD was not kept."""
        return any(check.grade == "warning" for check in self.judged)


@dataclass(frozen=True)
class Deselected:
    """A case that the user's filter left out."""

    sut: str | None
    id: str
    variant: dict[str, str]
    requirements: tuple[str, ...]
    reason: str

    @property
    def name(self) -> str:
        """The printed name of the case."""
        return printed_name(self.id, self.variant)


@dataclass(frozen=True)
class RequirementState:
    """The state of one requirement for one SUT, and the printed names of the cases behind it."""

    label: str
    sut: str
    state: State
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Run:
    """A run record. `problems` tells what could not be read of a folder that was recovered."""

    tool: Tool
    suts: tuple[Sut, ...]
    started: datetime
    seconds: float
    results: tuple[Result, ...]
    deselected: tuple[Deselected, ...]
    requirements: tuple[RequirementState, ...]
    environment: dict[str, Scalar]
    seed: int
    command: tuple[str, ...]
    interrupted: bool
    exit_code: int | None
    folder: Path = field(default=Path())
    problems: tuple[str, ...] = ()


def printed_name(case_id: str, variant: Mapping[str, str]) -> str:
    """The name of a case as printed and accepted on the command line."""
    if not variant:
        return case_id
    return f"{case_id}[{','.join(f'{key}={value}' for key, value in variant.items())}]"


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def result_from_data(data: Mapping[str, Any]) -> Result:
    """A result out of an element of ``results`` that the schema accepts."""
    result: Result = _adapter(Result).validate_python(data)
    return result


def read_json(file: Path, remedy: str) -> Any:
    """The JSON document in a file.

    Raises:
        RunError: the file is missing, unreadable, truncated or no JSON.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(file, "no such file", remedy) from None
    except OSError as error:
        raise RunError(file, f"cannot be read ({error.strerror})", remedy) from None
    except UnicodeDecodeError as error:
        raise RunError(file, f"not UTF-8 at byte {error.start}", remedy) from None
    except json.JSONDecodeError as error:
        detail = f"{error.msg} in line {error.lineno}"
        raise RunError(file, f"not complete JSON ({detail})", remedy) from None
    except (ValueError, RecursionError) as error:
        detail = "too deep" if isinstance(error, RecursionError) else "a number of too many digits"
        raise RunError(file, f"not complete JSON ({detail})", remedy) from None


def load_run(folder: Path) -> Run:
    """Read the record of a run that has ended.

    Raises:
        RunError: the folder has no ``run.json``, or one that is truncated, of another schema version or
        against the schema. `conformance.reporting.recovery` reads what a killed run left.
    """
    file = folder / "run.json"
    if not folder.is_dir():
        raise RunError(folder, "no such folder", "give the folder of a run, as `run` printed it")
    remedy = "give the folder of a run, or run again"
    data = read_json(file, remedy)
    if isinstance(data, dict) and data.get("schema", SCHEMA_VERSION) != SCHEMA_VERSION:
        raise RunError(
            file,
            f"schema {data['schema']!r} is not {SCHEMA_VERSION}",
            "read it with the version that wrote it",
        )
    wrong = violation(data)
    if wrong is not None:
        raise RunError(file, f"against the schema at {wrong}", remedy)
    run = run_from_data(data, folder)
    seen: set[ResultKey] = set()
    for result in run.results:
        if result.key in seen:
            raise RunError(file, f"two results for {result.name} on {result.sut}", remedy)
        seen.add(result.key)
    return run


def run_from_data(data: Mapping[str, Any], folder: Path) -> Run:
    """A run out of a record that the schema accepts."""
    run: Run = _adapter(Run).validate_python({key: value for key, value in data.items() if key != "schema"})
    return replace(run, folder=folder)


def case_folders(folder: Path) -> Iterator[Path]:
    """The folders ``cases/<sut>/<id>/<variant>`` of a run, in order of name."""
    yield from sorted(path for path in folder.glob("cases/*/*/*") if path.is_dir())
