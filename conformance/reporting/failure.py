"""How a case that did not pass reads, in the terminal and in every report."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from conformance.reporting.record import Check, Result, Verdict
from conformance.reporting.visible import visible

WORD = {
    Verdict.PASS: "PASS",
    Verdict.FAIL: "FAIL",
    Verdict.INCONCLUSIVE: "INCONC",
    Verdict.ERROR: "ERROR",
    Verdict.NOT_APPLICABLE: "N/A",
}
TITLE_WIDTH = 33
VALUE_LIMIT = 2000


def headline(result: Result) -> str:
    """Verdict, name, title, requirements and clause in one line."""
    title = visible(result.title or result.purpose)
    labels = " ".join(result.requirements)
    line = (
        f"{WORD[result.verdict]:<4}  {result.name}  {title:<{TITLE_WIDTH}}  {labels}    {result.clause or ''}"
    )
    return line.rstrip()


def actual_with_frame(check: Check) -> str:
    """What was seen, with the frame that shows it."""
    text = visible(check.actual, VALUE_LIMIT)
    if check.frame is None or f"frame {check.frame}" in text:
        return text
    return f"{text} (frame {check.frame})"


def red_checks(result: Result) -> Sequence[Check]:
    """The checks and rule findings that made the verdict what it is."""
    return [check for check in result.judged if check.verdict is not Verdict.PASS]


def replay_command(run_folder: Path, result: Result) -> str:
    """The command line that runs this case again from its record."""
    return f"lwm2m-conformance replay {shlex.quote(run_folder.as_posix())} {shlex.quote(result.name)}"


def failure_lines(result: Result, run_folder: Path, evidence: Path | None, sut: bool = False) -> list[str]:
    """The block of lines for one result; `evidence` is its folder, `sut` adds the name of the SUT."""
    lines = [headline(result)]
    if sut:
        lines.append(f"      sut       {visible(result.sut)}")
    for check in red_checks(result):
        lines.append(f"      expected  {visible(check.expected, VALUE_LIMIT)}")
        lines.append(f"      actual    {actual_with_frame(check)}")
    if result.reason and not (result.verdict is Verdict.FAIL and red_checks(result)):
        lines.append(f"      reason    {visible(result.reason, VALUE_LIMIT)}")
    if result.known_issue is not None:
        lines.append(
            f"      known     {visible(result.known_issue.link)} ({visible(result.known_issue.reason)})"
        )
    again = f"again: {replay_command(run_folder, result)}"
    lines.append(f"      evidence  {evidence.as_posix()}/     {again}" if evidence else f"      {again}")
    return lines
