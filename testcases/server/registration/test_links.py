"""Where the link of the alternate path stands, how versions are written, and lists of an Update in blocks."""

from conformance.coap.message import Code
from conformance.formats import ContentFormat
from conformance.formats.link import Link, serialise
from conformance.matching import containing
from conformance.messages import Path, Read
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, CREATED
from conformance.roles.server import Server
from conformance.testcase import testcase, vary

MANY = 120
"""Object Instances whose links need more than one block of any size."""
ROOTS = {
    "last": '</lwm2m/1/0>,</lwm2m/3/0>,</lwm2m>;rt="oma.lwm2m"',
    "behind_others": '</lwm2m>;title="a;rt=,b";ct=11542;rt="oma.lwm2m",</lwm2m/1/0>,</lwm2m/3/0>',
    "beside_strangers": '</sensors>;rt="temperature",</lwm2m>;rt="oma.lwm2m",</lwm2m/1/0>,</lwm2m/3/0>',
}
"""Object lists with the alternate path /lwm2m, by the place of its link or of rt in it."""


@testcase(
    "SRG-OBJ-07",
    verifies=["HLF-014", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1, RFC 6690 §2",
    applies="server & verb_read",
)
@vary(link=list(ROOTS))
async def test_alternate_path_is_found_wherever_it_stands(server: Server, link: str) -> None:
    """The link that marks the alternate path counts in any place of the list, and rt in any of the link."""
    device = await server.device(root="/lwm2m")
    (await device.register(links=ROOTS[link].encode())).expect(code=CREATED)
    await server.knows(device)
    device.set("/3/0/2", "below")
    device.forget()
    result = await server.read(device, "/3/0/2")
    (await device.next(Read)).expect(uri_path="/lwm2m/3/0/2")
    result.expect(outcome="response", code=CONTENT, value="below")


@testcase("SRG-OBJ-08", verifies=["HLF-014"], clause="LwM2M Core 1.1.1 §6.2.1", applies="server")
async def test_quoted_version_does_no_harm(server: Server) -> None:
    """An Object version in quotes, as LwM2M 1.0 shows it, is taken, or refused as malformed from 1.1 on."""
    await server.control()
    device = await server.device()
    registered = await device.register(links=b'</1/0>,</3/0>,</3303>;ver="1.1",</3303/0>')
    registered.expect(code=CREATED, tolerated={"code": BAD_REQUEST})
    registered.note(f"a version in quotes is answered {registered.code}", ambiguity="Q26")
    if registered.code == CREATED and server.context.ics["event_registered"]:
        told = await server.event("registered", device.name)
        told.expect(objects=containing("/3/0", "/3303/0"))


@testcase(
    "SRG-UPD-09",
    verifies=["HLF-019"],
    clause="LwM2M Transport 1.1.1 §6.1, RFC 7959 §2.5",
    applies="server & blockwise & event_updated",
)
@vary(szx=[2, 6])
async def test_list_of_an_update_arrives_in_blocks(server: Server, szx: int) -> None:
    """An object list that an Update brings in several blocks is taken as a whole."""
    device = await server.registered()
    for instance in range(1, MANY):
        device.objects.add(Path(3303, instance), {5700: 20.5})
    links = [Link("/1/0"), Link("/3/0"), *(Link(f"/3303/{number}") for number in range(MANY))]
    updated = await device.request(
        "update", Code.POST, device.here, payload=serialise(links), content_format=ContentFormat.LINK, szx=szx
    )
    updated.expect(code=CHANGED, violations=[])
    told = await server.event("updated", device.name)
    told.expect(objects=containing("/3/0", "/3303/0", f"/3303/{MANY - 1}"))
