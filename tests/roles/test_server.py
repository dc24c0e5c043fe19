"""A server under test and devices of the tester, over the reference server: every verb, every event."""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from conformance import bundle
from conformance.coap.message import Code
from conformance.formats import ObjectLink
from conformance.messages import (
    Create,
    Delete,
    Discover,
    Execute,
    Observe,
    ObserveComposite,
    Read,
    ReadComposite,
    Write,
    WriteAttributes,
    WriteComposite,
)
from conformance.messages.management import Payload
from conformance.roles.server import Server
from conformance.server_conversation import open_server_conversation
from conformance.sut.profile import load_profile
from conformance.system_under_test import Instance, Observed, SystemUnderTest
from conformance.testcase import TestCase

CASE = TestCase("TOY-SRV-01", "t", ("HLF-019",), "LwM2M Core 1.1.1 §6.2", "server", "server")
SHOWN = Observed({"event_registered": True, "verb_read": True})
Talk = Callable[[Server], Awaitable[None]]


def talked(talk: Talk, lwm2m: str = "1.1") -> None:
    """Let a test talk to the reference server."""

    async def run() -> None:
        profile = load_profile(bundle.fixtures() / "profiles" / "reference-server.toml")
        instance = Instance(profile)
        sut = SystemUnderTest.of(instance, lwm2m, SHOWN)
        with tempfile.TemporaryDirectory() as folder:
            try:
                async with open_server_conversation(CASE, sut, Path(folder), random.Random(1)) as server:
                    await talk(server)
            finally:
                await instance.part()

    asyncio.run(run())


@pytest.mark.parametrize("lwm2m", ["1.0", "1.1", "1.2"])
def test_every_type_of_value_comes_through(lwm2m: str) -> None:
    async def talk(server: Server) -> None:
        device = await server.registered()
        for path, value in (
            ("/3442/0/110", "text"),
            ("/3442/0/120", -1024),
            ("/3442/0/125", 4_000_000_000),
            ("/3442/0/130", 3.25),
            ("/3442/0/140", True),
            ("/3442/0/150", {"hex": "00c0ffee"}),
            ("/3442/0/160", 1_700_000_000),
            ("/3442/0/170", "3:0"),
            ("/3442/0/1120", {"0": 7, "3": 70_000}),
        ):
            for preferred in device.right.formats:
                device.right.preferred = preferred if preferred not in (0, 42, 60, 320, 322) else None
                result = await server.read(device, path)
                assert (result.code, result.given.get("value")) == ("2.05", value), (
                    path,
                    preferred,
                    result.given,
                )
        instance = await server.read(device, "/3442/0")
        assert instance.given["values"]["1120"] == {"0": 7, "3": 70_000}
        whole = await server.read(device, "/3303")
        assert whole.given["values"] == {"0": {"5700": 21.5, "5701": "Cel"}}

    talked(talk, lwm2m)


def test_management() -> None:
    async def talk(server: Server) -> None:
        device = await server.registered()
        assert (await server.write(device, "/3442/0/150", b"\x01\x02")).code == "2.04"
        (await device.next(Write)).expect(path="/3442/0/150", format=42, value=b"\x01\x02", mode="replace")
        assert (await server.write(device, "/3442/0/170", ObjectLink(1, 0))).code == "2.04"
        written = await server.write(device, "/3442/0", {110: "new", 1120: {1: 5}}, mode="update")
        assert written.code == "2.04"
        partial = await device.next(Write, name="link")
        partial = await device.next(Write, name="partial")
        assert partial.mode == "partial"
        assert partial.values == {"/3442/0/110": "new", "/3442/0/1120/1": 5}
        assert (await server.read(device, "/3442/0/1120")).given["value"] == {"0": 7, "1": 5, "3": 70_000}
        assert (await server.execute(device, "/3442/0/3", "0='1'")).code == "2.04"
        (await device.next(Execute)).expect(path="/3442/0/3", arguments="0='1'")
        created = await server.create(device, 3311, {5850: False})
        assert (created.code, created.given["location"]) == ("2.01", "/3311/1")
        (await device.next(Create)).expect(path="/3311")
        assert (await server.create(device, 3311, {5850: False}, instance=7)).given["location"] == "/3311/7"
        assert (await server.delete(device, "/3311/7")).code == "2.02"
        await device.next(Delete)
        assert (await server.write_attributes(device, "/3303/0/5700", pmin=1, pmax=None)).code == "2.04"
        (await device.next(WriteAttributes)).expect(attributes={"pmin": "1", "pmax": None}, payload=b"")
        found = await server.discover(device, "/3303/0")
        assert found.given["links"] == "</3303/0>,</3303/0/5700>;pmin=1,</3303/0/5701>"
        (await device.next(Discover)).expect(accept=40)
        refused = await server.write(device, "/3/0/0", "no")
        assert refused.code == "4.05"

    talked(talk)


def test_composites() -> None:
    async def talk(server: Server) -> None:
        device = await server.registered()
        read = await server.read_composite(device, ["/3303/0/5700", "/3/0/9"])
        assert read.given["values"] == {"/3303/0/5700": 21.5, "/3/0/9": 87}
        (await device.next(ReadComposite)).expect(paths=["/3303/0/5700", "/3/0/9"])
        written = await server.write_composite(device, {"/3442/0/120": 4, "/3442/0/110": "x"})
        assert written.code == "2.04"
        (await device.next(WriteComposite)).expect(values={"/3442/0/120": 4, "/3442/0/110": "x"})
        observed = await server.observe_composite(device, ["/3303/0/5700", "/3/0/9"])
        assert observed.given["values"] == {"/3303/0/5700": 21.5, "/3/0/9": 87}
        assert not (await device.next(ObserveComposite)).cancel
        device.set("/3/0/9", 12)
        assert (await device.notify()).outcome == "acknowledged"
        told = await server.event("notify", device.name)
        assert told.given["values"] == {"/3303/0/5700": 21.5, "/3/0/9": 12}
        assert (await server.cancel(device)).code == "2.05"
        assert (await device.next(ObserveComposite, name="end")).cancel
        assert not device.observations

    talked(talk)


def test_observation_and_both_ways_to_cancel_it() -> None:
    async def talk(server: Server) -> None:
        device = await server.registered()
        assert (await server.observe(device, "/3303/0/5700")).given["value"] == 21.5
        first = await device.next(Observe)
        for confirmable in (True, False):
            done = await device.notify("/3303/0/5700", 22.5 + confirmable, confirmable=confirmable)
            assert done.outcome == ("acknowledged" if confirmable else "sent")
            told = await server.event("notify", device.name, check=f"told-{confirmable}")
            assert (told.given["path"], told.given["value"]) == ("/3303/0/5700", 22.5 + confirmable)
        assert (await device.notify("/3303/0/5700", 1.0, number=3)).outcome == "acknowledged"
        await server.no_event("notify", device.name, 0.2)
        assert (await server.cancel(device, "/3303/0/5700")).code == "2.05"
        cancelled = await device.next(Observe, name="cancel")
        cancelled.expect(name="cancel-request", cancel=True, token=first.token, path="/3303/0/5700")
        assert (await server.observe(device, "/3303/0/5700")).code == "2.05"
        assert (await server.cancel(device, "/3303/0/5700", how="passive")).code == "2.04"
        assert (await device.notify("/3303/0/5700", 2.0)).outcome == "reset"

    talked(talk)


def test_registration_events_and_send() -> None:
    async def talk(server: Server) -> None:
        device = await server.device(root="/lwm2m")
        assert (await device.register(lifetime=77)).location is not None
        told = await server.event("registered", device.name)
        assert (told.given["lifetime"], told.given["objects"][:2]) == (77, ["/1/0", "/3/0"])
        result = await server.read(device, "/3/0/9")
        request = await device.next(Read)
        assert (request.path, request.uri_path, result.given["value"]) == ("/3/0/9", "/lwm2m/3/0/9", 87)
        assert (await device.send({"/3/0/9": 50})).code == "2.04"
        sent = await server.event("send", device.name)
        assert sent.given["values"] == {"/3/0/9": 50}
        await device.move()
        assert (await device.send({"/3/0/9": 51})).code == "4.04"
        assert (await device.update(lifetime=1)).code == "2.04"
        assert (await server.event("updated", device.name)).given["lifetime"] == 1
        assert (await server.read(device, "/3/0/9")).code == "2.05"
        await server.event("expired", device.name, 3.0)
        assert (await device.update()).code == "4.04"
        assert await server.registrations() == []

    talked(talk)


def test_what_goes_wrong_reaches_the_user() -> None:
    async def talk(server: Server) -> None:
        device = await server.registered()
        device.answer_next(Read, Code.UNAUTHORIZED)
        assert (await server.read(device, "/3/0/9")).code == "4.01"
        device.ignore_next(Read)
        assert (await server.read(device, "/3/0/9")).outcome == "timeout"
        broken = Payload(b"\xff", 112)
        assert (await device.send(broken)).code == "4.00"
        assert (await server.read("nobody", "/3/0/9")).outcome == "not-registered"

    talked(talk)


def test_a_request_for_a_sleeping_device_waits_for_it() -> None:
    async def talk(server: Server) -> None:
        device = await server.device()
        await device.register(more=("Q",))
        await asyncio.sleep(server.ixit.awake_time + 0.1)
        device.deaf = True
        result = server.begin(server.read(device, "/3/0/9"))
        await device.none(Read, 0.3)
        device.deaf = False
        await device.update()
        assert (await result).given["value"] == 87

    talked(talk)
