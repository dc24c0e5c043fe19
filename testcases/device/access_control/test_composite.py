"""Composite operations over Instances of which a server may not use all (LwM2M Core 1.1.1 §8.2.1)."""

from conformance.matching import PRESENT
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, UNAUTHORIZED
from conformance.roles import Device
from conformance.roles.several_servers import Access, Rights, provisioned
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable

CONTROLLED = "device & lwm2m >= 1.1 & bootstrap & multiple_servers & access_control & ixit.writable_integer"
READING = f"{CONTROLLED} & read_composite"
CLAUSE = "LwM2M Core 1.1.1 §8.2.1, §8.2.2"
VALUE = 42


async def controlled(device: Device, rights: Rights) -> tuple[Path, Path, int]:
    """A number of the first server with the value 42 on which the second has these rights, the lifetime of
    the second, and a format for both."""
    path = Path.of(device.ixit.writable_integer)
    await provisioned(device, Access(path.parent, owner=1, rights={2: rights}))
    (await device.write(path, VALUE)).require(code=CHANGED)
    number = 112 if device.context.ics["format_senml_cbor"] else 110
    return path, device.account(2).server_object / 1, device.need_format(number)


@testcase("ACL-COMP-01", verifies=["HLF-031"], clause=CLAUSE, applies=READING, servers=2)
async def test_composite_read_leaves_out_what_is_not_permitted(device: Device) -> None:
    """A Read-Composite gives what the server may read of the paths asked for, and nothing of the others."""
    path, lifetime, number = await controlled(device, Rights.WRITE)
    answer = await device.account(2).read_composite([path, lifetime], number, number)
    answer.expect(code=CONTENT, values={str(lifetime): device.account(2).lifetime})


@testcase("ACL-COMP-02", verifies=["HLF-031"], clause=CLAUSE, applies=READING, servers=2)
@vary(observed=[False, True])
async def test_composite_read_of_nothing_permitted_is_refused(device: Device, observed: bool) -> None:
    """A Read- or Observe-Composite of which the server may read nothing is answered 4.01."""
    path, _, number = await controlled(device, Rights.WRITE)
    await device.account(2).control()
    if observed:
        if not device.context.ics["observe_composite"]:
            raise NotApplicable("the SUT does not support Observe-Composite")
        answer = (await device.account(2).observe_composite([path], number, number)).first
    else:
        answer = await device.account(2).read_composite([path], number, number)
    answer.expect(code=UNAUTHORIZED)


@testcase(
    "ACL-COMP-03", verifies=["HLF-031"], clause=CLAUSE, applies=f"{CONTROLLED} & write_composite", servers=2
)
async def test_composite_write_needs_every_right(device: Device) -> None:
    """A Write-Composite with one Instance that the server may not write is answered 4.01, without effect."""
    path, lifetime, number = await controlled(device, Rights.READ)
    other = device.account(2)
    before = other.provided.lifetime
    answer = await other.write_composite({lifetime: before + 60, path: VALUE + 1}, number)
    answer.expect(code=UNAUTHORIZED)
    (await other.read(lifetime)).expect(name="lifetime", code=CONTENT, value=before)
    (await device.read(path)).expect(name="number", code=CONTENT, value=VALUE)


@testcase(
    "ACL-COMP-04",
    verifies=["HLF-031"],
    clause=f"{CLAUSE}, §8.2.4",
    applies=f"{READING} & observe_composite",
    servers=2,
)
async def test_composite_notification_leaves_out_what_is_not_permitted(device: Device) -> None:
    """The answer and the notifications of an Observe-Composite hold what the server may read, and no more."""
    path, lifetime, number = await controlled(device, Rights.WRITE)
    other = device.account(2)
    observation = await other.observe_composite([path, lifetime], number, number)
    observation.first.expect(code=CONTENT, observe=PRESENT, values={str(lifetime): other.lifetime})
    (await device.write(path, VALUE + 1)).require(code=CHANGED)
    (await other.write(lifetime, other.lifetime + 60)).require(code=CHANGED)
    told = await observation.next()
    if told.values == {str(lifetime): other.provided.lifetime}:
        told.note("a change of what may not be read brings a notification of the rest")
        told = await observation.next(name="second")
    told.expect(values={str(lifetime): other.provided.lifetime + 60})
