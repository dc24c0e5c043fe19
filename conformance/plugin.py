"""The pytest plugin: collects test cases for the SUTs at hand, runs them, and keeps the run record.

It does nothing unless ``--sut`` is given. pytest-xdist spreads the cases over workers: the controller looks
at the SUTs once and tells every worker what it saw, so that all collect the same list.
"""

import gc
import json
import sys
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import Exit

from conformance import clock
from conformance.controller import DESELECTED, RUNNING, WORKER_DATA, Controller
from conformance.evidence.disk import EvidenceError
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
from conformance.items import (
    Assigned,
    case_of,
    cases_among,
    name_of,
    reason_against,
    sut_of,
    variant_of,
    varied_case_of,
)
from conformance.model.ddf import InvalidDefinitions
from conformance.options import add_options, settings_of
from conformance.pair.execution import run_pair_case
from conformance.pair.pair import Pair
from conformance.pair.pairing import Pairing
from conformance.reporting.failure import failure_lines
from conformance.reporting.known_issues import KnownIssuesError
from conformance.reporting.record import result_from_data
from conformance.selection import SelectionError, deselected_row
from conformance.session import Session, Settings, StartError
from conformance.sut.profile import ProfileError
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import SLOW, TestCase, variant_text
from conformance.verdicts import CaseRecord, Verdict
from conformance.verification.replay import schedule_for

_SESSION = pytest.StashKey[Session]()
_RESULTS = pytest.StashKey[list[dict[str, Any]]]()
_STOP = pytest.StashKey[str]()
"""Why no further case can be run."""


class error(Exit):  # noqa: N801 - pytest prints the name of the class before the reason
    """Ends the run before it started."""


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


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
        session = Session(settings_of(config))
        _check_workers(config, session)
        if not config.option.collectonly:
            for waited in session.awaited:
                sys.stderr.write(f"{waited}\n")
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
    kept = [profile for profile in session.profiles if profile.isolation == "none"]
    if workers and any(profile.sut.role == "device" for profile in kept):
        raise StartError("-n: a device with isolation = none keeps its registration: use -n 0", 2)


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    case = case_of(metafunc.function)
    session = metafunc.config.stash.get(_SESSION, None)
    if case is None or "assigned" not in metafunc.fixturenames:
        return
    suts: Sequence[Assigned] = session.assignments(case) if session else []
    several = {sut.slug for sut in suts if any(len(each.profile.sut.lwm2m) > 1 for each in sut.suts)}
    names = [f"{sut.slug}@{sut.lwm2m}" if sut.slug in several else sut.slug for sut in suts]
    metafunc.parametrize("assigned", suts or [None], ids=names or ["no-sut"], indirect=True)


@pytest.fixture
def security() -> str:
    """The mode in which a conversation is secured; a case with ``security=`` puts each of its modes here."""
    return ""


@pytest.fixture
def assigned(request: pytest.FixtureRequest, security: str) -> Assigned | None:
    """The SUT, or the pair of them, that the case runs against."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def device(assigned: Assigned) -> None:
    """The device under test; the runner puts the role object in its place when the conversation opens."""


@pytest.fixture
def devices(assigned: Assigned) -> None:
    """The devices under test of a case with several; put in place like `device`."""


@pytest.fixture
def server(assigned: Assigned) -> None:
    """The server under test; put in place like `device`."""


@pytest.fixture
def bootstrap_server(assigned: Assigned) -> None:
    """The bootstrap server under test; put in place like `device`."""


@pytest.fixture
def pair(assigned: Assigned) -> None:
    """The device and the server under test that talk with each other; put in place like `device`."""


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """What a run collects stays to its end: to look for garbage in it took a fifth of a worker's start."""
    if _SESSION not in session.config.stash:
        return (yield)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    running = config.stash.get(_SESSION, None)
    if running is None:
        return
    left_out, rows, kept = [], [], []
    for item, case in cases_among(items):
        item.extra_keyword_matches.update({case.id, *case.aliases, *case.verifies})
        sut, variant = sut_of(item), variant_of(item)
        wait = case.waits(sut.awake_time if sut else 0.0)
        if wait > SLOW:
            item.add_marker(pytest.mark.slow)
        reason: str | None = "no SUT for this role"
        if sut is not None:
            reason = running.settings.filter.reason_against(case, variant, sut.awake_time)
        if reason is None:
            kept.append((wait, item))
        else:
            left_out.append(item)
            rows.append(deselected_row(case, name_of(sut), variant, reason))
    others = [item for item in items if not (isinstance(item, pytest.Function) and case_of(item.function))]
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
    for item, case in cases_among(session.items):
        sut = sut_of(item)
        if sut is None or reason_against(case, sut):
            left_out += 1
            continue
        name = name_of(sut)
        prefix = f"{name}\t" if name and len(running.profiles) > 1 else ""
        sys.stdout.write(f"{prefix}{case.id}{variant_text(variant_of(item))}\n")
    if left_out:
        sys.stderr.write(f"{left_out} more are not applicable by what the profile says\n")


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Also what pytest's own ``-k`` and ``-m`` leave out is listed as deselected."""
    if not items:
        return
    rows = items[0].session.stash.setdefault(DESELECTED, [])
    known = {(row["id"], row["sut"], variant_text(row["variant"])) for row in rows}
    for item, case in cases_among(items):
        name, variant = name_of(sut_of(item)), variant_of(item)
        if (case.id, name, variant_text(variant)) not in known:
            rows.append(deselected_row(case, name, variant, "not selected by -k or -m"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for function, case in cases_among([item]):
        sut = sut_of(function)
        if sut is None:
            pytest.skip("no SUT for this role: give --sut")
        if reason := reason_against(case, sut):
            rows = function.stash[_RESULTS] = []
            for each in sut.suts:
                rows.append(_without_checks(function, case, each, Verdict.NOT_APPLICABLE, reason))
                try:
                    write_json(_folder(function, case, each) / "result.json", rows[-1])
                except EvidenceError as problem:
                    function.stash[_STOP] = str(problem)
            pytest.skip(reason)


def _without_checks(
    function: pytest.Function, case: TestCase, sut: SystemUnderTest, verdict: Verdict, reason: str
) -> dict[str, Any]:
    nothing = CaseRecord(case.verifies, case.clause)
    note_contradictions(case, sut, nothing)
    result = Result(verdict, reason, 0.0, nothing)
    return result_data(case, sut, variant_of(function), result)


def _folder(function: pytest.Function, case: TestCase, sut: SystemUnderTest) -> Path:
    run = function.config.stash[_SESSION].settings.folder
    return case_folder(run, sut.profile.slug, case.id, variant_text(variant_of(function)))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    case, sut = varied_case_of(pyfuncitem), sut_of(pyfuncitem)
    if case is None or sut is None:
        return None
    session = pyfuncitem.config.stash[_SESSION]
    folders = [_folder(pyfuncitem, case, each) for each in sut.suts]
    names = pyfuncitem._fixtureinfo.argnames
    arguments = {name: pyfuncitem.funcargs[name] for name in names if name not in SUBJECTS}

    async def body(tested: Tested | Pair) -> None:
        subject = {"pair": tested} if isinstance(tested, Pair) else taking_part(pyfuncitem.function, tested)
        await pyfuncitem.obj(**arguments, **subject)

    cut_off = "the case did not end: the process that ran it was killed or crashed"
    seed = session.settings.seed
    try:
        for each, folder in zip(sut.suts, folders, strict=True):
            write_json(folder / RUNNING, _without_checks(pyfuncitem, case, each, Verdict.ERROR, cut_off))
        if isinstance(sut, Pairing):
            results = session.run(run_pair_case(case, sut, body, folders, seed))
        else:
            exploration = session.settings.exploration
            replayed = session.settings.replayed
            schedule = schedule_for(replayed, folders[0]) if replayed else None
            results = [session.run(run_case(case, sut, body, folders[0], seed, exploration, schedule))]
        rows = [
            _settled(pyfuncitem, case, *settled) for settled in zip(sut.suts, results, folders, strict=True)
        ]
    except EvidenceError as problem:
        pyfuncitem.stash[_STOP] = str(problem)
        rows = [_without_checks(pyfuncitem, case, each, Verdict.ERROR, str(problem)) for each in sut.suts]
        for row, folder in zip(rows, folders, strict=True):
            with suppress(EvidenceError):
                write_json(folder / "result.json", row)
            (folder / RUNNING).unlink(missing_ok=True)
    pyfuncitem.stash[_RESULTS] = rows
    _conclude(rows, folders, session.settings.folder)
    return True


def _settled(
    function: pytest.Function, case: TestCase, sut: SystemUnderTest, result: Result, folder: Path
) -> dict[str, Any]:
    """The result of a SUT as it stands in the record, written down."""
    data = result_data(case, sut, variant_of(function), result)
    known = function.config.stash[_SESSION].known_issues.match(result_from_data(data))
    if known is not None:
        mark = known.mark
        data["known_issue"] = {"link": mark.link, "reason": mark.reason, "expires": mark.expires}
    write_json(folder / "result.json", data)
    (folder / RUNNING).unlink()
    return data


def _conclude(rows: Sequence[dict[str, Any]], folders: Sequence[Path], run: Path) -> None:
    """Tell pytest how the case went: with a pair, for the worse of the two."""
    red = [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.ERROR]
    lines = [
        line
        for data, folder in zip(rows, folders, strict=True)
        if data["verdict"] in red and data["known_issue"] is None
        for line in failure_lines(result_from_data(data), run, folder)
    ]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)
    for data in rows:
        if data["known_issue"] is not None:
            pytest.xfail(f"{data['known_issue']['link']}: {data['reason']}")
        if data["verdict"] == Verdict.NOT_APPLICABLE:
            pytest.skip(data["reason"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    rows = item.stash.get(_RESULTS, None)
    if rows is not None and call.when in ("setup", "call") and (report.when == "call" or report.skipped):
        report.lwm2m_results = json.dumps(rows)  # type: ignore[attr-defined]
        report.lwm2m_stop = item.stash.get(_STOP, "")  # type: ignore[attr-defined]
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    worker_output = getattr(session.config, "workeroutput", None)
    if worker_output is not None:
        worker_output[WORKER_DATA] = json.dumps(
            {"deselected": session.stash.get(DESELECTED, []), "processor_seconds": clock.processor()}
        )
