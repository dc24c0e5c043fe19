"""`list`, `describe`, `explain`, `requirements`: what the suite would judge, and why."""

import json
from pathlib import Path
from typing import Annotated

import typer

from conformance import bundle
from conformance.cli.program import (
    Format,
    FormatOption,
    RoleOption,
    SutOption,
    all_cases,
    app,
    cell,
    print_rows,
    stop,
)
from conformance.requirements import load_catalogue
from conformance.requirements.listing import COLUMNS as LISTED
from conformance.requirements.listing import as_json, table_rows
from conformance.selection import Declared, SelectionError, check_ids
from conformance.session import Session, Settings, StartError
from conformance.sut.profile import ProfileError
from conformance.testcase import PAIR


@app.command("list")
def list_cases(
    ids: Annotated[list[str] | None, typer.Argument(help="ids or prefixes")] = None,
    role: RoleOption = None,
    requirement: Annotated[list[str] | None, typer.Option(help="label or prefix")] = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """List the test cases; needs no SUT."""
    cases = all_cases()
    try:
        check_ids(ids or [], cases)
    except SelectionError as problem:
        raise stop(problem) from None
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
        raise stop("no case matches what you asked for")
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
            typer.echo(f"{name:<13} {cell(value) if not isinstance(value, dict) else json.dumps(value)}")


def _one(identifier: str) -> Declared:
    cases = all_cases()
    bare = identifier.partition("[")[0]
    found = [item for item in cases if bare in (item.case.id, *item.case.aliases)]
    if not found:
        try:
            check_ids([bare], cases)
        except SelectionError as problem:
            raise stop(problem) from None
        raise stop(f"{identifier!r} is a prefix of several ids: name one")
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
        raise stop(problem) from None
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
        raise stop(problem, problem.exit_code) from None
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
        raise stop(problem) from None
    if not rows:
        raise stop(f"no requirement has the label or prefix {prefix!r}, see `requirements` without one")
    print_rows(rows, ["label", "keyword", "roles", "disposition", "requirement"], format)
