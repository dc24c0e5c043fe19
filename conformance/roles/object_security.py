"""OSCORE with the device under test: how its messages came, and requests in envelopes that a case makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.coap.codec import dissect, encode
from conformance.coap.message import Message
from conformance.coap.options import Option, OptionNumber
from conformance.matching import matches, one_of
from conformance.messages import Path, Register
from conformance.oscore.carrier import Envelope, Incident, OscoreCarrier
from conformance.oscore.context import SecurityContext
from conformance.roles.answer import Answer
from conformance.roles.arrival import Arrival
from conformance.roles.crafted import sent
from conformance.roles.observation import Notification
from conformance.verdicts import Subject

if TYPE_CHECKING:
    from conformance.roles.device import Device

KID = 0x08
"""The flag of an OSCORE option that says that the Sender ID follows at its end (RFC 8613 §6.1)."""


class ObjectSecurity:
    """The tester's end of OSCORE with the device under test."""

    def __init__(self, device: Device, carrier: OscoreCarrier) -> None:
        self.device = device
        self.carrier = carrier

    @property
    def incidents(self) -> list[Incident]:
        """Messages of the device that were not protected, or not under the context that it was given."""
        return self.carrier.incidents

    def expect_no_incident(self) -> None:
        """All that the device sent so far was protected under its context; records ``oscore.protected``.

        Raises:
            CheckFailed: something was not.
        """
        told = [f"{each.message.code} {each.reason}" for each in self.incidents]
        self.device.context.record.judge(
            "oscore.protected",
            [],
            told,
            actual=", ".join(told) or None,
            what="messages of the device that are not protected under its context:",
            subject=Subject("oscore", self.incidents[0].frame if told else None),
        )

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

    def seal(self, message: Message) -> Envelope:
        """A request protected as it ought to be."""
        return self.carrier.seal(message)

    def seal_with_other_secret(self, message: Message) -> Envelope:
        """A request protected by one who knows the IDs, but not the Master Secret."""
        own = self.carrier.context
        secret = bytes(octet ^ 0xFF for octet in own.parameters.master_secret)
        stolen = replace(own.parameters, master_secret=secret)
        return self.carrier.seal(message, SecurityContext(stolen, own.new_sequence_number()))

    def with_other_kid(self, envelope: Envelope) -> Envelope:
        """The envelope with the Sender ID of a context that the device does not have."""
        outer = dissect(envelope.datagram)[0]
        value = outer.values(OptionNumber.OSCORE)[0]
        number = value[0] & 0x07
        other = bytes([value[0] | KID]) + value[1 : 1 + number] + b"nobody"
        return replace(envelope, datagram=encode(outer.with_options(Option(OptionNumber.OSCORE, other))))

    def with_changed_byte(self, envelope: Envelope, from_end: int) -> Envelope:
        """The envelope with one bit of its ciphertext turned, in the octet so far from the end."""
        octets = bytearray(envelope.datagram)
        octets[-from_end] ^= 0x01
        return replace(envelope, datagram=bytes(octets))

    def again(self, envelope: Envelope, message: Message) -> Envelope:
        """The envelope under the Message ID and token of another message, so that CoAP takes it for new."""
        outer = dissect(envelope.datagram)[0]
        return replace(envelope, datagram=encode(outer.with_(mid=message.mid, token=message.token)))

    def bare(self, message: Message) -> Envelope:
        """A request without OSCORE."""
        return Envelope(encode(message), None)

    async def sent(self, envelope: Envelope, message: Message, name: str, path: Path) -> Answer:
        """Send the envelope, which stands for the message, and wait for an answer for the quiet time."""
        self.carrier.put_in(envelope, message, self.device.current.remote)
        return await sent(self.device, encode(message), name, path, limit=self.device.ixit.quiet_time)

    def expect_refused(self, answer: Answer, name: str, code: str) -> None:
        """A request gets no answer, or an error outside OSCORE: this code, or another at will.

        Records ``<name>.refused``.

        Raises:
            CheckFailed: it was answered otherwise, or under OSCORE.
        """
        came = "a Reset" if answer.outcome == "reset" else "nothing"
        if answer.answered:
            outside = answer.frame in self.carrier.outer
            came = f"{answer.code} {'outside' if outside else 'under'} OSCORE"
        self.device.context.record.judge(
            f"{name}.refused",
            one_of("nothing", f"{code} outside OSCORE"),
            came,
            tolerated=matches(r"a Reset|[45]\.\d\d outside OSCORE"),
            subject=Subject(f"{name}.refused", answer.frame),
        )
