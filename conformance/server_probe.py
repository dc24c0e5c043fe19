"""Looks at a server or bootstrap server once: what its user can ask, what it tells, what it understands."""

import random
from collections.abc import Mapping
from pathlib import Path

from conformance.formats import ContentFormat
from conformance.matching import plain
from conformance.messages import Path as Target
from conformance.messages import Read
from conformance.messages.bootstrap import BootstrapDelete, BootstrapDiscover, BootstrapWrite
from conformance.messages.codes import CREATED
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.server_conversation import open_bootstrap_conversation, open_server_conversation
from conformance.sut.ics import IcsValue, items
from conformance.system_under_test import Observed, SystemUnderTest
from conformance.testcase import TestCase
from conformance.verdicts import NotApplicable

_CASE = TestCase("PROBE-SUT-02", "What the SUT shows of itself", (), "", "server", "server")
_FORMATS = {
    "takes_text": (ContentFormat.TEXT, "/3/0/1"),
    "takes_opaque": (ContentFormat.OPAQUE, "/3442/0/150"),
    "takes_cbor": (ContentFormat.CBOR, "/3/0/1"),
    "takes_tlv": (ContentFormat.TLV, "/3/0/1"),
    "takes_lwm2m_json": (ContentFormat.LWM2M_JSON, "/3/0/1"),
    "takes_senml_json": (ContentFormat.SENML_JSON, "/3/0/1"),
    "takes_senml_cbor": (ContentFormat.SENML_CBOR, "/3/0/1"),
    "takes_lwm2m_cbor": (ContentFormat.LWM2M_CBOR, "/3/0/1"),
}

_NUMBER = "/3442/0/120"


async def look_at_server(sut: SystemUnderTest, folder: Path) -> Observed | None:
    """What a server shows; None where it does not accept a right registration."""
    async with open_server_conversation(sut.as_it_runs(_CASE), sut, folder, random.Random(0)) as server:
        found = _verbs(sut, "server")
        device = await server.device()
        if (await device.register()).code != CREATED:
            return None
        limit = server.ixit.reaction_time
        events = {"registered": await server.hears("registered", device.name, limit)}
        await device.update(lifetime=600)
        events["updated"] = await server.hears("updated", device.name, limit)
        if found["verb_read"]:
            found |= await _formats(server, device)
            found |= await _test_object(server, device)
        if found["verb_observe"]:
            await server.observe(device, "/3/0/1")
            if device.observations:
                await device.notify("/3/0/1", "changed")
                events["notify"] = await server.hears("notify", device.name, limit)
        if sut.lwm2m != "1.0":
            await device.send({"/3/0/9": 88})
            events["send"] = await server.hears("send", device.name, limit)
        await device.deregister()
        events["deregistered"] = await server.hears("deregistered", device.name, limit)
        return Observed(found | _told(events))


async def look_at_bootstrap_server(sut: SystemUnderTest, folder: Path) -> Observed | None:
    """What a bootstrap server shows; None where a whole session does not come about."""
    async with open_bootstrap_conversation(
        sut.as_it_runs(_CASE), sut, folder, random.Random(0)
    ) as bootstrap_server:
        found = _verbs(sut, "bootstrap-server")
        device = await bootstrap_server.device()
        if found["verb_provision"]:
            await bootstrap_server.provision(device, delete=["/0", "/1"])
        await device.request()
        if not await device.is_finished():
            return None
        limit = bootstrap_server.ixit.reaction_time
        events = {
            name: await bootstrap_server.hears(name, device.name, limit)
            for name in ("bootstrap-request", "bootstrap-finished")
        }
        kinds = [type(operation) for operation in device.arrived]
        before = kinds[: kinds.index(BootstrapWrite)] if BootstrapWrite in kinds else kinds
        found["asks_first"] = BootstrapDiscover in before
        found["deletes_first"] = BootstrapDelete in before
        return Observed(found | _told(events))


def _verbs(sut: SystemUnderTest, role: str) -> dict[str, IcsValue]:
    names = (name for name, item in items().items() if name.startswith("verb_") and role in item.roles)
    offered = sut.instance.ready.verbs
    return {name: name.removeprefix("verb_").replace("_", "-") in offered for name in names}


def _told(events: Mapping[str, object]) -> dict[str, IcsValue]:
    return {f"event_{name.replace('-', '_')}": event is not None for name, event in events.items()}


async def _formats(server: Server, device: TesterDevice) -> dict[str, IcsValue]:
    """Whether the server makes sense of an answer in each format, as far as the device's version knows it.

    A server that asks for another format than it was told to shows nothing of the one that was meant.
    """
    found: dict[str, IcsValue] = {}
    for name, (number, path) in _FORMATS.items():
        if number not in device.right.formats:
            continue
        device.forget()
        device.right.preferred = number
        try:
            result = await server.read(device, path, format=number)
        except NotApplicable:
            found[name] = False
            continue
        asked = {operation.accept for operation in device.arrived if isinstance(operation, Read)}
        if asked <= {None, number}:
            held = plain(device.objects.values[Target.of(path)])
            found[name] = result.outcome == "response" and result.given.get("value") == held
    device.right.preferred = None
    return found


async def _test_object(server: Server, device: TesterDevice) -> dict[str, IcsValue]:
    """Whether the server gives a number of the test Object as one; nothing where it gives no value.

    It is asked for TLV, and where it has none for whatever it prefers: text has no types either.
    """
    for number in (ContentFormat.TLV, None):
        device.right.preferred = number
        try:
            result = await server.read(device, _NUMBER, format=number)
        except NotApplicable:
            continue
        finally:
            device.right.preferred = None
        given = result.given.get("value")
        if given is not None:
            return {"knows_test_object": given == device.held(_NUMBER)}
    return {}
