"""The tester as the CoAP server from which a device fetches a package."""

import asyncio
from collections.abc import Mapping

from conformance.coap.block import Block
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat
from conformance.roles.tester_server import TesterServer
from conformance.verdicts import NotApplicable

BLOCKS_WHEN_PAUSED = 3
"""A download that is paused has at least so many blocks."""


class PackageServer:
    """Serves packages by name on the endpoint of the tester server, beside the registration interface.

    A name that it does not know is answered 4.04. `asked` counts the requests by name; `paused` is set while
    a request waits for `go_on`.
    """

    def __init__(self, server: TesterServer, packages: Mapping[str, bytes]) -> None:
        self.packages = dict(packages)
        self.asked: dict[str, int] = {}
        self.paused = asyncio.Event()
        self._left: int | None = None
        self._go = asyncio.Event()
        self._endpoint = server.endpoint
        self._rest = server.endpoint.handler
        server.endpoint.handler = self._handle

    def uri(self, name: str) -> str:
        """The coap URI of a package."""
        host, port = self._endpoint.local
        return f"coap://[{host}]:{port}/{name}" if ":" in host else f"coap://{host}:{port}/{name}"

    def pause_after(self, blocks: int) -> None:
        """Serve so many blocks, then say nothing more until `go_on`.

        Raises:
            NotApplicable: a package is too short to be cut.
        """
        shortest = min(map(len, self.packages.values()))
        if shortest <= (BLOCKS_WHEN_PAUSED - 1) * Block(0, False, 0).size:
            raise NotApplicable(f"a package of {shortest} B has fewer than {BLOCKS_WHEN_PAUSED} blocks")
        self._left = blocks

    def go_on(self) -> None:
        """Serve again, whatever waits included."""
        self._left = None
        self._go.set()

    async def _handle(self, incoming: Incoming) -> Response | None:
        if incoming.message.code != Code.GET:
            return await self._rest(incoming) if self._rest else Response(Code.METHOD_NOT_ALLOWED)
        name = "/".join(incoming.message.uri_path)
        self.asked[name] = self.asked.get(name, 0) + 1
        package = self.packages.get(name)
        if package is None:
            return Response(Code.NOT_FOUND)
        if self._left == 0:
            self.paused.set()
            await self._go.wait()
        if self._left is None:
            return Response(Code.CONTENT, payload=package, content_format=ContentFormat.OPAQUE)
        self._left -= 1
        return block_of(package, incoming.message.block2)


def block_of(package: bytes, asked: Block | None) -> Response:
    """The block that was asked for, so small that a download takes several."""
    largest = next(
        szx for szx in range(6, -1, -1) if len(package) > (BLOCKS_WHEN_PAUSED - 1) * Block(0, False, szx).size
    )
    wanted = asked or Block(0, False, largest)
    szx = min(wanted.szx, largest)
    number = wanted.offset // Block(0, False, szx).size
    start, end = number * Block(0, False, szx).size, (number + 1) * Block(0, False, szx).size
    if start >= len(package):
        return Response(Code.BAD_REQUEST)
    block2 = Option.uint(OptionNumber.BLOCK2, Block(number, end < len(package), szx).uint)
    return Response(Code.CONTENT, (block2,), package[start:end], ContentFormat.OPAQUE)
