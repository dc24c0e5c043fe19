"""The troubles that one exchange can meet on its way, as faults of a schedule."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from conformance.faults.actions import Corrupt, Delay, Drop, Duplicate, Reorder, Truncate
from conformance.faults.schedule import Direction, Fault, Layer, Match

APPLICATION_EPOCH = 1
HEADER_OF_MESSAGE, PART_OF_RECORD = 4, 20
"""What is left of a message or of a record that was cut off: less than can be read."""


class Trouble(StrEnum):
    """What happens to one exchange.

    The first two are about the request and its answer, whoever asks, and copies are made of both. What is
    late, out of order, cut off or corrupted is that which goes to the SUT: what the SUT sends in that state
    would try the tester alone. "Late" is behind its repetition by time, "reordered" by being overtaken.
    """

    LOST_REQUEST = "lost-request"
    LOST_ANSWER = "lost-answer"
    DUPLICATED = "duplicated"
    LATE = "late"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    CORRUPTED = "corrupted"

    @property
    def spoils(self) -> bool:
        """Whether something reaches the SUT that it must not take for a message."""
        return self in (Trouble.TRUNCATED, Trouble.CORRUPTED)

    @property
    def repeats(self) -> bool:
        """Whether the SUT gets a request of the tester twice."""
        return not self.spoils and self is not Trouble.LOST_REQUEST


def exchange_of(**about: Any) -> tuple[Match, Match]:
    """What matches the request of an exchange, and what its answer: ``exchange_of(operation="Read")``."""
    return Match(**about, request=True), Match(**about, request=False)


def notification_of(operation: str) -> tuple[Match, Match]:
    """What matches a notification that this operation asked for, and what its acknowledgement."""
    told = Match(operation=operation, request=False, code="2", observe=True)
    return told, Match(operation=operation, request=False, code="0.00")


def faults_of(
    trouble: Trouble,
    exchange: tuple[Match, Match],
    asked: Direction,
    late: float,
    *,
    secured: bool = False,
) -> tuple[Fault, ...]:
    """The faults that are the trouble of the next exchange.

    `exchange` matches its two messages, of which the first goes in the direction `asked`; `late` are the
    seconds after which it was certainly repeated. With `secured` they act on the next protected records of
    DTLS, whatever these carry: nothing else may be on its way then.

    In clear, "truncated" leaves the header of a message alone, and "corrupted" changes its version: what any
    other change makes can be a message in its own right, which no one can tell from one that was meant.
    """
    layer = Layer.RECORD if secured else Layer.MESSAGE
    whole = Match(epoch=APPLICATION_EPOCH)
    request, answer = (whole, whole) if secured else exchange
    inwards = Direction.TO_SUT
    to_sut = request if asked is inwards else answer
    match trouble:
        case Trouble.LOST_REQUEST:
            return (Fault(layer, asked, Drop(), request),)
        case Trouble.LOST_ANSWER:
            return (Fault(layer, asked.other, Drop(), answer),)
        case Trouble.DUPLICATED:
            copy = Duplicate()
            return Fault(layer, asked, copy, request), Fault(layer, asked.other, copy, answer)
        case Trouble.LATE:
            return (Fault(layer, inwards, Delay(late), to_sut),)
        case Trouble.REORDERED:
            return (Fault(layer, inwards, Reorder(behind=1, within=2 * late), to_sut),)
        case Trouble.TRUNCATED:
            left = PART_OF_RECORD if secured else HEADER_OF_MESSAGE
            return (Fault(layer, inwards, Truncate(left), to_sut),)
        case Trouble.CORRUPTED:
            spoilt = Corrupt(bits=1, where="payload" if secured else "version")
            return (Fault(layer, inwards, spoilt, to_sut),)
