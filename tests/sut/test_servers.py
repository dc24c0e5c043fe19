"""The launchers of real servers keep the adapter contract and drive the server that they name."""

import asyncio
import os
from pathlib import Path

import pytest

from conformance.sut.adapter import Adapter, Launch, UnsupportedVerbError, VerbFailedError
from conformance.sut.adapters import open_adapter
from conformance.sut.profile import load_profile
from tests.sut.small_device import TEXT, TLV, Content, SmallDevice

FIXTURES = Path(__file__).parents[2] / "fixtures"
SERVERS = {
    "leshan-server": FIXTURES / "leshan/target/ready",
    "leshan-server-demo": FIXTURES / "leshan/target/ready",
    "coap-shepherd-server": FIXTURES / "npm/coap-shepherd/node_modules/ready",
    "lwm2m-node-lib-server": FIXTURES / "npm/lwm2m-node-lib/node_modules/ready",
}
OBJECTS = "</1/0>,</3/0>"
CONTENTS = {
    "/1": Content(TLV, bytes.fromhex("080003c1013c")),
    "/3": Content(TLV, b"\x08\x00\x07\xc5\x00Maker"),
    "/3/0/0": Content(TEXT, b"Maker"),
}
"""One of the servers reads every Object before it knows the device."""


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if not SERVERS[name].exists() and os.environ.get("REQUIRE_PEERS") != "1":
        pytest.skip(f"{name} is not built, run `make peers`")
    return name


def test_a_server_reads_what_a_device_has(server: str) -> None:
    asyncio.run(_conversation(server))


async def _conversation(name: str) -> None:
    profile = load_profile(FIXTURES / "profiles" / f"{name}.toml")
    adapter = open_adapter(profile)
    launch = Launch({"listen_host": "127.0.0.1", "endpoint": "unused", "lifetime": "60", "lwm2m": "1.0"})
    try:
        ready = await adapter.start(launch)
        assert {"read", "write", "execute", "observe", "registrations"} <= ready.verbs
        await _reads(adapter, ready.uris["coap"], "first")
        if profile.isolation != "none":
            again = await adapter.reset(launch)
            assert await adapter.trigger("registrations") == {"registrations": []}
            await _reads(adapter, again.uris["coap"], "second")
        with pytest.raises(UnsupportedVerbError):
            await adapter.trigger("dance")
        stopped = await adapter.stop()
        assert (stopped.forced, stopped.left) == (False, 0)
        by_signal = profile.stop == "sigterm"
        assert stopped.status == ("exit status 143" if by_signal else "exit status 0")
    finally:
        await adapter.stop()


async def _reads(adapter: Adapter, uri: str, endpoint: str) -> None:
    with pytest.raises(VerbFailedError, match="not-registered"):
        await adapter.trigger("read", endpoint=endpoint, path="/3/0/0")
    async with SmallDevice(uri, endpoint, CONTENTS) as device:
        answer = await device.register(OBJECTS)
        assert str(answer.code) == "2.01"
        registered = await adapter.next_event("registered", 5)
        assert registered is not None
        assert registered["endpoint"] == endpoint
        listed = (await adapter.trigger("registrations"))["registrations"]
        assert [(each["endpoint"], each["lifetime"]) for each in listed] == [(endpoint, 60)]
        result = await adapter.trigger("read", endpoint=endpoint, path="/3/0/0")
        assert (result["code"], result["value"]) == ("2.05", "Maker"), device.seen
        result = await adapter.trigger("read", endpoint=endpoint, path="/3/0/1")
        assert result["code"] == "4.04", device.seen
