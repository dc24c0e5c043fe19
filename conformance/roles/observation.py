"""What a device tells of its own accord after Observe: the observation as a case sees it, its notifications,
and the number that a case makes change."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from conformance.bindings.coap_datagrams import CoapRequest, request_of
from conformance.coap import observation as coap
from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint
from conformance.coap.exchange import Exchange, Received
from conformance.coap.message import Message, Type
from conformance.formats import TypeOf, Value
from conformance.messages import Observe, Path
from conformance.messages.codes import CHANGED
from conformance.messages.content import names_of
from conformance.roles.answer import Answer
from conformance.roles.context import CaseContext
from conformance.roles.expectation import UnreadableError
from conformance.roles.tester_server import Registration
from conformance.sut.adapter import UnsupportedVerbError
from conformance.verdicts import CaseRecord, HarnessError, NotApplicable, Subject

if TYPE_CHECKING:
    from conformance.roles.device import Device, PathLike

HALF_OF_THE_NUMBERS = 1 << 23
"""From this distance on a smaller Observe value counts as the later one (RFC 7641 §3.4)."""


class Observer(Protocol):
    """What an observation needs of the account that made it."""

    context: CaseContext

    @property
    def endpoint(self) -> Endpoint: ...

    @property
    def current(self) -> Registration: ...

    def check_alive(self) -> None: ...

    async def control(self) -> None: ...

    async def awake(self) -> None: ...


class Notification(Answer):
    """A notification: the fields of an answer, `confirmable`, `seconds` since what was told before, and
    `newer`: whether its Observe value orders it after that."""

    def __init__(
        self,
        record: CaseRecord,
        path: Path,
        request: Message,
        received: Received,
        before: Received | None,
        type_of: TypeOf,
        *,
        limit: float,
    ) -> None:
        exchange = Exchange(
            request, received.remote, response=received, outcome="response", body=received.body
        )
        super().__init__(record, "notification", path, exchange, type_of, limit=limit)
        self._label = f"notification of {path}"
        self._received = received
        self._before = before

    @property
    def confirmable(self) -> bool:
        """Whether it came in a CON message."""
        return self._received.message.type is Type.CON

    def has(self, path: Path, value: Value) -> bool:
        """Whether it can be read and holds this value at the path."""
        try:
            return self.values.get(str(path)) == value
        except UnreadableError:
            return False

    @property
    def seconds(self) -> float | None:
        """Time since the notification before, or since the answer to Observe; None when that never came."""
        return None if self._before is None else round(self._received.time - self._before.time, 3)

    @property
    def newer(self) -> bool:
        """Whether the Observe values say that it was sent after the one before (RFC 7641 §3.4)."""
        before = self._before.message.observe if self._before else None
        if before is None or self.observe is None:
            return False
        if self.observe > before:
            return self.observe - before < HALF_OF_THE_NUMBERS
        return before - self.observe > HALF_OF_THE_NUMBERS


class Observation:
    """One observation: `first` is the answer to Observe, `next` the notifications in their order."""

    def __init__(self, account: Observer, first: Answer, handle: coap.Observation) -> None:
        self.first = first
        self.handle = handle
        self._account = account
        self._last = first.exchange.response

    async def next(self, within: float | None = None, *, name: str = "notification") -> Notification:
        """Expect a notification; records the check ``<name>.received``.

        Raises:
            CheckFailed: none came within the limit (seconds, default the reaction time).
        """
        seconds = self._account.context.ixit.reaction_time if within is None else within
        found = await self.next_or_none(seconds)
        if found is None:
            self._account.check_alive()
        self._account.context.record.judge(
            f"{name}.received",
            "notification",
            "notification" if found else None,
            actual=f"{'a' if found else 'no'} notification of {self.first.path}",
            subject=Subject("notification.received", found.frame if found else None),
            limit=seconds,
        )
        if found is None:
            raise HarnessError("unreachable: a missing notification passed its check")
        return found

    async def next_with(self, path: Path, value: Value, *, name: str = "notification") -> Notification:
        """Expect a notification, and of several the one that has this value: an Object and an Instance tell
        other changes, too. Returns the last one when none has it; records the check ``<name>.received``.

        Raises:
            CheckFailed: none came within the reaction time.
        """
        told = await self.next(name=name)
        deadline = asyncio.get_running_loop().time() + self._account.context.ixit.reaction_time
        while not told.has(path, value):
            later = await self.next_or_none(max(0.0, deadline - asyncio.get_running_loop().time()))
            if later is None:
                break
            told = later
        return told

    async def next_or_none(self, within: float) -> Notification | None:
        """The next notification of this observation, or None after `within` seconds; nothing is judged."""
        received = await self.handle.next(within)
        return None if received is None else self.notification(received, within)

    async def next_but(self, values: Collection[object], within: float) -> Notification:
        """The first notification with another value than these, or the last one if all have one of them;
        records the check ``notification.received``.

        Raises:
            CheckFailed: no notification came within so many seconds.
        """
        deadline = asyncio.get_running_loop().time() + within
        found = await self.next(within)
        while found.value in values:
            rest = deadline - asyncio.get_running_loop().time()
            later = await self.next_or_none(max(rest, 0))
            if later is None:
                break
            found = later
        return found

    async def none(self, during: float | None = None, *, name: str = "notification") -> None:
        """Expect no notification with this token for some seconds (default the quiet time), and a device
        that still answers afterwards; records ``<name>.absent``.

        Raises:
            CheckFailed: one came.
        """
        seconds = self._account.context.ixit.quiet_time if during is None else during
        found = await self.any_more(seconds)
        value = None if found is None else repr(found.message)
        self._account.context.record.judge(
            f"{name}.absent",
            None,
            value,
            actual=f"a notification: {value}" if found else "no notification",
            subject=Subject("notification.absent", found.frame if found else None),
            what=f"no notification of {self.first.path} for {seconds:.1f} s, not",
        )
        await self._account.control()

    async def any_more(self, during: float) -> Notification | None:
        """What comes with the token of this observation within `during` seconds, cancelled or not."""
        token = self.handle.token
        known, stray = await asyncio.gather(
            self.handle.next(during),
            self._account.endpoint.next(
                lambda received: received.message.token == token and received.message.code.is_response,
                limit=during,
            ),
        )
        received = known or stray
        return None if received is None else self.notification(received, during)

    async def reset_stray(self, within: float) -> Notification | None:
        """Answer a notification that still comes after the Reset with another one; None when none comes."""
        found = await self.any_more(within)
        if found is not None:
            reset = Message(Type.RST, Code.EMPTY, found.message.mid)
            self._account.endpoint.send(self._account.current.remote, reset)
        return found

    def reset_next(self) -> None:
        """Answer the next notification with a Reset, and know the observation no longer."""
        self.handle.policy = lambda received: "reset"

    def ignore_next(self) -> None:
        """Leave every notification from now on without an acknowledgement."""
        self.handle.policy = lambda received: "ignore"

    def notification(self, received: Received, limit: float = 0.0) -> Notification:
        """A message that came with the token of this observation, as a notification."""
        before, self._last = self._last, received
        return Notification(
            self._account.context.record,
            self.first.path,
            self.handle.request,
            received,
            before,
            self._account.context.type_of,
            limit=limit,
        )


class Observing:
    """The operations of the Information Reporting interface that a server starts."""

    async def observe(
        self: Observer,
        path: PathLike,
        accept: int | None = None,
        *,
        token: bytes | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> Observation:
        """Observe a path; with the `token` of an earlier Observe its entry is renewed (RFC 7641 §4.1).

        `attributes` are those of this observation alone (LwM2M Core 1.2 §6.4.1).
        """
        target = Path.of(path)
        request = request_of(Observe(target, accept), self.current.prefix)
        if attributes:
            request = replace(request, query=tuple(f"{name}={value}" for name, value in attributes.items()))
        return await _start(self, "observe", target, request, token)

    async def observe_composite(
        self: Observer, paths: Sequence[PathLike], accept: int = 112, format: int = 112
    ) -> Observation:
        """Observe several paths by one request (LwM2M Core 1.1.1 §6.4.4)."""
        payload = names_of([Path.of(path) for path in paths], format, self.context.type_of)
        root = self.current.prefix
        request = CoapRequest(Code.FETCH, root, (), payload.content_format, accept, payload=payload.data)
        return await _start(self, "observe-composite", Path(), request)

    async def cancel(self: Observer, observation: Observation) -> Answer:
        """Send the request of an observation again, with its token and Observe 1 (RFC 7641 §3.6)."""
        await self.awake()
        limit = self.context.ixit.reaction_time
        exchange = await self.endpoint.cancel(observation.handle, limit=limit)
        if exchange.response is None:
            self.check_alive()
        return _answer(self, "cancel", observation.first.path, exchange)


async def _start(
    account: Observer, operation: str, path: Path, request: CoapRequest, token: bytes | None = None
) -> Observation:
    await account.awake()
    handle = await account.endpoint.observe(
        account.current.remote,
        method=request.method,
        path=request.path,
        query=request.query,
        payload=request.payload,
        content_format=request.content_format,
        accept=request.accept,
        token=token,
        limit=account.context.ixit.reaction_time,
    )
    if handle.first.response is None:
        account.check_alive()
    return Observation(account, _answer(account, operation, path, handle.first), handle)


def _answer(account: Observer, operation: str, path: Path, exchange: Exchange) -> Answer:
    context = account.context
    return Answer(
        context.record, operation, path, exchange, context.type_of, limit=context.ixit.reaction_time
    )


class Variable:
    """A number of the device that the tester makes change: by the adapter where it can, else by a Write."""

    def __init__(self, device: Device, path: Path, *, by_adapter: bool) -> None:
        self.device = device
        self.path = path
        self.by_adapter = by_adapter

    async def becomes(self, value: Value) -> None:
        """Give it this value.

        Raises:
            Inconclusive: the device does not take it.
        """
        if self.by_adapter:
            await self.device.trigger("set", path=str(self.path), value=value)
        else:
            (await self.device.write(self.path, value)).require(code=CHANGED)

    def at(self, level: str) -> Path:
        """Its Object, its Instance or itself."""
        return Path(*self.path[: {"object": 1, "instance": 2, "resource": 3}[level]])


async def variable(device: Device, value: Value) -> Variable:
    """A number that can change, with this value now.

    Raises:
        NotApplicable: the profile names none, or nothing here can change it.
        Inconclusive: the device does not take the value.
    """
    ixit = device.ixit
    if ixit.observable:
        path = Path.of(ixit.observable)
        try:
            await device.context.adapter.trigger("set", path=str(path), value=value)
            return Variable(device, path, by_adapter=True)
        except UnsupportedVerbError:
            pass
    if not ixit.writable_integer:
        raise NotApplicable("neither the verb 'set' nor ixit.writable_integer lets a value change")
    found = Variable(device, Path.of(ixit.writable_integer), by_adapter=False)
    await found.becomes(value)
    return found
