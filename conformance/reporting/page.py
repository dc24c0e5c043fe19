"""What the HTML page shows, as values: ordered, cut to size, nothing marked up yet."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from markupsafe import escape

from conformance.reporting.conversation import Gap, Message, read_conversation
from conformance.reporting.coverage import CoverageRow, coverage
from conformance.reporting.exit_code import ExitCode
from conformance.reporting.failure import replay_command
from conformance.reporting.record import Check, Result, ResultKey, Run, State, Sut, Verdict
from conformance.reporting.summary import COLUMNS, column
from conformance.requirements import Ambiguity, AmbiguityRegister, Catalogue, Errata, Erratum

CONVERSATION_BUDGET = 6_000_000
"""Characters of escaped conversation in one page; cases that did not pass are served first."""
ROW_COST = 90
EVIDENCE = ("messages.jsonl", "capture.pcapng", "sut.log", "faults.json")
PAYLOAD_LIMIT, PAYLOAD_LIMIT_PASSED = 400, 140

_ORDER = {"fail": 0, "error": 1, "inconclusive": 2, "known": 3, "warning": 4, "pass": 5, "not applicable": 6}
_HEADLINE = {
    ExitCode.PASSED: ("pass", "Passed"),
    ExitCode.FAILED: ("fail", "Failed"),
    ExitCode.USAGE: ("error", "Not run: usage error"),
    ExitCode.HARNESS: ("error", "Harness or adapter failed"),
    ExitCode.STALE: ("inconclusive", "Known issues are stale"),
    ExitCode.INCONCLUSIVE: ("inconclusive", "Inconclusive"),
    ExitCode.INTERRUPTED: ("inconclusive", "Interrupted"),
}


@dataclass(frozen=True)
class SourceTexts:
    """What the project knows beside the run: catalogue, errata, register of ambiguities."""

    catalogue: Catalogue
    errata: Errata
    ambiguities: AmbiguityRegister


@dataclass(frozen=True)
class CaseView:
    """One result with its conversation. `folder` is relative to the page and quoted for a link."""

    number: int
    result: Result
    kind: str
    conversation: tuple[Message | Gap, ...]
    left_out: bool
    hits: frozenset[int]
    folder: str
    files: tuple[str, ...]
    again: str
    errata: tuple[Erratum, ...]

    @property
    def anchor(self) -> str:
        """The element id of the case."""
        return f"c{self.number}"

    @property
    def red(self) -> bool:
        """Whether the case is shown among the failures."""
        return self.kind in ("fail", "error", "inconclusive")

    @property
    def red_checks(self) -> tuple[Check, ...]:
        """Checks and rule findings that did not pass."""
        return tuple(check for check in self.result.judged if check.verdict is not Verdict.PASS)

    @property
    def frames(self) -> frozenset[int]:
        """The frames that can be linked to."""
        return frozenset(m.frame for m in self.conversation if isinstance(m, Message) and m.frame is not None)


@dataclass(frozen=True)
class SutView:
    """A SUT with what the run says of it; `counts` by column of the summary."""

    sut: Sut
    counts: Counter[str]
    states: tuple[tuple[State, int], ...]
    total: int


@dataclass(frozen=True)
class RequirementView:
    """One requirement with its state for each SUT of the run and the cases behind it; None for a SUT in whose
    role it has no side."""

    columns: tuple[tuple[CoverageRow, tuple[CaseView, ...]] | None, ...]

    @property
    def states(self) -> tuple[tuple[CoverageRow, tuple[CaseView, ...]], ...]:
        """The SUTs that it concerns."""
        return tuple(column for column in self.columns if column is not None)

    @property
    def row(self) -> CoverageRow:
        """What the catalogue says of it, as for the first SUT that it concerns."""
        return self.states[0][0]

    @property
    def worst(self) -> State:
        """The worst state among the SUTs."""
        return min((row.state for row, _ in self.states), key=list(State).index)


@dataclass(frozen=True)
class DocumentView:
    """The requirements of one source document, and how many stand in which state."""

    title: str
    requirements: tuple[RequirementView, ...]
    states: tuple[tuple[State, int], ...]


@dataclass(frozen=True)
class Touched:
    """An erratum or an ambiguity that touched cases of the run."""

    entry: Erratum | Ambiguity
    cases: tuple[CaseView, ...]


@dataclass(frozen=True)
class Page:
    """Everything that the template shows."""

    run: Run
    folder: str
    colour: str
    headline: str
    columns: tuple[str, ...]
    counts: Counter[str]
    suts: tuple[SutView, ...]
    documents: tuple[DocumentView, ...]
    cases: tuple[CaseView, ...]
    errata: tuple[Touched, ...]
    ambiguities: tuple[Touched, ...]

    @property
    def targets(self) -> frozenset[str]:
        """The element ids of requirements, errata and ambiguities that cases link to."""
        texts = (f"t-{touched.entry.id}" for touched in (*self.errata, *self.ambiguities))
        labels = (f"r-{view.row.label}" for document in self.documents for view in document.requirements)
        return frozenset((*texts, *labels))

    def of_kind(self, *kinds: str) -> tuple[CaseView, ...]:
        """The cases that count in these columns of the summary."""
        return tuple(case for case in self.cases if case.kind in kinds)


def page_of(run: Run, texts: SourceTexts, evidence: Mapping[ResultKey, Path], beside: Path) -> Page:
    """The page of a run that will stand in the folder `beside`."""
    cases = _cases(run, texts, evidence, beside)
    rows = coverage(run, texts.catalogue)
    counts = Counter(case.kind for case in cases)
    code = None if run.exit_code is None else ExitCode(run.exit_code)
    colour, headline = _HEADLINE[code if code is not None else ExitCode.INTERRUPTED]
    return Page(
        run=run,
        folder=run.folder.as_posix(),
        colour=colour,
        headline=headline,
        columns=tuple(name for name in COLUMNS if counts[name] or name in ("pass", "fail")),
        counts=counts,
        suts=tuple(_sut(sut, cases, rows) for sut in run.suts),
        documents=_documents(texts.catalogue, run, rows, cases),
        cases=cases,
        errata=_errata(cases),
        ambiguities=_ambiguities(cases, texts.ambiguities),
    )


def _cases(
    run: Run, texts: SourceTexts, evidence: Mapping[ResultKey, Path], beside: Path
) -> tuple[CaseView, ...]:
    @cache
    def touching(clause: str, ets: str) -> tuple[Erratum, ...]:
        try:
            return texts.errata.touching(clause, ets)
        except ValueError:
            return texts.errata.touching("", ets)

    ordered = sorted(run.results, key=lambda result: (_ORDER[column(result)], result.sut, result.name))
    budget = CONVERSATION_BUDGET
    views: list[CaseView] = []
    for number, result in enumerate(ordered, start=1):
        place = evidence.get(result.key)
        kind = column(result)
        hits = frozenset(check.frame for check in result.failed if check.frame is not None)
        payload_limit = PAYLOAD_LIMIT_PASSED if kind == "pass" else PAYLOAD_LIMIT
        conversation = (
            read_conversation(place / "messages.jsonl", hits, payload_limit) if place and budget else ()
        )
        cost = sum(map(_cost, conversation))
        left_out = budget == 0 or cost > budget
        budget = 0 if left_out else budget - cost
        judged = result.verdict is not Verdict.NOT_APPLICABLE
        views.append(
            CaseView(
                number=number,
                result=result,
                kind=kind,
                conversation=() if left_out else conversation,
                left_out=left_out,
                hits=hits,
                folder=quote(Path(os.path.relpath(place, beside)).as_posix()) if place else "",
                files=tuple(name for name in EVIDENCE if place and (place / name).is_file()),
                again=replay_command(run.folder, result),
                errata=touching(result.clause or "", result.ets or "") if judged else (),
            )
        )
    return tuple(views)


def _cost(line: Message | Gap) -> int:
    if isinstance(line, Gap):
        return ROW_COST + len(escape(line.text))
    return ROW_COST + len(escape(line.text)) + len(escape(line.payload)) + len(escape(line.malformed))


def _sut(sut: Sut, cases: tuple[CaseView, ...], rows: tuple[CoverageRow, ...]) -> SutView:
    counts = Counter(case.kind for case in cases if case.result.sut == sut.name)
    states = _count(row.state for row in rows if row.sut == sut.name)
    return SutView(sut, counts, states, counts.total())


def _count(states: Iterable[State]) -> tuple[tuple[State, int], ...]:
    counts = Counter(states)
    return tuple((state, counts[state]) for state in State if counts[state])


def _documents(
    catalogue: Catalogue, run: Run, rows: tuple[CoverageRow, ...], cases: tuple[CaseView, ...]
) -> tuple[DocumentView, ...]:
    by_name = {(case.result.sut, case.result.name): case for case in cases}
    by_label: dict[str, dict[str, CoverageRow]] = {}
    for row in rows:
        by_label.setdefault(row.label, {})[row.sut] = row
    known = {requirement.label: requirement.source.document for requirement in catalogue}
    grouped: dict[str, list[RequirementView]] = {}
    for label, of_label in by_label.items():
        columns = tuple(
            (row, tuple(by_name[row.sut, name] for name in row.cases)) if row else None
            for row in (of_label.get(sut.name) for sut in run.suts)
        )
        grouped.setdefault(known.get(label, ""), []).append(RequirementView(columns))
    titles = {document.id: document.title for document in catalogue.documents}
    return tuple(
        DocumentView(
            titles.get(document, "Not in the catalogue"),
            tuple(views),
            _count(view.worst for view in views),
        )
        for document, views in grouped.items()
    )


def _errata(cases: tuple[CaseView, ...]) -> tuple[Touched, ...]:
    touched: dict[str, tuple[Erratum, list[CaseView]]] = {}
    for case in cases:
        for erratum in case.errata:
            touched.setdefault(erratum.id, (erratum, []))[1].append(case)
    return tuple(Touched(entry, tuple(of)) for _, (entry, of) in sorted(touched.items()))


def _ambiguities(cases: tuple[CaseView, ...], register: AmbiguityRegister) -> tuple[Touched, ...]:
    touched: dict[str, list[CaseView]] = {}
    for case in cases:
        for name in dict.fromkeys(o.ambiguity for o in case.result.observations if o.ambiguity):
            touched.setdefault(name, []).append(case)
    found = ((register.get(name), of) for name, of in sorted(touched.items()))
    return tuple(Touched(entry, tuple(of)) for entry, of in found if entry is not None)
