"""A message as ``messages.jsonl`` holds it: made while a case runs, and again from the capture."""

from collections.abc import Callable
from typing import Any

from conformance.coap.endpoint import Trace
from conformance.coap.message import Message
from conformance.evidence.pcapng import Address
from conformance.matching import plain

Line = dict[str, Any]
OperationNamer = Callable[[Message, str], str | None]
"""Names the LwM2M operation of a message; the second argument is its direction, ``in`` or ``out``."""


class Lines:
    """Makes the lines of one case, in order: an answer is named after the request whose token it has."""

    def __init__(self) -> None:
        self._by_token: dict[tuple[str, str, str], str] = {}

    def line(self, trace: Trace, started: float, name_operation: OperationNamer) -> Line:
        """The line of a message, decoded or malformed; `started` is when the case began, as `trace.time`."""
        line: Line = {
            "frame": trace.frame,
            "time": round(trace.time - started, 6),
            "direction": trace.direction,
            "local": address_text(trace.local),
            "remote": address_text(trace.remote),
            "protocol": "coap",
        }
        message = trace.message
        if message is not None:
            line |= {
                "type": message.type.name,
                "code": str(message.code),
                "mid": message.mid,
                "token": message.token.hex(),
                "options": [
                    {"number": option.number, "name": option.name, "value": plain(option.decoded)}
                    for option in message.options
                ],
                "payload": message.payload.hex(),
                "operation": self.operation(message, line["local"], trace.direction, name_operation),
                "summary": message.summary(),
            }
        else:
            line |= {"summary": f"{len(trace.data)} B that are no CoAP message", "payload": trace.data.hex()}
        line["malformed"] = trace.malformed
        return line

    def named(self, local: str, direction: str, token: str, operation: str) -> None:
        """Name the answers to a request whose operation cannot be seen, being inside OSCORE."""
        self._by_token[local, direction, token] = operation

    def operation(
        self, message: Message, local: str, direction: str, name_operation: OperationNamer
    ) -> str | None:
        """The operation of a message, by itself or by the request that it answers."""
        token = message.token.hex()
        if message.is_request:
            named = name_operation(message, direction)
            if named:
                self._by_token[local, direction, token] = named
            return named
        opposite = "out" if direction == "in" else "in"
        return self._by_token.get((local, opposite, token)) if message.is_response else None


def mark_lost(line: Line) -> None:
    """Say of a line that its message went no further."""
    line |= {"lost": True, "summary": f"{line['summary']} (went no further)"}


def mark_injected(line: Line) -> None:
    """Say of a line that the network made its message, or let it come late."""
    line |= {"injected": True, "summary": f"{line['summary']} (from the network)"}


def address_text(address: Address) -> str:
    """An address as a line holds it."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
