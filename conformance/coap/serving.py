"""A request as the handler of an endpoint sees it, and the response it gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.coap.carrier import Address
from conformance.coap.codes import Code
from conformance.coap.exchange import Received
from conformance.coap.options import Option, OptionNumber


@dataclass(frozen=True)
class Response:
    """An answer without the header fields, which the endpoint adds; a large payload is served in blocks."""

    code: Code
    options: tuple[Option, ...] = ()
    payload: bytes = b""
    content_format: int | None = None

    @property
    def all_options(self) -> tuple[Option, ...]:
        if self.content_format is None:
            return self.options
        return (*self.options, Option.uint(OptionNumber.CONTENT_FORMAT, self.content_format))


class Incoming:
    """A request that arrived; `body` is its payload from all blocks, `time` in monotonic seconds."""

    def __init__(
        self,
        received: Received,
        acknowledge: Callable[[], None],
    ) -> None:
        self.message = received.message
        self.remote: Address = received.remote
        self.frame = received.frame
        self.time = received.time
        self.body = received.body
        self.acknowledged = False
        self._acknowledge = acknowledge

    async def acknowledge(self) -> None:
        """Send an empty ACK, so that the response becomes a separate one (RFC 7252 §5.2.2).

        Without effect on a non-confirmable request and on the second call.
        """
        if not self.acknowledged:
            self.acknowledged = True
            self._acknowledge()
