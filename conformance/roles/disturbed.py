"""One exchange of the device under a trouble of the network, and how often it really took place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from conformance.coap.codec import dissect
from conformance.faults import Direction, Layer, Match, Truncate
from conformance.faults.troubles import Trouble, exchange_of, faults_of, notification_of
from conformance.formats import Value
from conformance.roles.account import Operation
from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.device import Device
from conformance.roles.observation import Notification, Observation, Variable
from conformance.verdicts import Level, NotApplicable, Subject

AFTER_REPETITION = 2.0
"""What is late comes after so many ACK_TIMEOUT; the first repetition after 1.5 at most (RFC 7252 §4.8)."""

Line = Mapping[str, Any]


class Disturbed:
    """Exchanges with a device, each of which meets the same trouble."""

    def __init__(self, device: Device, trouble: Trouble) -> None:
        self.device = device
        self.trouble = trouble
        self.secured = device.secured is not None

    def late(self, asked: Direction) -> float:
        """Seconds after which whoever asks has certainly repeated himself once."""
        of_tester = self.device.endpoint.parameters.ack_timeout
        return AFTER_REPETITION * (of_tester if asked is Direction.TO_SUT else self.device.ixit.ack_timeout)

    @property
    def patience(self) -> float:
        """Seconds within which what the device repeats has come, and its answer."""
        return self.device.ixit.reaction_time + 2 * self.late(Direction.FROM_SUT)

    async def strike(self, asked: Direction, exchange: tuple[Match, Match]) -> None:
        """Let the trouble come over the next exchange that these match."""
        late = self.late(asked)
        await self.device.network.arrived()
        self.device.network.disturb(*faults_of(self.trouble, exchange, asked, late, secured=self.secured))

    async def settled(self) -> None:
        """Wait until nothing is held back any more.

        Raises:
            NotApplicable: what was left of a message is one in its own right, because its token is empty.
        """
        network = self.device.network
        await network.settled(2 * self.patience)
        cut = [fired for fired in network.fired if _cuts(network.disturbance.schedule.faults[fired.index])]
        if any(not any(fault.rejects for fault in dissect(fired.after[0])[1]) for fired in cut):
            raise NotApplicable("a message with an empty token cannot be cut to what is none")

    async def asking(self, operation: str, ask: Callable[[], Awaitable[Answer]], **about: Any) -> Answer:
        """The answer to what the tester asks, `operation` by name; `about` are further fields of a `Match`.

        A device may reject what was spoilt with a Reset, as it could not know what it was: then it is asked
        once more.
        """
        await self.strike(Direction.TO_SUT, exchange_of(operation=operation, **about))
        answer = await ask()
        if self.trouble.spoils and answer.outcome == "reset":
            answer.note("what was spoilt is answered by a Reset")
            answer = await ask()
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
        level: Level = Level.MUST,
    ) -> Arrival[Operation]:
        """What the device asks of its own accord, once it is provoked, arrives as one message.

        Records ``<operation>.received``, ``<operation>.retransmission`` where the device has to repeat
        itself, at this level, and ``<operation>.once``.

        Raises:
            CheckFailed: it did not come, or was not repeated as the same message.
        """
        check, begin = operation.operation, len(self.device.context.messages)
        await self.strike(Direction.FROM_SUT, exchange_of(operation=operation.__name__))
        await provoke()
        arrival = await (receive() if receive else self.device.next(operation, self.patience))

        def wanted(line: Line) -> bool:
            return line.get("operation") == operation.__name__ and str(line["code"]).startswith("0.")

        await self._expect_repeated(check, begin, wanted, level)
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
        """
        begin = len(self.device.context.messages)
        await self.strike(Direction.FROM_SUT, notification_of("Observe"))
        await changing.becomes(value)
        notification = await observation.next(self.patience, name=name)
        notification.expect(name=name, value=value)

        def wanted(line: Line) -> bool:
            return bool(line["token"] == observation.handle.token.hex() and line["code"] == "2.05")

        await self._expect_repeated(name, begin, wanted)
        await self.settled()
        self._expect_once(name, begin, wanted)
        return notification

    async def _expect_repeated(
        self, check: str, begin: int, wanted: Callable[[Line], bool], level: Level = Level.MUST
    ) -> None:
        """Where the device has to repeat a message, it is the same; records ``<check>.retransmission``."""
        context, number = self.device.context, 2 if self._shows_repetition else 1
        enough = await context.heard.first(
            lambda: found if len(found := self._sent(begin, wanted)) >= number else None, self.patience
        )
        sent = enough or self._sent(begin, wanted)
        if not self._shows_repetition:
            return
        second = sent[1] if len(sent) > 1 else None
        context.record.judge(
            f"{check}.retransmission",
            _identity(sent[0]),
            _identity(second) if second else None,
            subject=Subject("message", second["frame"] if second else sent[0]["frame"]),
            what="Message ID and token of the message when it is sent again:",
            limit=self.patience,
            level=level,
        )

    @property
    def _shows_repetition(self) -> bool:
        """Whether the device has to repeat itself, and both of its messages can be read."""
        hidden = self.secured and self.trouble is Trouble.LOST_REQUEST
        return not hidden and self.trouble is not Trouble.DUPLICATED

    def _expect_once(self, check: str, begin: int, wanted: Callable[[Line], bool]) -> None:
        """Until it was repeated nothing else said the same: what comes later may be of the device's own."""
        sent = self._sent(begin, wanted)
        names = [_identity(line) for line in sent]
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

    def _sent(self, begin: int, wanted: Callable[[Line], bool]) -> list[Line]:
        """What the device itself has sent since then, lost or not."""
        return [
            line
            for line in self.device.context.messages[begin:]
            if line["direction"] == "in" and not line.get("injected") and "code" in line and wanted(line)
        ]


def _identity(line: Line) -> str:
    return f"{line['mid']} {line['token']}"


def _cuts(fault: Any) -> bool:
    return fault.layer is Layer.MESSAGE and isinstance(fault.action, Truncate)
