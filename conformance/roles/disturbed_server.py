"""Exchanges of a server or bootstrap server under a trouble of the network, and how often they took place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.block import Block
from conformance.coap.options import OptionNumber
from conformance.faults import Direction
from conformance.faults.troubles import Trouble, exchange_of, notification_of
from conformance.matching import between
from conformance.messages.content import Values
from conformance.roles.answer import Answer
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.roles.device_reporting import Notified
from conformance.roles.disturbed import Disturbed, Line, asks_for, identity
from conformance.roles.secured_device import SecuredDevice
from conformance.roles.server import Server
from conformance.roles.tester_device import TesterDevice
from conformance.roles.user_side import Result
from conformance.rules.rule import option_values
from conformance.security.channel import Happened
from conformance.verdicts import Level, NotApplicable, Subject


class DisturbedServer(Disturbed):
    """Exchanges of a SUT with the tester's devices, each of which meets the same trouble."""

    def __init__(self, sut: Server | BootstrapServer, trouble: Trouble, *, amid: bool = False) -> None:
        super().__init__(sut.context, trouble, secured=sut.admission is not None, amid=amid)
        self.sut = sut
        self.transmissions = 0
        """How often the SUT sent its request in the last exchange, as far as the tester could see it."""

    @property
    def of_tester(self) -> float:
        return self.sut.devices[-1].endpoint.parameters.ack_timeout

    @property
    def happened(self) -> Sequence[Happened]:
        security = self.sut.devices[-1].security
        return security.client.happened if isinstance(security, SecuredDevice) else ()

    @property
    def repetition(self) -> Level:
        """How strong it is that what the SUT asked last has a right end. A request that it sent once, maybe
        in a non-confirmable message, may be lost for good (RFC 7252 §4.3)."""
        needless = self.trouble is Trouble.DUPLICATED
        return Level.MUST if needless or self.transmissions + self.hides_first > 1 else Level.SHOULD

    @property
    def answering(self) -> Level:
        """How strong it is that what a device asks is answered: where the answer gets lost, the SUT is asked
        by a duplicate, which it should answer once more (RFC 7252 §4.5). Without an answer none was lost."""
        lost = self.trouble is Trouble.LOST_ANSWER and not self.network.idle
        return Level.SHOULD if lost else Level.MUST

    @property
    def copied(self) -> Level:
        """How strong it is that a request took place once: a copy of it should be known for one
        (RFC 7252 §4.5), where the trouble brings any."""
        single = self.trouble is Trouble.LOST_REQUEST or self.trouble.spoils
        return Level.MUST if single else Level.SHOULD

    async def told(self, operation: str, ask: Callable[[], Awaitable[Answer]], **about: Any) -> Answer:
        """The answer to what a device asks, once nothing is on its way any more; see `answered`."""
        answer = await self.answered(operation, ask, **about)
        await self.settled()
        self.expect_association(operation.lower())
        return answer

    async def notified(self, device: TesterDevice, path: str, value: Values) -> Notified:
        """What the SUT did with a confirmable notification of the device.

        Raises:
            NotApplicable: it rejects what it cannot read with a Reset, which ends the observation.
        """
        await self.strike(Direction.TO_SUT, notification_of("Observe"))
        notified = await device.notify(path, value)
        await self.settled()
        self.expect_association("notified")
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
            NotApplicable: it asked in no such message, so that nothing was in trouble.
        """
        begin, before = len(self.sut.context.messages), len(self.network.fired)
        await self.expect_trouble(operation, block=block, **about)
        result = await call
        await self.settled()
        self.expect_association(operation.operation)
        if len(self.network.fired) == before:
            raise NotApplicable(f"the SUT sends no {operation.__name__} as it was asked to: {result.outcome}")
        self.expect_once(operation, begin, block=block)
        return result

    async def expect_trouble(self, operation: type[ServerOperation], **about: Any) -> None:
        """Let the trouble come over the next exchange in which the SUT asks for this operation."""
        given = {name: value for name, value in about.items() if value is not None}
        await self.strike(Direction.FROM_SUT, exchange_of(operation=operation.__name__, **given))

    def expect_once(self, operation: type[ServerOperation], begin: int, *, block: int | None = None) -> None:
        """Expect that the first request with this operation since message `begin`, and every like it, is one
        message that was repeated; records ``<operation>.messages``.

        Raises:
            CheckFailed: they are different messages.
        """
        is_asked = asks_for(operation.__name__)
        asked = self.sent(begin, lambda line: is_asked(line) and block in (None, _block(line)))
        sent = [line for line in asked if _content(line) == _content(asked[0])]
        self.transmissions = len(sent)
        self.sut.context.record.judge(
            f"{operation.operation}.messages",
            between(0, 1),
            len({identity(line) for line in sent}),
            subject=Subject("message", sent[-1]["frame"] if sent else None),
            what=f"different messages with the same {operation.__name__}:",
            clause="RFC 7252 §4.2",
        )


def _content(line: Line) -> object:
    return line["code"], line["options"], line["payload"]


def _block(line: Line) -> int | None:
    """The number of the block that a request brings or asks for."""
    for number in (OptionNumber.BLOCK1, OptionNumber.BLOCK2):
        values = option_values(dict(line), number)
        if values:
            return Block.from_uint(values[0]).num
    return None
