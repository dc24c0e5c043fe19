"""What the device refuses, its user learns (LwM2M Transport 1.1.1 §6.7, RFC 7252 §5.5.2, §5.9)."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.codes import Code
from conformance.coap.endpoint import Incoming, Response
from conformance.messages import (
    Create,
    Delete,
    Discover,
    Execute,
    Read,
    ReadComposite,
    Write,
    WriteAttributes,
    WriteComposite,
)
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.roles.user_side import Result
from conformance.testcase import testcase, vary

COMMON = ("4.00", "4.01", "4.04", "4.05", "5.00")


class Asked(NamedTuple):
    """An operation, how its user asks for it, and the codes beside the common ones that may refuse it."""

    operation: type[ServerOperation]
    ask: Callable[[Server, TesterDevice], Awaitable[Result]]
    more: tuple[str, ...] = ()


OPERATIONS = {
    "read": Asked(Read, lambda server, device: server.read(device, "/3/0/1"), ("4.06",)),
    "write": Asked(Write, lambda server, device: server.write(device, "/3/0/14", "Z"), ("4.15",)),
    "execute": Asked(Execute, lambda server, device: server.execute(device, "/3/0/4")),
    "create": Asked(Create, lambda server, device: server.create(device, 3311, {5850: True}), ("4.15",)),
    "delete": Asked(Delete, lambda server, device: server.delete(device, "/3311/0")),
    "discover": Asked(Discover, lambda server, device: server.discover(device, "/3303")),
    "write-attributes": Asked(
        WriteAttributes, lambda server, device: server.write_attributes(device, "/3303/0", pmin=5)
    ),
    "read-composite": Asked(
        ReadComposite, lambda server, device: server.read_composite(device, ["/3/0/1"]), ("4.06",)
    ),
    "write-composite": Asked(
        WriteComposite, lambda server, device: server.write_composite(device, {"/3/0/14": "Z"}), ("4.15",)
    ),
}


class Refusal:
    """Answers every operation of a kind with the code of the moment."""

    def __init__(self, device: TesterDevice, operation: type[ServerOperation]) -> None:
        self.device, self.operation = device, operation
        self.code = Code.BAD_REQUEST
        device.script_next(operation, self)

    async def __call__(self, _operation: ServerOperation, _incoming: Incoming) -> Response:
        self.device.script_next(self.operation, self)
        return Response(self.code)


def code_of(text: str) -> Code:
    """The code written as ``4.04``."""
    digit, detail = text.split(".")
    return Code.of(int(digit), int(detail))


@testcase(
    "SDM-ERR-01",
    verifies=["HLF-010", "HLF-032", "HLF-036"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="server & lwm2m >= 1.1",
)
@vary(operation=list(OPERATIONS))
async def test_every_refusal_reaches_the_user(server: Server, operation: str) -> None:
    """Each error code that LwM2M lists for an operation reaches the user as it is.

    A server may try again in another format, or in smaller blocks: the device refuses that, too.
    """
    device = await server.registered()
    asked = OPERATIONS[operation]
    refusal = Refusal(device, asked.operation)
    for code in (*COMMON, *asked.more):
        device.forget()
        refusal.code = code_of(code)
        result = await asked.ask(server, device)
        await device.next(asked.operation, name=f"{operation}-{code}")
        result.expect(name=f"result-{code}", outcome="response", code=code)


@testcase(
    "SDM-ERR-02",
    verifies=["HLF-010", "HLF-036"],
    clause="RFC 7252 §5.5.2",
    applies="server & verb_read",
)
async def test_diagnostic_payload_is_no_value(server: Server) -> None:
    """The diagnostic text of a refusal is not taken for the value that was asked for."""
    device = await server.registered()
    device.answer_next(Read, Response(Code.NOT_FOUND, payload=b"no such Resource"), at="/3/0/1")
    result = await server.read(device, "/3/0/1")
    result.expect(code="4.04", value=None)


@testcase(
    "SDM-ERR-03",
    verifies=["HLF-010", "HLF-036"],
    clause="RFC 7252 §5.9",
    applies="server & verb_read",
)
@vary(code=["4.31", "5.31"])
async def test_unknown_error_code_is_an_error(server: Server, code: str) -> None:
    """A code of class 4 or 5 that nobody defined is an error: the user is told of no success."""
    device = await server.registered()
    device.answer_next(Read, code_of(code), at="/3/0/1")
    result = await server.read(device, "/3/0/1")
    result.expect(success=False)
