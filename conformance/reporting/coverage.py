"""What a run says of every requirement of the catalogue: state and cases, label by label."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from conformance.reporting.record import Run, State
from conformance.reporting.requirements_state import roll_up
from conformance.requirements import Requirement


@dataclass(frozen=True)
class CoverageRow:
    """One requirement and one SUT; the catalogue's fields are empty for a label that it does not have."""

    label: str
    sut: str
    state: State
    cases: tuple[str, ...]
    keyword: str
    disposition: str
    reason: str
    source: str
    paraphrase: str


def coverage(run: Run, catalogue: Iterable[Requirement]) -> tuple[CoverageRow, ...]:
    """A row for each requirement and SUT of the run, in catalogue order; labels of the record alone follow.

    A requirement that cannot concern the SUT's role has a row only where a case spoke of it.
    """
    known = {requirement.label: requirement for requirement in catalogue}
    roles = {sut.name: sut.role for sut in run.suts}
    rows: list[CoverageRow] = []
    for entry in roll_up(run, known):
        requirement = known.get(entry.label)
        if requirement is None:
            rows.append(CoverageRow(entry.label, entry.sut, entry.state, entry.cases, "", "", "", "", ""))
            continue
        foreign = roles[entry.sut] not in {role.value for role in requirement.roles}
        if foreign and entry.state is State.NOT_TESTED:
            continue
        rows.append(
            CoverageRow(
                label=entry.label,
                sut=entry.sut,
                state=entry.state,
                cases=entry.cases,
                keyword=requirement.keyword.value,
                disposition=requirement.disposition.value,
                reason=requirement.reason,
                source=str(requirement.source),
                paraphrase=requirement.paraphrase,
            )
        )
    return tuple(rows)


def coverage_data(rows: Iterable[CoverageRow]) -> list[dict[str, Any]]:
    """The rows as plain JSON values, for ``coverage RUN --format json``."""
    return [asdict(row) | {"state": row.state.value, "cases": list(row.cases)} for row in rows]
