"""JSON lines between the suite and a SUT: requests with ids, their answers, and events."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from conformance.sut.adapter import (
    CONTRACT,
    EVENT_TEXT_KEPT,
    EVENTS_KEPT,
    AdapterError,
    Ready,
    SutExitedError,
    UnsupportedVerbError,
    VerbFailedError,
    VerbUnansweredError,
)

_SHOWN: Final = 120


class Control:
    """The suite's end of one conversation, without input or output of its own.

    ``send`` takes one line. A line from the SUT that is no JSON object is left to the log; one that begins
    like one and breaks the contract ends the conversation with an AdapterError for whoever waits.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._next_id = 1
        self._waiting: dict[int, tuple[str, asyncio.Future[dict[str, Any]]]] = {}
        self._given_up: deque[int] = deque(maxlen=64)
        self._untaken: deque[dict[str, Any]] = deque()
        self._sizes: list[int] = []
        self._changed = asyncio.Event()
        self._end: AdapterError | SutExitedError | None = None
        self.events: list[dict[str, Any]] = []
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()

    def line(self, text: str) -> bool:
        """Take one line of the SUT; False when it is not for us."""
        if not text.lstrip().startswith("{"):
            return False
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            self.broken(f"a line that is not JSON: {_cut(text)}")
            return True
        if "event" in message:
            self._event(message, text)
        elif "id" in message:
            self._answer(message, text)
        else:
            self.broken(f'a line with neither "event" nor "id": {_cut(text)}')
        return True

    def broken(self, what: str) -> None:
        """The contract was broken: fail whoever waits, now and later."""
        self.over(AdapterError(f"the adapter broke the contract: it sent {what}"))

    def over(self, error: AdapterError | SutExitedError) -> None:
        """No more answers will come."""
        if self._end is None:
            self._end = error
        waiting: list[asyncio.Future[Any]] = [self.ready, *(future for _, future in self._waiting.values())]
        for future in waiting:
            if not future.done():
                future.set_exception(error)
                future.exception()  # perhaps nobody waits for it
        self._changed.set()

    async def ask(self, verb: str, args: dict[str, Any], limit: float) -> dict[str, Any]:
        """One verb and its result; raises what ``Adapter.trigger`` raises."""
        if self._end is not None:
            raise self._end
        number = self._next_id
        self._next_id += 1
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (verb, future)
        self._send(json.dumps({"id": number, "verb": verb, "args": args}))
        try:
            return await asyncio.wait_for(future, limit)
        except TimeoutError:
            if future.done() and not future.cancelled():
                return future.result()
            raise VerbUnansweredError(f"the verb {verb!r} got no answer within {limit:g} s") from None
        except asyncio.CancelledError:
            self._given_up.append(number)
            raise
        finally:
            if not future.done() or future.cancelled():
                self._given_up.append(number)
            self._waiting.pop(number, None)

    async def next_event(self, name: str, limit: float) -> dict[str, Any] | None:
        """See ``Adapter.next_event``; raises AdapterError when the contract was broken."""
        try:
            async with asyncio.timeout(limit):
                while True:
                    for event in self._untaken:
                        if event["event"] == name:
                            self._untaken.remove(event)
                            return event
                    if isinstance(self._end, AdapterError):
                        raise self._end
                    if self._end is not None:
                        return None
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return None

    def forget_events(self) -> None:
        """What was not taken belongs to an earlier life."""
        self._untaken.clear()

    def _event(self, message: dict[str, Any], text: str) -> None:
        if not isinstance(message["event"], str):
            self.broken(f"an event whose name is no text: {_cut(text)}")
            return
        if message["event"] == "ready" and not self.ready.done():
            self._become_ready(message, text)
        self._keep(message, len(text))
        self._changed.set()

    def _keep(self, event: dict[str, Any], size: int) -> None:
        """Keep the newest events; what goes here goes for whoever waits as well."""
        self.events.append(event)
        self._untaken.append(event)
        self._sizes.append(size)
        while len(self.events) > EVENTS_KEPT or (sum(self._sizes) > EVENT_TEXT_KEPT and len(self.events) > 1):
            del self._sizes[0]
            oldest = self.events.pop(0)
            if self._untaken and self._untaken[0] is oldest:
                self._untaken.popleft()

    def _become_ready(self, message: dict[str, Any], text: str) -> None:
        contract, verbs = message.get("contract"), message.get("verbs", [])
        uris = message.get("uris", {})
        if contract != CONTRACT or isinstance(contract, bool):
            self.broken(f'"contract": {contract!r} in the ready event, expected {CONTRACT}')
        elif not isinstance(verbs, list) or not all(isinstance(verb, str) for verb in verbs):
            self.broken(f'a ready event whose "verbs" is no list of strings: {_cut(text)}')
        elif not isinstance(uris, dict) or not all(isinstance(uri, str) for uri in uris.values()):
            self.broken(f'a ready event whose "uris" is no table of strings: {_cut(text)}')
        else:
            self.ready.set_result(Ready(CONTRACT, frozenset(verbs), uris))

    def _answer(self, message: dict[str, Any], text: str) -> None:
        number = message["id"]
        verb, future = self._waiting.get(number, ("", None)) if type(number) is int else ("", None)
        if future is None:
            if number not in self._given_up:
                self.broken(f"an answer to a request that was never made: {_cut(text)}")
            return
        if future.cancelled():
            return
        if future.done():
            self.broken(f"a second answer to one request: {_cut(text)}")
        elif isinstance(message.get("result"), dict):
            future.set_result(message["result"])
        elif "unsupported" in message:
            future.set_exception(UnsupportedVerbError(verb))
        elif isinstance(message.get("error"), str):
            future.set_exception(VerbFailedError(verb, message["error"], str(message.get("detail", ""))))
        else:
            self.broken(f'an answer with no "result" table, "unsupported" or "error" text: {_cut(text)}')


def _cut(text: str) -> str:
    text = text.strip()
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
