"""One case for a server in one process: which endings give which verdict."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.execution import Result, run_case
from conformance.messages.codes import CREATED
from conformance.selftest.campaign import with_arguments
from conformance.selftest.stage import reference_profile
from conformance.sut.ics import IcsValue
from conformance.sut.profile import Profile
from conformance.system_under_test import Instance, Observed, SystemUnderTest
from conformance.testcase import TestCase
from conformance.verdicts import Verdict

Body = Callable[[Any], Awaitable[None]]
SERVER = TestCase("TOY-SRV-01", "t", ("HLF-019",), "LwM2M Core 1.1.1 §6.2", "server", "server")
BOOTSTRAP = TestCase(
    "TOY-BSS-01", "t", ("HLF-019",), "LwM2M Core 1.1.1 §6.1", "bootstrap_server", "bootstrap_server"
)
SHOWN: Mapping[str, IcsValue] = {"verb_read": True, "event_registered": True}


def ran(
    folder: Path,
    body: Body,
    *,
    case: TestCase = SERVER,
    module: str = "",
    shown: Mapping[str, IcsValue] = SHOWN,
    profile: Profile | None = None,
) -> Result:
    """The result of one case on the reference of its role, or on another module in its place."""
    used = profile or reference_profile(case.role)
    if module:
        command = list(used.adapter.start)
        here = command.index(f"reference.{case.role}")
        started = with_arguments(used, "null peer", [*command[:here], module, "mute", *command[here + 1 :]])
        used = replace(started, ixit=used.ixit.merged(reaction_time=0.5))

    async def run() -> Result:
        instance = Instance(used)
        sut = SystemUnderTest.of(instance, "1.1", Observed(dict(shown)))
        try:
            return await run_case(case, sut, body, folder / "case", 1)
        finally:
            await instance.part()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, f"the case left {left}"

    return asyncio.run(run())


async def registers(server: Any) -> None:
    device = await server.device()
    (await device.register()).expect(code=CREATED)


async def bootstraps(bootstrap_server: Any) -> None:
    device = await bootstrap_server.provisioned()
    (await device.request()).expect(code="2.04")


def test_a_case_ends_with_a_register_and_a_read_of_what_the_tester_chose(tmp_path: Path) -> None:
    result = ran(tmp_path, registers)
    assert (result.verdict, result.reason) == (Verdict.PASS, "")
    assert [check.id for check in result.record.checks] == [
        "register.code",
        "control-1-register.code",
        "control-1-read.outcome",
        "control-1-read.code",
        "control-1-read.value",
        "control-1-deregister.code",
    ]
    sources = {check.id: check.source for check in result.record.checks}
    assert (sources["register.code"], sources["control-1-read.value"]) == ("wire", "live")


def test_a_server_that_nobody_can_ask_is_controlled_by_an_update(tmp_path: Path) -> None:
    result = ran(tmp_path, registers, shown={})
    assert result.verdict is Verdict.PASS
    assert "control-1-update.code" in [check.id for check in result.record.checks]


def test_a_bootstrap_server_is_controlled_by_a_whole_session(tmp_path: Path) -> None:
    result = ran(tmp_path, bootstraps, case=BOOTSTRAP, shown={"verb_provision": True})
    assert (result.verdict, result.reason) == (Verdict.PASS, "")
    assert [check.id for check in result.record.checks if check.is_control] == [
        "control-1-request.code",
        "control-1-session.finished",
        "control-1-session.lifetime",
    ]


@pytest.mark.parametrize(
    ("case", "body", "role", "shown"),
    [
        (SERVER, registers, "server", SHOWN),
        (SERVER, registers, "server", {}),
        (BOOTSTRAP, bootstraps, "bootstrap_server", {"verb_provision": True}),
    ],
)
def test_a_useless_server_never_passes(
    tmp_path: Path, case: TestCase, body: Body, role: str, shown: Mapping[str, IcsValue]
) -> None:
    result = ran(tmp_path, body, case=case, module=f"null_peers.{role}", shown=shown)
    assert result.verdict is Verdict.FAIL
    assert result.reason.startswith("control-1-")


@pytest.mark.parametrize("mode", ["psk", "x509", "oscore"])
@pytest.mark.parametrize(
    ("case", "body", "role", "verb"),
    [
        (SERVER, registers, "server", "verb_read"),
        (BOOTSTRAP, bootstraps, "bootstrap_server", "verb_provision"),
    ],
)
def test_a_useless_server_is_let_down_by_its_uselessness_not_by_its_security(
    tmp_path: Path, case: TestCase, body: Body, role: str, verb: str, mode: str
) -> None:
    result = ran(tmp_path, body, case=case.secured(mode), module=f"null_peers.{role}", shown={verb: True})
    assert result.verdict is Verdict.FAIL
    assert result.reason.startswith("control-1-")


def test_a_verb_that_the_server_does_not_have_is_not_applicable(tmp_path: Path) -> None:
    async def body(server: Any) -> None:
        await registers(server)
        await server.verb("dance")

    result = ran(tmp_path, body)
    assert (result.verdict, result.reason) == (
        Verdict.NOT_APPLICABLE,
        "the adapter does not offer the verb 'dance'",
    )


def test_an_event_that_never_comes_fails(tmp_path: Path) -> None:
    async def body(server: Any) -> None:
        await server.event("registered", "nobody", 0.1)

    result = ran(tmp_path, body)
    assert result.verdict is Verdict.FAIL
    assert "no event registered about nobody" in result.reason


def test_a_format_that_the_server_does_not_take_is_not_applicable(tmp_path: Path) -> None:
    async def body(server: Any) -> None:
        await registers(server)
        server.need_format(11542)
        server.need_format(11544)

    result = ran(tmp_path, body)
    assert (result.verdict, result.reason) == (
        Verdict.NOT_APPLICABLE,
        "the SUT does not take LWM2M_CBOR (11544)",
    )


def test_a_verb_that_is_begun_and_left_is_given_up(tmp_path: Path) -> None:
    async def body(server: Any) -> None:
        await registers(server)
        server.devices[0].deaf = True
        server.begin(server.read(server.devices[0], "/3/0/9"))
        await asyncio.sleep(0)

    assert ran(tmp_path, body).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        (None, "nobody says where the server listens"),
        ("http://127.0.0.1:1", "is not where a server listens"),
        ("coap://127.0.0.1:x", "is not where a server listens"),
    ],
)
def test_an_adapter_that_does_not_say_where_is_an_error(tmp_path: Path, uri: str | None, told: str) -> None:
    used = reference_profile("server")
    ready = '{"event": "ready", "contract": 1, "verbs": [], "uris": {}}'
    program = f"import sys; print('{ready}', flush=True); sys.stdin.read()"
    silent = with_arguments(used, "silent", ["{python}", "-c", program])
    if uri:
        silent = replace(silent, ixit=silent.ixit.merged(coap_uri=uri))
    result = ran(tmp_path, registers, profile=silent)
    assert result.verdict is Verdict.ERROR
    assert told in result.reason


def test_a_server_that_is_never_reset_serves_case_after_case_until_it_ends(tmp_path: Path) -> None:
    profile = reference_profile("server")
    kept = replace(profile, adapter=profile.adapter.model_copy(update={"isolation": "none"}))

    async def run() -> list[tuple[Verdict, int | None]]:
        instance = Instance(kept)
        sut = SystemUnderTest.of(instance, "1.1", Observed(dict(SHOWN)))
        seen = []
        try:
            for number in range(3):
                result = await run_case(SERVER, sut, registers, tmp_path / f"{number}", number)
                seen.append((result.verdict, instance.adapter.group))
                if number == 1:
                    await instance.adapter.kill()
        finally:
            await instance.part()
        return seen

    (first, one), (second, two), (third, another) = asyncio.run(run())
    assert [first, second, third] == [Verdict.PASS] * 3
    assert one == two != another
