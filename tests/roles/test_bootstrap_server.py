"""A bootstrap server under test and a device of the tester, over the reference bootstrap server."""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from conformance import bundle
from conformance.coap.message import Code
from conformance.messages.bootstrap import BootstrapDelete, BootstrapDiscover, BootstrapFinish, BootstrapWrite
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.server_conversation import open_bootstrap_conversation
from conformance.sut.profile import load_profile
from conformance.system_under_test import Instance, Observed, SystemUnderTest
from conformance.testcase import TestCase
from conformance.verdicts import CheckFailed

CASE = TestCase(
    "TOY-BSS-01", "t", ("HLF-019",), "LwM2M Core 1.1.1 §6.1", "bootstrap_server", "bootstrap_server"
)
Talk = Callable[[BootstrapServer], Awaitable[None]]


def talked(talk: Talk, lwm2m: str = "1.1") -> None:
    """Let a test talk to the reference bootstrap server."""

    async def run() -> None:
        profile = load_profile(bundle.fixtures() / "profiles" / "reference-bootstrap-server.toml")
        instance = Instance(profile)
        sut = SystemUnderTest.of(instance, lwm2m, Observed({"verb_provision": True}))
        with tempfile.TemporaryDirectory() as folder:
            try:
                async with open_bootstrap_conversation(CASE, sut, Path(folder), random.Random(1)) as server:
                    await talk(server)
            finally:
                await instance.part()

    asyncio.run(run())


@pytest.mark.parametrize(("lwm2m", "content_format"), [("1.0", 11542), ("1.1", 112), ("1.2", 112)])
def test_a_session_gives_what_was_provisioned(lwm2m: str, content_format: int) -> None:
    async def talk(server: BootstrapServer) -> None:
        accounts = account(ssid=1, lifetime=60), account(ssid=2, lifetime=120)
        device = await server.provisioned(*accounts, delete=["/0", "/1"])
        await device.requested()
        await device.expect_finished()
        kinds = [type(operation) for operation in device.arrived]
        assert kinds == [
            BootstrapDiscover,
            *[BootstrapDelete] * 2,
            *[BootstrapWrite] * 4,
            BootstrapFinish,
        ]
        write = await device.next(BootstrapWrite)
        write.expect(path="/0/1", format=content_format)
        held = device.objects.values
        assert [held[instance / 1] for instance in device.objects.at(1)] == [60, 120]
        assert len(device.bootstrap_accounts) == 1
        await server.event("bootstrap-finished", device.name)
        await server.control()

    talked(talk, lwm2m)


def test_a_device_that_refuses_ends_the_session() -> None:
    async def talk(server: BootstrapServer) -> None:
        device = await server.provisioned()
        device.answer_next(BootstrapWrite, Code.BAD_REQUEST)
        await device.requested()
        failed = await server.event("bootstrap-failed", device.name)
        assert "4.00" in failed.given["cause"]
        with pytest.raises(CheckFailed, match=r"session\.finished"):
            await device.expect_finished(0.1)
        await server.forget(device)
        assert (await device.request()).code == "4.00"

    talked(talk)


def test_an_inconsistent_account_is_not_accepted() -> None:
    async def talk(server: BootstrapServer) -> None:
        device = await server.provisioned()

        async def lose(*_: object) -> None:
            return None

        device.script_next(BootstrapWrite, lose)
        await device.requested()
        assert not await device.is_finished(0.3)

    talked(talk)
