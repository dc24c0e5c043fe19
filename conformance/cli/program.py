"""What every command of the command line has: its options, how it prints, how it stops."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from conformance import bundle
from conformance.selection import Declared, SelectionError, declared_cases

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


RoleOption = Annotated[Role | None, typer.Option(help="only cases for this role")]
FormatOption = Annotated[Format, typer.Option("--format", help="table, or json for programs")]
SutOption = Annotated[
    list[Path] | None, typer.Option("--sut", metavar="FILE", help="SUT profile; repeatable")
]


def stop(reason: object, exit_code: int = 2) -> typer.Exit:
    """Say what was wrong; what is returned ends the command when it is raised."""
    typer.echo(f"error: {reason}", err=True)
    return typer.Exit(exit_code)


def all_cases() -> list[Declared]:
    """Every test case of the suite."""
    try:
        return declared_cases(bundle.testcases())
    except (SelectionError, FileNotFoundError) as problem:
        raise stop(problem, 3) from None


def print_rows(rows: list[dict[str, Any]], columns: list[str], format: Format) -> None:
    """Print rows as a table or as JSON."""
    if format is Format.JSON:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(cell(row.get(column)) for column in columns))
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*(cell(row.get(column)) for column in columns))
    console.print(table)


def cell(value: object) -> str:
    """A value as a table shows it."""
    if isinstance(value, list | tuple):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value)
