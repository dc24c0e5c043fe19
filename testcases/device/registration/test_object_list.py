"""The object list of a Register: what it names, and how it is written (LwM2M Core 1.1.1 §6.2.1)."""

from conformance.formats import ContentFormat
from conformance.matching import ABSENT, containing, excluding
from conformance.messages import Register
from conformance.messages.codes import CONTENT
from conformance.roles import Device
from conformance.roles.answer import SPACED
from conformance.testcase import testcase
from conformance.verdicts import Level, Subject

RESOURCE_ONLY = (ContentFormat.TEXT, ContentFormat.CBOR)
STRUCTURED = (
    ContentFormat.TLV,
    ContentFormat.LWM2M_JSON,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.LWM2M_CBOR,
)


@testcase(
    "REG-OBJ-01",
    verifies=["HLF-019", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.2.1; RFC 6690 §2",
    ets="int-101",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_object_list_is_link_format(device: Device) -> None:
    """The payload of a Register is link-format, by its Content-Format and by the grammar of RFC 6690."""
    register = await device.next(Register)
    register.expect(content_format=40, tolerated={"content_format": ABSENT})
    if register.message.content_format is None:
        register.note("no Content-Format goes with the object list", ambiguity="B041")
    register.expect(links_malformed=None)
    if register.message.spaced:
        register.note(SPACED)


@testcase(
    "REG-OBJ-02",
    verifies=["HLF-019", "HLF-014"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
)
async def test_mandatory_objects_are_listed(device: Device) -> None:
    """The object list names the Server Object and the Device Object, with their Instances.

    The sentence that demands them is gone from 1.2, where the payload itself is optional: a warning there.
    """
    register = await device.next(Register)
    level = Level.SHOULD if device.context.lwm2m == "1.2" else Level.MUST
    listed = containing(str(device.server_object), "/3/0")
    register.expect(objects=listed, tolerated={"objects": containing("/1", "/3")}, level=level)


@testcase(
    "REG-OBJ-03",
    verifies=["HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_security_objects_are_not_listed(device: Device) -> None:
    """The object list names neither the Security Object nor the OSCORE Object."""
    register = await device.next(Register)
    register.expect(objects=excluding("/0", "/0/0", "/0/1", "/0/2", "/21", "/21/0", "/21/1"))


@testcase(
    "REG-OBJ-04",
    verifies=["HLF-019", "HLF-014"],
    clause="LwM2M Core 1.1.1 §6.2.1, §5.1.2",
    applies="device & lwm2m >= 1.1",
    fresh=True,
)
async def test_object_versions_are_digits_without_quotes(device: Device) -> None:
    """The version of an Object should be written without quotes, as its grammar has it.

    RFC 6690 makes no difference between the two forms, and drafts of 1.1 show the quotes: a warning.
    """
    register = await device.next(Register)
    register.require(links_malformed=None)
    told = [attribute for link in register.message.links for attribute in link.attributes]
    device.context.record.judge(
        "register.version-quoted",
        [],
        [value for name, value, quoted in told if name == "ver" and quoted],
        subject=Subject("register.links", register.frame),
        what="Register with quoted versions",
        level=Level.SHOULD,
    )
    versioned = [link.target for link in register.message.links if link.attribute("ver")]
    for target in filter(names_instance, versioned):
        register.note(f"ver stands on the Instance {target}", ambiguity="Q25")


@testcase(
    "REG-OBJ-05",
    verifies=["HLF-019", "HLF-027"],
    clause="LwM2M Core 1.1.1 §6.2.1, §7.4",
    applies="device & lwm2m >= 1.1",
    fresh=True,
)
async def test_announced_formats_are_served(device: Device) -> None:
    """Every Content-Format for strings and Instances that the root link announces is served to a Read."""
    register = await device.next(Register)
    register.require(links_malformed=None)
    for number in register.message.formats:
        if number not in (*RESOURCE_ONLY, *STRUCTURED):
            continue
        path = "/3/0/16" if number in RESOURCE_ONLY else "/3/0"
        answer = await device.read(path, accept=number)
        answer.expect(name=f"read-{number}", code=CONTENT, format=number)


@testcase(
    "REG-OBJ-06",
    verifies=["HLF-019", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="device & discover",
    fresh=True,
)
async def test_listed_instances_are_there(device: Device) -> None:
    """Every Object Instance of the object list is there for the server to discover."""
    register = await device.next(Register)
    for target in register.message.objects:
        if names_instance(target):
            answer = await device.discover(target)
            answer.expect(name=f"discover{target.replace('/', '-')}", code=CONTENT)


def names_instance(target: str) -> bool:
    """Whether the target names an Instance."""
    return target.count("/") == 2
