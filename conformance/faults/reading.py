"""What can be told of a datagram, a record or a message, for a match to be compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.coap.codec import HEADER_LENGTH, dissect
from conformance.coap.message import Message
from conformance.dtls.records import ContentType, Datagram, Record, parse_datagram
from conformance.faults.schedule import Direction

MAX_REMEMBERED = 1_000
"""Requests whose answers are still known as such."""

NameOperation = Callable[[Message, str], str | None]
"""Names the LwM2M operation of a request; the second argument is ``in`` for one that the SUT sent."""

Facts = dict[str, Any]


def nameless(_message: Message, _direction: str) -> None:
    """No operation has a name."""
    return


def datagram_facts(data: bytes, number: int) -> Facts:
    """Of a datagram; `epoch` is that which its first record would have."""
    return {"length": len(data), "number": number, "epoch": int.from_bytes(data[3:5], "big")}


def datagram_of(data: bytes) -> Datagram:
    """A datagram with its records."""
    return parse_datagram(data)


def record_facts(record: Record) -> Facts:
    """Of a record; the type of a handshake message is known in epoch 0 only."""
    in_clear = record.content_type == ContentType.HANDSHAKE and record.epoch == 0 and record.fragment
    return {
        "length": len(bytes(record)),
        "content_type": int(record.content_type),
        "epoch": record.epoch,
        "sequence": record.sequence,
        "handshake": record.fragment[0] if in_clear else None,
    }


def rest_facts(rest: bytes) -> Facts:
    """Of what stands behind the last readable record, as one with a Connection ID does."""
    known = len(rest) >= 11
    return {
        "length": len(rest),
        "content_type": rest[0] if rest else None,
        "epoch": int.from_bytes(rest[3:5], "big") if known else None,
        "sequence": int.from_bytes(rest[5:11], "big") if known else None,
        "handshake": None,
    }


class MessageReader:
    """Reads CoAP messages of one conversation; an answer has the operation and the path of its request."""

    def __init__(self, name_operation: NameOperation = nameless) -> None:
        self._name = name_operation
        self._asked: dict[tuple[Direction, str, object], tuple[str | None, str]] = {}

    def facts(self, data: bytes, direction: Direction) -> Facts:
        """Of a message; of one that cannot be read only its length."""
        facts: Facts = {"length": len(data)}
        if len(data) < HEADER_LENGTH:
            return facts
        message, _ = dissect(data)
        block = message.block1 or message.block2
        facts |= {
            "type": message.type.name,
            "code": str(message.code),
            "request": message.is_request,
            "token_length": len(message.token),
            "block": block.num if block else None,
            "more": block.more if block else None,
            "observe": message.observe is not None,
        }
        facts["operation"], facts["path"] = self._about(message, direction)
        return facts

    def _about(self, message: Message, direction: Direction) -> tuple[str | None, str]:
        if message.is_request:
            path = "/" + "/".join(message.uri_path)
            about = self._name(message, "in" if direction is Direction.FROM_SUT else "out"), path
            self._keep((direction, "token", message.token), about)
            self._keep((direction, "mid", message.mid), about)
            return about
        asker, here = direction.other, (None, "")
        if message.is_response:
            about = self._asked.get((asker, "token", message.token), here)
            if message.type.name in ("CON", "NON"):
                self._keep((direction, "mid", message.mid), about)
            return about
        return self._asked.get((asker, "mid", message.mid), here)

    def _keep(self, key: tuple[Direction, str, object], about: tuple[str | None, str]) -> None:
        self._asked.pop(key, None)
        self._asked[key] = about
        if len(self._asked) > MAX_REMEMBERED:
            del self._asked[next(iter(self._asked))]
