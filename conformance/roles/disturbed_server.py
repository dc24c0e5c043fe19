"""Exchanges of a server or bootstrap server under a trouble of the network, and how often they took place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.block import Block
from conformance.coap.codec import dissect
from conformance.coap.options import OptionNumber
from conformance.faults import Direction, Match, Truncate
from conformance.faults.troubles import Trouble, exchange_of, faults_of, notification_of
from conformance.matching import between
from conformance.messages.content import Values
from conformance.roles.answer import Answer
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.roles.device_reporting import Notified
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.roles.user_side import Result
from conformance.rules.rule import option_values
from conformance.verdicts import Level, NotApplicable, Subject

AFTER_REPETITION = 2.0
"""What is late comes after so many ACK_TIMEOUT; the first repetition after 1.5 at most (RFC 7252 §4.8)."""

Line = Mapping[str, Any]


class DisturbedServer:
    """Exchanges of a SUT with the tester's devices, each of which meets the same trouble.

    Over DTLS the trouble comes over the next records, whatever is in them, or with `amid` over a message
    within a longer exchange, as it is before the tester protects it or after it has opened it.
    """

    def __init__(self, sut: Server | BootstrapServer, trouble: Trouble, *, amid: bool = False) -> None:
        self.sut = sut
        self.trouble = trouble
        self.by_records = sut.admission is not None and not amid
        self.transmissions = 0
        """How often the SUT sent its request in the last exchange, as far as the tester could see it."""

    @property
    def repetition(self) -> Level:
        """How strong it is that what the SUT asked last has a right end. A request that it sent once, maybe
        in a non-confirmable message, may be lost for good (RFC 7252 §4.3)."""
        hidden = self.by_records and self.trouble is Trouble.LOST_REQUEST
        needless = self.trouble is Trouble.DUPLICATED
        return Level.MUST if needless or self.transmissions + hidden > 1 else Level.SHOULD

    @property
    def answering(self) -> Level:
        """How strong it is that what a device asks is answered: where the answer gets lost, the SUT is asked
        by a duplicate, which it should answer once more (RFC 7252 §4.5)."""
        return Level.SHOULD if self.trouble is Trouble.LOST_ANSWER else Level.MUST

    @property
    def copied(self) -> Level:
        """How strong it is that a request took place once: a copy of it should be known for one
        (RFC 7252 §4.5), where the trouble brings any."""
        single = self.trouble is Trouble.LOST_REQUEST or self.trouble.spoils
        return Level.MUST if single else Level.SHOULD

    def strike(self, asked: Direction, exchange: tuple[Match, Match]) -> None:
        """Let the trouble come over the next exchange that these match."""
        faults = faults_of(self.trouble, exchange, asked, self._late(asked), secured=self.by_records)
        self.sut.network.disturb(*faults)

    async def settled(self) -> None:
        """Wait until nothing is held back any more.

        Raises:
            NotApplicable: what was left of a message is one in its own right, because its token is empty.
        """
        network = self.sut.network
        longest = max(self._late(asked) for asked in Direction)
        await network.settled(4 * longest)
        faults = network.disturbance.schedule.faults
        cut = [fired for fired in network.fired if isinstance(faults[fired.index].action, Truncate)]
        if not self.by_records and any(_can_be_read(fired.after[0]) for fired in cut):
            raise NotApplicable("a message with an empty token cannot be cut to what is none")

    async def told(self, operation: str, ask: Callable[[], Awaitable[Answer]], **about: Any) -> Answer:
        """The answer to what a device asks, `operation` by name; `about` are further fields of a `Match`.

        A server may reject what was spoilt with a Reset, as it could not know what it was: then it is asked
        once more.
        """
        self.strike(Direction.TO_SUT, exchange_of(operation=operation, **about))
        answer = await ask()
        if self.trouble.spoils and answer.outcome == "reset":
            answer.note("what was spoilt is answered by a Reset")
            answer = await ask()
        await self.settled()
        return answer

    async def notified(self, device: TesterDevice, path: str, value: Values) -> Notified:
        """What the SUT did with a confirmable notification of the device.

        Raises:
            NotApplicable: it rejects what it cannot read with a Reset, which ends the observation.
        """
        self.strike(Direction.TO_SUT, notification_of("Observe"))
        notified = await device.notify(path, value)
        await self.settled()
        if self.trouble.spoils and notified.outcome == "reset":
            raise NotApplicable("the SUT ends an observation by the Reset to what it cannot read")
        return notified

    async def asking(
        self,
        operation: type[ServerOperation],
        call: Awaitable[Result],
        *,
        block: int | None = None,
        **about: Any,
    ) -> Result:
        """What the SUT gives its user, who made it ask a device for something; with `block` it is that
        block of a transfer which is in trouble.

        Records ``<operation>.messages``.

        Raises:
            CheckFailed: the SUT asked for the same in different messages.
        """
        begin = len(self.sut.context.messages)
        self.expect_trouble(operation, block=block, **about)
        result = await call
        await self.settled()
        self.expect_once(operation, begin, block=block)
        return result

    def expect_trouble(self, operation: type[ServerOperation], **about: Any) -> None:
        """Let the trouble come over the next exchange in which the SUT asks for this operation."""
        given = {name: value for name, value in about.items() if value is not None}
        self.strike(Direction.FROM_SUT, exchange_of(operation=operation.__name__, **given))

    def expect_once(self, operation: type[ServerOperation], begin: int, *, block: int | None = None) -> None:
        """Expect that the first request with this operation since message `begin`, and every like it, is one
        message that was repeated; records ``<operation>.messages``.

        Raises:
            CheckFailed: they are different messages.
        """
        asked = [
            line
            for line in self.sut.context.messages[begin:]
            if line["direction"] == "in"
            and not line.get("injected")
            and line.get("operation") == operation.__name__
            and str(line["code"]).startswith("0.")
            and block in (None, _block(line))
        ]
        sent = [line for line in asked if _content(line) == _content(asked[0])]
        self.transmissions = len(sent)
        self.sut.context.record.judge(
            f"{operation.operation}.messages",
            between(0, 1),
            len({(line["mid"], line["token"]) for line in sent}),
            subject=Subject("message", sent[-1]["frame"] if sent else None),
            what=f"different messages with the same {operation.__name__}:",
            clause="RFC 7252 §4.2",
        )

    def _late(self, asked: Direction) -> float:
        """Seconds after which whoever asks has certainly repeated himself once."""
        of_tester = self.sut.devices[-1].endpoint.parameters.ack_timeout
        return AFTER_REPETITION * (of_tester if asked is Direction.TO_SUT else self.sut.ixit.ack_timeout)


def _can_be_read(data: bytes) -> bool:
    return not any(fault.rejects for fault in dissect(data)[1])


def _content(line: Line) -> object:
    return line["code"], line["options"], line["payload"]


def _block(line: Line) -> int | None:
    """The number of the block that a request brings or asks for."""
    for number in (OptionNumber.BLOCK1, OptionNumber.BLOCK2):
        values = option_values(dict(line), number)
        if values:
            return Block.from_uint(values[0]).num
    return None
