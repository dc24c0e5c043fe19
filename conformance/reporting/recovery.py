"""What a run left on disk although it did not end: the ``result.json`` of its cases are the source of
truth."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from conformance.reporting.record import (
    Result,
    ResultKey,
    Run,
    RunError,
    Sut,
    Tool,
    case_folders,
    load_run,
    read_json,
    result_from_data,
)
from conformance.reporting.requirements_state import roll_up
from conformance.reporting.schema import violation


def read_case(folder: Path) -> Result:
    """The result of one case folder.

    Raises:
        RunError: there is none (the case was cut off), or it is garbled.
    """
    file = folder / "result.json"
    remedy = "run the case again"
    data = read_json(file, remedy)
    wrong = violation(data, "result")
    if wrong is not None:
        raise RunError(file, f"against the schema at {wrong}", remedy)
    return result_from_data(data)


def index_cases(folder: Path) -> tuple[dict[ResultKey, Path], dict[ResultKey, Result], tuple[str, ...]]:
    """Where the evidence of each result is, the results themselves, and what could not be read."""
    places: dict[ResultKey, Path] = {}
    results: dict[ResultKey, Result] = {}
    problems: list[str] = []
    for case in case_folders(folder):
        try:
            result = read_case(case)
        except RunError as error:
            problems.append(str(error))
            continue
        places[result.key] = case
        results[result.key] = result
    return places, results, tuple(problems)


def case_places(folder: Path) -> dict[ResultKey, Path]:
    """Where the evidence of each result is, as far as it can be told; nothing else of it is looked at."""
    places: dict[ResultKey, Path] = {}
    for case in case_folders(folder):
        try:
            data = read_json(case / "result.json", "")
            places[data["sut"], data["id"], tuple(data["variant"].items())] = case
        except (RunError, KeyError, TypeError, AttributeError):
            continue
    return places


def recover(folder: Path) -> Run:
    """The record of a run that did not end, or whose ``run.json`` is lost.

    What ``run.json`` says of the run is kept where it can be read; results come from the cases' own files
    first.

    Raises:
        RunError: neither ``run.json`` nor a single result can be read.
    """
    _, results, problems = index_cases(folder)
    try:
        run = load_run(folder)
    except RunError as error:
        if not results:
            raise
        run = _bare(folder, results)
        problems = (str(error), *problems)
    merged: Mapping[ResultKey, Result] = {result.key: result for result in run.results} | results
    known = {sut.name for sut in run.suts}
    missing = {result.sut: result.role for result in merged.values() if result.sut not in known}
    run = replace(
        run,
        suts=run.suts + tuple(Sut(name, role, (), None) for name, role in missing.items()),
        results=tuple(merged.values()),
        problems=problems,
        interrupted=run.interrupted or run.exit_code is None,
    )
    return replace(run, requirements=roll_up(run))


def open_run(folder: Path) -> Run:
    """The record of a run, whether it ended or not.

    Raises:
        RunError: nothing in the folder can be read.
    """
    try:
        run = load_run(folder)
    except RunError:
        if not folder.is_dir():
            raise
        return recover(folder)
    return recover(folder) if run.exit_code is None or run.interrupted else run


def _bare(folder: Path, results: Mapping[ResultKey, Result]) -> Run:
    oldest = min(path.stat().st_mtime for path in case_folders(folder))
    return Run(
        tool=Tool("lwm2m-conformance", "unknown"),
        suts=(),
        started=datetime.fromtimestamp(oldest, UTC),
        seconds=sum(result.seconds for result in results.values()),
        results=(),
        deselected=(),
        requirements=(),
        environment={},
        seed=0,
        command=(),
        interrupted=True,
        exit_code=None,
        folder=folder,
    )
