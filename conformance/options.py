"""The options of the pytest plugin, and what they fix for a run."""

import os
from pathlib import Path

import pytest
from _pytest.mark.expression import Expression

from conformance import clock
from conformance.selection import Filter, parse_name
from conformance.session import Settings, StartError, new_run_folder
from conformance.testcase import ROLES

LONGEST_EXPLORATION = 86_400.0


def add_options(parser: pytest.Parser) -> None:
    """Declare them to pytest."""
    group = parser.getgroup("lwm2m-conformance", "conformance of OMA LwM2M implementations")
    group.addoption("--sut", action="append", default=[], metavar="FILE", help="SUT profile; repeatable")
    group.addoption(
        "--case", action="append", default=[], metavar="ID", help="id or prefix of a case; repeatable"
    )
    group.addoption(
        "--requirement", action="append", default=[], metavar="LABEL", help="label or prefix; repeatable"
    )
    group.addoption("--role", help="only cases for this role: device, server or bootstrap-server")
    group.addoption("--pair", action="store_true", help="a device and a server, tested against each other")
    group.addoption("--lwm2m", metavar="VERSION", help="only this version of LwM2M")
    group.addoption("--long", action="store_true", help="also cases that wait more than 30 s")
    group.addoption("--out", metavar="DIR", help="folder of the run (default reports/<UTC>-<hex>)")
    group.addoption(
        "--seed", type=int, default=None, metavar="N", help="seed of tokens, message ids and choices"
    )
    group.addoption("--objects", metavar="DIR", help="folder with further object definitions (DDF XML)")
    group.addoption("--known-issues", metavar="FILE", help="TOML file of known issues")
    group.addoption("--observed", metavar="FILE", help="what the SUT showed before, instead of looking at it")
    group.addoption(
        "--explore",
        type=float,
        default=None,
        metavar="SECONDS",
        help="time that each case explores at random",
    )
    group.addoption(
        "--conversation", action="append", default=[], metavar="PATH", help="stored conversation, or a folder"
    )
    group.addoption("--replayed", metavar="RUN", help="take schedules of faults from this run")
    group.addoption("--progress", action="store_true", help="own progress and summary instead of pytest's")


def settings_of(config: pytest.Config) -> Settings:
    """What the user fixed for this run.

    Raises:
        StartError: an option is wrong.
        SelectionError: a name of a case is wrong.
    """
    option = config.option
    folder = Path(option.out).absolute() if option.out else new_run_folder(Path("reports").absolute())
    _check_out(folder)
    if option.explore is not None and not 0 < option.explore <= LONGEST_EXPLORATION:
        raise StartError(f"--explore {option.explore:g}: seconds from 0 to {LONGEST_EXPLORATION:g}", 2)
    roles = [role.replace("_", "-") for role in ROLES]
    if option.role not in (None, *roles):
        raise StartError(f"--role {option.role}: no such role, expected {', '.join(roles)}", 2)
    for text in option.case:
        parse_name(text)
    for name, expression in (("-k", option.keyword), ("-m", option.markexpr)):
        try:
            Expression.compile(expression)
        except SyntaxError as problem:
            raise StartError(f"{name} {expression!r}: not an expression: {problem}", 2) from None
    return Settings(
        profiles=tuple(Path(path).absolute() for path in option.sut),
        folder=folder,
        filter=Filter(tuple(option.case), tuple(option.requirement), option.role, option.long),
        lwm2m=option.lwm2m,
        seed=option.seed if option.seed is not None else int(clock.utc().timestamp()),
        objects=Path(option.objects) if option.objects else None,
        known_issues=Path(option.known_issues) if option.known_issues else None,
        observed=Path(option.observed) if option.observed else None,
        dry_run=config.option.collectonly,
        explore=option.explore,
        conversations=tuple(Path(path).absolute() for path in option.conversation),
        pair=option.pair,
        replayed=Path(option.replayed).absolute() if option.replayed else None,
    )


def _check_out(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise StartError(f"--out {folder}: is a file: name a folder", 2)
    if folder.exists() and any(folder.iterdir()):
        raise StartError(f"--out {folder}: the folder is not empty: name a new one", 2)
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise StartError(f"--out {folder}: {there} cannot be written to: name another folder", 2)
