"""Adapter for a SUT with an HTTP API of its own: verbs become requests by templates in the profile."""

import asyncio
import json
import re
from collections import deque
from typing import Any

from conformance.sut.adapter import (
    CONTRACT,
    EVENTS_KEPT,
    AdapterError,
    Launch,
    Ready,
    Stopped,
    SutExitedError,
    SutNotStartedError,
    UnsupportedVerbError,
    VerbFailedError,
    VerbUnansweredError,
)
from conformance.sut.command import CommandAdapter
from conformance.sut.process import SutProcess
from conformance.sut.profile import Profile
from conformance.sut.rest_templates import AnswerError, Rest, TemplateError
from conformance.sut.web import EventStream, WebAnswer, WebError, ask


class RestAdapter(CommandAdapter):
    """Starts a program as the command adapter does, learns its addresses from what it prints, speaks HTTP."""

    def __init__(self, profile: Profile, rest: Rest) -> None:
        super().__init__(profile)
        self._rest = rest
        self._printed_uris: dict[str, str] = {}
        self._news = asyncio.Event()
        self._stream: EventStream | None = None
        self._listening: asyncio.Task[None] | None = None
        self._untaken: deque[dict[str, Any]] = deque(maxlen=EVENTS_KEPT)

    async def start(self, launch: Launch) -> Ready:
        self._printed_uris.clear()
        self._untaken.clear()
        self.events.clear()
        return await super().start(launch)

    async def _until_ready(self, process: SutProcess) -> Ready:
        try:
            async with asyncio.timeout(self.profile.adapter.ready_time):
                while not self._awaited <= self._printed_uris.keys():
                    if process.exited.done():
                        reason = f"{process.exited.result()} before it was ready"
                        raise SutNotStartedError(reason, self.log.tail())
                    await self._change()
                if self._rest.events_path is not None:
                    self._stream = await EventStream.open(self._printed_uris["http"], self._rest.events_path)
                    self._listening = asyncio.create_task(self._listen(self._stream))
        except TimeoutError:
            missing = ", ".join(sorted(self._awaited - self._printed_uris.keys())) or "a stream of events"
            limit = self.profile.adapter.ready_time
            reason = f"it did not show {missing} (adapter.rest) within {limit:g} s (adapter.ready_time)"
            raise SutNotStartedError(reason, self.log.tail()) from None
        except WebError as error:
            raise SutNotStartedError(str(error), self.log.tail()) from None
        uris = {scheme: uri for scheme, uri in self._printed_uris.items() if scheme != "http"}
        return Ready(CONTRACT, frozenset(self._rest.verbs), uris)

    @property
    def _awaited(self) -> set[str]:
        """What the SUT prints where it listens for."""
        return {"coap", "http"} | ({"coaps"} if self._rest.coaps else set())

    async def trigger(self, verb: str, **args: Any) -> dict[str, Any]:
        if self._process is None:
            raise SutExitedError(self._stopped.status)
        if verb not in self._rest.verbs:
            raise UnsupportedVerbError(verb)
        try:
            target, body = self._rest.request(verb, args)
        except TemplateError as error:
            raise VerbFailedError(verb, "unsupported-argument", str(error)) from None
        answer = await self._ask(verb, target, body)
        found = self._rest.error(answer.text) if answer.status >= 400 else None
        if answer.status >= 400:
            raise VerbFailedError(verb, found or f"http-{answer.status}", answer.text[:200])
        try:
            result = self._rest.result(verb, answer.json)
        except AnswerError as error:
            raise AdapterError(f"the verb {verb!r} was answered in {error}: {answer.text[:200]}") from None
        if not result and self._rest.verbs[verb].result:
            word = self._rest.error(answer.text)
            if word is None:
                raise AdapterError(f"adapter.rest.verbs.{verb}.result finds nothing in: {answer.text[:200]}")
            raise VerbFailedError(verb, word, answer.text[:200])
        return result

    async def _ask(self, verb: str, target: str, body: str) -> WebAnswer:
        template = self._rest.verbs[verb]
        self.log.line(f"> {template.method} {target} {body}".rstrip())
        request = ask(self._printed_uris["http"], template.method, target, body, template.content_type)
        limit = self.profile.adapter.verb_time
        try:
            answer = await asyncio.wait_for(request, limit)
        except TimeoutError:
            raise VerbUnansweredError(f"the verb {verb!r} got no answer within {limit:g} s") from None
        except WebError as error:
            if self.exited.done():
                raise SutExitedError(self.exited.result()) from None
            raise AdapterError(f"the verb {verb!r}: {error}") from None
        self.log.line(f"< {answer.status} {answer.text}".rstrip())
        return answer

    async def next_event(self, name: str, limit: float) -> dict[str, Any] | None:
        try:
            async with asyncio.timeout(limit):
                while True:
                    for event in self._untaken:
                        if event["event"] == name:
                            self._untaken.remove(event)
                            return event
                    if self.exited.done():
                        return None
                    await self._change()
        except TimeoutError:
            return None

    async def _listen(self, stream: EventStream) -> None:
        try:
            async for name, data in stream:
                self._take_event(name, data)
        except OSError as error:
            self.log.line(f"the stream of events broke: {error}")

    def _take_event(self, name: str, data: str) -> None:
        try:
            event = self._rest.event(name, json.loads(data))
        except (ValueError, RecursionError):
            event = None
        if event is not None:
            self.log.line(f"< {json.dumps(event)}")
            self.events.append(event)
            del self.events[:-EVENTS_KEPT]
            self._untaken.append(event)
            self._news.set()

    async def _change(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _line(self, text: str) -> None:
        super()._line(text)
        rest = self._rest
        for name, pattern in (("coap", rest.coap), ("coaps", rest.coaps), ("http", rest.http)):
            found = re.search(pattern, text) if pattern else None
            if found and name not in self._printed_uris:
                self._printed_uris[name] = found.group(1)
                self._news.set()

    def _ended(self, exited: "asyncio.Future[str]") -> None:
        super()._ended(exited)
        self._news.set()

    async def _end(self, process: SutProcess, grace: float) -> Stopped:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        return await super()._end(process, grace)
