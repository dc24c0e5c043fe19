"""The reports of a run folder, made at any time after or during the run."""

from dataclasses import dataclass
from pathlib import Path

from conformance.reporting.html import write_html
from conformance.reporting.junit import write_junit
from conformance.reporting.page import SourceTexts
from conformance.reporting.record import Run
from conformance.reporting.recovery import index_cases, open_run
from conformance.requirements import load_ambiguities, load_catalogue, load_errata


@dataclass(frozen=True)
class Report:
    """Where the reports of a run stand, and the run that they show."""

    run: Run
    html: Path
    junit: Path


def write_report(run_folder: Path) -> Report:
    """Write ``report/index.html`` and ``report/junit.xml`` of a run.

    Raises:
        RunError: nothing in the folder can be read.
    """
    run = open_run(run_folder)
    evidence, _, _ = index_cases(run_folder)
    texts = SourceTexts(load_catalogue(), load_errata(), load_ambiguities())
    report = Report(run, run_folder / "report" / "index.html", run_folder / "report" / "junit.xml")
    write_html(run, texts, evidence, report.html)
    write_junit(run, report.junit)
    return report
