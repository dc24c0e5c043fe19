"""The pytest plugin: collects test cases for the SUTs at hand, runs them, and keeps the run record.

It does nothing unless ``--sut`` is given. pytest-xdist spreads the cases over workers: the controller looks
at the SUTs once and tells every worker what it saw, so that all collect the same list.
"""

import json
import os
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark.expression import Expression
from _pytest.outcomes import Exit

from conformance import clock
from conformance.controller import DESELECTED, RUNNING, WORKER_DATA, Controller
from conformance.evidence.run_record import case_folder, write_json
from conformance.execution import (
    SUBJECTS,
    Result,
    Tested,
    note_contradictions,
    result_data,
    run_case,
    taking_part,
)
from conformance.model.ddf import InvalidDefinitions
from conformance.reporting.failure import failure_lines
from conformance.reporting.known_issues import KnownIssuesError
from conformance.reporting.record import result_from_data
from conformance.selection import Filter, SelectionError, deselected_row, parse_name
from conformance.session import Session, Settings, StartError, new_run_folder
from conformance.sut.profile import ProfileError
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import ROLES, TestCase, printed_value, variant_text
from conformance.verdicts import CaseRecord, Verdict

LONGEST_EXPLORATION = 86_400.0
_SESSION = pytest.StashKey[Session]()
_RESULT = pytest.StashKey[dict[str, Any]]()


class error(Exit):  # noqa: N801 - pytest prints the name of the class before the reason
    """Ends the run before it started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("lwm2m-conformance", "conformance of OMA LwM2M implementations")
    group.addoption("--sut", action="append", default=[], metavar="FILE", help="SUT profile; repeatable")
    group.addoption(
        "--case", action="append", default=[], metavar="ID", help="id or prefix of a case; repeatable"
    )
    group.addoption(
        "--requirement", action="append", default=[], metavar="LABEL", help="label or prefix; repeatable"
    )
    group.addoption("--role", help="only cases for this role: device, server or bootstrap-server")
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
    group.addoption("--progress", action="store_true", help="own progress and summary instead of pytest's")


def _settings(config: pytest.Config) -> Settings:
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
    )


def _check_out(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise StartError(f"--out {folder}: is a file: name a folder", 2)
    if folder.exists() and any(folder.iterdir()):
        raise StartError(f"--out {folder}: the folder is not empty: name a new one", 2)
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise StartError(f"--out {folder}: {there} cannot be written to: name another folder", 2)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: waits more than ten seconds for the protocol")
    if not config.option.sut:
        return
    worker_input = getattr(config, "workerinput", {}).get(WORKER_DATA)
    if worker_input is not None:
        data = json.loads(worker_input)
        config.stash[_SESSION] = Session(Settings.from_data(data["settings"]), data["observed"])
        return
    session = _open_session(config)
    config.stash[_SESSION] = session
    config.pluginmanager.register(Controller(config, session), "lwm2m-conformance-controller")


def _open_session(config: pytest.Config) -> Session:
    """The session of a controller; whatever is wrong ends pytest with one line and the exit code for it."""
    session: Session | None = None
    try:
        session = Session(_settings(config))
        _check_workers(config, session)
        if not config.option.collectonly:
            session.probe()
    except KeyboardInterrupt:
        stop = error("interrupted before the first case", returncode=130)
    except (ProfileError, KnownIssuesError, SelectionError) as problem:
        stop = error(str(problem), returncode=2)
    except StartError as problem:
        stop = error(str(problem), returncode=problem.exit_code)
    except InvalidDefinitions as problem:
        more = f" ({len(problem.errors) - 1} more after this one)" if len(problem.errors) > 1 else ""
        stop = error(f"--objects: {problem.errors[0]}{more}", returncode=2)
    else:
        return session
    if session is not None:
        session.close()
    raise stop


def _check_workers(config: pytest.Config, session: Session) -> None:
    workers = len(getattr(config.option, "tx", None) or ())
    limit = session.jobs_limit
    if limit is not None and workers > limit:
        raise StartError(
            f"-n {workers}: the profiles allow {limit} case at once (adapter.instances, or a fixed port in "
            f"ixit.tester): use -n {limit if limit > 1 else 0}",
            2,
        )
    if workers and any(profile.isolation == "none" for profile in session.profiles):
        raise StartError("-n: a SUT with isolation = none keeps its registration: use -n 0", 2)


def pytest_unconfigure(config: pytest.Config) -> None:
    if session := config.stash.get(_SESSION, None):
        session.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    session = node.config.stash.get(_SESSION, None)
    if session is not None:
        session.close()
        node.workerinput[WORKER_DATA] = json.dumps(
            {"settings": session.settings.as_data(), "observed": session.observed}
        )


def _case_of(function: object) -> TestCase | None:
    case = getattr(function, "testcase", None)
    return case if isinstance(case, TestCase) else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    case = _case_of(metafunc.function)
    session = metafunc.config.stash.get(_SESSION, None)
    if case is None or "assigned" not in metafunc.fixturenames:
        return
    suts: Sequence[SystemUnderTest] = session.assignments(case) if session else []
    versions = {sut.profile.slug for sut in suts if len(sut.profile.sut.lwm2m) > 1}
    names = [
        f"{sut.profile.slug}@{sut.lwm2m}" if sut.profile.slug in versions else sut.profile.slug
        for sut in suts
    ]
    metafunc.parametrize("assigned", suts or [None], ids=names or ["no-sut"], indirect=True)


@pytest.fixture
def assigned(request: pytest.FixtureRequest) -> SystemUnderTest | None:
    """The SUT that the case runs against."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def device(assigned: SystemUnderTest) -> None:
    """The device under test; the runner puts the role object in its place when the conversation opens."""


@pytest.fixture
def devices(assigned: SystemUnderTest) -> None:
    """The devices under test of a case with several; put in place like `device`."""


@pytest.fixture
def server(assigned: SystemUnderTest) -> None:
    """The server under test; put in place like `device`."""


@pytest.fixture
def bootstrap_server(assigned: SystemUnderTest) -> None:
    """The bootstrap server under test; put in place like `device`."""


def _variant(item: pytest.Function) -> dict[str, str]:
    """The SUT's version and the case's own parameters, as text."""
    sut = _sut_of(item)
    variant = {"lwm2m": sut.lwm2m} if sut else {}
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    for name, value in parameters.items():
        if name != "assigned":
            variant[name] = printed_value(value)
    return variant


def _sut_of(item: pytest.Function) -> SystemUnderTest | None:
    sut = item.callspec.params.get("assigned") if hasattr(item, "callspec") else None
    return sut if isinstance(sut, SystemUnderTest) else None


def _cases(items: Sequence[pytest.Item]) -> Generator[tuple[pytest.Function, TestCase], None, None]:
    for item in items:
        if isinstance(item, pytest.Function) and (case := _case_of(item.function)):
            yield item, case


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    running = config.stash.get(_SESSION, None)
    if running is None:
        return
    left_out, rows, kept = [], [], []
    for item, case in _cases(items):
        item.extra_keyword_matches.update({case.id, *case.aliases, *case.verifies})
        sut, variant = _sut_of(item), _variant(item)
        if case.wait > 10:
            item.add_marker(pytest.mark.slow)
        reason = (
            "no SUT for this role" if sut is None else running.settings.filter.reason_against(case, variant)
        )
        if reason is None:
            kept.append((case.wait, item))
        else:
            left_out.append(item)
            rows.append(deselected_row(case, sut.profile.sut.name if sut else None, variant, reason))
    others = [item for item in items if not (isinstance(item, pytest.Function) and _case_of(item.function))]
    items[:] = others + [item for _, item in sorted(kept, key=lambda pair: -pair[0])]
    session.stash[DESELECTED] = rows
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish(session: pytest.Session) -> None:
    """With ``--dry-run``: the printed names of what would run, one a line."""
    running = session.config.stash.get(_SESSION, None)
    if running is None or not (session.config.option.collectonly and session.config.option.progress):
        return
    left_out = 0
    for item, case in _cases(session.items):
        sut = _sut_of(item)
        if sut is None or _reason_against(case, sut):
            left_out += 1
            continue
        prefix = f"{sut.profile.sut.name}\t" if len(running.profiles) > 1 else ""
        sys.stdout.write(f"{prefix}{case.id}{variant_text(_variant(item))}\n")
    if left_out:
        sys.stderr.write(f"{left_out} more are not applicable by what the profile says\n")


def _reason_against(case: TestCase, sut: SystemUnderTest) -> str:
    """Why a case is not applicable to a SUT; empty when it is."""
    if reason := sut.applicability(case.applies).reason:
        return reason
    if case.fresh and sut.profile.isolation == "none":
        return "the case needs a fresh SUT, the profile says isolation = none"
    return ""


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Also what pytest's own ``-k`` and ``-m`` leave out is listed as deselected."""
    for item, case in _cases(items):
        rows = item.session.stash.setdefault(DESELECTED, [])
        sut, variant = _sut_of(item), _variant(item)
        name = sut.profile.sut.name if sut else None
        if not any((row["id"], row["sut"], row["variant"]) == (case.id, name, variant) for row in rows):
            rows.append(deselected_row(case, name, variant, "not selected by -k or -m"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for function, case in _cases([item]):
        sut = _sut_of(function)
        if sut is None:
            pytest.skip("no SUT for this role: give --sut")
        if reason := _reason_against(case, sut):
            data = _without_checks(function, case, sut, Verdict.NOT_APPLICABLE, reason)
            write_json(_folder(function, case, sut) / "result.json", data)
            function.stash[_RESULT] = data
            pytest.skip(reason)


def _without_checks(
    function: pytest.Function, case: TestCase, sut: SystemUnderTest, verdict: Verdict, reason: str
) -> dict[str, Any]:
    nothing = CaseRecord(case.verifies, case.clause)
    note_contradictions(case, sut, nothing)
    result = Result(verdict, reason, 0.0, nothing)
    return result_data(case, sut.profile.sut.name, _variant(function), result)


def _folder(function: pytest.Function, case: TestCase, sut: SystemUnderTest) -> Path:
    run = function.config.stash[_SESSION].settings.folder
    return case_folder(run, sut.profile.slug, case.id, variant_text(_variant(function)))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    case, sut = _case_of(pyfuncitem.function), _sut_of(pyfuncitem)
    if case is None or sut is None:
        return None
    session = pyfuncitem.config.stash[_SESSION]
    folder = _folder(pyfuncitem, case, sut)
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names if name not in SUBJECTS}

    async def body(tested: Tested) -> None:
        await pyfuncitem.obj(**arguments, **taking_part(pyfuncitem.function, tested))

    cut_off = "the case did not end: the process that ran it was killed or crashed"
    running = _without_checks(pyfuncitem, case, sut, Verdict.ERROR, cut_off)
    write_json(folder / RUNNING, running)
    result = session.run(
        run_case(case, sut, body, folder, session.settings.seed, session.settings.exploration)
    )
    data = result_data(case, sut.profile.sut.name, _variant(pyfuncitem), result)
    known = session.known_issues.match(result_from_data(data))
    if known is not None:
        mark = known.mark
        data["known_issue"] = {"link": mark.link, "reason": mark.reason, "expires": mark.expires}
    write_json(folder / "result.json", data)
    (folder / RUNNING).unlink()
    pyfuncitem.stash[_RESULT] = data
    if result.verdict is Verdict.NOT_APPLICABLE:
        pytest.skip(result.reason)
    if known is not None:
        pytest.xfail(f"{known.link}: {result.reason}")
    if result.verdict is not Verdict.PASS:
        lines = failure_lines(result_from_data(data), session.settings.folder, folder)
        pytest.fail("\n".join(lines), pytrace=False)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    data = item.stash.get(_RESULT, None)
    if data is not None and call.when in ("setup", "call") and (report.when == "call" or report.skipped):
        report.lwm2m_result = json.dumps(data)  # type: ignore[attr-defined]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    worker_output = getattr(session.config, "workeroutput", None)
    if worker_output is not None:
        worker_output[WORKER_DATA] = json.dumps(
            {"deselected": session.stash.get(DESELECTED, []), "processor_seconds": clock.processor()}
        )
