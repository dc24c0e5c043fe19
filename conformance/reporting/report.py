"""The reports of a run folder, made at any time after or during the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.reporting.html import write_html
from conformance.reporting.junit import write_junit
from conformance.reporting.page import SourceTexts
from conformance.reporting.record import ResultKey, Run
from conformance.reporting.recovery import case_places, open_run
from conformance.requirements import load_ambiguities, load_catalogue, load_errata


@dataclass(frozen=True)
class Report:
    """Where the reports of a run stand, the run that they show, and where the evidence of each result is."""

    run: Run
    evidence: Mapping[ResultKey, Path]
    html: Path
    junit: Path


def write_report(run_folder: Path, run: Run | None = None) -> Report:
    """Write ``report/index.html`` and ``report/junit.xml`` of a run; `run` is its record where that was read.

    Raises:
        RunError: nothing in the folder can be read.
    """
    run = run or open_run(run_folder)
    evidence = case_places(run_folder)
    texts = SourceTexts(load_catalogue(), load_errata(), load_ambiguities())
    report = Report(run, evidence, run_folder / "report" / "index.html", run_folder / "report" / "junit.xml")
    write_html(run, texts, evidence, report.html)
    write_junit(run, report.junit)
    return report
