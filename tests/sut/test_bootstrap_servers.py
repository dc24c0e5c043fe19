"""The launchers of real bootstrap servers keep the adapter contract and provision as they were told."""

import asyncio
import os
from pathlib import Path

import pytest

from conformance.sut.adapter import Launch
from conformance.sut.adapters import open_adapter
from conformance.sut.profile import load_profile
from tests.sut.small_device import LINKS, Content, SmallDevice

FIXTURES = Path(__file__).parents[2] / "fixtures"
SERVERS = {
    "leshan-bootstrap-server": FIXTURES / "leshan/target/ready",
}
ACCOUNT = {
    "uri": "coap://127.0.0.1:5683",
    "ssid": 101,
    "lifetime": 300,
    "binding": "U",
    "security": {"mode": "nosec"},
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_bootstrap_server_provisions(name: str) -> None:
    if not SERVERS[name].exists() and os.environ.get("REQUIRE_PEERS") != "1":
        pytest.skip(f"{name} is not built, run `make peers`")
    asyncio.run(_provisions(name))


async def _provisions(name: str) -> None:
    adapter = open_adapter(load_profile(FIXTURES / "profiles" / f"{name}.toml"))
    try:
        ready = await adapter.start(Launch({"listen_host": "127.0.0.1"}))
        assert ready.verbs == {"provision", "forget", "credential", "reset", "quit"}
        await adapter.trigger("provision", endpoint="known", servers=[ACCOUNT])
        links = Content(LINKS, b"</>;lwm2m=1.1,</0/0>,</3/0>")
        async with SmallDevice(ready.uris["coap"], "known", {"/": links}) as device:
            assert str((await device.post("/bs", ["ep=known"])).code) == "2.04"
            assert await adapter.next_event("bootstrap-request", 5) is not None
            finished = await adapter.next_event("bootstrap-finished", 5)
            assert finished is not None, device.seen
            assert finished["endpoint"] == "known"
            assert any(b"coap://127.0.0.1:5683" in request.payload for request in device.requests)
        await adapter.trigger("forget", endpoint="known")
        again = await adapter.reset(Launch({"listen_host": "127.0.0.1"}))
        async with SmallDevice(again.uris["coap"], "known", {"/": links}) as device:
            await device.post("/bs", ["ep=known"])
            assert await adapter.next_event("bootstrap-failed", 5) is not None
        stopped = await adapter.stop()
        assert (stopped.status, stopped.forced, stopped.left) == ("exit status 0", False, 0)
    finally:
        await adapter.stop()
