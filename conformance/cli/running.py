"""`run`: the test cases against SUTs, by pytest."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer

import conformance
from conformance import bundle
from conformance.cli.program import RoleOption, SutOption, all_cases, app, stop
from conformance.requirements import load_catalogue
from conformance.selection import Filter, SelectionError, check_ids
from conformance.session import Session, Settings, StartError, default_jobs
from conformance.sut.applies import ApplicabilityError
from conformance.sut.profile import ProfileError


@app.command()
def run(
    ids: Annotated[list[str] | None, typer.Argument(help="ids or prefixes of cases; none: all")] = None,
    sut: SutOption = None,
    role: RoleOption = None,
    lwm2m: Annotated[str | None, typer.Option(help="only this version of LwM2M")] = None,
    keyword: Annotated[str | None, typer.Option("-k", help="pytest's keyword expression")] = None,
    requirement: Annotated[list[str] | None, typer.Option(help="label or prefix; repeatable")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="cases side by side (default 4 x cores)")] = None,
    long: Annotated[bool, typer.Option("--long", help="also cases that wait more than 30 s")] = False,
    objects: Annotated[Path | None, typer.Option(help="folder with object definitions (DDF XML)")] = None,
    pair: Annotated[
        bool, typer.Option("--pair", help="a device and a server, tested against each other")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only list what would run")] = False,
    known_issues: Annotated[Path | None, typer.Option(help="TOML file of known issues")] = None,
    out: Annotated[Path | None, typer.Option(help="folder of the run")] = None,
    seed: Annotated[int | None, typer.Option(help="seed of tokens, message ids and choices")] = None,
    explore: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="time that each case explores at random (default 8)"),
    ] = None,
    conversation: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="conversation to play again, or a folder of them"),
    ] = None,
    observed: Annotated[Path | None, typer.Option(hidden=True)] = None,
    replayed: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the test cases against one or several SUTs, by default the embedded reference peers."""
    profiles = sut or list(bundle.reference_pair() if pair else bundle.reference_profiles())
    chosen = Filter(tuple(ids or ()), tuple(requirement or ()), role, long)
    cases = all_cases()
    try:
        check_ids(ids or [], cases)
        check_requirements(requirement or [])
        session = Session(Settings(tuple(profiles), Path(), chosen, lwm2m=lwm2m, pair=pair))
    except (SelectionError, ProfileError, StartError) as problem:
        raise stop(problem) from None
    try:
        selected = sum(session.runs_of(item.case, item.parameters, chosen) for item in cases)
    except ApplicabilityError as problem:
        raise stop(f"a test case is declared wrongly: applies: {problem}", 3) from None
    workers = min(jobs or default_jobs(), session.jobs_limit or sys.maxsize, selected)
    options: list[tuple[str, Any]] = [
        *(("--sut", path.absolute()) for path in profiles),
        *(("--case", text) for text in ids or []),
        *(("--requirement", text) for text in requirement or []),
        ("--role", role),
        ("--lwm2m", lwm2m),
        ("-k", keyword),
        ("--out", out),
        ("--seed", seed),
        ("--objects", objects.absolute() if objects else None),
        ("--known-issues", known_issues.absolute() if known_issues else None),
        ("--explore", explore),
        *(("--conversation", path.absolute()) for path in conversation or []),
        ("--observed", observed.absolute() if observed else None),
        ("--replayed", replayed.absolute() if replayed else None),
        ("-n", workers if workers > 1 and not dry_run else None),
        ("--maxschedchunk", 1),  # the slow cases come first and must not all go to the first worker
    ]
    arguments = [str(bundle.testcases())]
    for name, value in options:
        if value is not None:
            arguments += [name, str(value)]
    arguments += ["--long"] * long
    arguments += ["--pair"] * pair
    arguments += ["--progress", "-p", "no:terminal"]
    arguments += ["--collect-only"] * dry_run
    raise typer.Exit(int(_pytest(arguments)))


def _pytest(arguments: list[str]) -> int:
    """Run pytest with the suite's own configuration, so that the vendor's never leaks in."""
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    configuration = Path(conformance.__file__).with_name("pytest.ini")
    own = ["-c", str(configuration), "--rootdir", str(bundle.root()), "--confcutdir", str(bundle.testcases())]
    plugins = ["-p", "xdist.plugin", "-p", "conformance.plugin", "-p", "no:cacheprovider", "--assert=plain"]
    return pytest.main([*own, *plugins, *arguments])


def check_requirements(wanted: list[str]) -> None:
    """See that every label or prefix names a requirement.

    Raises:
        SelectionError: one names nothing.
    """
    catalogue = load_catalogue()
    for text in wanted:
        if not catalogue.find(text):
            raise SelectionError(f"no requirement has the label {text!r}: see `requirements`")
