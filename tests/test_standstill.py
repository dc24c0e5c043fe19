"""A tester that stood still, and a date that was set, are noticed; what failed meanwhile is not held against
the SUT."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from conformance import clock, standstill
from conformance.coap.backlog import Backlog
from conformance.coap.exchange import Received
from conformance.coap.message import Code, Message, Type
from conformance.execution import Result
from conformance.standstill import BEAT, STANDSTILL, Standstill
from conformance.transports import UdpTransport
from conformance.verdicts import CaseRecord, Verdict


class Clocks:
    """Both clocks of the harness, as a test moves them."""

    def __init__(self) -> None:
        self.passed, self.date = 1000.0, 1_700_000_000.0

    def go_on(self, passed: float, date: float | None = None) -> None:
        self.passed += passed
        self.date += passed if date is None else date


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clocks]:
    found = Clocks()
    before = clock.use(lambda: found.passed)
    monkeypatch.setattr(clock, "utc", lambda: datetime.fromtimestamp(found.date, UTC))
    monkeypatch.setattr(standstill, "BEAT", 0.001)
    yield found
    clock.use(before)


def seen(clocks: Clocks, *steps: tuple[float, float | None]) -> str:
    async def run() -> str:
        watch = Standstill()
        watch.begin()
        for passed, date in steps:
            clocks.go_on(passed, date)
            await asyncio.sleep(0.003)
        return watch.end()

    return asyncio.run(run())


def test_time_that_passes_evenly_is_nothing(clocks: Clocks) -> None:
    assert seen(clocks, *[(BEAT + STANDSTILL / 2, None)] * 4) == ""


def test_a_suspended_tester_is_noticed(clocks: Clocks) -> None:
    told = seen(clocks, (0.2, None), (40.0, None), (0.2, None))
    assert told.startswith("the tester stood still for 40.0 s")


def test_also_when_it_wakes_at_the_end(clocks: Clocks) -> None:
    async def run() -> str:
        watch = Standstill()
        watch.begin()
        clocks.go_on(40.0)
        return watch.end()

    assert "stood still for 40.0 s" in asyncio.run(run())


@pytest.mark.parametrize(("by", "told"), [(3600.0, "by +3600.0 s"), (-90.0, "by -90.0 s")])
def test_a_date_that_was_set_is_noticed(clocks: Clocks, by: float, told: str) -> None:
    assert seen(clocks, (0.2, None), (0.2, by + 0.2)).endswith(told)


def test_what_failed_meanwhile_is_inconclusive_and_a_pass_stays_one() -> None:
    failed = Result(Verdict.FAIL, "no Update", 1.0, CaseRecord((), "")).unless("the tester stood still")
    assert (failed.verdict, failed.flaky) == (Verdict.INCONCLUSIVE, True)
    assert failed.reason == "the tester stood still, which may be why: no Update"
    passed = Result(Verdict.PASS, "", 1.0, CaseRecord((), "")).unless("the tester stood still")
    assert passed.verdict is Verdict.PASS
    assert passed.record.observations[0].text == "the tester stood still"
    assert Result(Verdict.FAIL, "no Update", 1.0, CaseRecord((), "")).unless("").verdict is Verdict.FAIL


def test_a_message_that_comes_in_the_turn_in_which_its_wait_ends_is_not_lost() -> None:
    async def run() -> None:
        backlog, here = Backlog(), ("127.0.0.1", 1)
        message = Message(Type.CON, Code.GET, 1, b"")
        waiting = asyncio.create_task(backlog.next(lambda received: True, 0.01))
        await asyncio.sleep(0)
        time.sleep(0.02)  # noqa: ASYNC251 - both become due while the loop stands still
        asyncio.get_running_loop().call_soon(backlog.offer, Received(message, here, here, 1, 0.0, b""))
        received = await waiting
        assert received is not None
        assert received.message is message

    asyncio.run(run())


def test_a_date_that_is_set_does_not_falsify_when_a_datagram_came(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> list[float]:
        one, other = await UdpTransport.open(), await UdpTransport.open()
        came: asyncio.Queue[float] = asyncio.Queue()
        one.receiver = lambda data, remote, frame, at: came.put_nowait(at)
        real = time.time
        other.send(b"before", one.local)
        other.send(b"before as well", one.local)
        monkeypatch.setattr(time, "time", lambda: real() + 30)
        found = [await asyncio.wait_for(came.get(), 5) for _ in range(2)]
        one.close()
        other.close()
        return found

    before = time.monotonic()
    assert all(before <= at <= time.monotonic() for at in asyncio.run(run()))
