"""What a run prints when it ends: a block a failure, then one table."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.text import Text

from conformance.reporting.failure import failure_lines
from conformance.reporting.record import Result, ResultKey, Run, State, Verdict
from conformance.reporting.visible import visible

STYLE = {
    Verdict.FAIL: "bold red",
    Verdict.ERROR: "bold magenta",
    Verdict.INCONCLUSIVE: "bold yellow",
    Verdict.PASS: "green",
    Verdict.NOT_APPLICABLE: "dim",
}
COLUMNS = ("pass", "warning", "fail", "known", "inconclusive", "error", "not applicable")
NAME_WIDTH = 40


def column(result: Result) -> str:
    """The column of the closing table in which a result counts."""
    if result.known_issue is not None:
        return "known"
    if result.verdict is Verdict.PASS and result.warned:
        return "warning"
    return result.verdict.value.replace("_", " ")


def summary_lines(
    run: Run,
    evidence: Mapping[ResultKey, Path] | None = None,
    report: Path | None = None,
    limit: int | None = None,
) -> list[Text]:
    """The summary as lines; `evidence` gives the folder of each result, `limit` is the most blocks shown."""
    lines: list[Text] = []
    red = [
        result
        for result in run.results
        if result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE) and result.known_issue is None
    ]
    shown = red if limit is None else red[:limit]
    for result in shown:
        folder = (evidence or {}).get(result.key)
        block = failure_lines(result, run.folder, folder, sut=len(run.suts) > 1)
        word = len(block[0].split()[0])
        lines.append(Text.assemble((block[0][:word], STYLE[result.verdict]), block[0][word:]))
        lines += [Text(line) for line in block[1:]]
        lines.append(Text())
    if len(shown) < len(red):
        lines += [Text(f"… and {len(red) - len(shown)} more in the report"), Text()]
    lines += [_known(result) for result in run.results if result.known_issue is not None]
    lines += [Text(f"WARN  {visible(problem)}", style="yellow") for problem in run.problems]
    lines += _table(run)
    lines += _closing(run, report)
    return lines


def print_summary(
    run: Run,
    console: Console,
    evidence: Mapping[ResultKey, Path] | None = None,
    report: Path | None = None,
) -> None:
    """Print the summary: in colour and at most 25 blocks to a terminal, plain and whole elsewhere."""
    limit = 25 if console.is_terminal else None
    for line in summary_lines(run, evidence, report, limit):
        console.print(line, soft_wrap=True, highlight=False)


def _known(result: Result) -> Text:
    mark = result.known_issue
    until = f", until {mark.expires}" if mark and mark.expires else ""
    link = visible(mark.link) if mark else ""
    return Text(f"KNOWN {result.name}  {link}{until}", style="cyan")


def _table(run: Run) -> list[Text]:
    counts = {sut.name: Counter[str]() for sut in run.suts}
    for result in run.results:
        counts.setdefault(result.sut, Counter())[column(result)] += 1
    used = [name for name in COLUMNS if name == "pass" or any(count[name] for count in counts.values())]
    width = max([len(visible(name, NAME_WIDTH)) for name in counts] + [3])
    lines = [Text(f"{'SUT':<{width}}  " + "  ".join(used), style="bold")]
    for name, count in counts.items():
        cells = "  ".join(f"{count[title]:>{len(title)}}" for title in used)
        lines.append(Text(f"{visible(name, NAME_WIDTH):<{width}}  {cells}"))
    return lines


def _closing(run: Run, report: Path | None) -> list[Text]:
    states = Counter(entry.state for entry in run.requirements)
    told = ", ".join(f"{states[state]} {state.value}" for state in State if states[state])
    judged = sum(result.verdict is not Verdict.NOT_APPLICABLE for result in run.results)
    lines = [Text(f"{judged} of {len(run.results)} cases judged in {run.seconds:.1f} s")]
    if run.results and not judged:
        lines.append(Text("nothing was judged: every selected case is not applicable", style="bold yellow"))
    if run.deselected:
        lines.append(Text(f"{len(run.deselected)} deselected"))
    if told:
        lines.append(Text(f"requirements: {told}"))
    if run.interrupted:
        lines.append(Text("interrupted: what was judged before is kept", style="bold yellow"))
    if report is not None:
        lines.append(Text(f"report: {report.as_posix()}"))
    return lines
