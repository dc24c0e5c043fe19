"""`coverage`, `report`, `verify`, `replay`: what can be done with the folder of a run."""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from conformance import commands
from conformance.cli.program import Format, FormatOption, app, print_rows, stop
from conformance.cli.running import run
from conformance.reporting.coverage import coverage as coverage_of
from conformance.reporting.coverage import coverage_data, coverage_table
from conformance.reporting.record import RunError
from conformance.reporting.recovery import open_run
from conformance.reporting.report import write_report
from conformance.requirements import load_catalogue
from conformance.selection import SelectionError
from conformance.session import new_run_folder
from conformance.sut.profile import ProfileError
from conformance.verification.replay import chosen, compare, given_options, profiles_of
from conformance.verification.run import manifest_digest


@app.command()
def coverage(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a run")],
    format: FormatOption = Format.TABLE,
) -> None:
    """Show the state of every requirement in a run, a column for each SUT; json names the cases too."""
    try:
        recorded = open_run(folder)
    except RunError as problem:
        raise stop(problem) from None
    rows = coverage_of(recorded, load_catalogue())
    if format is Format.JSON:
        print_rows(coverage_data(rows), [], format)
        return
    columns, table = coverage_table(recorded, rows)
    if not Console().is_terminal:
        typer.echo("\t".join(columns))
    print_rows(table, columns, format)


@app.command()
def report(folder: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a run")]) -> None:
    """Make the reports of a run again from its record."""
    try:
        write_report(folder)
    except RunError as problem:
        raise stop(problem) from None
    except OSError as problem:
        raise stop(
            f"{folder}: the report cannot be written: {problem.strerror}: make room there", 3
        ) from None
    typer.echo(folder / "report" / "index.html")


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a run")],
    format: FormatOption = Format.TABLE,
) -> None:
    """Judge a run again by its folder alone: sums, captures, checks and verdicts. 1: something is wrong."""
    try:
        account = commands.verify(folder, Console(stderr=True))
    except RunError as problem:
        raise stop(problem) from None
    if format is Format.JSON:
        data = {"run": str(folder), "manifest_sha256": manifest_digest(folder), **account.as_data()}
        typer.echo(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        for line in commands.words_of(account, folder):
            typer.echo(line)
    raise typer.Exit(1 if account.findings else 0)


@app.command()
def replay(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a run")],
    ids: Annotated[list[str], typer.Argument(metavar="ID", help="cases of that run")],
    out: Annotated[Path | None, typer.Option(help="folder of the new run")] = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """Run cases of a run again, with its seed and faults, and name the first message that differs."""
    try:
        recorded = open_run(folder)
        results = chosen(recorded, ids)
        profiles = profiles_of(recorded, results)
    except (RunError, SelectionError, ProfileError) as problem:
        raise stop(problem) from None
    known = {sut.name: sut.profile_sha256 for sut in recorded.suts}
    for profile in profiles:
        if known.get(profile.sut.name) not in (None, profile.sha256):
            typer.echo(f"note: {profile.path} is not what it was in the run", err=True)
    given = {name: values[-1] for name, values in given_options(recorded.command).items()}
    pair = "--pair" in recorded.command
    anew = (out or new_run_folder(Path("reports"))).absolute()
    objects = Path(given["--objects"]) if "--objects" in given else None
    ended = _run_again(
        ids=list(dict.fromkeys(result.name for result in results)),
        sut=[profile.path for profile in profiles],
        lwm2m=given.get("--lwm2m"),
        seed=recorded.seed,
        out=anew,
        objects=objects,
        explore=float(given["--explore"]) if "--explore" in given else None,
        conversation=[Path(path) for path in given_options(recorded.command).get("--conversation", [])],
        pair=pair,
        long=True,
        replayed=folder.absolute(),
    )
    if not (anew / "run.json").exists() or ended == 130:
        raise typer.Exit(ended)
    try:
        replayed = [compare(result, folder, anew, objects, pair=pair) for result in results]
    except RunError as problem:
        raise stop(problem, 3) from None
    if format is Format.JSON:
        typer.echo(json.dumps([each.as_data() for each in replayed], ensure_ascii=False, indent=1))
    else:
        for each in replayed:
            typer.echo("\n".join(commands.words_of_replay(each)))
    raise typer.Exit(1 if any(each.differences for each in replayed) else 0)


def _run_again(**how: Any) -> int:
    try:
        with redirect_stdout(sys.stderr):
            run(**how)
    except typer.Exit as ended:
        return ended.exit_code
    return 0
