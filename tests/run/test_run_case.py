"""One case in one process: which endings give which verdict."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.execution import Result, run_case
from conformance.messages import Register
from conformance.roles import Device
from conformance.sut.ics import IcsValue
from conformance.sut.profile import Profile, load_profile
from conformance.system_under_test import Instance, Observed, SystemUnderTest
from conformance.testcase import TestCase
from conformance.verdicts import NotApplicable, Verdict
from tests.run.conftest import Workplace

CASE = TestCase("TOY-ONE-01", "t", ("HLF-019",), "LwM2M Core 1.1.1 §6.2.1", "device & format_text", "device")
READABLE: Mapping[str, IcsValue] = {"lifetime_readable": True, "format_text": True}
Body = Callable[[Device], Awaitable[None]]


def ran(
    place: Workplace,
    body: Body,
    case: TestCase = CASE,
    mode: str = "right",
    items: Mapping[str, IcsValue] = READABLE,
    profile: Profile | None = None,
) -> Result:
    """The result of one case on the tiny device."""

    async def run() -> Result:
        instance = Instance(profile or load_profile(place.profile(mode)))
        sut = SystemUnderTest.of(instance, "1.1", Observed(dict(items), ("/1/0", "/3/0")))
        try:
            return await run_case(case, sut, body, place.folder / "case", 1)
        finally:
            await instance.part()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, f"the case left {left}"

    return asyncio.run(run())


async def good(device: Device) -> None:
    register = await device.next(Register)
    register.expect(endpoint=device.context.endpoint, confirmable=True)


def test_a_pass_has_its_checks_and_a_control(place: Workplace) -> None:
    result = ran(place, good)
    assert (result.verdict, result.reason) == (Verdict.PASS, "")
    assert [check.id for check in result.record.checks] == [
        "register.received",
        "register.endpoint",
        "register.confirmable",
        "control-1.code",
        "control-1.value",
    ]


async def nothing(device: Device) -> None:
    await device.registered()


async def only_a_control(device: Device) -> None:
    await device.registered()
    await device.control()


async def refuses(device: Device) -> None:
    await good(device)
    raise NotApplicable("no such thing")


async def slow(device: Device) -> None:
    await good(device)
    await asyncio.sleep(30)


async def own_timeout(device: Device) -> None:
    await good(device)
    raise TimeoutError("of the case's own")


async def unreadable(device: Device) -> None:
    await device.registered()
    answer = await device.read("/3/0/99")
    assert answer.value != 1


@pytest.mark.parametrize(
    ("body", "case", "verdict", "reason"),
    [
        (nothing, CASE, Verdict.ERROR, "the case executed no check"),
        (only_a_control, CASE, Verdict.ERROR, "the case executed no check"),
        (good, replace(CASE, final_control=False), Verdict.ERROR, "the case ran no control"),
        (refuses, CASE, Verdict.NOT_APPLICABLE, "no such thing"),
        (slow, replace(CASE, wait=-14.8), Verdict.ERROR, "took more than its 0 s and was given up"),
        (own_timeout, CASE, Verdict.ERROR, "TimeoutError: of the case's own"),
        (unreadable, CASE, Verdict.FAIL, "unreadable: expected something readable; actual 0 values"),
    ],
)
def test_endings(place: Workplace, body: Body, case: TestCase, verdict: Verdict, reason: str) -> None:
    result = ran(place, body, case)
    assert result.verdict is verdict
    assert reason in result.reason
    if verdict is Verdict.FAIL:
        assert any(check.verdict is Verdict.FAIL for check in result.record.checks)


def test_a_case_that_is_its_own_control(place: Workplace) -> None:
    async def body(device: Device) -> None:
        await good(device)
        await device.control()

    assert ran(place, body, replace(CASE, final_control=False)).verdict is Verdict.PASS


def test_a_mute_sut_never_passes(place: Workplace) -> None:
    result = ran(place, good, mode="mute")
    assert result.verdict is Verdict.FAIL
    assert "no answer within 0.5 s (1 transmission)" in result.reason


def test_a_sut_that_cannot_be_started_is_an_error_with_the_profile(place: Workplace) -> None:
    result = ran(place, good, profile=load_profile(place.profile(start=["./absent", "{server_uri}"])))
    assert result.verdict is Verdict.ERROR
    assert "right.toml: the SUT could not be started: " in result.reason


def without_lifetime(place: Workplace, ixit: str) -> Result:
    profile = load_profile(place.profile(tables=f"[ixit]\nreaction_time = 0.5\n{ixit}"))
    return ran(place, good, items={"lifetime_readable": False, "format_text": True}, profile=profile)


def test_a_control_without_a_readable_lifetime_writes_first(place: Workplace) -> None:
    result = without_lifetime(place, 'writable_integer = "/1/0/1"')
    assert result.verdict is Verdict.PASS, result.reason
    assert [check.id for check in result.record.checks][-3:] == [
        "control-1-write.code",
        "control-1.code",
        "control-1.value",
    ]


def test_a_control_that_has_nothing_to_go_by_is_an_error(place: Workplace) -> None:
    result = without_lifetime(place, "")
    assert result.verdict is Verdict.ERROR
    assert "ixit.writable_integer" in result.reason


def test_what_the_case_rests_on_is_noted_when_the_sut_refutes_it(place: Workplace) -> None:
    profile = load_profile(place.profile(tables="[ics]\nformat_text = false\ncreate = true\n"))
    result = ran(place, good, profile=profile)
    texts = [item.text for item in result.record.observations]
    assert [text for text in texts if "format_text" in text]
    assert not [text for text in texts if "create" in text]


def test_evidence_is_closed_when_the_case_is_over(place: Workplace) -> None:
    ran(place, good)
    folder: Path = place.folder / "case"
    lines: Any = (folder / "messages.jsonl").read_bytes()
    assert lines.endswith(b"\n")
    assert (folder / "capture.pcapng").stat().st_size > 100
