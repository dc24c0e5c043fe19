"""Verdicts: the lattice, checks as data, and the record of one case, which only ever gets worse."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from conformance.matching import Plain, as_matcher, describe, plain, satisfies, show


class Verdict(StrEnum):
    """Outcome of a check or of a case; `NOT_APPLICABLE` stands beside the lattice, not in it."""

    NONE = "none"
    PASS = "pass"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"


_LATTICE = (Verdict.NONE, Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts in the order none < pass < inconclusive < fail < error."""
    return max(verdicts, key=_LATTICE.index, default=Verdict.NONE)


class Level(StrEnum):
    """Strength of the demand behind a check, as the clause words it."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class Grade(StrEnum):
    """Quality of a pass: `TOLERATED` is another permitted reading, `WARNING` a SHOULD that was not kept."""

    STRICT = "strict"
    TOLERATED = "tolerated"
    WARNING = "warning"


class Outcome(Exception):  # noqa: N818 - not an error: it ends a case with a verdict
    """Ends a case with a verdict and a reason."""

    verdict = Verdict.ERROR

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CheckFailed(Outcome):
    """A recorded check failed; the case ends there."""

    verdict = Verdict.FAIL


class Inconclusive(Outcome):
    """The preamble did not come about, so that nothing can be said of the subject."""

    verdict = Verdict.INCONCLUSIVE


class NotApplicable(Outcome):
    """The case does not apply to this SUT."""

    verdict = Verdict.NOT_APPLICABLE


class HarnessError(Outcome):
    """The harness, the case or the adapter is at fault; says nothing about the SUT."""

    verdict = Verdict.ERROR


@dataclass(frozen=True)
class Subject:
    """What a check looked at: a field of the message in a frame of the capture."""

    field: str
    frame: int | None = None


@dataclass(frozen=True)
class Check:
    """One judged statement.

    `matcher` and `value` are the judgement as data: `satisfies(matcher, value)` gives it again offline.
    `source` is ``wire`` when the value was decoded from the frame and ``live`` when it rests on an adapter
    event, an exit status, or a conversation that is not in the evidence. `limit` is the time in seconds that
    the SUT had.
    """

    id: str
    verdict: Verdict
    level: Level
    grade: Grade
    expected: str
    actual: str
    clause: str
    requirements: tuple[str, ...]
    frame: int | None
    source: str
    matcher: Mapping[str, Any]
    value: Plain
    subject: Subject
    limit: float | None = None

    @property
    def is_control(self) -> bool:
        """Whether it belongs to a control, and so says nothing of what the case is about."""
        return any(part.startswith("control-") for part in self.id.split("."))

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {"requirements": list(self.requirements), "matcher": dict(self.matcher)}


@dataclass(frozen=True)
class Observation:
    """Behaviour that is recorded and not judged; `ambiguity` names the entry of the ambiguity register."""

    text: str
    frame: int | None = None
    ambiguity: str | None = None


@dataclass
class CaseRecord:
    """What a case established so far: its checks and observations, in order.

    `prefix` stands before the ids of the checks that are recorded through it.
    """

    requirements: Sequence[str]
    clause: str
    checks: list[Check] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    controls: int = 0
    prefix: str = ""

    def part(self, name: str) -> "CaseRecord":
        """The same record for one of several participants: its check ids begin with its name and a dot."""
        return replace(self, controls=0, prefix=f"{self.prefix}{name}.")

    def judge(
        self,
        check_id: str,
        expectation: object,
        value: object,
        *,
        subject: Subject | None = None,
        what: str = "",
        actual: str | None = None,
        level: Level = Level.MUST,
        tolerated: object = None,
        clause: str | None = None,
        for_: Sequence[str] | None = None,
        source: str = "wire",
        limit: float | None = None,
    ) -> Check:
        """Record one check; a failed one ends the case.

        `what` leads the expected and actual text (``"Update with lifetime"``); `actual` replaces the text
        made from the value. `tolerated` is a second matcher that passes with grade ``tolerated``. `for_`
        narrows the requirements for which the check counts.

        Raises:
            CheckFailed: the value does not satisfy a MUST.
            HarnessError: the id was used before in this case, or `for_` names a foreign requirement.
        """
        check_id = self.prefix + check_id
        if any(check.id == check_id for check in self.checks):
            raise HarnessError(f"the case records the check {check_id!r} twice: give one of them a name=")
        foreign = set(for_ or ()) - set(self.requirements)
        if foreign:
            raise HarnessError(
                f"the check {check_id!r} counts for {sorted(foreign)}, not in the case's verifies"
            )
        matcher, data = as_matcher(expectation), plain(value)
        verdict, grade = Verdict.PASS, Grade.STRICT
        if not satisfies(matcher, data):
            if tolerated is not None and satisfies(as_matcher(tolerated), data):
                grade = Grade.TOLERATED
                matcher = as_matcher(tolerated)
            elif level is Level.SHOULD:
                grade = Grade.WARNING
            else:
                verdict = Verdict.FAIL
        where = subject or Subject(check_id.rpartition(".")[2])
        at = f" (frame {where.frame})" if where.frame is not None else ""
        check = Check(
            id=check_id,
            verdict=verdict,
            level=level,
            grade=grade,
            expected=f"{what} {describe(matcher)}".strip() + (f" within {limit:.1f} s" if limit else ""),
            actual=(actual if actual is not None else f"{what} {show(data)}".strip()) + at,
            clause=clause or self.clause,
            requirements=tuple(for_ or self.requirements),
            frame=where.frame,
            source=source,
            matcher=matcher,
            value=data,
            subject=where,
            limit=limit,
        )
        self.checks.append(check)
        if verdict is Verdict.FAIL:
            raise CheckFailed(f"{check.id}: expected {check.expected}; actual {check.actual}")
        return check

    def forget_frames(self) -> None:
        """The evidence begins anew: what was judged so far stands, but nothing can be shown for it."""
        self.checks[:] = [
            replace(
                check,
                actual=check.actual.removesuffix(f" (frame {check.frame})"),
                frame=None,
                source="live",
                subject=replace(check.subject, frame=None),
            )
            for check in self.checks
        ]
        self.observations[:] = [replace(each, frame=None) for each in self.observations]

    def note(self, text: str, *, frame: int | None = None, ambiguity: str | None = None) -> None:
        """Record an observation; it never changes the verdict."""
        said = f"{self.prefix.removesuffix('.')}: {text}" if self.prefix else text
        self.observations.append(Observation(said, frame, ambiguity))

    @property
    def verdict(self) -> Verdict:
        """The worst of the checks; `NONE` when none was executed."""
        return worst(check.verdict for check in self.checks)

    @property
    def grade(self) -> Grade:
        """The lowest quality of a pass among the checks."""
        grades = [check.grade for check in self.checks]
        return max(grades, key=list(Grade).index, default=Grade.STRICT)
