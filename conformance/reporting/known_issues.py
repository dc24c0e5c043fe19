"""Known issues: failures of a SUT that are reported upstream, listed without breaking a gate.

The file is TOML, one table an issue::

    [[issue]]
    sut = "Eclipse Leshan client"     # name in the SUT's profile, without its version
    version = "2.0.0-M*"              # what follows the name; * ? [] as in a shell; default: any
    case = "REG-UPD-02"
    variant = { format = "tlv" }      # optional; holds for every variant that has these values
    check = "update.lifetime"
    actual = "without lt"             # regular expression, searched in the check's actual value
    link = "https://github.com/eclipse-leshan/leshan/issues/1"
    reason = "lifetime is not sent"   # optional
    expires = 2027-01-31              # the last day on which it holds
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from conformance.reporting.record import Check, Deselected, KnownIssueMark, Result, Verdict


class KnownIssuesError(Exception):
    """A file of known issues is wrong: one line with the file, the entry, what was expected."""


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


Text = Annotated[str, Field(min_length=1)]


class KnownIssue(BaseModel):
    """One entry: which failure of which SUT is known, where it is tracked, until when it holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sut: Text
    version: Text = "*"
    case: Text
    variant: dict[str, str] = Field(default_factory=dict)
    check: Text
    actual: Annotated[str, AfterValidator(_compiles)]
    link: Text
    reason: str = ""
    expires: date

    def concerns_sut(self, name: str) -> bool:
        """Whether a SUT of this name and version is meant."""
        if name == self.sut:
            return self.version == "*"
        return name.startswith(self.sut + " ") and fnmatchcase(name[len(self.sut) + 1 :], self.version)

    def concerns(self, result: Result | Deselected) -> bool:
        """Whether SUT, case and variant are the entry's, whatever the verdict."""
        if result.id != self.case or any(
            result.variant.get(key) != value for key, value in self.variant.items()
        ):
            return False
        return result.sut is None or self.concerns_sut(result.sut)

    def explains(self, check: Check) -> bool:
        """Whether this failed check is the known one."""
        return check.id == self.check and re.search(self.actual, check.actual) is not None

    @property
    def mark(self) -> KnownIssueMark:
        """What the record keeps of it."""
        return KnownIssueMark(
            self.link, self.reason or f"{self.check}: {self.actual}", self.expires.isoformat()
        )


@dataclass(frozen=True)
class Stale:
    """An entry that no longer holds, and why."""

    issue: KnownIssue
    why: str

    def __str__(self) -> str:
        issue = self.issue
        return f"known issue {issue.case} {issue.check} of {issue.sut} ({issue.link}): {self.why}"


@dataclass(frozen=True)
class KnownIssues:
    """The entries of one file, in its order."""

    entries: tuple[KnownIssue, ...] = ()

    def match(self, result: Result) -> KnownIssue | None:
        """The first entry for a failed result; None unless every failed check of it is known."""
        if result.verdict is not Verdict.FAIL or not result.failed:
            return None
        entries = [entry for entry in self.entries if entry.concerns(result)]
        found = [next((e for e in entries if e.explains(check)), None) for check in result.failed]
        return None if None in found else found[0]

    def stale(
        self, results: Iterable[Result], today: date, deselected: Sequence[Deselected] = ()
    ) -> tuple[Stale, ...]:
        """The entries that are past their expiry, or whose failure is gone.

        A failure is gone when cases that the entry means ran to pass or fail and none showed it. Where one
        of them was left out, or ended inconclusive or in error, nothing can be said.
        """
        judged = list(results)
        stale: list[Stale] = []
        for entry in self.entries:
            if today > entry.expires:
                stale.append(
                    Stale(entry, f"expired on {entry.expires.isoformat()}; look again, renew or remove it")
                )
                continue
            meant = [result for result in judged if entry.concerns(result)]
            unsure = any(r.verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR) for r in meant)
            if unsure or any(entry.concerns(left_out) for left_out in deselected):
                continue
            ran = [result for result in meant if result.verdict in (Verdict.PASS, Verdict.FAIL)]
            if ran and not any(entry.explains(check) for result in ran for check in result.failed):
                stale.append(Stale(entry, f"no longer seen in {ran[0].name}; remove it"))
        return tuple(stale)


def load_known_issues(file: Path) -> KnownIssues:
    """Read a file of known issues.

    Raises:
        KnownIssuesError: the file is missing, is no TOML, or an entry is wrong; one line.
    """
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise KnownIssuesError(
            f"{file}: cannot be read ({error.strerror}); give a file that exists"
        ) from None
    except UnicodeDecodeError as error:
        raise KnownIssuesError(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise KnownIssuesError(f"{file}: not TOML: {error}; correct the line") from None
    foreign = sorted(set(data) - {"issue"})
    if foreign:
        raise KnownIssuesError(
            f"{file}: unknown key {foreign[0]!r} at top level; entries stand under [[issue]]"
        )
    tables = data.get("issue", [])
    if not isinstance(tables, list):
        raise KnownIssuesError(f"{file}: 'issue' is one table; write [[issue]] with two brackets")
    return KnownIssues(tuple(_entry(file, number, table) for number, table in enumerate(tables, start=1)))


def _entry(file: Path, number: int, table: object) -> KnownIssue:
    try:
        return KnownIssue.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(step) for step in first["loc"]) or "entry"
        case = table.get("case", "?") if isinstance(table, dict) else "?"
        wrong = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            wrong = f"unknown key; known are {', '.join(KnownIssue.model_fields)}"
        raise KnownIssuesError(f"{file}: issue {number} ({case}), key {key!r}: {wrong}") from None
