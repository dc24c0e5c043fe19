"""`selftest`, `adapter check`, `init`, `version`: what suite and adapter are worth, and a first profile."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from conformance import __version__, commands
from conformance.cli.program import Format, FormatOption, Role, app, print_rows, stop
from conformance.selftest.mutants import MutantError
from conformance.sut.adapter import SutError
from conformance.sut.profile import ProfileError, load_profile


class Proved(StrEnum):
    """Whose test cases a selftest proves."""

    DEVICE = "device"
    SERVER = "server"
    BOOTSTRAP_SERVER = "bootstrap-server"
    PAIR = "pair"


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
        raise stop(problem, 3) from None
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
        raise stop(problem) from None
    except (SutError, OSError) as problem:
        raise stop(problem, 3) from None
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
        raise stop(f"{file} exists: name another file")
    try:
        file.write_text(commands.profile_template(role), encoding="utf-8")
    except OSError as problem:
        raise stop(f"{file}: cannot be written: {problem.strerror}: name another file") from None
    typer.echo(file)


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)
