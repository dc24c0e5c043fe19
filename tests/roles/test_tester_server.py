"""The tester as LwM2M server, spoken to by an endpoint that plays the device."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint, Exchange
from conformance.messages import Deregister, Register, Send, Unknown, Update
from conformance.roles import Arrival, TesterServer
from conformance.roles.expectation import UnreadableError
from conformance.roles.inbox import MAX_BACKLOG
from conformance.roles.tester_server import MAX_REGISTRATIONS, Registration
from conformance.transports.udp import UdpTransport
from conformance.verdicts import CaseRecord

LINKS = b"</1/0>,</3/0>"


class Scene:
    """A tester server, and as many devices as a test wants."""

    def __init__(self, server: TesterServer) -> None:
        self.server = server
        self.opened: list[Endpoint] = []

    async def device(self) -> Endpoint:
        self.opened.append(Endpoint(await UdpTransport.open()))
        return self.opened[-1]

    async def ask(
        self,
        device: Endpoint,
        code: Code,
        *path: str,
        query: tuple[str, ...] = (),
        payload: bytes = b"",
        limit: float = 2.0,
    ) -> Exchange:
        return await device.request(
            self.server.endpoint.local, code, path=path, query=query, payload=payload, limit=limit
        )

    async def register(self, device: Endpoint, name: str = "dev", *query: str) -> tuple[str, ...]:
        exchange = await self.ask(device, Code.POST, "rd", query=(f"ep={name}", *query), payload=LINKS)
        assert exchange.response is not None
        assert exchange.response.message.code == Code.CREATED
        return exchange.response.message.location_path


def play(scene: Callable[[Scene], Awaitable[None]]) -> None:
    async def run() -> None:
        endpoint = Endpoint(await UdpTransport.open())
        registrations: dict[tuple[str, ...], Registration] = {}
        stage = Scene(TesterServer(endpoint, registrations))
        try:
            await scene(stage)
        finally:
            for one in (endpoint, *stage.opened):
                await one.close()

    asyncio.run(run())


def code_of(exchange: Exchange) -> Code | None:
    return exchange.response.message.code if exchange.response else None


def test_a_registration_from_its_birth_to_its_end() -> None:
    async def scene(stage: Scene) -> None:
        device = await stage.device()
        location = await stage.register(device, "dev", "lt=60", "b=U", "lwm2m=1.1")
        known = stage.server.registrations[location]
        assert (known.endpoint, known.lifetime, known.binding, known.version) == ("dev", 60, "U", "1.1")
        assert known.objects == ("/1/0", "/3/0")
        assert known.remote == device.local
        update = await stage.ask(device, Code.POST, *location, query=("lt=120",))
        assert code_of(update) == Code.CHANGED
        assert (known.lifetime, known.binding) == (120, "U")
        assert code_of(await stage.ask(device, Code.DELETE, *location)) == Code.DELETED
        assert stage.server.registrations == {}

    play(scene)


def test_an_unknown_location_is_answered_not_found() -> None:
    async def scene(stage: Scene) -> None:
        device = await stage.device()
        location = await stage.register(device)
        for code in (Code.POST, Code.DELETE):
            assert code_of(await stage.ask(device, code, "rd", "nobody")) == Code.NOT_FOUND
        await stage.ask(device, Code.DELETE, *location)
        assert code_of(await stage.ask(device, Code.POST, *location)) == Code.NOT_FOUND
        assert code_of(await stage.ask(device, Code.GET, "elsewhere")) == Code.NOT_FOUND
        kinds = [type((await stage.server.next((object,), 0.5) or (None,))[0]) for _ in range(5)]
        assert kinds == [Register, Update, Deregister, Deregister, Update]
        assert isinstance((await stage.server.next((Unknown,), 0.5) or (None,))[0], Unknown)

    play(scene)


def test_the_address_follows_the_last_registration_message() -> None:
    async def scene(stage: Scene) -> None:
        before, after = await stage.device(), await stage.device()
        location = await stage.register(before)
        assert code_of(await stage.ask(after, Code.POST, *location)) == Code.CHANGED
        assert stage.server.registrations[location].remote == after.local

    play(scene)


def test_a_name_that_registers_again_gets_a_new_location() -> None:
    async def scene(stage: Scene) -> None:
        device = await stage.device()
        first = await stage.register(device)
        second = await stage.register(device)
        assert first != second
        assert list(stage.server.registrations) == [second]
        other = await stage.register(await stage.device(), "other")
        assert set(stage.server.registrations) == {second, other}

    play(scene)


def test_scripts_answer_once_and_in_order() -> None:
    async def scene(stage: Scene) -> None:
        device = await stage.device()
        stage.server.answer_next(Register, Code.BAD_REQUEST)
        stage.server.answer_next(Register, Code.FORBIDDEN)
        stage.server.ignore_next(Send)
        refused = [await stage.ask(device, Code.POST, "rd", query=("ep=a",)) for _ in range(2)]
        assert [code_of(one) for one in refused] == [Code.BAD_REQUEST, Code.FORBIDDEN]
        assert stage.server.registrations == {}
        await stage.register(device, "a")
        assert (await stage.ask(device, Code.POST, "dp", limit=0.2)).response is None
        assert code_of(await stage.ask(device, Code.POST, "dp")) == Code.CHANGED

    play(scene)


def test_waiting_takes_what_was_asked_for_and_ends_in_time() -> None:
    async def scene(stage: Scene) -> None:
        device = await stage.device()
        assert await stage.server.next((Register,), 0.05) is None
        location = await stage.register(device)
        await stage.ask(device, Code.POST, *location)
        update = await stage.server.next((Update,), 0.5)
        register = await stage.server.next((Register,), 0.5)
        assert update is not None
        assert register is not None
        assert isinstance(update[0], Update)
        assert await stage.server.next((Register, Update), 0.05) is None

    play(scene)


def test_a_flood_of_names_is_bounded() -> None:
    async def scene(stage: Scene) -> None:
        device = await stage.device()
        for number in range(MAX_REGISTRATIONS + 5):
            await stage.register(device, f"dev-{number}")
        assert len(stage.server.registrations) == MAX_REGISTRATIONS
        assert next(reversed(stage.server.registrations.values())).endpoint == f"dev-{number}"
        assert MAX_BACKLOG >= MAX_REGISTRATIONS

    play(scene)


def test_an_arrival_shows_the_fields_of_its_operation() -> None:
    async def scene(stage: Scene) -> None:
        device = await stage.device()
        await stage.ask(device, Code.POST, "rd", query=("ep=a", "lt=60"), payload=b"</1/0>,<broken")
        found = await stage.server.next((Register,), 0.5)
        assert found is not None
        assert isinstance(found[0], Register)
        arrival = Arrival(CaseRecord(("HLF-001",), "c"), found[0], found[1])
        arrival.expect(endpoint="a", lifetime=60, confirmable=True)
        assert arrival.frame == found[1].frame
        for name in ("objects", "links", "root", "formats", "versions"):
            with pytest.raises(UnreadableError, match="malformed link-format"):
                arrival.field(name)
        assert arrival.field("links_malformed")

    play(scene)
