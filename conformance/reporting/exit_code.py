"""The exit code of a run as a function of what was judged."""

from collections.abc import Iterable
from enum import IntEnum

from conformance.reporting.record import Result, Verdict


class ExitCode(IntEnum):
    """Exit codes of every command."""

    PASSED = 0
    FAILED = 1
    USAGE = 2
    HARNESS = 3
    STALE = 4
    INCONCLUSIVE = 5
    INTERRUPTED = 130


PRECEDENCE = (
    ExitCode.INTERRUPTED,
    ExitCode.USAGE,
    ExitCode.HARNESS,
    ExitCode.FAILED,
    ExitCode.STALE,
    ExitCode.INCONCLUSIVE,
    ExitCode.PASSED,
)


def exit_code(
    results: Iterable[Result],
    *,
    interrupted: bool = False,
    usage_error: bool = False,
    harness_failed: bool = False,
    finding: bool = False,
    stale: bool = False,
) -> ExitCode:
    """The one code of several that apply: 130 > 2 > 3 > 1 > 4 > 5.

    `harness_failed`: the harness or an adapter failed, or a SUT could not be started, outside any case.
    `finding`: what ``verify``, ``compare``, ``adapter check`` or ``selftest`` found. `stale`: a known issue
    is. A fail that is a known issue counts for nothing here.
    """
    apply = {ExitCode.PASSED}
    if interrupted:
        apply.add(ExitCode.INTERRUPTED)
    if usage_error:
        apply.add(ExitCode.USAGE)
    if harness_failed:
        apply.add(ExitCode.HARNESS)
    if finding:
        apply.add(ExitCode.FAILED)
    if stale:
        apply.add(ExitCode.STALE)
    for result in results:
        if result.verdict is Verdict.ERROR:
            apply.add(ExitCode.HARNESS)
        elif result.verdict is Verdict.FAIL and result.known_issue is None:
            apply.add(ExitCode.FAILED)
        elif result.verdict is Verdict.INCONCLUSIVE:
            apply.add(ExitCode.INCONCLUSIVE)
    return next(code for code in PRECEDENCE if code in apply)
