"""What the terminal shows."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from conformance.reporting.failure import failure_lines
from conformance.reporting.record import Run, load_run, result_from_data
from conformance.reporting.recovery import index_cases
from conformance.reporting.summary import print_summary, summary_lines

if TYPE_CHECKING:
    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]


def test_a_failure_reads_as_designed(a_result: Data, a_check: Data) -> None:
    red = a_check(verdict="fail", actual="Update without lt", frame=14)
    result = result_from_data(a_result(verdict="fail", requirements=["HLF-018", "HLF-019"], checks=[red]))
    run = Path("reports/20261121T115121Z-3f2a")
    evidence = run / "cases/leshan/REG-UPD-02/default"
    assert failure_lines(result, run, evidence) == [
        "FAIL  REG-UPD-02  new lifetime is announced          HLF-018 HLF-019    LwM2M Core 1.1.1 §6.2.2",
        "      expected  Update with lt=120 within 3.0 s",
        "      actual    Update without lt (frame 14)",
        "      evidence  reports/20261121T115121Z-3f2a/cases/leshan/REG-UPD-02/default/     again: "
        "lwm2m-conformance replay reports/20261121T115121Z-3f2a REG-UPD-02",
    ]


def test_the_frame_is_told_once(a_failure: Data) -> None:
    lines = failure_lines(result_from_data(a_failure()), Path("r"), None)
    assert "      actual    Update without lt (frame 3)" in lines


def test_a_variant_is_quoted_for_the_shell(a_failure: Data) -> None:
    lines = failure_lines(result_from_data(a_failure(variant={"format": "tlv"})), Path("my run"), None)
    assert lines[-1].endswith("replay 'my run' 'REG-UPD-02[format=tlv]'")


def test_an_error_tells_its_reason(a_result: Data) -> None:
    result = result_from_data(a_result(verdict="error", reason="the SUT exited with 3", checks=[]))
    lines = failure_lines(result, Path("r"), None)
    assert lines[0].startswith("ERROR  REG-UPD-02")
    assert lines[1] == "      reason    the SUT exited with 3"


def printed(run: Run, *, terminal: bool, **given: Any) -> str:
    stream = io.StringIO()
    print_summary(run, Console(file=stream, force_terminal=terminal, width=60), **given)
    return stream.getvalue()


def test_a_pipe_gets_plain_whole_lines(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    known = {"link": "https://example.org/1", "reason": "not sent", "expires": "2027-01-31"}
    results = [
        a_result(),
        a_failure(id="REG-UPD-03", purpose="[bold]x[/bold]", title="[red]hostile[/red] \x1b[2J"),
        a_failure(id="REG-UPD-04", known_issue=known),
        a_result(id="REG-UPD-05", verdict="not_applicable", reason="no", checks=[]),
    ]
    run = load_run(run_folder.write(results))
    evidence, _, _ = index_cases(run_folder.path)
    text = printed(run, terminal=False, evidence=evidence, report=Path("reports/x/report/index.html"))
    assert "\x1b" not in text
    assert "[red]hostile[/red] \\x1b[2J" in text
    assert f"evidence  {evidence[run.results[1].key].as_posix()}/     again: lwm2m-conformance" in text
    assert "KNOWN REG-UPD-04  https://example.org/1, until 2027-01-31" in text
    assert "FAIL  REG-UPD-04" not in text
    table = [line.split() for line in text.splitlines() if line.startswith(("SUT", "Eclipse"))]
    assert table[0] == ["SUT", "pass", "fail", "known", "not", "applicable"]
    assert table[1][-4:] == ["1", "1", "1", "1"]
    assert "3 of 4 cases judged in 12.3 s" in text
    assert text.rstrip().endswith("report: reports/x/report/index.html")


def test_a_terminal_gets_colour_and_an_end(run_folder: "RunFolder", a_failure: Data) -> None:
    run = load_run(run_folder.write([a_failure(id=f"REG-UPD-{n}") for n in range(30)], messages=0))
    text = printed(run, terminal=True)
    assert "\x1b[" in text
    assert "and 5 more in the report" in text


def test_nothing_judged_is_said(run_folder: "RunFolder", a_result: Data) -> None:
    run = load_run(run_folder.write([a_result(verdict="not_applicable", reason="no", checks=[])]))
    assert any("nothing was judged" in line.plain for line in summary_lines(run))


def test_several_suts_are_told_apart(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    run = load_run(run_folder.write([a_result(sut="one"), a_failure(sut="two")]))
    lines = [line.plain for line in summary_lines(run)]
    assert "      sut       two" in lines
