"""What a verification found, and what it could not judge."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from conformance.reporting.visible import visible


@dataclass(frozen=True)
class Finding:
    """Something in a run folder that contradicts something else in it.

    `place` is a file of the run folder, or the printed name of a case with its SUT; `check` an id within it.
    """

    place: str
    text: str
    check: str = ""

    def __str__(self) -> str:
        return visible(": ".join(part for part in (self.place, self.check, self.text) if part))


@dataclass
class Account:
    """The outcome of a verification, as it grows.

    `judged` counts what was judged again, `left` what cannot be, by reason.
    """

    findings: list[Finding] = field(default_factory=list)
    judged: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)

    def found(self, place: str, text: str, check: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(place, text, check))

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "findings": [vars(finding) for finding in self.findings],
            "judged_again": dict(self.judged.most_common()),
            "not_judged_again": dict(self.left.most_common()),
        }
