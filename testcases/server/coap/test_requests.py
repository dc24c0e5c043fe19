"""Tokens, options, methods and blocks of requests that a server serves (RFC 7252 §5, RFC 7959)."""

from conformance.coap.codes import Code
from conformance.coap.options import Option
from conformance.matching import code_class, containing, matches
from conformance.messages.codes import BAD_OPTION, CHANGED, CREATED, METHOD_NOT_ALLOWED, NOT_FOUND
from conformance.roles.device_crafted import location_message, register_message, request_message, sent
from conformance.roles.server import Server
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

UNKNOWN_CRITICAL, UNKNOWN_ELECTIVE = 65_001, 65_000


@testcase("SCP-TOK-01", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §5.3.1", applies="server")
async def test_tokens_of_every_length_come_back(server: Server) -> None:
    """The answer to an Update carries the token of the request, of any length from 0 to 8."""
    device = await server.registered()
    for length in range(9):
        token = device.context.chance.randbytes(length)
        answer = await sent(device, location_message(device, Code.POST, token), f"update-{length}")
        answer.expect(token=token.hex(), code=CHANGED)


@testcase("SCP-OPT-01", verifies=["HLF-012"], clause="RFC 7252 §5.4.1", applies="server")
async def test_unknown_critical_option_is_refused(server: Server) -> None:
    """A Register with a critical option that nobody defined is answered 4.02."""
    await server.control()
    device = await server.device()
    message = register_message(device, Option(UNKNOWN_CRITICAL, b"x"))
    (await sent(device, message, "register")).expect(code=BAD_OPTION)


@testcase("SCP-OPT-02", verifies=["HLF-012"], clause="RFC 7252 §5.4.1", applies="server")
async def test_unknown_elective_option_is_ignored(server: Server) -> None:
    """A Register with an elective option that nobody defined is accepted."""
    device = await server.device()
    message = register_message(device, Option(UNKNOWN_ELECTIVE, b"x"))
    (await sent(device, message, "register")).expect(code=CREATED)


@testcase("SCP-MTD-01", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §5.8", applies="server")
@vary(method=["0.01", "0.30"])
async def test_method_that_a_path_has_not_is_refused(server: Server, method: str) -> None:
    """A GET of /rd, and a method that nobody defined, are answered 4.05.

    Tolerated for the GET: another code of class 4, or 2.05 of a server that lists something there.
    """
    device = await server.registered()
    code = Code.of(0, int(method[2:]))
    answer = await sent(device, request_message(device, code, "rd"), "request")
    lenient = {"code": matches(r"4\.\d\d|2\.05") if method == "0.01" else "5.01"}
    answer.expect(code=METHOD_NOT_ALLOWED, tolerated=lenient)


@testcase("SCP-PTH-01", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §5.9.2.5", applies="server")
async def test_unknown_path_is_refused(server: Server) -> None:
    """A POST to a path that a server does not have should be answered 4.04, or another code of class 4."""
    device = await server.registered()
    answer = await sent(device, request_message(device, Code.POST, "nowhere", "at", "all"), "request")
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)}, level=Level.SHOULD)


@testcase(
    "SCP-BLK-01", verifies=["HLF-012", "HLF-019"], clause="RFC 7959 §2.3, §3.4", applies="server & blockwise"
)
@vary(szx=[1, 4])
async def test_register_comes_in_blocks(server: Server, szx: int) -> None:
    """A Register whose object list comes in blocks, each under a token of its own, is accepted."""
    device = await server.device()
    for instance in range(40):
        device.set(f"/3303/{instance}/5700", 20.0)
    registered = await device.register(szx=szx)
    registered.expect(code=CREATED, violations=[])
    (await device.update()).expect(code=CHANGED)


@testcase(
    "SCP-BLK-02",
    verifies=["HLF-001", "HLF-012"],
    clause="RFC 7959 §2.5",
    applies="server & event_registered & blockwise",
)
async def test_blocks_of_two_devices_are_kept_apart(server: Server) -> None:
    """Two devices that register in blocks at the same time are registered with their own Objects."""
    first, second = await server.device(), await server.device()
    for device, object_id in ((first, 3303), (second, 3311)):
        for instance in range(10, 40):
            device.set(f"/{object_id}/{instance}/5750", "x")
    begun = server.begin(first.register(szx=1))
    (await second.register(szx=1)).expect(name="second", code=CREATED)
    (await begun).expect(code=CREATED)
    for device, name in ((first, "first"), (second, "second")):
        told = await server.event("registered", device.name, check=name)
        listed = [str(path) for path in (device.objects.at(3303) + device.objects.at(3311))]
        told.expect(name=name, objects=containing(*listed))


@testcase("SCP-SRC-01", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §5.3.2", applies="server")
async def test_answer_comes_from_where_was_asked(server: Server) -> None:
    """The answer to a Register comes from the address and port that it went to."""
    device = await server.device()
    registered = await device.register()
    registered.expect(outcome="response", violations=[])
