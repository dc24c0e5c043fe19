"""Operations on an Object whose Instances belong to different servers (LwM2M Core 1.1.1 §8.2.3)."""

from conformance.matching import containing
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Answer, Device
from conformance.roles.several_servers import provisioned
from conformance.testcase import testcase, vary
from conformance.verdicts import NotApplicable, Subject

APPLIES = "device & bootstrap & multiple_servers & access_control"
CLAUSE = "LwM2M Core 1.1.1 §8.2.3"
SERVER = Path(1)


def expect_instances(device: Device, answer: Answer, expected: Path, name: str) -> None:
    """The Instances of the content are one; records ``<name>.instances``."""
    answer.expect(name=name, code=CONTENT)
    found = sorted({str(Path(*entry.path[:2])) for entry in answer.entries})
    device.context.record.judge(
        f"{name}.instances", [str(expected)], found, subject=Subject("Instances", answer.frame)
    )


@testcase("ACL-OBJ-01", verifies=["HLF-031"], clause=CLAUSE, applies=APPLIES, servers=2)
@vary(operation=["read", "observe"])
async def test_object_shows_what_the_server_may_read(device: Device, operation: str) -> None:
    """A server that reads or observes Object 1 gets its own Instance, and not that of the other server."""
    if operation == "observe" and not device.context.ics["observe"]:
        raise NotApplicable("the SUT does not support observe")
    await provisioned(device)
    for number, account in enumerate(device.accounts, 1):
        if operation == "read":
            answer = await account.read(SERVER)
        else:
            answer = (await account.observe(SERVER)).first
        expect_instances(device, answer, account.server_object, f"server-{number}")


@testcase("ACL-OBJ-02", verifies=["HLF-031"], clause=CLAUSE, applies=f"{APPLIES} & discover", servers=2)
async def test_discover_of_an_object_is_for_everybody(device: Device) -> None:
    """Discover of Object 1 lists the Instances of both servers to either of them."""
    await provisioned(device)
    for number, account in enumerate(device.accounts, 1):
        listed = await account.discover(SERVER)
        targets = containing(*(str(each.server_object) for each in device.accounts))
        listed.expect(name=f"discover-{number}", code=CONTENT, targets=targets)


@testcase(
    "ACL-OBJ-03", verifies=["HLF-031"], clause=CLAUSE, applies=f"{APPLIES} & write_attributes", servers=2
)
async def test_attributes_of_an_object_are_for_everybody(device: Device) -> None:
    """Write-Attributes on Object 1 is performed for a server that may not read all of its Instances."""
    await provisioned(device)
    (await device.account(2).write_attributes(SERVER, pmax=600)).expect(code=CHANGED)
