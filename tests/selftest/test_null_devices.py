"""A null device makes its handshake and registers as its case has it, before it is useless."""

import asyncio
from pathlib import Path

from conformance import bundle
from conformance.selection import declared_cases
from conformance.selftest.campaign import run_jobs
from conformance.selftest.stage import Stage, reference_profile
from conformance.verdicts import Verdict

LAST_RIGHT_STEP = {"SEC-AUTH-01": "register.endpoint", "SEC-OSC-01": "register.endpoint"}


def test_useless_only_after_registering_in_every_mode(tmp_path: Path) -> None:
    chosen = [case for case in declared_cases(bundle.testcases()) if case.case.id in LAST_RIGHT_STEP]
    stage = Stage("device", reference_profile("device"), chosen, [], {})
    outcomes = asyncio.run(run_jobs(stage.null_jobs(["mute"], 4), tmp_path, at_once=4))
    modes = {outcome.variant.rpartition("security=")[2].strip("]") for outcome in outcomes}
    assert modes == {"psk", "rpk", "x509", "oscore"}
    for outcome in outcomes:
        assert outcome.result.verdict is Verdict.FAIL, outcome.variant
        *passed, failed = outcome.result.record.checks
        assert LAST_RIGHT_STEP[outcome.case.case.id] in [check.id for check in passed]
        assert "no answer" in str(failed.actual)
