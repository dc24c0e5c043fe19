"""OSCORE with the device under test: how its messages came, and requests that a case makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.coap.codec import encode
from conformance.coap.message import Message
from conformance.messages import Path, Register
from conformance.oscore.carrier import Envelope, OscoreCarrier
from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.crafted import sent
from conformance.roles.envelopes import Envelopes
from conformance.roles.observation import Notification
from conformance.verdicts import Subject

if TYPE_CHECKING:
    from conformance.roles.device import Device


class ObjectSecurity(Envelopes):
    """The tester's end of OSCORE with the device under test."""

    def __init__(self, device: Device, carrier: OscoreCarrier) -> None:
        super().__init__(device.context, carrier)
        self.device = device

    def expect_no_request_before(self, register: Arrival[Register]) -> None:
        """The Register was the first request of the device; records ``session.absent``.

        Raises:
            CheckFailed: another came before.
        """
        assert register.frame is not None
        earlier = [
            line["summary"]
            for line in self.device.context.messages
            if line["direction"] == "in" and line["frame"] < register.frame
        ]
        self.device.context.record.judge(
            "session.absent",
            [],
            earlier,
            actual="; ".join(earlier) or None,
            what="messages of the device before its Register:",
            subject=Subject("oscore", register.frame),
        )

    def expect_own_nonces(self, notifications: Sequence[Notification]) -> None:
        """Each notification has a Partial IV of its own, above that before it.

        Records ``notifications.partial_iv``.

        Raises:
            CheckFailed: one has none, or they do not rise.
        """
        frames = [told.frame for told in notifications if told.frame is not None]
        numbers = [self.carrier.partial_ivs.get(frame) for frame in frames]
        own = [number for number in numbers if number is not None]
        rising = own == numbers == sorted(set(own))
        self.device.context.record.judge(
            "notifications.partial_iv",
            "rising",
            "rising" if rising else ", ".join(map(str, numbers)),
            what="Partial IVs of the notifications:",
            subject=Subject("oscore", frames[-1] if frames else None),
        )

    async def sent(self, envelope: Envelope, message: Message, name: str, path: Path) -> Answer:
        """Send the envelope, which stands for the message, and wait for an answer for the quiet time."""
        self.carrier.put_in(envelope, message, self.device.current.remote)
        return await sent(self.device, encode(message), name, path, limit=self.device.ixit.quiet_time)
