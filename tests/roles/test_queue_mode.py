"""A server's patience with a device in queue mode, over two endpoints on the loopback."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.coap.endpoint import Endpoint, Trace
from conformance.coap.message import Code, Message, Type
from conformance.roles.queue_mode import Presence, QueueMode
from conformance.sut.adapter import UnsupportedVerbError
from conformance.sut.ixit import Ixit
from conformance.transports.udp import UdpTransport
from conformance.verdicts import Inconclusive

IXIT = Ixit(awake_time=0.3, timing_tolerance=0.1, reaction_time=0.4)


@dataclass
class Sleeper:
    """An adapter whose device sends something when it is told to, if it knows the verb."""

    device: Endpoint
    server: Endpoint
    knows_update: bool = True
    asked: list[str] = field(default_factory=list)
    was_asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def trigger(self, verb: str, **_args: Any) -> None:
        self.asked.append(verb)
        self.was_asked.set()
        if not self.knows_update:
            raise UnsupportedVerbError(verb)
        await self.say()

    async def say(self) -> None:
        """Send something that the server hears."""
        heard = asyncio.Event()
        listener = self.server.on_message

        def watch(trace: Trace) -> None:
            if listener is not None:
                listener(trace)
            heard.set()

        self.server.on_message = watch
        self.device.send(self.server.local, Message(Type.NON, Code.GET, self.device.new_mid()))
        await heard.wait()
        self.server.on_message = listener


class Account(QueueMode):
    """As much of an account as queue mode needs."""

    def __init__(self, adapter: Sleeper, *, queue_mode: bool, lifetime: int) -> None:
        self.context = cast(Any, SimpleNamespace(ixit=IXIT, adapter=adapter))
        self.presence = Presence(adapter.server)
        self.current = cast(Any, SimpleNamespace(queue_mode=queue_mode, lifetime=lifetime))

    def check_alive(self) -> None:
        """It is."""


def play(scene: Callable[[Sleeper], Awaitable[None]]) -> None:
    async def run() -> None:
        device, server = Endpoint(await UdpTransport.open()), Endpoint(await UdpTransport.open())
        try:
            await scene(Sleeper(device, server))
        finally:
            await device.close()
            await server.close()

    asyncio.run(run())


def test_a_device_without_queue_mode_is_never_woken() -> None:
    async def scene(sleeper: Sleeper) -> None:
        await Account(sleeper, queue_mode=False, lifetime=1).awake()
        assert sleeper.asked == []

    play(scene)


def test_a_device_that_was_just_heard_is_not_woken() -> None:
    async def scene(sleeper: Sleeper) -> None:
        account = Account(sleeper, queue_mode=True, lifetime=1)
        await sleeper.say()
        await account.awake()
        assert sleeper.asked == []

    play(scene)


def test_a_device_that_sleeps_is_woken_by_the_adapter() -> None:
    async def scene(sleeper: Sleeper) -> None:
        account = Account(sleeper, queue_mode=True, lifetime=60)
        await account.awake()
        assert sleeper.asked == ["update"]
        assert account.presence.heard_at > 0

    play(scene)


def test_a_device_that_no_adapter_wakes_is_waited_for() -> None:
    async def scene(sleeper: Sleeper) -> None:
        sleeper.knows_update = False
        waiting = asyncio.create_task(Account(sleeper, queue_mode=True, lifetime=60).awake())
        await sleeper.was_asked.wait()
        assert not waiting.done()
        await sleeper.say()
        await waiting

    play(scene)


def test_a_device_that_does_not_wake_ends_the_case() -> None:
    async def scene(sleeper: Sleeper) -> None:
        sleeper.knows_update = False
        with pytest.raises(Inconclusive, match="sleeps and did not wake"):
            await Account(sleeper, queue_mode=True, lifetime=0).awake()

    play(scene)


def test_silence_lasts_for_the_awake_time_and_its_tolerance() -> None:
    async def scene(sleeper: Sleeper) -> None:
        account = Account(sleeper, queue_mode=True, lifetime=60)
        await sleeper.say()
        await account.asleep()
        assert account.presence.silence >= IXIT.awake_time + IXIT.timing_tolerance

    play(scene)
