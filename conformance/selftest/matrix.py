"""Who killed whom: the judgement over the outcomes of a campaign."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.selftest.campaign import Outcome
from conformance.selftest.mutants import Mutant
from conformance.verdicts import Grade, Verdict


@dataclass(frozen=True)
class MutantRow:
    """What became of one mutant."""

    mutant: Mutant
    reached: bool
    killed_by: tuple[str, ...]
    survived: tuple[str, ...]
    wrong_red: tuple[str, ...]
    trouble: tuple[str, ...]

    @property
    def state(self) -> str:
        """``killed``, ``survived``, ``not reached``, ``wrong red`` or ``error``."""
        if self.trouble:
            return "error"
        if not self.reached:
            return "not reached"
        if self.survived:
            return "survived"
        return "wrong red" if self.wrong_red else "killed"


@dataclass(frozen=True)
class Matrix:
    """The whole proof; `faults` are the lines that make the selftest fail."""

    mutants: tuple[MutantRow, ...]
    reference_red: tuple[str, ...]
    null_passes: tuple[str, ...]
    unkilled_cases: tuple[str, ...]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """Everything that must not be."""
        rows = [row for row in self.mutants if row.state != "killed"]
        return [
            *(f"red on the reference: {text}" for text in self.reference_red),
            *(f"mutant {row.mutant.name}: {row.state}{_detail(row)}" for row in rows),
            *(f"no mutant kills {case}" for case in self.unkilled_cases),
            *(f"pass on a null peer: {text}" for text in self.null_passes),
        ]

    def as_data(self) -> dict[str, Any]:
        return {
            "counts": self.counts,
            "mutants": [
                {
                    "mutant": row.mutant.name,
                    "fault": row.mutant.fault,
                    "source": row.mutant.source,
                    "state": row.state,
                    "killed_by": list(row.killed_by),
                    "survived": list(row.survived),
                    "wrong_red": list(row.wrong_red),
                    "trouble": list(row.trouble),
                }
                for row in self.mutants
            ],
            "reference_red": list(self.reference_red),
            "null_passes": list(self.null_passes),
            "unkilled_cases": list(self.unkilled_cases),
        }


def _detail(row: MutantRow) -> str:
    texts = row.trouble or row.survived if row.state != "wrong red" else row.wrong_red
    return f" ({'; '.join(texts[:3])})" if texts else ""


def judge_mutant(mutant: Mutant, outcomes: Sequence[Outcome], *, reached: bool) -> MutantRow:
    """What became of a mutant, from the outcomes of its cases and of the sentinels."""
    seen: dict[str, set[str]] = {}
    trouble, wrong = [], []
    for outcome in outcomes:
        case_id, result = outcome.case.case.id, outcome.result
        signs = set(_signs(outcome))
        seen.setdefault(case_id, set()).update(signs)
        if result.verdict is Verdict.ERROR:
            trouble.append(f"{case_id}{outcome.variant}: {result.reason.splitlines()[-1]}")
        permitted = {*mutant.killed_by.get(case_id, ()), *mutant.also_red.get(case_id, ())}
        wrong += [
            f"{case_id}{outcome.variant} {sign}"
            for sign in signs
            if not sign.startswith(("warning:", "note:")) and sign not in permitted and "*" not in permitted
        ]
    killed, survived = [], []
    for case_id, checks in mutant.killed_by.items():
        hit = [check for check in checks if _hit(check, seen.get(case_id, set()))]
        killed += [f"{case_id} {check}" for check in hit]
        if not hit:
            survived.append(f"{case_id} {' '.join(checks)}")
    return MutantRow(mutant, reached, tuple(killed), tuple(survived), tuple(wrong), tuple(trouble))


def _signs(outcome: Outcome) -> Iterable[str]:
    for check in (*outcome.result.record.checks, *outcome.result.rules):
        if check.verdict is Verdict.FAIL:
            yield check.id
        elif check.grade is Grade.WARNING:
            yield f"warning:{check.id}"
    for observation in outcome.result.record.observations:
        yield f"note:{observation.text}"
    if outcome.result.verdict is Verdict.FAIL and not any(
        check.verdict is Verdict.FAIL for check in (*outcome.result.record.checks, *outcome.result.rules)
    ):
        yield "unreadable"


def _hit(check: str, signs: set[str]) -> bool:
    if check.startswith("note:"):
        return any(sign.startswith("note:") and check[5:] in sign for sign in signs)
    return check in signs
