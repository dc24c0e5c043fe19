"""The object list of a Register: link format as devices in the field write it (LwM2M Core 1.1.1 §6.2.1)."""

from conformance.formats.link import Link
from conformance.matching import containing, excluding
from conformance.messages import Path, Read
from conformance.messages.codes import CONTENT, CREATED
from conformance.messages.content import Values
from conformance.roles.server import Server
from conformance.testcase import testcase, vary

MANY = 160
"""Object Instances whose links need more than one block of any size."""
ACCESS_CONTROL = 2
"""An Object of the enabler with many Instances: one from outside a server may silently ignore."""
OWNED: dict[int, Values] = {0: 3, 1: 0, 2: {1: 1}, 3: 1}
"""An Instance of it."""


@testcase(
    "SRG-OBJ-01",
    verifies=["HLF-014", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server",
)
@vary(attributes=[';rt="x";if="y";obs', ';sz=100;title="a"', ";foo", ";hreflang=en;ct=0", ';x="";y=1.5'])
async def test_other_link_parameters_are_no_error(server: Server, attributes: str) -> None:
    """A Register whose links carry parameters that LwM2M does not know is accepted."""
    device = await server.device()
    links = f'</>;rt="oma.lwm2m",</1/0>{attributes},</3/0>{attributes}'.encode()
    (await device.register(links=links)).expect(code=CREATED)
    if server.context.ics["event_registered"]:
        (await server.event("registered", device.name)).shows(objects=containing("/1/0", "/3/0"))


@testcase(
    "SRG-OBJ-02",
    verifies=["HLF-014", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1, RFC 6690 §2",
    applies="server & event_registered",
)
@vary(quoted=["a,</666/0>;b", "</666/0>", 'say \\",</666/0>,\\" so', "semi;colon=1"])
async def test_separators_in_quotes_separate_nothing(server: Server, quoted: str) -> None:
    """Commas, semicolons, angle brackets and escaped quotes within a quoted string make no further link."""
    device = await server.device()
    links = f'</>;rt="oma.lwm2m",</1/0>;title="{quoted}",</3/0>'.encode()
    (await device.register(links=links)).expect(code=CREATED)
    told = await server.event("registered", device.name)
    told.shows(objects=containing("/1/0", "/3/0"))
    told.shows(name="phantom", objects=excluding("/666/0"))


@testcase(
    "SRG-OBJ-03",
    verifies=["HLF-019", "HLF-020"],
    clause="LwM2M Transport 1.1.1 §6.4.1",
    applies="server & verb_read",
)
@vary(root=["/lwm2m", "/gateway/lwm2m"])
async def test_requests_go_below_the_alternate_path(server: Server, root: str) -> None:
    """A device that has its Objects below an alternate path is asked there."""
    device = await server.registered(root=root)
    device.set("/3/0/2", "below")
    device.forget()
    result = await server.read(device, "/3/0/2")
    request = await device.next(Read, at="/3/0/2")
    request.expect(path="/3/0/2", uri_path=f"{root}/3/0/2")
    result.expect(code=CONTENT, value="below")


@testcase(
    "SRG-OBJ-04",
    verifies=["HLF-014"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server",
)
@vary(links=["</31337/0>", "</44>;ver=2.2,</44/0>", "</31337>;ver=7.1,</31337/0>", "</3303>;ver=9.9"])
async def test_unknown_objects_hinder_nothing(server: Server, links: str) -> None:
    """A Register with Objects, or versions of Objects, that the server does not know is accepted."""
    device = await server.device()
    for object_id in (44, 31337):
        device.objects.add(Path(object_id, 0), {0: "unheard of"})
    (await device.register(links=f"</1/0>,</3/0>,{links}".encode())).expect(code=CREATED)
    if server.context.ics["event_registered"]:
        (await server.event("registered", device.name)).shows(objects=containing("/1/0", "/3/0"))


@testcase(
    "SRG-OBJ-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    applies="server & event_registered",
)
async def test_object_without_instances_is_told(server: Server) -> None:
    """The user learns of an Object that the device has without any Instance.

    To a server that reads it the device answers 2.05 with nothing in it.
    """
    device = await server.device()
    device.right.without_instances.add(5)
    (await device.register(links=b"</1/0>,</3/0>,</5>")).require(code=CREATED)
    told = await server.event("registered", device.name)
    told.shows(objects=containing("/5"))
    told.shows(name="instance", objects=excluding("/5/0"))


@testcase(
    "SRG-OBJ-06",
    verifies=["HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.1, RFC 7959 §2.5",
    applies="server & blockwise",
)
@vary(szx=[2, 6])
async def test_long_list_arrives_in_blocks(server: Server, szx: int) -> None:
    """An object list that takes several blocks is registered as a whole."""
    device = await server.device()
    owned = [Path(ACCESS_CONTROL, number) for number in range(MANY)]
    for instance in owned:
        device.objects.add(instance, OWNED)
    links = [Link("/1/0"), Link("/3/0"), *(Link(str(instance)) for instance in owned)]
    registered = await device.register(links=links, szx=szx)
    registered.expect(code=CREATED, violations=[])
    if server.context.ics["event_registered"]:
        told = await server.event("registered", device.name)
        told.shows(objects=containing("/3/0", str(owned[0]), str(owned[-1])))
