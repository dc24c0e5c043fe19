"""The command line; pytest is the runner underneath."""

import json
import os
import sys
from contextlib import redirect_stdout
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from rich.console import Console
from rich.table import Table

from conformance import __version__, bundle, commands
from conformance.reporting.coverage import coverage as coverage_of
from conformance.reporting.coverage import coverage_data, coverage_table
from conformance.reporting.record import RunError
from conformance.reporting.recovery import open_run
from conformance.reporting.report import write_report
from conformance.requirements import load_catalogue
from conformance.requirements.listing import COLUMNS as LISTED
from conformance.requirements.listing import as_json, table_rows
from conformance.selection import Declared, Filter, SelectionError, check_ids, declared_cases
from conformance.selftest.mutants import MutantError
from conformance.session import Session, Settings, StartError, default_jobs, new_run_folder
from conformance.sut.adapter import SutError
from conformance.sut.applies import ApplicabilityError
from conformance.sut.profile import ProfileError, load_profile
from conformance.testcase import PAIR
from conformance.verification.replay import chosen, compare, given_options, profiles_of
from conformance.verification.run import manifest_digest

app = typer.Typer(
    help="Conformance and interoperability tests for OMA Lightweight M2M.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    JSON = "json"


class Role(StrEnum):
    """Which side the SUT plays."""

    DEVICE = "device"
    SERVER = "server"
    BOOTSTRAP_SERVER = "bootstrap-server"


class Proved(StrEnum):
    """Whose test cases a selftest proves."""

    DEVICE = "device"
    SERVER = "server"
    BOOTSTRAP_SERVER = "bootstrap-server"
    PAIR = "pair"


RoleOption = Annotated[Role | None, typer.Option(help="only cases for this role")]
FormatOption = Annotated[Format, typer.Option("--format", help="table, or json for programs")]
SutOption = Annotated[
    list[Path] | None, typer.Option("--sut", metavar="FILE", help="SUT profile; repeatable")
]


def main() -> None:
    """Entry point of the console script."""
    app()


def _stop(reason: object, exit_code: int = 2) -> typer.Exit:
    typer.echo(f"error: {reason}", err=True)
    return typer.Exit(exit_code)


def _cases() -> list[Declared]:
    try:
        return declared_cases(bundle.testcases())
    except (SelectionError, FileNotFoundError) as problem:
        raise _stop(problem, 3) from None


def print_rows(rows: list[dict[str, Any]], columns: list[str], format: Format) -> None:
    """Print rows as a table or as JSON."""
    if format is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(_cell(row.get(column)) for column in columns))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    console.print(table)


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value)


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
    cases = _cases()
    try:
        check_ids(ids or [], cases)
        check_requirements(requirement or [])
        session = Session(Settings(tuple(profiles), Path(), chosen, lwm2m=lwm2m, pair=pair))
    except (SelectionError, ProfileError, StartError) as problem:
        raise _stop(problem) from None
    try:
        selected = sum(session.runs_of(item.case, item.parameters, chosen) for item in cases)
    except ApplicabilityError as problem:
        raise _stop(f"a test case is declared wrongly: applies: {problem}", 3) from None
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
    configuration = Path(__file__).with_name("pytest.ini")
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


@app.command("list")
def list_cases(
    ids: Annotated[list[str] | None, typer.Argument(help="ids or prefixes")] = None,
    role: RoleOption = None,
    requirement: Annotated[list[str] | None, typer.Option(help="label or prefix")] = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """List the test cases; needs no SUT."""
    cases = _cases()
    try:
        check_ids(ids or [], cases)
    except SelectionError as problem:
        raise _stop(problem) from None
    rows = [
        {
            "id": item.case.id,
            "title": item.case.title,
            "role": item.case.role,
            "requirements": list(item.case.verifies),
            "clause": item.case.clause,
            "ets": item.case.ets,
            "applies": item.case.applies,
            "variants": {name: list(values) for name, values in item.parameters},
        }
        for item in cases
        if (not ids or any(item.case.id.startswith(text.partition("[")[0]) for text in ids))
        and (not role or item.case.role == role.replace("-", "_"))
        and (
            not requirement
            or any(label.startswith(text) for label in item.case.verifies for text in requirement)
        )
    ]
    if not rows:
        raise _stop("no case matches what you asked for")
    print_rows(rows, ["id", "title", "requirements", "clause"], format)


@app.command()
def describe(
    id: Annotated[str, typer.Argument(help="id of a case")], format: FormatOption = Format.TABLE
) -> None:
    """Tell what a test case does; needs no SUT."""
    item = _one(id)
    case = item.case
    facts = {
        "id": case.id,
        "title": case.title,
        "role": case.role,
        "requirements": list(case.verifies),
        "clause": case.clause,
        "ets": case.ets,
        "applies": case.applies,
        "variants": {name: list(values) for name, values in item.parameters},
        "file": str(item.file.relative_to(bundle.root())),
        "description": case.docstring,
    }
    if format is Format.JSON:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for name, value in facts.items():
        if value:
            typer.echo(f"{name:<13} {_cell(value) if not isinstance(value, dict) else json.dumps(value)}")


def _one(identifier: str) -> Declared:
    cases = _cases()
    bare = identifier.partition("[")[0]
    found = [item for item in cases if bare in (item.case.id, *item.case.aliases)]
    if not found:
        try:
            check_ids([bare], cases)
        except SelectionError as problem:
            raise _stop(problem) from None
        raise _stop(f"{identifier!r} is a prefix of several ids: name one")
    return found[0]


@app.command()
def explain(
    id: Annotated[str, typer.Argument(help="id of a case")],
    sut: SutOption = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """Tell why a case runs against a SUT or does not, with the origin of every term; looks at the SUT."""
    case = _one(id).case
    rows = []
    pair = case.role == PAIR
    profiles = tuple(sut or (bundle.reference_pair() if pair else bundle.reference_profiles()))
    try:
        session = Session(Settings(profiles, Path(), pair=pair))
    except (ProfileError, StartError) as problem:
        raise _stop(problem) from None
    try:
        session.probe()
        for subject in (sut for assigned in session.assignments(case) for sut in assigned.suts):
            judged = subject.applicability(case.expression_for(subject.profile.sut.role))
            for term in judged.terms:
                rows.append(
                    {
                        "sut": subject.profile.sut.name,
                        "lwm2m": subject.lwm2m,
                        "applies": judged.applies,
                        "term": term.term,
                        "value": term.value,
                        "origin": str(term.origin),
                    }
                )
    except StartError as problem:
        raise _stop(problem, problem.exit_code) from None
    finally:
        session.close()
    print_rows(rows, ["sut", "lwm2m", "applies", "term", "value", "origin"], format)


@app.command()
def requirements(
    prefix: Annotated[str | None, typer.Argument(help="label or prefix, such as HLF")] = None,
    disposition: Annotated[
        str | None, typer.Option(help="tested, planned, untestable or out-of-scope")
    ] = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """List the requirements of all source documents."""
    try:
        chosen = load_catalogue(), prefix or "", disposition
        as_table = [dict(zip(LISTED, row, strict=True)) for row in table_rows(*chosen)]
        rows = as_json(*chosen) if format is Format.JSON else as_table
    except ValueError as problem:
        raise _stop(problem) from None
    if not rows:
        raise _stop(f"no requirement has the label or prefix {prefix!r}, see `requirements` without one")
    print_rows(rows, ["label", "keyword", "roles", "disposition", "requirement"], format)


@app.command()
def coverage(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a run")],
    format: FormatOption = Format.TABLE,
) -> None:
    """Show the state of every requirement in a run, a column for each SUT; json names the cases too."""
    try:
        recorded = open_run(folder)
    except RunError as problem:
        raise _stop(problem) from None
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
        raise _stop(problem) from None
    except OSError as problem:
        raise _stop(
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
        raise _stop(problem) from None
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
        raise _stop(problem) from None
    known = {sut.name: sut.profile_sha256 for sut in recorded.suts}
    for profile in profiles:
        if known.get(profile.sut.name) not in (None, profile.sha256):
            typer.echo(f"note: {profile.path} is not what it was in the run", err=True)
    given = {name: values[-1] for name, values in given_options(recorded.command).items()}
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
        pair="--pair" in recorded.command,
        long=True,
        replayed=folder.absolute(),
    )
    if not (anew / "run.json").exists() or ended == 130:
        raise typer.Exit(ended)
    try:
        replayed = [compare(result, folder, anew, objects) for result in results]
    except RunError as problem:
        raise _stop(problem, 3) from None
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


@app.command()
def selftest(
    full: Annotated[
        bool, typer.Option("--full/--sample", help="every mutant and null peer, or some")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="seed of the sample and of the conversations")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="peers side by side")] = None,
    only: Annotated[str, typer.Option(help="only mutants whose name contains this")] = "",
    role: Annotated[Proved | None, typer.Option(help="only cases for this role, or for pairs")] = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """Prove that the tests can fail: mutants must die, null peers must pass nothing."""
    try:
        matrix = commands.selftest(
            sample=not full and not only,
            seed=seed,
            jobs=jobs,
            only=only,
            role=role,
            console=Console(stderr=True),
        )
    except (MutantError, ProfileError, SutError) as problem:
        raise _stop(problem, 3) from None
    data = matrix.as_data()
    if format is Format.JSON:
        typer.echo(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        print_rows(data["mutants"], ["mutant", "state", "killed_by", "source"], format)
        for name, count in data["counts"].items():
            typer.echo(f"{name:<24} {count}")
        for fault in matrix.faults:
            typer.echo(f"FAULT {fault}")
    raise typer.Exit(1 if matrix.faults else 0)


adapter = typer.Typer(help="Adapters: what starts, stops, resets and triggers a SUT.", no_args_is_help=True)
app.add_typer(adapter, name="adapter")


@adapter.command("check")
def adapter_check(
    profile: Annotated[Path, typer.Argument(metavar="PROFILE", help="SUT profile")],
    format: FormatOption = Format.TABLE,
) -> None:
    """Prove an adapter honest before any verdict rests on it."""
    try:
        findings = commands.adapter_check(load_profile(profile))
    except ProfileError as problem:
        raise _stop(problem) from None
    except (SutError, OSError) as problem:
        raise _stop(problem, 3) from None
    rows = [{"check": item.id, "ok": item.ok, "seen": item.text} for item in findings]
    print_rows(rows, ["check", "ok", "seen"], format)
    raise typer.Exit(0 if all(item.ok for item in findings) else 1)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="file to write")] = Path("sut.toml"),
    role: Annotated[Role, typer.Option(help="which side the SUT plays")] = Role.DEVICE,
) -> None:
    """Write a commented SUT profile to fill in."""
    if file.exists():
        raise _stop(f"{file} exists: name another file")
    try:
        file.write_text(commands.profile_template(role), encoding="utf-8")
    except OSError as problem:
        raise _stop(f"{file}: cannot be written: {problem.strerror}: name another file") from None
    typer.echo(file)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
