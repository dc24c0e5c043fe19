"""The pytest plugin: collects test cases for the SUTs at hand, runs them, and keeps the run record.

It does nothing unless ``--sut`` is given. pytest-xdist spreads the cases over workers: the controller looks
at the SUTs once and tells every worker what it saw, so that all collect the same list.
"""

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import Exit

from conformance import clock
from conformance.evidence.run_record import RunRecordWriter, case_folder, write_json
from conformance.execution import Result, result_data, run_case
from conformance.progress import Progress
from conformance.reporting.exit_code import exit_code
from conformance.reporting.failure import failure_lines
from conformance.reporting.known_issues import KnownIssuesError
from conformance.reporting.record import load_run, result_from_data
from conformance.reporting.report import write_report
from conformance.reporting.requirements_state import roll_up
from conformance.requirements import load_catalogue
from conformance.selection import Filter, deselected_row
from conformance.session import Session, Settings, StartError, new_run_folder
from conformance.sut.profile import ProfileError
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import TestCase, printed_value, variant_text
from conformance.verdicts import CaseRecord, Verdict

_SESSION = pytest.StashKey[Session]()
_DESELECTED = pytest.StashKey[list[dict[str, Any]]]()
_RESULT = pytest.StashKey[dict[str, Any]]()
_WORKER_INPUT = "lwm2m_conformance"


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
    group.addoption(
        "--role", choices=["device", "server", "bootstrap-server"], help="only cases for this role"
    )
    group.addoption("--lwm2m", metavar="VERSION", help="only this version of LwM2M")
    group.addoption("--long", action="store_true", help="also cases that wait more than 30 s")
    group.addoption("--out", metavar="DIR", help="folder of the run (default reports/<UTC>-<hex>)")
    group.addoption(
        "--seed", type=int, default=None, metavar="N", help="seed of tokens, message ids and choices"
    )
    group.addoption("--objects", metavar="DIR", help="folder with further object definitions (DDF XML)")
    group.addoption("--known-issues", metavar="FILE", help="TOML file of known issues")
    group.addoption("--observed", metavar="FILE", help="what the SUT showed before, instead of looking at it")
    group.addoption("--progress", action="store_true", help="own progress and summary instead of pytest's")


def _settings(config: pytest.Config) -> Settings:
    option = config.option
    folder = Path(option.out).absolute() if option.out else new_run_folder(Path("reports").absolute())
    if folder.exists() and any(folder.iterdir()):
        raise StartError(f"--out {folder}: the folder is not empty: name a new one", 2)
    if option.observed and not Path(option.observed).is_file():
        raise StartError(f"--observed {option.observed}: no such file", 2)
    return Settings(
        profiles=tuple(Path(path) for path in option.sut),
        folder=folder,
        filter=Filter(tuple(option.case), tuple(option.requirement), option.role, option.long),
        lwm2m=option.lwm2m,
        seed=option.seed if option.seed is not None else int(clock.utc().timestamp()),
        objects=Path(option.objects) if option.objects else None,
        known_issues=Path(option.known_issues) if option.known_issues else None,
        observed=Path(option.observed) if option.observed else None,
        dry_run=config.option.collectonly,
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: waits more than ten seconds for the protocol")
    if not config.option.sut:
        return
    worker_input = getattr(config, "workerinput", {}).get(_WORKER_INPUT)
    if worker_input is not None:
        data = json.loads(worker_input)
        config.stash[_SESSION] = Session(Settings.from_data(data["settings"]), data["observed"])
        return
    try:
        session = Session(_settings(config))
        if not config.option.collectonly:
            session.probe()
    except (ProfileError, KnownIssuesError) as problem:
        raise error(str(problem), returncode=2) from None
    except StartError as problem:
        raise error(str(problem), returncode=problem.exit_code) from None
    except ValueError as problem:
        raise error(f"--objects: {problem}", returncode=2) from None
    config.stash[_SESSION] = session
    config.pluginmanager.register(Controller(config, session), "lwm2m-conformance-controller")


def pytest_unconfigure(config: pytest.Config) -> None:
    if session := config.stash.get(_SESSION, None):
        session.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    session = node.config.stash.get(_SESSION, None)
    if session is not None:
        session.close()
        node.workerinput[_WORKER_INPUT] = json.dumps(
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
            "no SUT for this role"
            if sut is None
            else running.settings.filter.reason_against(case, case.id + variant_text(variant))
        )
        if reason is None:
            kept.append((case.wait, item))
        else:
            left_out.append(item)
            rows.append(deselected_row(case, sut.profile.sut.name if sut else None, variant, reason))
    others = [item for item in items if not (isinstance(item, pytest.Function) and _case_of(item.function))]
    items[:] = others + [item for _, item in sorted(kept, key=lambda pair: -pair[0])]
    session.stash[_DESELECTED] = rows
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Also what pytest's own ``-k`` and ``-m`` leave out is listed as deselected."""
    for item, case in _cases(items):
        rows = item.session.stash.setdefault(_DESELECTED, [])
        sut, variant = _sut_of(item), _variant(item)
        name = sut.profile.sut.name if sut else None
        if not any((row["id"], row["sut"], row["variant"]) == (case.id, name, variant) for row in rows):
            rows.append(deselected_row(case, name, variant, "not selected by -k or -m"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for function, case in _cases([item]):
        sut = _sut_of(function)
        if sut is None:
            pytest.skip("no SUT for this role: give --sut")
        applicability = sut.applicability(case.applies)
        reason = applicability.reason
        if not reason and case.fresh and sut.profile.isolation == "none":
            reason = "the case needs a fresh SUT, the profile says isolation = none"
        if reason:
            _keep_not_applicable(function, case, sut, reason)
            pytest.skip(reason)


def _keep_not_applicable(
    function: pytest.Function, case: TestCase, sut: SystemUnderTest, reason: str
) -> None:
    nothing = CaseRecord(case.verifies, case.clause)
    result = Result(Verdict.NOT_APPLICABLE, reason, 0.0, nothing)
    function.stash[_RESULT] = result_data(case, sut.profile.sut.name, _variant(function), result)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    case, sut = _case_of(pyfuncitem.function), _sut_of(pyfuncitem)
    if case is None or sut is None:
        return None
    session = pyfuncitem.config.stash[_SESSION]
    variant = _variant(pyfuncitem)
    folder = case_folder(session.settings.folder, sut.profile.slug, case.id, variant_text(variant))
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names if name != "device"}

    async def body(device: Any) -> None:
        await pyfuncitem.obj(**arguments, device=device)

    result = session.run(run_case(case, sut, body, folder, session.settings.seed))
    data = result_data(case, sut.profile.sut.name, variant, result)
    known = session.known_issues.match(result_from_data(data))
    if known is not None:
        mark = known.mark
        data["known_issue"] = {"link": mark.link, "reason": mark.reason, "expires": mark.expires}
    write_json(folder / "result.json", data)
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
        worker_output[_WORKER_INPUT] = json.dumps(session.stash.get(_DESELECTED, []))


class Controller:
    """Keeps the run record and sets the exit code; lives where pytest's main process lives."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        settings = session.settings
        self.config = config
        self.session = session
        self.record = RunRecordWriter(
            settings.folder, session.described(), settings.seed, list(config.invocation_params.args)
        )
        self.progress = Progress(enabled=config.option.progress)
        self.harness_failed = False
        self.deselected: list[dict[str, Any]] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.harness_failed = True
            self.progress.trouble(str(report.longrepr))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        self.progress.total = len(ids)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:
            self.progress.total = len(session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        text = getattr(report, "lwm2m_result", None)
        if text is not None:
            data = json.loads(text)
            self.record.add(data)
            self.progress.show(data)
        elif report.failed:
            self.harness_failed = True
            self.progress.trouble(f"{report.nodeid}: {report.longreprtext}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        rows = getattr(node, "workeroutput", {}).get(_WORKER_INPUT)
        if rows and not self.deselected:
            self.deselected = json.loads(rows)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self.config.option.collectonly:
            return
        self.progress.finish()
        interrupted = exitstatus == pytest.ExitCode.INTERRUPTED and not self.harness_failed
        rows = self.deselected or session.stash.get(_DESELECTED, [])
        if not self.record.results and not interrupted and not self.harness_failed:
            session.exitstatus = 2
            self.progress.trouble("nothing was selected: no case matches what you asked for")
            return
        self.record.deselect(rows)
        self.record.finish(interrupted=interrupted)
        folder = self.session.settings.folder
        run = load_run(folder)
        today = clock.utc().date()
        stale = self.session.known_issues.stale(run.results, today, run.deselected)
        code = exit_code(
            run.results, interrupted=interrupted, harness_failed=self.harness_failed, stale=bool(stale)
        )
        states = roll_up(run, [item.label for item in load_catalogue()])
        rolled = [
            {"label": item.label, "sut": item.sut, "state": str(item.state), "cases": list(item.cases)}
            for item in states
        ]
        self.record.conclude(rolled, int(code))
        session.exitstatus = int(code)
        write_report(folder)
        self.progress.conclude(folder, [str(item) for item in stale])
