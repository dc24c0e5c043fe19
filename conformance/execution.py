"""Runs one test case against one SUT: opens the conversation, lets the case talk, judges, and tidies up."""

import asyncio
import inspect
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from conformance import rules
from conformance.device_conversation import open_device_conversation
from conformance.evidence.disk import EvidenceError
from conformance.faults import Schedule
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.roles.context import Exploration
from conformance.roles.device import Device
from conformance.roles.expectation import UnreadableError
from conformance.roles.server import Server
from conformance.server_conversation import open_bootstrap_conversation, open_server_conversation
from conformance.standstill import Standstill
from conformance.sut.adapter import (
    AdapterUnavailableError,
    SutError,
    SutExitedError,
    VerbFailedError,
)
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import TestCase
from conformance.transports.udp import AddressInUse, InvalidAddress
from conformance.verdicts import CaseRecord, Check, HarnessError, Outcome, Verdict, worst

SLEEPS = 2
"""How often a case in queue mode waits for the SUT to fall asleep."""

SUBJECTS = ("device", "devices", "server", "bootstrap_server", "pair")
"""The arguments by which a test function takes the SUT."""

Tested = Device | Server | BootstrapServer
"""The SUT as a test case sees it, by its role."""
Body = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class Result:
    """What came out of one case."""

    verdict: Verdict
    reason: str
    seconds: float
    record: CaseRecord
    rules: tuple[Check, ...] = ()
    flaky: bool = False
    """Whether another run may come out otherwise: then it is inconclusive, whatever the checks say."""

    def unless(self, trouble: str) -> "Result":
        """The result in the light of what happened to the tester: nothing that failed meanwhile counts."""
        if not trouble:
            return self
        self.record.note(trouble)
        if self.verdict not in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            return self
        reason = f"{trouble}, which may be why: {self.reason}"
        return replace(self, verdict=Verdict.INCONCLUSIVE, reason=reason, flaky=True)


def _extend(limit: asyncio.Timeout, seconds: float) -> None:
    """Give a case that explores its time on top of what every case has."""
    limit.reschedule((limit.when() or asyncio.get_running_loop().time()) + seconds)


async def run_case(
    case: TestCase,
    sut: SystemUnderTest,
    body: Body,
    folder: Path,
    seed: int,
    exploration: Exploration | None = None,
    schedule: Schedule | None = None,
) -> Result:
    """Run one case and give its result; raises EvidenceError, and nothing else but
    cancellation.

    A recorded `schedule` takes the place of the faults that the case itself names.
    """
    started = time.monotonic()
    chance = random.Random(f"{seed}/{case.id}/{folder.name}")
    record, messages = CaseRecord(case.verifies, case.clause), []
    broken: list[Check] = []
    verdict, reason = Verdict.NONE, ""
    seconds = case.limit + (SLEEPS * sut.profile.ixit.awake_time if "queue" in case.launch_options else 0)
    limit = asyncio.timeout(seconds)
    standstill = Standstill()
    standstill.begin()
    try:
        async with limit, _OPEN[case.role](case, sut, folder, chance, schedule) as tested:
            context = tested.context
            record, messages = context.record, context.messages
            drawn = random.Random(f"{seed}/{case.id}/{folder.name}").getrandbits(32)
            context.exploration = replace(exploration or Exploration(), seed=drawn)
            context.more_time, context.folder = partial(_extend, limit), folder
            await _judged(tested, body)
            await _finish(case, tested)
    except Outcome as outcome:
        verdict, reason = outcome.verdict, outcome.reason
    except AdapterUnavailableError as problem:
        verdict, reason = Verdict.NOT_APPLICABLE, str(problem)
    except VerbFailedError as problem:
        verdict, reason = Verdict.INCONCLUSIVE, f"preamble: {problem}"
    except SutError as problem:
        verdict, reason = Verdict.ERROR, f"{sut.profile.path}: {problem}"
    except (AddressInUse, InvalidAddress) as problem:
        verdict, reason = Verdict.ERROR, f"{sut.profile.path}: ixit.tester: {problem.strerror}"
    except EvidenceError:
        raise
    except Exception:
        verdict, reason = Verdict.ERROR, "the case itself failed:\n" + traceback.format_exc(limit=-6)
        if limit.expired():
            reason = f"the case took more than its {seconds:.0f} s and was given up"
    finally:
        trouble = standstill.end()
    try:
        broken = rules.judge(case.role, rules.known_to_sut(messages), record)
    except Exception:
        verdict, reason = Verdict.ERROR, "a passive rule itself failed:\n" + traceback.format_exc(limit=-6)
    if verdict is not Verdict.NOT_APPLICABLE:
        verdict = worst([verdict, record.verdict, *(check.verdict for check in broken)])
        failed = next((check for check in broken if check.verdict is Verdict.FAIL), None)
        reason = reason or (f"{failed.id}: {failed.actual}" if failed else "")
    if verdict is Verdict.NONE:
        verdict, reason = Verdict.ERROR, "the case executed no check"
    note_contradictions(case, sut, record)
    note_lost_log(sut, record)
    return Result(verdict, reason, time.monotonic() - started, record, tuple(broken)).unless(trouble)


_OPEN: Mapping[str, Callable[..., AbstractAsyncContextManager[Tested]]] = {
    "device": open_device_conversation,
    "server": open_server_conversation,
    "bootstrap_server": open_bootstrap_conversation,
}


async def _judged(tested: Tested, body: Body) -> None:
    """Let the case talk; what it could not read, and an end of the SUT, become checks."""
    record = tested.context.record
    try:
        await body(tested)
    except UnreadableError as problem:
        text = str(problem)
        record.judge("unreadable", "something readable", {"unreadable": text}, actual=text)
    except SutExitedError:
        tested.check_alive()
        raise


def taking_part(function: Callable[..., Any], tested: Tested) -> dict[str, Any]:
    """What a test function takes of the SUT: ``devices`` when it names them, else that of its role."""
    if isinstance(tested, Server):
        return {"server": tested}
    if isinstance(tested, BootstrapServer):
        return {"bootstrap_server": tested}
    several = "devices" in inspect.signature(function).parameters
    return {"devices": tested.fleet} if several else {"device": tested}


def note_contradictions(case: TestCase, sut: SystemUnderTest, record: CaseRecord) -> None:
    """Say with the case that what its applicability rests on is not what the profile claims."""
    expression = case.expression_for(sut.profile.sut.role)
    terms = {term.term.partition(" ")[0] for term in sut.applicability(expression).terms}
    for contradiction in sut.ics.contradictions():
        if contradiction.name in terms:
            record.note(str(contradiction))


def note_lost_log(sut: SystemUnderTest, record: CaseRecord) -> None:
    """Say with the case that not all the SUT printed could be written down."""
    if lost := sut.instance.adapter.log.lost:
        record.note(f"sut.log is not complete: {lost}")


async def _finish(case: TestCase, tested: Tested) -> None:
    executed = [check for check in tested.context.record.checks if not check.is_control]
    if not executed:
        raise HarnessError("the case executed no check")
    for each in tested.fleet:
        each.check_alive()
        if case.final_control:
            await each.conclude()
        if not each.context.record.controls:
            raise HarnessError("the case ran no control: a dead peer would look right")
        each.context.require_faults()


def result_data(
    case: TestCase, sut: SystemUnderTest, variant: Mapping[str, Any], result: Result
) -> dict[str, Any]:
    """One element of ``results`` in ``run.json``."""
    return {
        "sut": sut.profile.sut.name,
        "id": case.id,
        "variant": dict(variant),
        "role": sut.profile.sut.role,
        "title": case.title,
        "verdict": str(result.verdict),
        "reason": result.reason,
        "requirements": list(case.verifies),
        "clause": case.clause,
        "ets": case.ets,
        "seconds": round(result.seconds, 3),
        "case_revision": case.revision,
        "checks": [check.as_data() for check in result.record.checks],
        "rules": [check.as_data() for check in result.rules],
        "observations": [
            {"text": item.text, "frame": item.frame, "ambiguity": item.ambiguity}
            for item in result.record.observations
        ],
        "known_issue": None,
        "flaky": result.flaky,
    }
