"""Looks at a SUT once before the cases are collected: what it registers, and what it shows to support."""

import random
import tempfile
from pathlib import Path

from conformance.device_conversation import open_device_conversation
from conformance.formats import ContentFormat
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.roles.expectation import UnreadableError
from conformance.server_probe import look_at_bootstrap_server, look_at_server
from conformance.sut.adapter import SutExitedError
from conformance.sut.ics import IcsValue
from conformance.system_under_test import Observed, SystemUnderTest
from conformance.testcase import TestCase
from conformance.verdicts import CheckFailed, Outcome

_PROBE = TestCase(
    id="PROBE-SUT-01",
    title="What the SUT shows of itself",
    verifies=(),
    clause="",
    applies="device",
    role="device",
)
_STRUCTURED = {
    "format_tlv": ContentFormat.TLV,
    "format_lwm2m_json": ContentFormat.LWM2M_JSON,
    "format_senml_json": ContentFormat.SENML_JSON,
    "format_senml_cbor": ContentFormat.SENML_CBOR,
    "format_lwm2m_cbor": ContentFormat.LWM2M_CBOR,
}
_SINGLE = {"format_text": ContentFormat.TEXT, "format_cbor": ContentFormat.CBOR}


_OBJECTS = {"firmware": 5, "software": 9}


class ProbeError(Exception):
    """The SUT could not be looked at: it never registered, or it ended."""


async def probe(sut: SystemUnderTest) -> Observed:
    """Start the SUT, wait until it works, and try what it supports.

    Raises:
        ProbeError: it never registered, or accepts no device, or it ended meanwhile.
        SutNotStartedError: it could not be started.
    """
    with tempfile.TemporaryDirectory(prefix="lwm2m-probe-") as folder:
        if sut.profile.sut.role != "device":
            return await _probe_server(sut, Path(folder))
        async with open_device_conversation(
            sut.as_it_runs(_PROBE), sut, Path(folder), random.Random(0)
        ) as device:
            try:
                registration = await device.registered(sut.profile.patience)
                items = await _items(device)
            except CheckFailed:
                raise ProbeError(
                    f"the SUT ended ({sut.instance.adapter.exited.result()}) while the suite looked at it; "
                    f"its last line was {sut.instance.last_words()}; run the command of adapter.start by hand"
                ) from None
            except Outcome:
                raise ProbeError(_not_registered(sut)) from None
            finally:
                sut.instance.adapter.log_to(None)
    if registration.queue_mode:
        items["queue_mode"] = True
    if registration.register.sms_number:
        items["sms"] = True
    if registration.binding:
        items["binding"] = registration.binding
    seen = Observed(items, registration.objects, registration.register.versions)
    for item, number in _OBJECTS.items():
        items[item] = number in seen.object_ids
    return seen


def _not_registered(sut: SystemUnderTest) -> str:
    limit = f"no Register came from the SUT within {sut.profile.patience:.1f} s"
    if not sut.profile.adapter.ours:
        tester = sut.profile.ixit.tester
        return f"{limit}; start it for {tester} (ixit.tester), or let it come back within ixit.lifetime"
    return (
        f"{limit}; look at what it printed last ({sut.instance.last_words()}), at {{server_uri}} in "
        "adapter.start and at ixit.reaction_time"
    )


async def _probe_server(sut: SystemUnderTest, folder: Path) -> Observed:
    look = look_at_server if sut.profile.sut.role == "server" else look_at_bootstrap_server
    try:
        seen = await look(sut, folder)
    except SutExitedError as ended:
        raise ProbeError(
            f"{ended} while the suite looked at it; its last line was {sut.instance.last_words()}"
        ) from None
    finally:
        sut.instance.adapter.log_to(None)
    if seen is None:
        wanted = "a right Register" if sut.profile.sut.role == "server" else "a whole bootstrap session"
        raise ProbeError(
            f"{wanted} in LwM2M {sut.lwm2m} was not accepted within {sut.profile.ixit.reaction_time:.1f} s; "
            f"look at what the SUT printed last ({sut.instance.last_words()}) and at ixit.reaction_time"
        )
    return seen


async def _items(device: Device) -> dict[str, IcsValue]:
    lifetime = device.server_object / 1
    first = await device.read(lifetime)
    items: dict[str, IcsValue] = {}
    if not first.answered:
        return items
    items["lifetime_readable"] = first.code == CONTENT and _value(first) == device.lifetime
    for name, number in _SINGLE.items():
        _observe(items, name, await device.read(lifetime, number), number)
    for name, number in _STRUCTURED.items():
        _observe(items, name, await device.read("/3/0", number), number)
    items["resource_instances"] = (await device.read("/3/0/11/0")).code == CONTENT
    for number in (ContentFormat.SENML_CBOR, ContentFormat.SENML_JSON):
        if items.get(f"format_{number.name.lower()}"):
            read = await device.read_composite([lifetime], number, number)
            items["read_composite"] = read.code == CONTENT
            written = await device.write_composite({lifetime: device.lifetime}, number)
            items["write_composite"] = written.code == CHANGED
            break
    return items


def _observe(items: dict[str, IcsValue], name: str, answer: Answer, number: int) -> None:
    """A format is shown by an answer in it and refuted by a refusal; another format instead says nothing."""
    if answer.code == CONTENT and answer.format == number:
        items[name] = True
    elif answer.answered and answer.code != CONTENT:
        items[name] = False


def _value(answer: Answer) -> object:
    try:
        return answer.value
    except UnreadableError:
        return None
