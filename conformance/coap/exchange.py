"""What an endpoint hands to its user: messages seen, messages received, and how an exchange went."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from conformance.coap.carrier import Address
from conformance.coap.message import Message

if TYPE_CHECKING:
    from conformance.coap.observation import Observation

Outcome = Literal["response", "reset", "timeout", "unreachable", "rejected", "acknowledged"]
"""How an exchange ended.

"rejected": what came in answer must be rejected by RFC 7252 (malformed, a wrong token, an unknown critical
option); `Exchange.violations` says why. "acknowledged": an ACK came for a message that is no request, such as
a notification, so that nothing more can come.
"""


@dataclass(frozen=True)
class Trace:
    """One datagram on its way, for the evidence; `time` in monotonic seconds.

    `message` is what can be read, None where not even a header can; `malformed` is the first reason to reject
    it; `duplicate` marks a datagram that the endpoint had received before (RFC 7252 §4.5).
    """

    direction: Literal["in", "out"]
    message: Message | None
    data: bytes
    malformed: str | None
    local: Address
    remote: Address
    frame: int
    time: float
    duplicate: bool = False


@dataclass(frozen=True)
class Received:
    """A message that arrived; `body` is its payload, or all of it where it came in several blocks."""

    message: Message
    remote: Address
    local: Address
    frame: int
    time: float
    body: bytes


@dataclass
class Exchange:
    """A request and what became of it.

    `sent` are the frames of the request and its retransmissions; `round_trip` is in seconds from the first of
    them to the response. `acknowledged`: an ACK for the request came; `separate`: the response was no
    piggybacked one. `blocks` are the exchanges of a block-wise transfer: this one then shows the first
    request, and the response that carries the code, with `body` put together. `violations` are the peer's
    breaches of RFC 7252 and RFC 7959 that the exchange met. `observation` is where notifications go after
    Observe: 0.
    """

    request: Message
    remote: Address
    sent: list[int] = field(default_factory=list)
    response: Received | None = None
    outcome: Outcome = "timeout"
    acknowledged: bool = False
    separate: bool = False
    retransmissions: int = 0
    round_trip: float | None = None
    blocks: list[Exchange] = field(default_factory=list)
    body: bytes = b""
    violations: list[str] = field(default_factory=list)
    observation: Observation | None = None
