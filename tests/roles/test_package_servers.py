"""The tester as the place from which packages are fetched: over CoAP with pauses, over HTTP with faults."""

import asyncio
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from http.client import IncompleteRead

import pytest

from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint
from conformance.coap.options import Option, OptionNumber
from conformance.roles.http_package_server import closed_port, http_package_server
from conformance.roles.package_server import PackageServer
from conformance.roles.tester_server import TesterServer
from conformance.transports.udp import UdpTransport
from conformance.verdicts import CaseRecord, NotApplicable

PACKAGE = bytes(range(100))


def play(scene: Callable[[PackageServer, Endpoint], Awaitable[None]], package: bytes = PACKAGE) -> None:
    async def run() -> None:
        tester, device = Endpoint(await UdpTransport.open()), Endpoint(await UdpTransport.open())
        try:
            await scene(PackageServer(TesterServer(tester, {}), {"package": package}), device)
        finally:
            for one in (tester, device):
                await one.close()

    asyncio.run(run())


async def block(server: PackageServer, device: Endpoint, number: int, limit: float = 2.0) -> Block | None:
    port = int(server.uri("").rpartition(":")[2].strip("/"))
    exchange = await device.request(
        ("127.0.0.1", port),
        Code.GET,
        path=("package",),
        options=(Option.uint(OptionNumber.BLOCK2, Block(number, False, 1).uint),),
        blockwise=False,
        limit=limit,
    )
    return exchange.response.message.block2 if exchange.response else None


def test_a_paused_download_goes_on_when_it_may() -> None:
    async def scene(server: PackageServer, device: Endpoint) -> None:
        server.pause_after(1)
        assert await block(server, device, 0) == Block(0, True, 1)
        waiting = asyncio.create_task(block(server, device, 1))
        await asyncio.wait_for(server.paused.wait(), 2)
        assert not waiting.done()
        server.go_on()
        assert await waiting == Block(1, True, 1)
        assert await block(server, device, 3) == Block(3, False, 1)
        assert server.asked == {"package": 2}

    play(scene)


def test_a_package_too_short_to_be_cut_makes_a_case_not_applicable() -> None:
    async def scene(server: PackageServer, device: Endpoint) -> None:
        with pytest.raises(NotApplicable, match="fewer than 3 blocks"):
            server.pause_after(1)

    play(scene, bytes(32))


def fetch(
    target: str = "package", *, declared: int | None = None, sent: int | None = None
) -> tuple[bytes, list[str]]:
    record = CaseRecord((), "")

    async def run() -> bytes:
        async with http_package_server(record, "127.0.0.1", PACKAGE, declared=declared, sent=sent) as server:

            def get() -> bytes:
                with urllib.request.urlopen(server.uri(target), timeout=5) as response:
                    return bytes(response.read())

            return await asyncio.to_thread(get)

    return asyncio.run(run()), [observation.text for observation in record.observations]


def test_a_package_comes_over_http_and_leaves_a_note() -> None:
    body, notes = fetch()
    assert body == PACKAGE
    assert notes == ["HTTP: GET /package HTTP/1.1 → 200, Content-Length 100, 100 B sent"]


def test_another_target_is_not_found() -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch("other")


def test_a_body_can_be_cut_or_shorter_than_it_says() -> None:
    with pytest.raises(IncompleteRead):
        fetch(sent=40)
    with pytest.raises(IncompleteRead):
        fetch(declared=107)
    assert fetch(declared=93, sent=93)[0] == PACKAGE[:93]


def test_nobody_listens_at_a_closed_port() -> None:
    async def run() -> None:
        with closed_port("127.0.0.1") as port, pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)

    asyncio.run(run())
