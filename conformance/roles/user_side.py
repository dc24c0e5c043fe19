"""The user side of a server under test: what it is asked for, what it gives back, and what it tells."""

import asyncio
from collections.abc import Coroutine, Mapping
from functools import cached_property
from typing import Any, TypeVar

from conformance.formats import MalformedPayload
from conformance.formats.link import parse
from conformance.matching import ABSENT, plain
from conformance.roles.context import CaseContext
from conformance.roles.expectation import Judged, UnreadableError
from conformance.sut.adapter import UnsupportedVerbError, VerbFailedError, VerbUnansweredError
from conformance.verdicts import CaseRecord, Level, NotApplicable, Subject

Returned = TypeVar("Returned")

RESPONSE = "response"
PATIENCE = 20.0
"""Seconds after which a case waits for a verb no longer."""
BEYOND = "unsupported-"
"""Begins the errors of what the SUT offers no way to ask for: a format, a mode, a value."""


class Result(Judged):
    """What the SUT gave its user for a verb.

    `outcome` is ``response``, else the adapter's word for what went wrong: ``timeout``, ``reset``,
    ``invalid-response``, or ``unanswered`` where the verb never ended. Every other field is that of the
    result, absent where the result has none.
    """

    source = "live"

    def __init__(
        self, record: CaseRecord, verb: str, what: str, outcome: str, given: Mapping[str, Any]
    ) -> None:
        super().__init__(record, f"{verb}-result", f"result of {what}")
        self.outcome = outcome
        self.given = given

    @property
    def frame(self) -> None:
        return None

    @property
    def code(self) -> str | None:
        """The response code of the device as the SUT tells it, ``2.05``."""
        code = self.given.get("code")
        return code if isinstance(code, str) else None

    @property
    def success(self) -> bool:
        """Whether the user was told of a response of class 2."""
        return self.outcome == RESPONSE and (self.code or "").startswith("2.")

    def field(self, name: str) -> object:
        if name == "outcome":
            return self.outcome
        if name == "success":
            return self.success
        if self.outcome != RESPONSE:
            detail = self.given.get("detail")
            raise UnreadableError(f"no response: {self.outcome}" + (f" ({detail})" if detail else ""))
        return list(self.links) if name == "targets" else self.given.get(name)

    @cached_property
    def links(self) -> dict[str, dict[str, str | None]]:
        """The attributes by target of a Discover; `expect` knows the targets as ``targets``.

        Raises:
            UnreadableError: what the user was given is no link-format (RFC 6690 §2).
        """
        try:
            links = parse(str(self.given.get("links", "")).encode(), spaced=True)
        except MalformedPayload as problem:
            raise UnreadableError(f"malformed link-format: {problem}") from None
        return {link.target: {name: value for name, value, *_ in link.attributes} for link in links}

    def attributes(self, target: str) -> dict[str, str | None]:
        """The attributes of the link with this target; empty when there is no such link."""
        return self.links.get(target, {})


class Told(Judged):
    """An event of the SUT; its fields are those of the event."""

    source = "live"

    def __init__(self, record: CaseRecord, event: Mapping[str, Any]) -> None:
        super().__init__(record, f"event-{event['event']}", f"event {event['event']}")
        self.given = event

    @property
    def frame(self) -> None:
        return None

    def field(self, name: str) -> object:
        return self.given.get(name)

    def shows(self, *, name: str | None = None, **fields: Any) -> None:
        """Expect what the event tells; a field that the SUT does not tell its user is tolerated.

        Raises:
            CheckFailed: it tells something else.
        """
        self.expect(name=name, tolerated=dict.fromkeys(fields, ABSENT), **fields)


class UserSide:
    """The SUT's verbs and events.

    A verb without a result after `patience` seconds is ``unanswered``; a case that waits for a device to be
    given up sets it higher.
    """

    def __init__(self, context: CaseContext) -> None:
        self.context = context
        self.patience = PATIENCE
        self._kept: list[dict[str, Any]] = []
        self._awaited: list[dict[str, Any]] = []
        self._begun: list[asyncio.Task[Any]] = []

    async def verb(self, verb: str, what: str = "", **arguments: object) -> Result:
        """Ask the SUT for something and wait for its result; nothing is judged.

        Raises:
            NotApplicable: the adapter does not offer the verb, or not with these arguments.
        """
        given = {name: plain(value) for name, value in arguments.items() if value is not None}
        outcome, result = RESPONSE, {}
        try:
            async with asyncio.timeout(self.patience):
                result = await self.context.adapter.trigger(verb, **given)
        except UnsupportedVerbError:
            raise NotApplicable(f"the adapter does not offer the verb {verb!r}") from None
        except VerbFailedError as failed:
            if failed.error.startswith(BEYOND):
                raise NotApplicable(f"the verb {verb!r}: {failed.detail or failed.error}") from None
            outcome, result = failed.error, {"detail": failed.detail}
        except VerbUnansweredError as failed:
            outcome, result = "unanswered", {"detail": str(failed)}
        except TimeoutError:
            outcome, result = "unanswered", {"detail": f"no result within {self.patience:.0f} s"}
        return Result(self.context.record, verb, what or verb, outcome, result)

    def begin(self, call: Coroutine[Any, Any, Returned]) -> "asyncio.Task[Returned]":
        """Let a verb run while the case goes on: ``result = server.begin(server.read(…))``, then await it."""
        task = asyncio.ensure_future(call)
        self._begun.append(task)
        return task

    async def close(self) -> None:
        """End verbs that the case left running."""
        for task in self._begun:
            task.cancel()
        await asyncio.gather(*self._begun, return_exceptions=True)

    async def hears(self, name: str, endpoint: str, within: float) -> dict[str, Any] | None:
        """The next event of this name about an endpoint, or None after `within` seconds."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        while True:
            for event in self._kept:
                if event["event"] == name and event.get("endpoint") == endpoint:
                    self._kept.remove(event)
                    return event
            found = await self.context.adapter.next_event(name, max(0.0, deadline - loop.time()))
            if found is None:
                return None
            self._kept.append(found)

    def heard(self, name: str, endpoint: str) -> bool:
        """Whether an event came that the case has not looked at yet."""
        return any(event["event"] == name and event.get("endpoint") == endpoint for event in self._kept)

    async def awaits(self, name: str, endpoint: str, within: float) -> None:
        """Wait for an event, and leave it for the case to expect; one that was waited for before is stale."""
        for waited in [each for each in self._awaited if each["event"] == name]:
            if waited.get("endpoint") == endpoint and waited in self._kept:
                self._kept.remove(waited)
        event = await self.hears(name, endpoint, within)
        if event is not None:
            self._kept.append(event)
            self._awaited.append(event)

    async def event(
        self, name: str, endpoint: str, within: float | None = None, *, check: str | None = None
    ) -> Told:
        """Expect the SUT to tell its user this event; records the check ``event-<name>.received``.

        Raises:
            CheckFailed: it did not within the limit (seconds, default the reaction time).
        """
        seconds = within or self.context.ixit.reaction_time
        found = await self.hears(name, endpoint, seconds)
        self.context.record.judge(
            f"{check or f'event-{name}'}.received",
            name,
            found and name,
            what="event",
            actual=f"event {name}" if found else f"no event {name} about {endpoint}",
            subject=Subject("event"),
            source="live",
            limit=seconds,
        )
        return Told(self.context.record, found or {"event": name})

    async def no_event(
        self,
        name: str,
        endpoint: str,
        during: float | None = None,
        *,
        check: str | None = None,
        level: Level = Level.MUST,
    ) -> None:
        """Expect that the SUT does not tell this event for some seconds (default the quiet time); records
        ``event-<name>.absent``.

        Raises:
            CheckFailed: it did.
        """
        seconds = during or self.context.ixit.quiet_time
        found = await self.hears(name, endpoint, seconds)
        self.context.record.judge(
            f"{check or f'event-{name}'}.absent",
            None,
            found,
            what=f"no event {name} for {seconds:.1f} s, not",
            level=level,
            subject=Subject("event"),
            source="live",
        )

    def check_alive(self) -> None:
        """Judge that the SUT still runs, when it seems not to.

        Raises:
            CheckFailed: it exited.
        """
        self.context.check_alive()
