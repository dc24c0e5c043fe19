"""APN Connection Profile: access points that the server chooses, and the log of connections (Object 11)."""

import ipaddress

from conformance.formats import ObjectLink
from conformance.matching import between, containing, excluding, one_of
from conformance.messages import Path, Update
from conformance.messages.codes import CHANGED, CONTENT, CREATED, DELETED
from conformance.messages.content import Values
from conformance.roles import Answer, Device
from conformance.roles.optional import expect_each, instances_of, need_value, read_optional
from conformance.roles.settling import read_until
from conformance.roles.traffic import Traffic
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable, Subject

CLAUSE = "LwM2M Registry 1.1 §11"
NAME, APN, ENABLED, AUTHENTICATION = 0, 1, 3, 4
ESTABLISHED, RESULT, REJECT_CAUSE, ENDED = 9, 10, 11, 12
COUNTERS = {"sent": 13, "received": 14, "packets": 23}
ADDRESSES = {"address": 15, "gateway": 18, "primary_dns": 19, "secondary_dns": 20}
LOG = {
    "established": (ESTABLISHED, between(0, 2**40)),
    "result": (RESULT, one_of(0, 1)),
    "reject_cause": (REJECT_CAUSE, between(0, 111)),
    "ended": (ENDED, between(0, 2**40)),
}
PAP, NONE = 0, 3
ACTIVATED = Path(10, 0, 11)
APN_LINK = 10
FORTH = 2048
"""Octets of CoAP that are sent and received for a counter to move."""


async def a_profile(device: Device) -> Path:
    """An access point that the device announced.

    Raises:
        NotApplicable: there is none at present.
    """
    await device.registered()
    found = instances_of(device, 11)
    if not found:
        raise NotApplicable("the SUT has no Instance of Object 11 at present")
    return found[0]


async def made(device: Device, *, enabled: bool) -> Path:
    """A new access point.

    Raises:
        NotApplicable: the device lets no server create one.
    """
    await device.registered()
    values: dict[int, Values] = {
        NAME: "conformance",
        APN: "conformance.test",
        ENABLED: enabled,
        AUTHENTICATION: NONE,
    }
    answer = await device.create(11, values)
    if answer.code is not None and answer.code[0] in "45":
        raise NotApplicable(f"the SUT takes no new Instance of Object 11: {answer.code}")
    answer.expect(code=CREATED)
    return Path.of(answer.location)


@testcase("APN-01", verifies=["HLF-023", "HLF-033"], clause=CLAUSE, applies="device & object(11)")
@vary(resource=["name", "authentication"])
async def test_profile_has_name_and_authentication(device: Device, resource: str) -> None:
    """A profile has a name, and an authentication type from PAP to none."""
    profile = await a_profile(device)
    number = NAME if resource == "name" else AUTHENTICATION
    answer = await device.read(profile / number)
    answer.expect(name=resource, code=CONTENT)
    if resource == "authentication":
        answer.expect(name=resource, value=between(PAP, NONE))
    else:
        kind = type(answer.value).__name__
        subject = Subject("read.value", answer.frame)
        device.context.record.judge("name.type", "str", kind, subject=subject, what="a name of type")


@testcase("APN-02", verifies=["HLF-010"], clause=CLAUSE, applies="device & object(11)")
async def test_profile_is_renamed(device: Device) -> None:
    """Profile Name /11/x/0 reads back as it was written."""
    profile = await a_profile(device)
    before = await device.read(profile / NAME)
    before.require(code=CONTENT)
    (await device.write(profile / NAME, "conformance")).expect(code=CHANGED)
    (await device.read(profile / NAME)).expect(name="read-back", code=CONTENT, value="conformance")
    (await device.write(profile / NAME, before.value or "")).expect(name="restored", code=CHANGED)


@testcase(
    "APN-03", verifies=["HLF-026"], clause=CLAUSE, ets="int-1250", applies="device & object(11) & create"
)
async def test_profile_is_created_and_enabled(device: Device) -> None:
    """A new profile is announced, and enabled by a Write."""
    profile = await made(device, enabled=False)
    update = await device.next(Update)
    update.expect(objects=containing(str(profile)))
    (await device.write(profile / ENABLED, True)).expect(name="enable", code=CHANGED)
    (await device.read(profile / ENABLED)).expect(name="enabled", code=CONTENT, value=True)
    (await device.delete(profile)).expect(code=DELETED)


@testcase("APN-04", verifies=["HLF-026"], clause=CLAUSE, applies="device & object(11) & object(10) & create")
async def test_disabled_profile_is_no_longer_activated(device: Device) -> None:
    """A profile that was disabled is not among the activated ones of /10/0/11."""
    profile = await made(device, enabled=True)
    (await device.write(profile / ENABLED, False)).expect(name="disable", code=CHANGED)
    (await device.read(profile / ENABLED)).expect(name="disabled", code=CONTENT, value=False)
    link = f"{profile[0]}:{profile[1]}"
    activated = await read_until(device, ACTIVATED, lambda answer: link not in links_of(answer))
    device.context.record.judge(
        "activated.links",
        excluding(link),
        links_of(activated),
        subject=Subject("read.values", activated.frame),
    )
    (await device.delete(profile)).expect(code=DELETED)


def links_of(answer: Answer) -> list[str]:
    """The profiles that are activated; none where the Resource has no Instance."""
    return [str(entry.value) for entry in answer.entries] if answer.code == CONTENT else []


@testcase("APN-05", verifies=["HLF-040"], clause=CLAUSE, applies="device & object(11)")
@vary(entry=list(LOG))
async def test_connection_log_is_told(device: Device, entry: str) -> None:
    """What the log of connections, /11/x/9 to /11/x/12, holds is times, results and causes of rejection."""
    number, expected = LOG[entry]
    profile = await a_profile(device)
    answer = await read_optional(device, profile / number)
    need_value(answer)
    expect_each(device, answer, expected, entry.replace("_", "-"))


@testcase("APN-06", verifies=["HLF-040"], clause=CLAUSE, applies="device & object(11)")
async def test_connection_does_not_end_before_it_begins(device: Device) -> None:
    """Connection Establishment and End Times /11/x/9 and /11/x/12 are times; how they lie is noted.

    How many of each are kept is the device's decision, so that a connection may have its end alone.
    """
    profile = await a_profile(device)
    begun = await read_optional(device, profile / ESTABLISHED)
    ended = await read_optional(device, profile / ENDED)
    for name, answer in (("established", begun), ("ended", ended)):
        need_value(answer)
        expect_each(device, answer, between(0, 2**40), name)
    first = min(times(begun))
    if early := [time for time in times(ended) if time < first]:
        ended.note(f"ends of connections before any was established, at {first}: {early}")


def times(answer: Answer) -> list[int]:
    """The times of a multiple Resource, in seconds since 1970."""
    return [entry.value for entry in answer.entries if isinstance(entry.value, int)]


@testcase("APN-07", verifies=["HLF-023"], clause=CLAUSE, applies="device & object(11)")
@vary(counter=list(COUNTERS))
async def test_counter_does_not_fall(device: Device, counter: str) -> None:
    """Bytes and packets of a profile, /11/x/13, /11/x/14 and /11/x/23, are never fewer than before."""
    profile = await a_profile(device)
    before = await read_optional(device, profile / COUNTERS[counter])
    before.expect(name="before", value=between(0, 2**63))
    with Traffic(device) as traffic:
        await traffic.exchange(FORTH)
    after = await device.read(profile / COUNTERS[counter])
    after.expect(name=counter, code=CONTENT, value=between(float(str(before.value)), 2**63))


@testcase("APN-08", verifies=["HLF-039"], clause=CLAUSE, applies="device & object(11)")
@vary(resource=list(ADDRESSES))
async def test_addresses_of_a_profile_are_addresses(device: Device, resource: str) -> None:
    """Addresses, gateways and name servers of a profile are IPv4 or IPv6 addresses."""
    profile = await a_profile(device)
    answer = await read_optional(device, profile / ADDRESSES[resource])
    values = [str(entry.value) for entry in answer.entries if entry.value]
    strange = [value for value in values if not is_address(value)]
    subject = Subject("read.values", answer.frame)
    device.context.record.judge("addresses.readable", [], strange, subject=subject, what="not an address")


def is_address(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@testcase(
    "APN-09", verifies=["HLF-026"], clause="LwM2M Core 1.1.1 §E.2", applies="device & object(11) & create"
)
async def test_server_chooses_the_access_point(device: Device) -> None:
    """APN Link /1/x/10 takes a link to another profile and tells it."""
    await device.registered()
    path = device.server_object / APN_LINK
    before = await read_optional(device, path)
    others = [each for each in instances_of(device, 11) if ObjectLink(*each) != before.value]
    profile = others[0] if others else await made(device, enabled=True)
    link = ObjectLink(*profile)
    (await device.write(path, link)).expect(name="link", code=CHANGED)
    answer = await device.read(path)
    answer.expect(name="read-back", code=CONTENT, value=link)
    (await device.write(path, before.value or ObjectLink(65535, 65535))).expect(name="restored", code=CHANGED)
    if not others:
        (await device.delete(profile)).expect(code=DELETED)
