"""Runs one test case against a device and a server under test, and gives a result for each."""

import asyncio
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from conformance import rules
from conformance.evidence.disk import EvidenceError
from conformance.execution import SLEEPS, Result, note_contradictions, note_lost_log
from conformance.pair.conversation import open_pair
from conformance.pair.pair import Pair
from conformance.pair.pairing import Pairing
from conformance.roles.context import CaseContext
from conformance.standstill import Standstill
from conformance.sut.adapter import AdapterUnavailableError, SutError, SutExitedError
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import TestCase
from conformance.transports import AddressInUse, InvalidAddress
from conformance.verdicts import CaseRecord, Check, CheckFailed, HarnessError, Outcome, Verdict, worst


class Ending(NamedTuple):
    """How the conversation came to its end, for both: a verdict that is no better, and the reason.

    `broken_off`: by a check that failed for one of them.
    """

    verdict: Verdict = Verdict.NONE
    reason: str = ""
    broken_off: bool = False


async def run_pair_case(
    case: TestCase,
    pairing: Pairing,
    body: Callable[[Pair], Awaitable[None]],
    folders: Sequence[Path],
    seed: int,
) -> tuple[Result, ...]:
    """Run one case; the results of the device and of the server. Raises EvidenceError, and nothing else but
    cancellation.

    A failed check fails the side that it judges. It breaks off the conversation of the other one too, whose
    verdict is inconclusive where nothing of its own failed.
    """
    started = time.monotonic()
    chance = random.Random(f"{seed}/{case.id}/{folders[0].name}")
    contexts: list[CaseContext] = []
    ending = Ending()
    seconds_at_most = case.limit + (SLEEPS * pairing.awake_time if "queue" in case.launch_options else 0)
    limit = asyncio.timeout(seconds_at_most)
    standstill = Standstill()
    standstill.begin()
    try:
        async with limit, open_pair(case, pairing, folders, chance) as pair:
            contexts = [pair.device.context, pair.server.context]
            try:
                await body(pair)
            except SutExitedError:
                pair.check_alive()
                raise
            await _finish(case, pair)
    except CheckFailed as failed:
        ending = Ending(Verdict.INCONCLUSIVE, failed.reason, broken_off=True)
    except Outcome as outcome:
        ending = Ending(outcome.verdict, outcome.reason)
    except AdapterUnavailableError as problem:
        ending = Ending(Verdict.NOT_APPLICABLE, str(problem))
    except SutError as problem:
        ending = Ending(Verdict.ERROR, str(problem))
    except (AddressInUse, InvalidAddress) as problem:
        ending = Ending(Verdict.ERROR, f"ixit.tester: {problem.strerror}")
    except EvidenceError:
        raise
    except Exception:
        reason = "the case itself failed:\n" + traceback.format_exc(limit=-6)
        if limit.expired():
            reason = f"the case took more than its {seconds_at_most:.0f} s and was given up"
        ending = Ending(Verdict.ERROR, reason)
    finally:
        trouble = standstill.end()
    seconds = time.monotonic() - started
    if not contexts:
        records = [CaseRecord(case.verifies, case.clause) for _ in pairing.suts]
        return tuple(Result(ending.verdict, ending.reason, seconds, record) for record in records)
    names = [sut.profile.sut.name for sut in pairing.suts]
    return tuple(
        _judged(case, sut, context, ending, other, seconds).unless(trouble)
        for sut, context, other in zip(pairing.suts, contexts, reversed(names), strict=True)
    )


def _judged(
    case: TestCase, sut: SystemUnderTest, context: CaseContext, ending: Ending, other: str, seconds: float
) -> Result:
    """The result of one side: its own checks, the rules of its role over what it sent, and the ending."""
    record, broken = context.record, list[Check]()
    verdict, reason, broken_off = ending
    role = sut.profile.sut.role
    if verdict is Verdict.NOT_APPLICABLE:
        return Result(verdict, reason, seconds, record)
    try:
        broken = rules.judge(role, _known_to_it(context), record)
    except Exception:
        verdict, reason = Verdict.ERROR, "a passive rule itself failed:\n" + traceback.format_exc(limit=-6)
    failed = next((check for check in (*record.checks, *broken) if check.verdict is Verdict.FAIL), None)
    if failed is not None and verdict is not Verdict.ERROR:
        verdict, reason = Verdict.FAIL, f"{failed.id}: expected {failed.expected}; actual {failed.actual}"
    elif broken_off:
        reason = f"the conversation with {other} ended early: {reason}"
    note_contradictions(case, sut, record)
    note_lost_log(sut, record)
    verdict = worst([verdict, record.verdict, *(check.verdict for check in broken)])
    return Result(verdict, reason, seconds, record, tuple(broken))


def _known_to_it(context: CaseContext) -> list[dict[str, Any]]:
    """The messages without those that went no further and so never came to this side."""
    return [line for line in context.messages if line["direction"] == "in" or not line.get("lost")]


async def _finish(case: TestCase, pair: Pair) -> None:
    records = (pair.device.context.record, pair.server.context.record)
    for role, record in zip(("device", "server"), records, strict=True):
        if all(check.is_control for check in record.checks):
            raise HarnessError(f"the case executed no check of the {role}")
    pair.check_alive()
    if case.final_control:
        await pair.control()
    if not all(record.controls for record in records):
        raise HarnessError("the case ran no control: dead peers would look right")
