"""Exchanges of a device under a trouble of the network, and how often they really took place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from conformance.coap.options import OptionNumber
from conformance.faults import Direction
from conformance.faults.troubles import Trouble, exchange_of, notification_of
from conformance.formats import Value
from conformance.roles.account import Operation
from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.device import Device
from conformance.roles.disturbed import Disturbed, Line, asks_for, identity
from conformance.roles.observation import Notification, Observation, Variable
from conformance.rules.rule import option_values
from conformance.security.channel import Happened
from conformance.verdicts import Inconclusive, Level, NotApplicable, Subject


class DisturbedDevice(Disturbed):
    """Exchanges with a device, each of which meets the same trouble."""

    def __init__(self, device: Device, trouble: Trouble, *, amid: bool = False) -> None:
        super().__init__(device.context, trouble, secured=device.secured is not None, amid=amid)
        self.device = device

    @property
    def of_tester(self) -> float:
        return self.device.endpoint.parameters.ack_timeout

    @property
    def patience(self) -> float:
        """Seconds within which what the device repeats has come, and its answer."""
        return self.device.ixit.reaction_time + 2 * self.late(Direction.FROM_SUT)

    @property
    def happened(self) -> Sequence[Happened]:
        return self.device.secured.channel.happened if self.device.secured is not None else ()

    async def answered(self, operation: str, ask: Callable[[], Awaitable[Answer]], **about: Any) -> Answer:
        answer = await super().answered(operation, ask, **about)
        self.expect_association(operation.lower())
        return answer

    def is_done(self, answer: Answer, code: str, *, name: str = "") -> bool:
        """Whether what the tester asked is told as done; records ``<operation>.code``, or ``<name>.code``.

        Where the request reached the device twice that is a SHOULD (RFC 7252 §4.5): to answer a copy as the
        original was answered.

        Raises:
            CheckFailed: another code, or no answer, to a request that came once.
        """
        level = Level.SHOULD if self.trouble.repeats else Level.MUST
        answer.expect(name=name or None, code=code, level=level)
        return answer.code == code

    async def asked(
        self,
        operation: type[Operation],
        provoke: Callable[[], Awaitable[object]],
        receive: Callable[[], Awaitable[Arrival[Operation]]] | None = None,
        *,
        may_give_up: bool = False,
    ) -> Arrival[Operation]:
        """What the device asks of its own accord, once it is provoked, arrives as one message.

        Records ``<operation>.received``, ``<operation>.retransmission`` where the device has to repeat
        itself, and ``<operation>.once``. What it `may_give_up` need not be repeated (RFC 7252 §4.2).

        Raises:
            CheckFailed: it did not come, or was not repeated as the same message.
            Inconclusive: the device did not ask for it at all.
            NotApplicable: it does not repeat messages, or ends the association as it may.
        """
        if not may_give_up:
            self._need_repetition()
        check, begin = operation.operation, len(self.device.context.messages)
        struck = len(self.network.fired)
        await self.strike(Direction.FROM_SUT, exchange_of(operation=operation.__name__))
        await provoke()
        if not await self.network.struck(struck + 1, self.patience):
            self.device.check_alive()
            raise Inconclusive(f"preamble: no {operation.__name__} came within {self.patience:.1f} s")
        arrival = await (receive() if receive else self.device.next(operation, self.patience))
        wanted = asks_for(operation.__name__)
        await self._expect_repeated(check, begin, wanted, may_give_up=may_give_up)
        if self.trouble is Trouble.DUPLICATED:
            await self.network.struck(struck + 2, self.patience)
        await self.settled()
        self._expect_once(check, begin, wanted)
        return arrival

    async def told(
        self, observation: Observation, changing: Variable, value: Value, *, name: str = "notification"
    ) -> Notification:
        """The notification of a change arrives as one message, and with it the value.

        Records ``<name>.received``, ``.value``, and ``.retransmission`` and ``.once`` of a confirmable one.

        Raises:
            CheckFailed: it did not come, was not repeated as the same message, or came as several.
            NotApplicable: the device does not repeat messages, or ends the association as it may; or what is
                in trouble is no confirmable notification, or another took its place (RFC 7641 §4.5.2).
        """
        self._need_repetition()
        begin = len(self.device.context.messages)
        await self.strike(Direction.FROM_SUT, notification_of("Observe"))
        await changing.becomes(value)
        await self._need_confirmable(observation, begin)
        notification = await observation.next(self.patience, name=name)
        notification.expect(name=name, value=value)

        def wanted(line: Line) -> bool:
            return _tells(line, observation)

        await self._expect_repeated(name, begin, wanted)
        await self.settled()
        self._expect_once(name, begin, wanted)
        return notification

    async def _expect_repeated(
        self, check: str, begin: int, wanted: Callable[[Line], bool], *, may_give_up: bool = False
    ) -> None:
        """Where the device has to repeat a message, it is the same; records ``<check>.retransmission``."""
        context, number = self.device.context, 2 if self._shows_repetition else 1
        enough = await context.heard.first(
            lambda: found if len(found := self.sent(begin, wanted)) >= number else None, self.patience
        )
        sent = enough or self.sent(begin, wanted)
        self.check_spoilt()
        self.expect_association(check)
        if not self._shows_repetition:
            return
        second = sent[1] if len(sent) > 1 else None
        if second is None and may_give_up:
            context.record.note(f"the {check} is not repeated", frame=sent[0]["frame"])
            return
        if second and second["code"] == "2.05" and _version(second) != _version(sent[0]):
            raise NotApplicable("another notification took the place of the one in trouble (RFC 7641 §4.5.2)")
        context.record.judge(
            f"{check}.retransmission",
            identity(sent[0]),
            identity(second) if second else None,
            subject=Subject("message", second["frame"] if second else sent[0]["frame"]),
            what="Message ID and token of the message when it is sent again:",
            limit=self.patience,
        )

    def _need_repetition(self) -> None:
        """Raises NotApplicable for a device that sends its messages once (RFC 7252 §4.8.1)."""
        if self.trouble is not Trouble.DUPLICATED:
            self.device.context.need_repetition()

    async def _need_confirmable(self, observation: Observation, begin: int) -> None:
        """See what is in trouble: a device may tell in either type of message (RFC 7641 §4.5)."""
        told = await self.device.context.heard.first(
            lambda: next(iter(self.sent(begin, lambda line: _tells(line, observation))), None), self.patience
        )
        if told is not None and told["type"] != "CON":
            raise NotApplicable("the SUT tells the change in a non-confirmable message")
        if told is None and self.hides_first:
            self.device.check_alive()
            raise NotApplicable("nothing comes after a notification that may have been non-confirmable")

    @property
    def _shows_repetition(self) -> bool:
        """Whether the device has to repeat itself, and both of its messages can be read."""
        return not self.hides_first and self.trouble is not Trouble.DUPLICATED

    def _expect_once(self, check: str, begin: int, wanted: Callable[[Line], bool]) -> None:
        """Until it was repeated nothing else said the same: what comes later may be of the device's own."""
        sent = self.sent(begin, wanted)
        names = [identity(line) for line in sent]
        repeated = (number for number, name in enumerate(names) if name in names[:number])
        end = next(repeated, len(names)) if self._shows_repetition else 1
        self.device.context.record.judge(
            f"{check}.once",
            1,
            len(set(names[:end])),
            subject=Subject("message", sent[-1]["frame"] if sent else None),
            what="different messages that say the same:",
            level=Level.SHOULD,
        )


def _tells(line: Line, observation: Observation) -> bool:
    """Whether a message is a notification of this observation."""
    return bool(line["token"] == observation.handle.token.hex() and line["code"] == "2.05")


def _version(line: Line) -> tuple[object, object]:
    """Of a notification, what tells it from another one that is not the same sent again."""
    return line["payload"], option_values(dict(line), OptionNumber.OBSERVE)
