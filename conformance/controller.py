"""Keeps the record of a run and sets the exit code; lives where pytest's main process lives."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance import clock
from conformance.evidence.disk import EvidenceError
from conformance.evidence.manifest import write_manifest
from conformance.evidence.run_record import RunRecordWriter
from conformance.progress import Progress
from conformance.reporting.exit_code import exit_code
from conformance.reporting.record import RunError, load_run, result_from_data, run_from_data
from conformance.reporting.recovery import index_cases
from conformance.reporting.report import write_report
from conformance.reporting.requirements_state import roll_up
from conformance.requirements import load_catalogue
from conformance.session import Session

DESELECTED = pytest.StashKey[list[dict[str, Any]]]()
"""What the filter left out, as rows of ``deselected``."""
WORKER_DATA = "lwm2m_conformance"
"""Under this name controller and worker hand each other their data."""
RUNNING = "running.json"
"""What a case's folder holds until its result is written: the result if it never is."""


class Controller:
    """The part of the plugin that sees all results."""

    def __init__(self, config: pytest.Config, session: Session) -> None:
        settings = session.settings
        self.config = config
        self.session = session
        self.record = RunRecordWriter(
            settings.folder, session.described(), settings.seed, list(config.invocation_params.args)
        )
        self.record.environment(session.contradictions)
        self.each = 2 if settings.pair else 1
        """Results of one case."""
        self.progress = Progress(enabled=config.option.progress)
        self.harness_failed = False
        self.interrupted = False
        self.processor_seconds = 0.0
        self.deselected: list[dict[str, Any]] = []
        self.closing: list[str] = []
        self.stopped = ""
        """Why the run was ended before its time; empty while it goes on."""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.harness_failed = True
            self.progress.trouble(str(report.longrepr))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        self.progress.total = len(ids) * self.each

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:
            self.progress.total = len(session.items) * self.each

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._pytest_session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        text = getattr(report, "lwm2m_results", None)
        if text is not None:
            for data in json.loads(text):
                self._take_up(data)
            if told := getattr(report, "lwm2m_stop", ""):
                self._stop(told)
        elif report.failed:
            self.harness_failed = True
            self.progress.trouble(f"{report.nodeid}: {report.longreprtext}")

    def _take_up(self, data: dict[str, Any]) -> None:
        try:
            self.record.add(data)
        except EvidenceError as problem:
            self._stop(str(problem))
        self.progress.show(data)

    def _stop(self, why: str) -> None:
        """End the run: what runs is finished, nothing more is begun."""
        self.harness_failed = True
        if self.stopped:
            return
        self.stopped = why
        self._say(why)
        spread = self.config.pluginmanager.getplugin("dsession")
        (spread or self._pytest_session).shouldstop = why

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Ctrl-C here or in a worker; what ``-x`` raises is no interruption."""
        self.interrupted = excinfo.type is KeyboardInterrupt or "keyboard-interrupt" in str(excinfo.value)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        text = getattr(node, "workeroutput", {}).get(WORKER_DATA)
        if text:
            told = json.loads(text)
            self.deselected = self.deselected or told["deselected"]
            self.processor_seconds += told["processor_seconds"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        self.progress.finish()
        used = self.processor_seconds + clock.processor()
        self.record.environment({"harness_processor_seconds": round(used, 3)})
        rows = self.deselected or session.stash.get(DESELECTED, [])
        if self.config.option.collectonly:
            if self.harness_failed:
                session.exitstatus = 3
            elif not session.items:
                session.exitstatus = self._nothing_selected()
            return
        try:
            self._settle_unfinished()
            if not self.record.results and not self.interrupted and not self.harness_failed:
                session.exitstatus = self._nothing_selected()
                return
            self.record.deselect(rows)
            self.record.finish(interrupted=self.interrupted or bool(self.stopped))
            session.exitstatus = self._conclude(self.session.settings.folder)
            write_manifest(self.session.settings.folder)
        except (EvidenceError, OSError) as problem:
            self._stop(str(problem))
            folder = self.session.settings.folder
            self._say(f"what was judged is in {folder}: make room, then `lwm2m-conformance report {folder}`")
            session.exitstatus = 130 if self.interrupted else 3

    def _nothing_selected(self) -> int:
        self._say("nothing was selected: no case matches what you asked for; `list` shows all")
        return 2

    def _settle_unfinished(self) -> None:
        """Take up what workers wrote and could not tell any more. A case whose process was lost is an error;
        one that Ctrl-C cut off has no result."""
        for file in sorted(self.session.settings.folder.glob(f"cases/*/*/*/{RUNNING}")):
            if self.interrupted:
                file.unlink()
            else:
                file.replace(file.with_name("result.json"))
        if not self.interrupted and not self.harness_failed:
            return
        told = {result_from_data(data).key for data in self.record.results}
        places, _, _ = index_cases(self.session.settings.folder)
        for key, place in places.items():
            if key not in told:
                self.record.add(json.loads((place / "result.json").read_text(encoding="utf-8")))

    def _conclude(self, folder: Path) -> int:
        try:
            run = load_run(folder)
        except RunError as problem:
            self._say(str(problem))
            return 130 if self.interrupted else 3
        stale = self.session.known_issues.stale(run.results, clock.utc().date(), run.deselected)
        code = exit_code(
            run.results,
            interrupted=self.interrupted,
            harness_failed=self.harness_failed,
            stale=bool(stale),
        )
        states = roll_up(run, [item.label for item in load_catalogue()])
        rolled = [
            {"label": item.label, "sut": item.sut, "state": str(item.state), "cases": list(item.cases)}
            for item in states
        ]
        self.record.conclude(rolled, int(code))
        concluded = None if self.interrupted else run_from_data(self.record.data, folder)
        report = write_report(folder, concluded)
        for finding in (*self.session.contradictions.values(), *map(str, stale)):
            self._say(finding)
        self.progress.conclude(report)
        self.closing.append(f"run: {folder}")
        return int(code)

    def _say(self, text: str) -> None:
        self.progress.trouble(text)
        self.closing.append(text)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Under plain pytest, say what `Progress` says under the command line."""
        if self.closing:
            terminalreporter.section("lwm2m-conformance")
            for text in self.closing:
                terminalreporter.write_line(text)
