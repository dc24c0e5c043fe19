"""What a run says of every requirement of the catalogue: state and cases, label by label."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from conformance.reporting.record import Run, State
from conformance.reporting.requirements_state import roll_up
from conformance.requirements import Requirement, Role

NO_SIDE = "-"
"""Stands in a table where a requirement does not concern the role of a SUT."""


@dataclass(frozen=True)
class CoverageRow:
    """One requirement and one SUT; the catalogue's fields are empty for a label that it does not have.

    `disposition` and `reason` are those of the SUT's `role`.
    """

    label: str
    sut: str
    role: str
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
            rows.append(
                CoverageRow(
                    entry.label, entry.sut, roles[entry.sut], entry.state, entry.cases, "", "", "", "", ""
                )
            )
            continue
        role = Role(roles[entry.sut])
        if role not in requirement.roles and entry.state is State.NOT_TESTED:
            continue
        standing = requirement.standing(role)
        rows.append(
            CoverageRow(
                label=entry.label,
                sut=entry.sut,
                role=role.value,
                state=entry.state,
                cases=entry.cases,
                keyword=requirement.keyword.value,
                disposition=standing.disposition.value,
                reason=standing.reason,
                source=str(requirement.source),
                paraphrase=requirement.paraphrase,
            )
        )
    return tuple(rows)


def coverage_data(rows: Iterable[CoverageRow]) -> list[dict[str, Any]]:
    """The rows as plain JSON values, for ``coverage RUN --format json``."""
    return [asdict(row) | {"state": row.state.value, "cases": list(row.cases)} for row in rows]


def coverage_table(run: Run, rows: Iterable[CoverageRow]) -> tuple[list[str], list[dict[str, Any]]]:
    """The columns and rows of a table that has one row a requirement and one column a SUT.

    A cell has the state and how many cases stand behind it, or why there is none.
    """
    columns = {sut.name: f"{sut.name} ({sut.role})" for sut in run.suts}
    table: dict[str, dict[str, Any]] = {}
    for row in rows:
        of_label = table.setdefault(
            row.label, {"label": row.label} | dict.fromkeys(columns.values(), NO_SIDE)
        )
        of_label[columns[row.sut]] = cell(row)
    return ["label", *columns.values()], list(table.values())


def cell(row: CoverageRow) -> str:
    """A row's state in few words, ``met, 12 cases`` or ``not tested (planned)``."""
    if row.cases:
        return f"{row.state.value}, {len(row.cases)} case{'s' * (len(row.cases) != 1)}"
    aside = f" ({row.disposition})" if row.disposition not in ("", "tested") else ""
    return row.state.value + aside
