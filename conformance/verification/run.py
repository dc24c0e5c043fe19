"""A whole run folder, judged again by somebody who has nothing else."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.evidence.manifest import NAME, ManifestError, differences, digest, read_manifest
from conformance.reporting.exit_code import ExitCode, exit_code
from conformance.reporting.record import Run, case_folders, load_run, read_json
from conformance.reporting.requirements_state import roll_up
from conformance.sut.profile import slug_of
from conformance.verification.cases import folder_of, name_of, verify_case
from conformance.verification.finding import Account

Told = Callable[[int, int], None]
"""Is told how many cases of how many are done."""
_BEYOND = (ExitCode.HARNESS, ExitCode.STALE)
"""Exit codes that rest on something outside the results."""


def verify_run(folder: Path, told: Told = lambda done, all_: None) -> Account:
    """Judge a run again by its folder alone.

    Raises:
        RunError: it has no ``run.json`` that the schema accepts.
    """
    account = Account()
    _sums(folder, account)
    run = load_run(folder)
    raw = read_json(folder / "run.json", "")
    objects = dict(itertools.pairwise(run.command)).get("--objects")
    several = len(run.suts) > 1
    expected = set()
    for number, row in enumerate(raw["results"]):
        told(number, len(raw["results"]))
        place = folder_of(folder, slug_of(row["sut"]), row)
        expected.add(place)
        name = name_of(row, several)
        if not place.is_dir():
            account.found(name, f"its folder {place.relative_to(folder).as_posix()} is missing")
            continue
        verify_case(row, place, Path(objects) if objects else None, account, name)
    told(len(raw["results"]), len(raw["results"]))
    if run.exit_code is None:
        account.found("run.json", "has no exit code: the run did not end")
        return account
    for place in case_folders(folder):
        if place in expected:
            continue
        if run.interrupted and not (place / "result.json").exists():
            account.left["cases that were cut off"] += 1
        else:
            account.found(place.relative_to(folder).as_posix(), "run.json has no result for this folder")
    _states(run, raw, account)
    _exit_code(run, account)
    return account


def _sums(folder: Path, account: Account) -> None:
    try:
        sums = read_manifest(folder)
    except ManifestError as problem:
        account.found(NAME, str(problem).removeprefix(f"{NAME}: "))
        return
    account.judged["files"] += len(sums)
    for name, wrong in differences(folder, sums):
        account.found(name, wrong)


def manifest_digest(folder: Path) -> str | None:
    """The sum of the manifest itself: whoever knows it from elsewhere knows that nothing was made anew."""
    file = folder / NAME
    return digest(file) if file.exists() else None


def _states(run: Run, raw: Mapping[str, Any], account: Account) -> None:
    """The states of the requirements follow from the results."""
    stored = {(item.label, item.sut): item for item in run.requirements}
    anew = roll_up(run, dict.fromkeys(label for label, _ in stored))
    for item in anew:
        known = stored.pop((item.label, item.sut), None)
        if known is None:
            account.found("run.json", f"says nothing of {item.label} for {item.sut}: {item.state}")
        elif known.state is not item.state:
            account.found(
                "run.json", f"{item.label} is {known.state} for {item.sut}, and {item.state} by the results"
            )
        elif known.cases != item.cases:
            account.found("run.json", f"{item.label} for {item.sut} rests on other cases by the results")
        account.judged["requirement states"] += 1
    for label, sut in stored:
        account.found("run.json", f"has a state of {label} for {sut}, which is no SUT of the run")
    names = {sut.name for sut in run.suts}
    for name in {row["sut"] for row in raw["results"]} - names:
        account.found("run.json", f"has results of {name}, which is no SUT of the run")


def _exit_code(run: Run, account: Account) -> None:
    anew = exit_code(run.results, interrupted=run.interrupted)
    if run.exit_code == anew:
        account.judged["exit code"] += 1
    elif (
        run.exit_code in _BEYOND
        and exit_code(
            run.results,
            interrupted=run.interrupted,
            harness_failed=run.exit_code == ExitCode.HARNESS,
            stale=run.exit_code == ExitCode.STALE,
        )
        == run.exit_code
    ):
        account.left[f"exit code {run.exit_code}: it rests on more than the results"] += 1
    else:
        account.found("run.json", f"exit code {run.exit_code}, and {int(anew)} by the results")
