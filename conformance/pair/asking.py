"""What the server's user can have the server ask of the device: each goes out, is answered and comes back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Literal

from conformance.bindings.server_requests import ServerOperation
from conformance.formats import DataType
from conformance.messages import (
    Create,
    Delete,
    Discover,
    Execute,
    Observe,
    Path,
    Read,
    ReadComposite,
    Write,
    WriteAttributes,
    WriteComposite,
)
from conformance.messages.content import Values
from conformance.messages.management import ObserveComposite
from conformance.pair.asked import Asked
from conformance.pair.paired_device import PairedDevice
from conformance.pair.wire import Seen, Wire, server_request
from conformance.roles.answer import Answer
from conformance.roles.server import PathLike, Server
from conformance.roles.server_request import ServerRequest
from conformance.roles.user_side import RESPONSE, Result
from conformance.verdicts import HarnessError, Inconclusive, NotApplicable, Subject

LAST_REPEAT = 1.5
"""A first repetition of a lost request comes after at most so many ACK_TIMEOUT (RFC 7252 §4.8)."""
ROOT = Path()
AGREED: Final = "agreed"
"""The first format that both claim, or the server's own where its user cannot ask for that."""
Format = int | Literal["agreed"] | None
_NOT_READY = "not-ready"
_UNSUPPORTED = "unsupported"
"""How an adapter's word begins for what the server's user cannot ask for."""


def _begins(operation: Observe | ObserveComposite) -> bool:
    return not operation.cancel


def _ends(operation: Observe | ObserveComposite) -> bool:
    return operation.cancel


class Requests:
    """The verbs of the server, each with what became of it. A name begins the checks of one that a case asks
    for twice.

    Each raises NotApplicable where the server's user cannot ask for it, and CheckFailed where the server did
    not send the request; that check is ``<name>.received``.
    """

    device: PairedDevice
    server: Server
    wire: Wire

    def type_of(self, path: tuple[int, ...]) -> DataType | None:
        """The type of a Resource."""
        raise NotImplementedError

    def agreed_format(self, *, several: bool = False) -> int | None:
        """The first format for one value, or for `several`, that both claim, or None."""
        raise NotImplementedError

    async def _in(
        self, format: Format, path: PathLike, ask: Callable[[int | None], Awaitable[Asked]]
    ) -> Asked:
        """Ask in a format; where it is the agreed one and the server cannot be asked for it, in the server's
        own."""
        if format != AGREED:
            return await ask(format)
        agreed = self.agreed_format(several=len(Path.of(path)) < 3)
        if agreed is not None:
            with suppress(NotApplicable):
                return await ask(agreed)
        return await ask(None)

    async def read(self, path: PathLike, format: Format = AGREED, *, name: str = "read") -> Asked:
        """Have the device read through the server."""
        return await self._in(
            format, path, lambda number: self.brought(*self.begin_read(path, number), path, name=name)
        )

    def begin_read(self, path: PathLike, format: int | None) -> "tuple[asyncio.Task[Result], int]":
        """Ask for a Read and do not wait; `brought` takes what this gives."""
        return self.server.begin(self.server.read(self.device.name, path, format)), self.wire.last

    async def brought(
        self, verb: "asyncio.Task[Result]", after: int, path: PathLike, *, name: str = "read"
    ) -> Asked:
        """What became of a Read that was asked for behind a frame."""
        return await self._ask(verb, Read, Path.of(path), name, after=after)

    async def nothing_asked(self, after: int, name: str = "request") -> None:
        """Expect that the server sends the device no request for its quiet time; records ``<name>.absent``.

        Raises:
            CheckFailed: it did.
        """
        context = self.server.context
        seconds = context.ixit.quiet_time
        found = await self.wire.first(lambda seen: server_request(seen) is not None, seconds, after)
        context.record.judge(
            f"{name}.absent",
            None,
            str(found.message.code) if found else None,
            subject=Subject("operation", found.frame if found else None),
            what=f"no request for {seconds:.1f} s, not",
            actual=found.message.summary() if found else None,
        )

    async def write(
        self,
        path: PathLike,
        value: Values,
        format: Format = AGREED,
        *,
        mode: str = "replace",
        name: str = "write",
    ) -> Asked:
        """Have the device written to; `mode` is ``replace`` or ``update``."""

        async def ask(number: int | None) -> Asked:
            verb = self.server.write(self.device.name, path, value, format=number, mode=mode)
            return await self._ask(self.server.begin(verb), Write, Path.of(path), name)

        return await self._in(format, path, ask)

    async def execute(self, path: PathLike, *, name: str = "execute") -> Asked:
        """Have a Resource of the device executed."""
        verb = self.server.begin(self.server.execute(self.device.name, path))
        return await self._ask(verb, Execute, Path.of(path), name)

    async def create(
        self,
        object_id: int,
        values: Mapping[int, Values],
        instance: int | None = None,
        *,
        name: str = "create",
    ) -> Asked:
        """Have an Instance created; without `instance` the device chooses its id."""
        verb = self.server.begin(self.server.create(self.device.name, object_id, values, instance))
        return await self._ask(verb, Create, Path(object_id), name)

    async def delete(self, path: PathLike, *, name: str = "delete") -> Asked:
        """Have an Instance deleted."""
        verb = self.server.begin(self.server.delete(self.device.name, path))
        return await self._ask(verb, Delete, Path.of(path), name)

    async def discover(self, path: PathLike, *, name: str = "discover") -> Asked:
        """Have the device discovered."""
        verb = self.server.begin(self.server.discover(self.device.name, path))
        return await self._ask(verb, Discover, Path.of(path), name)

    async def write_attributes(
        self, path: PathLike, *, name: str = "write-attributes", **attributes: float
    ) -> Asked:
        """Have notification attributes set."""
        verb = self.server.begin(self.server.write_attributes(self.device.name, path, **attributes))
        return await self._ask(verb, WriteAttributes, Path.of(path), name)

    async def observe(self, path: PathLike, format: Format = AGREED, *, name: str = "observe") -> Asked:
        """Have a path observed."""

        async def ask(number: int | None) -> Asked:
            verb = self.server.begin(self.server.observe(self.device.name, path, number))
            return await self._ask(verb, Observe, Path.of(path), name, _begins)

        return await self._in(format, path, ask)

    async def cancel(self, path: PathLike, *, name: str = "cancel") -> Asked:
        """Have an observation ended by a request."""
        verb = self.server.begin(self.server.cancel(self.device.name, path))
        return await self._ask(verb, Observe, Path.of(path), name, _ends)

    async def cancel_passively(self, path: PathLike) -> None:
        """Have the server end an observation by a Reset to the next notification.

        Raises:
            NotApplicable: its user cannot ask for this.
            Inconclusive: it could not do it.
        """
        result = await self.server.cancel(self.device.name, path, "passive")
        _see_that_it_is_offered(result)
        result.require(outcome=RESPONSE)

    async def read_composite(self, paths: Sequence[PathLike], *, name: str = "read-composite") -> Asked:
        """Have several paths read at once."""
        verb = self.server.begin(self.server.read_composite(self.device.name, paths))
        return await self._ask(verb, ReadComposite, ROOT, name)

    async def write_composite(
        self, values: Mapping[str, int | str], *, name: str = "write-composite"
    ) -> Asked:
        """Have several Resources written at once."""
        verb = self.server.begin(self.server.write_composite(self.device.name, values))
        return await self._ask(verb, WriteComposite, ROOT, name)

    async def observe_composite(self, paths: Sequence[PathLike], *, name: str = "observe-composite") -> Asked:
        """Have several paths observed at once."""
        verb = self.server.begin(self.server.observe_composite(self.device.name, paths))
        return await self._ask(verb, ObserveComposite, ROOT, name, _begins)

    async def cancel_composite(self, *, name: str = "cancel-composite") -> Asked:
        """Have the composite observation ended by a request."""
        verb = self.server.begin(self.server.cancel(self.device.name))
        return await self._ask(verb, ObserveComposite, ROOT, name, _ends)

    async def _ask(
        self,
        verb: "asyncio.Task[Result]",
        operation: type[ServerOperation],
        path: Path,
        name: str,
        also: Callable[[Any], bool] = lambda operation: True,
        *,
        after: int | None = None,
    ) -> Asked:
        """Find the request of a verb that runs, and the answer."""
        context = self.server.context
        limit = context.ixit.reaction_time
        since = self.wire.last if after is None else after

        def wanted(seen: Seen) -> bool:
            found = server_request(seen, self.device.prefix)
            return isinstance(found, operation) and found.path == path and also(found)

        seen = await self._request_or_end(wanted, verb, limit, since)
        if seen is None and verb.done():
            _see_that_it_is_offered(verb.result())
            _see_that_it_is_ready(verb.result())
        what = f"{operation.__name__} {path}"
        ended_with = f"; the verb ended with {verb.result().outcome}" if verb.done() else ""
        context.record.judge(
            f"{name}.received",
            what,
            what if seen else None,
            actual=what if seen else f"no {what}{ended_with}",
            subject=Subject("operation", seen.frame if seen else None),
            limit=limit,
        )
        found = server_request(seen, self.device.prefix) if seen is not None else None
        if seen is None or found is None:
            raise HarnessError("unreachable: a missing operation passed its check")
        device = self.device.context
        longest = device.ixit.reaction_time + LAST_REPEAT * context.ixit.ack_timeout
        exchange = await self.wire.answered(seen, longest)
        if exchange.response is None:
            self.device.check_alive()
        answer = Answer(
            device.record,
            found.operation,
            path,
            exchange,
            self.type_of,
            limit=longest,
            prefix=self.device.prefix,
        )
        await asyncio.wait([verb], timeout=limit if answer.answered else 0)
        unanswered = Result(context.record, name, what, "unanswered", {"detail": f"within {limit:.1f} s"})
        result = verb.result() if verb.done() else unanswered
        request = ServerRequest(context.record, found, seen.incoming, self.type_of)
        return Asked(name, seen, request, answer, result, device, context, self.server.address)

    async def _request_or_end(
        self, wanted: Callable[[Seen], bool], verb: "asyncio.Task[Result]", limit: float, after: int
    ) -> Seen | None:
        """The request; a verb that has ended without one is not waited for."""
        waiting = asyncio.ensure_future(self.wire.first(wanted, limit, after))
        try:
            await asyncio.wait([waiting, verb], return_when=asyncio.FIRST_COMPLETED)
            if waiting.done():
                return waiting.result()
            if verb.exception() is not None:
                verb.result()
            return await self.wire.first(wanted, 0, after)
        finally:
            waiting.cancel()


def _see_that_it_is_offered(result: Result) -> None:
    """What the server has no way to do says nothing of it."""
    if result.outcome.startswith(_UNSUPPORTED):
        detail = result.given.get("detail")
        raise NotApplicable(f"the server cannot be asked for this: {result.outcome} ({detail})")


def _see_that_it_is_ready(result: Result) -> None:
    """A server may take no requests before it has looked at a device for itself, and that may have failed."""
    if result.outcome == _NOT_READY:
        raise Inconclusive(f"the server accepted the device and does not take requests for it: {_NOT_READY}")
