"""Runs one test case against one SUT: brings both ends up, lets the case talk, judges, and tidies up."""

import asyncio
import inspect
import random
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from conformance import bundle, rules
from conformance.bindings.coap_datagrams import bootstrap_operation_name, operation_name
from conformance.coap.endpoint import Endpoint
from conformance.coap.parameters import TransmissionParameters
from conformance.evidence.recorder import MAX_FRAMES, ConversationRecorder
from conformance.roles.context import CaseContext, Exploration
from conformance.roles.device import Device
from conformance.roles.expectation import UnreadableError
from conformance.roles.switchboard import Switchboard
from conformance.roles.tester_bootstrap_server import BootstrapAccount, TesterBootstrapServer, uri_of
from conformance.roles.tester_server import TesterServer
from conformance.sut.adapter import (
    AdapterUnavailableError,
    Launch,
    SutError,
    SutExitedError,
    VerbFailedError,
)
from conformance.sut.ixit import split_address
from conformance.system_under_test import Instance, SystemUnderTest
from conformance.testcase import TestCase
from conformance.transports.udp import AddressInUse, InvalidAddress, UdpTransport
from conformance.verdicts import CaseRecord, Check, HarnessError, Outcome, Verdict, worst

TESTER = TransmissionParameters(ack_timeout=1.0)
"""The tester repeats a request after 1 to 1.5 s, as early as RFC 7252 §4.8.1 permits."""
SLEEPS = 2
"""How often a case in queue mode waits for the SUT to fall asleep."""

Body = Callable[[Device], Awaitable[None]]


@dataclass(frozen=True)
class Result:
    """What came out of one case."""

    verdict: Verdict
    reason: str
    seconds: float
    record: CaseRecord
    rules: tuple[Check, ...] = ()


def _extend(limit: asyncio.Timeout, seconds: float) -> None:
    """Give a case that explores its time on top of what every case has."""
    limit.reschedule((limit.when() or asyncio.get_running_loop().time()) + seconds)


@asynccontextmanager
async def open_conversation(
    case: TestCase,
    sut: SystemUnderTest,
    folder: Path,
    chance: random.Random,
    exploration: Exploration | None = None,
) -> AsyncIterator[Device]:
    """Both ends up and a recorder between them; everything is closed at the end, whatever happened."""
    record = CaseRecord(case.verifies, case.clause)
    recorder = ConversationRecorder(folder, operation_name)
    opened: list[Endpoint] = []
    room, kept = ExitStack(), False
    try:
        sut.instance.adapter.log_to(folder / "sut.log")
        transport = await UdpTransport.open(split_address(sut.profile.ixit.tester), recorder)
        opened.append(Endpoint(transport, random=chance, parameters=TESTER))
        opened[0].on_message = recorder.message
        servers = [TesterServer(opened[0], sut.instance.registrations)]
        for _ in range(1, case.servers):
            opened.append(await _open_beside(opened[0], recorder, chance))
            opened[-1].on_message = recorder.message
            servers.append(TesterServer(opened[-1], {}))
        context = _context(case, sut, record, chance)
        context.messages = recorder.messages
        sut.instance.address = transport.local
        values = launch_values(transport.local, context.endpoint, context.lifetime, context.lwm2m)
        device = Device(context, *servers)
        if "bootstrap" in case.launch_options:
            opened.append(await _open_beside(opened[0], recorder, chance))
            opened[-1].on_message = partial(recorder.message, name_operation=bootstrap_operation_name)
            device.bootstrap_account = BootstrapAccount(device, TesterBootstrapServer(opened[-1]))
            values["bootstrap_uri"] = uri_of(opened[-1])
        kept = "state" in case.launch_options
        if kept:
            values["state"] = room.enter_context(tempfile.TemporaryDirectory(prefix="lwm2m-state-"))
        launch = Launch(values | dict(case.launch), frozenset(case.launch_options))
        context.launch = launch

        async def afresh() -> None:
            recorder.begin_anew()
            device.server.forget()
            context.endpoint = sut.profile.ixit.endpoint or _new_name(case, chance)
            context.launch = Launch({**launch.values, "endpoint": context.endpoint}, launch.options)
            await sut.instance.bring_up(context.launch)
            device.endpoint.clear()

        context.afresh, context.isolation = afresh, sut.profile.isolation
        context.folder, context.exploration = folder, exploration or Exploration()
        companions = sut.instance.companions(case.devices - 1)
        await sut.instance.bring_up(launch)
        await _join(device, launch, companions, folder)
        yield device
    finally:
        try:
            await (sut.instance.shut_down() if kept else sut.instance.release())
        finally:
            room.close()
            for endpoint in opened:
                await endpoint.close()
            if recorder.truncated:
                record.note(f"the evidence holds the first {MAX_FRAMES} datagrams only: the SUT sent more")
            recorder.close()


async def _join(first: Device, launch: Launch, companions: Sequence[Instance], folder: Path) -> None:
    """Bring up further devices of the case, each with a name and a registration of its own."""
    context, started = first.context, []
    for number, companion in enumerate(companions, 2):
        companion.adapter.log_to(folder / f"sut-{number}.log")
        name = f"{context.endpoint}-{number}"
        named = Launch({**launch.values, "endpoint": name}, launch.options)
        started.append((companion, named))
        beside = replace(
            context,
            record=context.record.part(f"device-{number}"),
            adapter=companion.adapter,
            endpoint=name,
            launch=named,
        )
        server = TesterServer(first.endpoint, companion.registrations, first.server.locations)
        first.fleet.append(Device(beside, server))
    if companions:
        Switchboard(first.endpoint, {each.context.endpoint: each.server for each in first.fleet})
    for companion, named in started:
        await companion.bring_up(named)


async def _open_beside(endpoint: Endpoint, recorder: ConversationRecorder, chance: random.Random) -> Endpoint:
    """A further endpoint of the tester, with an address of its own and in the same evidence."""
    transport = await UdpTransport.open((endpoint.local[0], 0), recorder)
    return Endpoint(transport, random=chance, parameters=TESTER)


async def run_case(
    case: TestCase,
    sut: SystemUnderTest,
    body: Body,
    folder: Path,
    seed: int,
    exploration: Exploration | None = None,
) -> Result:
    """Run one case and give its result; raises nothing but cancellation."""
    started = time.monotonic()
    chance = random.Random(f"{seed}/{case.id}/{folder.name}")
    record, messages = CaseRecord(case.verifies, case.clause), []
    broken: list[Check] = []
    verdict, reason = Verdict.NONE, ""
    seconds = case.limit + (SLEEPS * sut.profile.ixit.awake_time if "queue" in case.launch_options else 0)
    limit = asyncio.timeout(seconds)
    try:
        own = replace(
            exploration or Exploration(),
            seed=random.Random(f"{seed}/{case.id}/{folder.name}").getrandbits(32),
        )
        async with limit, open_conversation(case, sut, folder, chance, own) as device:
            record, messages = device.context.record, device.context.messages
            device.context.more_time = partial(_extend, limit)
            await _judged(device, body)
            await _finish(case, device)
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
    except Exception:
        verdict, reason = Verdict.ERROR, "the case itself failed:\n" + traceback.format_exc(limit=-6)
        if limit.expired():
            reason = f"the case took more than its {seconds:.0f} s and was given up"
    try:
        broken = rules.judge(case.role, messages, record)
    except Exception:
        verdict, reason = Verdict.ERROR, "a passive rule itself failed:\n" + traceback.format_exc(limit=-6)
    if verdict is not Verdict.NOT_APPLICABLE:
        verdict = worst([verdict, record.verdict, *(check.verdict for check in broken)])
        failed = next((check for check in broken if check.verdict is Verdict.FAIL), None)
        reason = reason or (f"{failed.id}: {failed.actual}" if failed else "")
    if verdict is Verdict.NONE:
        verdict, reason = Verdict.ERROR, "the case executed no check"
    note_contradictions(case, sut, record)
    return Result(verdict, reason, time.monotonic() - started, record, tuple(broken))


async def _judged(device: Device, body: Body) -> None:
    """Let the case talk; what it could not read, and an end of the SUT, become checks."""
    record = device.context.record
    try:
        await body(device)
    except UnreadableError as problem:
        text = str(problem)
        record.judge("unreadable", "something readable", {"unreadable": text}, actual=text)
    except SutExitedError:
        device.check_alive()
        raise


def taking_part(function: Callable[..., Any], device: Device) -> dict[str, Any]:
    """What a test function takes of the SUT: ``devices`` when it names them, else ``device``."""
    several = "devices" in inspect.signature(function).parameters
    return {"devices": device.fleet} if several else {"device": device}


def note_contradictions(case: TestCase, sut: SystemUnderTest, record: CaseRecord) -> None:
    """Say with the case that what its applicability rests on is not what the profile claims."""
    terms = {term.term.partition(" ")[0] for term in sut.applicability(case.applies).terms}
    for contradiction in sut.ics.contradictions():
        if contradiction.name in terms:
            record.note(str(contradiction))


def _context(case: TestCase, sut: SystemUnderTest, record: CaseRecord, chance: random.Random) -> CaseContext:
    ixit = sut.profile.ixit
    return CaseContext(
        record=record,
        adapter=sut.instance.adapter,
        ics=sut.ics,
        ixit=ixit,
        model=sut.model,
        lwm2m=sut.lwm2m,
        endpoint=ixit.endpoint or _new_name(case, chance),
        lifetime=int(case.launch.get("lifetime", ixit.lifetime)),
        chance=chance,
    )


def _new_name(case: TestCase, chance: random.Random) -> str:
    return f"urn:conformance:{case.id.lower()}-{chance.randrange(16**6):06x}"


def launch_values(local: tuple[str, int], endpoint: str, lifetime: int, lwm2m: str) -> dict[str, str]:
    """What the placeholders of a profile stand for when the tester listens at `local`."""
    host = f"[{local[0]}]" if ":" in local[0] else local[0]
    uri = f"coap://{host}:{local[1]}"
    return {
        **bundle.placeholders(),
        "server_uri": uri,
        "bootstrap_uri": uri,
        "listen_host": local[0],
        "endpoint": endpoint,
        "lifetime": str(lifetime),
        "lwm2m": lwm2m,
    }


async def _finish(case: TestCase, device: Device) -> None:
    executed = [check for check in device.context.record.checks if not check.is_control]
    if not executed:
        raise HarnessError("the case executed no check")
    for each in device.fleet:
        each.check_alive()
        for account in each.accounts if case.final_control else ():
            await account.registered()
            await account.control()
        if not each.context.record.controls:
            raise HarnessError("the case ran no control: a dead peer would look right")


def result_data(case: TestCase, sut_name: str, variant: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """One element of ``results`` in ``run.json``."""
    return {
        "sut": sut_name,
        "id": case.id,
        "variant": dict(variant),
        "role": case.role.replace("_", "-"),
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
        "flaky": False,
    }
