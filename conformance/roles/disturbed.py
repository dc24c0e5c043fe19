"""One exchange of the device under a trouble of the network, and how often it really took place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from conformance.faults import Direction, Match
from conformance.faults.troubles import Trouble, faults_of
from conformance.roles.account import Operation
from conformance.roles.arrival import Arrival
from conformance.roles.device import Device
from conformance.verdicts import Subject

ACK_RANDOM_FACTOR = 1.5
"""The longest first time-out of a confirmable message, in ACK_TIMEOUT (RFC 7252 §4.8)."""

Line = dict[str, Any]


class Disturbed:
    """The exchanges of a device, each of which meets the same trouble."""

    def __init__(self, device: Device, trouble: Trouble) -> None:
        self.device = device
        self.trouble = trouble
        self.secured = device.secured is not None

    @property
    def late(self) -> float:
        """Seconds after which whoever asks, the device or the tester, has repeated itself once."""
        longest = max(self.device.ixit.ack_timeout, self.device.endpoint.parameters.ack_timeout)
        return ACK_RANDOM_FACTOR * longest * 1.2

    def strike(self, asked: Direction, **about: Any) -> None:
        """Let the trouble come over the next exchange that these fields of a `Match` are about."""
        network = self.device.network
        network.disturb(*faults_of(self.trouble, Match(**about), asked, self.late, secured=self.secured))

    async def request_of_device(
        self, operation: type[Operation], provoke: Callable[[], Awaitable[object]]
    ) -> Arrival[Operation]:
        """What the device asks of its server of its own accord arrives, once, whatever happens on the way.

        Records ``<operation>.received``, ``<operation>.retransmission`` where the device has to repeat
        itself, and ``<operation>.once``.

        Raises:
            CheckFailed: it did not come, was not repeated as the same message, or came as several.
        """
        device, name = self.device, operation.__name__
        begin = len(device.context.messages)
        self.strike(Direction.FROM_SUT, operation=name)
        await provoke()
        arrival = await device.next(operation, self.patience)
        sent = await self._sent(name, begin, 1 if self.trouble is Trouble.DUPLICATED else 2)
        record, check = device.context.record, operation.operation
        if self.trouble is not Trouble.DUPLICATED and not (self.secured and len(sent) == 1):
            second = sent[1] if len(sent) > 1 else None
            record.judge(
                f"{check}.retransmission",
                _identity(sent[0]),
                _identity(second) if second else None,
                subject=Subject("message", second["frame"] if second else sent[0]["frame"]),
                what=f"Message ID and token of the {name} when it is sent again:",
                limit=self.patience,
            )
        await device.network.struck(1, self.late)
        await device.control()
        record.judge(
            f"{check}.once",
            1,
            len({_identity(line) for line in self._lines(name, begin)}),
            subject=Subject("message", sent[-1]["frame"] if sent else None),
            what=f"different messages with the {name}:",
        )
        return arrival

    @property
    def patience(self) -> float:
        """Seconds within which what was lost once has come, and its answer."""
        return self.device.ixit.reaction_time + 2 * self.late

    async def _sent(self, name: str, begin: int, number: int) -> list[Line]:
        """The requests of this operation that the device has sent, as soon as there are so many."""
        enough = await self.device.context.heard.first(
            lambda: found if len(found := self._lines(name, begin)) >= number else None, self.patience
        )
        return enough or self._lines(name, begin)

    def _lines(self, name: str, begin: int) -> list[Line]:
        return [
            line
            for line in self.device.context.messages[begin:]
            if line["direction"] == "in"
            and not line.get("injected")
            and line.get("operation") == name
            and str(line["code"]).startswith("0.")
        ]


def _identity(line: Line) -> str:
    return f"{line['mid']} {line['token']}"
