"""Who waits for something finds it as soon as it is there, and gives up when the time is over."""

import asyncio
import time

from conformance.waiting import Bell


def test_what_is_there_is_found_at_once() -> None:
    async def scenario() -> None:
        assert await Bell().first(lambda: "here", 0) == "here"

    asyncio.run(scenario())


def test_each_ring_lets_everybody_look_again() -> None:
    async def scenario() -> None:
        bell, things = Bell(), list[str]()

        def bring(thing: str) -> None:
            things.append(thing)
            bell.ring()

        def looking(thing: str) -> asyncio.Task[str | None]:
            return asyncio.create_task(bell.first(lambda: thing if thing in things else None, 10))

        later, sooner = looking("b"), looking("a")
        await asyncio.sleep(0)
        bring("a")
        assert await sooner == "a"
        assert not later.done()
        bring("b")
        assert await later == "b"

    asyncio.run(scenario())


def test_the_time_is_over_when_nothing_comes() -> None:
    async def scenario() -> None:
        bell, before = Bell(), time.monotonic()
        asyncio.get_running_loop().call_later(0.05, bell.ring)
        nothing: list[str] = []
        assert await bell.first(lambda: next(iter(nothing), None), 0.2) is None
        assert time.monotonic() - before >= 0.19

    asyncio.run(scenario())
