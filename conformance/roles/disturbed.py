"""Exchanges with a SUT of any role, each of which meets the same trouble on the network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from conformance.coap.codec import dissect
from conformance.dtls.events import Closed, Failed
from conformance.faults import Direction, Fault, Layer, Match, Truncate
from conformance.faults.troubles import Trouble, exchange_of, faults_of
from conformance.roles.answer import Answer
from conformance.roles.context import CaseContext
from conformance.security.channel import Happened
from conformance.verdicts import Level, NotApplicable, Subject

AFTER_REPETITION = 2.0
"""What is late comes after so many ACK_TIMEOUT; the first repetition after 1.5 at most (RFC 7252 §4.8)."""

Line = Mapping[str, Any]


class Disturbed:
    """What is the same for devices and servers under a trouble.

    Over DTLS the trouble comes over the next records, whatever is in them: nothing else may be on its way
    then. With `amid` it comes over a message within a longer exchange, as it is before the tester protects it
    or after it has opened it.
    """

    def __init__(self, context: CaseContext, trouble: Trouble, *, secured: bool, amid: bool) -> None:
        self.context = context
        self.trouble = trouble
        self.network = context.disturbed
        self.by_records = secured and not amid
        self._before = 0

    @property
    def of_tester(self) -> float:
        """ACK_TIMEOUT of the tester, in seconds."""
        raise NotImplementedError

    @property
    def happened(self) -> Sequence[Happened]:
        """What happened to the association with the SUT, in the order of time; nothing without one."""
        raise NotImplementedError

    @property
    def hides_first(self) -> bool:
        """Whether the tester cannot see what the SUT sent first: the record with it was lost."""
        return self.by_records and self.trouble is Trouble.LOST_REQUEST

    def late(self, asked: Direction) -> float:
        """Seconds after which whoever asks has certainly repeated himself once."""
        asker = self.of_tester if asked is Direction.TO_SUT else self.context.ixit.ack_timeout
        return AFTER_REPETITION * asker

    async def strike(self, asked: Direction, exchange: tuple[Match, Match]) -> None:
        """Let the trouble come over the next exchange that these match."""
        await self.network.arrived()
        self._before = len(self.happened)
        faults = faults_of(self.trouble, exchange, asked, self.late(asked), secured=self.by_records)
        self.network.disturb(*faults)

    async def settled(self) -> None:
        """Wait until nothing is held back any more, and give the SUT the time that its profile says it needs.

        Raises:
            NotApplicable: what was left of a message is one in its own right, because its token is empty.
        """
        longest = max(self.late(asked) for asked in Direction)
        await self.network.settled(4 * longest + self.context.ixit.reaction_time)
        self.check_spoilt()
        if self.context.ixit.settle_time:
            await asyncio.sleep(self.context.ixit.settle_time)

    def check_spoilt(self) -> None:
        """See that what was cut off is none that can be read: an ACK with an empty token is, for one.

        Raises:
            NotApplicable: it is a message in its own right.
        """
        faults = self.network.disturbance.schedule.faults
        cut = [fired.after[0] for fired in self.network.fired if _cuts(faults[fired.index])]
        if any(_can_be_read(data) for data in cut):
            raise NotApplicable("a message with an empty token cannot be cut to what is none")

    async def answered(self, operation: str, ask: Callable[[], Awaitable[Answer]], **about: Any) -> Answer:
        """The answer to what the tester asks, `operation` by name; `about` are further fields of a `Match`.

        A SUT may reject what was spoilt with a Reset, as it could not know what it was; or it may ignore it
        and take what comes then under the same Message ID for a duplicate (RFC 7252 §4.2, §4.5). So it is
        asked once more, under another one. Records ``spoilt.rejected`` where it could read a message.

        Raises:
            CheckFailed: it acknowledged what it has to reject.
        """
        await self.strike(Direction.TO_SUT, exchange_of(operation=operation, **about))
        begin = len(self.context.messages)
        answer = await ask()
        if not self.trouble.spoils or self.by_records:
            return answer
        self._expect_rejected(begin)
        if not answer.answered and answer.outcome in ("reset", "timeout"):
            answer.note(f"what was spoilt, and what came under its Message ID then: {answer.outcome}")
            answer = await ask()
        return answer

    def _expect_rejected(self, begin: int) -> None:
        """What was spoilt is not acknowledged, as long as nothing else came under its Message ID."""
        lines = iter(self.context.messages[begin:])
        spoilt = next((line for line in lines if line.get("injected") and line.get("malformed")), None)
        if spoilt is None or spoilt["direction"] != "out":
            return
        same = [line for line in lines if line.get("mid") == spoilt["mid"] and not line.get("lost")]
        answers = takewhile(lambda line: line["direction"] == "in", same)
        acknowledged = next((line for line in answers if line["type"] == "ACK"), None)
        answer = f"answered by {acknowledged['summary']}" if acknowledged else "rejected"
        self.context.record.judge(
            "spoilt.rejected",
            "rejected",
            "acknowledged" if acknowledged else "rejected",
            subject=Subject("message", acknowledged["frame"] if acknowledged else spoilt["frame"]),
            what=f"what cannot be read (frame {spoilt['frame']}) is",
            actual=f"what cannot be read is {answer}",
            clause="RFC 7252 §3, §4.2",
        )

    def expect_association(self, check: str) -> None:
        """A record that was changed should not end the association; records ``association-<check>.kept``.

        Raises:
            NotApplicable: it did, which the SUT may choose (RFC 6347 §4.1.2.7).
        """
        if not self.by_records or not self.trouble.spoils:
            return
        later = self.happened[self._before :]
        ended = next((each for each in later if isinstance(each.event, Failed | Closed)), None)
        self.context.record.judge(
            f"association-{check}.kept",
            "goes on",
            "ended" if ended else "goes on",
            subject=Subject("record", ended.frame if ended else None),
            what="after a record that was changed the association",
            level=Level.SHOULD,
            clause="RFC 6347 §4.1.2.7",
        )
        if ended is not None:
            raise NotApplicable("the SUT ends its association for a record that was changed on the way")

    def sent(self, begin: int, wanted: Callable[[Line], bool]) -> list[Line]:
        """What the SUT itself has sent since message `begin`, lost or not."""
        return [
            line
            for line in self.context.messages[begin:]
            if line["direction"] == "in" and not line.get("injected") and "code" in line and wanted(line)
        ]


def asks_for(operation: str) -> Callable[[Line], bool]:
    """Whether a message is a request with the operation of this name."""
    return lambda line: line.get("operation") == operation and str(line["code"]).startswith("0.")


def identity(line: Line) -> str:
    """Message ID and token: what is the same when a message is sent again (RFC 7252 §4.2)."""
    return f"{line['mid']} {line['token']}"


def _cuts(fault: Fault) -> bool:
    return fault.layer is Layer.MESSAGE and isinstance(fault.action, Truncate)


def _can_be_read(data: bytes) -> bool:
    return not any(fault.rejects for fault in dissect(data)[1])
