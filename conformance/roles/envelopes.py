"""Requests under OSCORE in envelopes that a case makes, and what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from conformance.coap.codec import dissect, encode
from conformance.coap.message import Message
from conformance.coap.options import Option, OptionNumber
from conformance.matching import matches, one_of
from conformance.oscore.carrier import Envelope, Incident, OscoreCarrier
from conformance.oscore.context import SecurityContext
from conformance.roles.answer import Answer
from conformance.roles.context import CaseContext
from conformance.verdicts import NotApplicable, Subject

KID = 0x08
"""The flag of an OSCORE option that says that the Sender ID follows at its end (RFC 8613 §6.1)."""
KID_CONTEXT = 0x10
"""The flag that says that an ID Context stands in it."""
TAG = 8
"""Octets of the authentication tag at the end of the ciphertext (AES-CCM-16-64-128)."""


class Envelopes:
    """The tester's end of OSCORE: requests as a case has them go out, and how the SUT protects its own."""

    def __init__(self, context: CaseContext, carrier: OscoreCarrier) -> None:
        self.context = context
        self.carrier = carrier

    @property
    def incidents(self) -> list[Incident]:
        """Messages of the SUT that were not protected, or not under the context that it was given."""
        return self.carrier.incidents

    def expect_no_incident(self) -> None:
        """All that the SUT sent so far was protected under its context; records ``oscore.protected``.

        A context that it derives anew is its own, too (RFC 8613 Appendix B.2).

        Raises:
            CheckFailed: something was not.
        """
        wrong = [each for each in self.incidents if not _derives_anew(each)]
        told = [f"{each.message.code} {each.reason}" for each in wrong]
        self.context.record.judge(
            "oscore.protected",
            [],
            told,
            actual=", ".join(told) or None,
            what="messages of the SUT that are not protected under its context:",
            subject=Subject("oscore", wrong[0].frame if wrong else None),
        )

    def need_fixed_context(self) -> None:
        """Say that the case needs a context that is derived once.

        Raises:
            NotApplicable: the SUT sends an ID Context of its own, as it does when it derives the context anew
                (RFC 8613 Appendix B.2); the tester does not take part in that.
        """
        if any(_derives_anew(incident) for incident in self.incidents):
            raise NotApplicable("the SUT derives its OSCORE context anew (RFC 8613 Appendix B.2)")

    @contextmanager
    def recording(self) -> Iterator[list[Envelope]]:
        """Keeps the envelopes of what the tester sends meanwhile."""
        kept: list[Envelope] = []

        def keep(_message: Message, envelope: Envelope) -> Envelope:
            kept.append(envelope)
            return envelope

        with self.altering(keep):
            yield kept

    @contextmanager
    def altering(self, change: Callable[[Message, Envelope], Envelope]) -> Iterator[None]:
        """Has what the tester sends meanwhile changed on its way: the message, and how it would go out."""
        self.carrier.alter = change
        try:
            yield
        finally:
            self.carrier.alter = None

    def seal(self, message: Message) -> Envelope:
        """A request protected as it ought to be."""
        return self.carrier.seal(message)

    def seal_with_other_secret(self, message: Message) -> Envelope:
        """A request protected by somebody who knows the IDs, but not the Master Secret."""
        own = self.carrier.context
        secret = bytes(octet ^ 0xFF for octet in own.parameters.master_secret)
        stolen = replace(own.parameters, master_secret=secret)
        return self.carrier.seal(message, SecurityContext(stolen, own.new_sequence_number()))

    def with_other_kid(self, envelope: Envelope, sender_id: bytes = b"nobody") -> Envelope:
        """The envelope with another Sender ID, by default of a context that the SUT does not have."""
        outer = dissect(envelope.datagram)[0]
        value = outer.values(OptionNumber.OSCORE)[0]
        number = value[0] & 0x07
        other = bytes([value[0] | KID]) + value[1 : 1 + number] + sender_id
        return envelope.altered(encode(outer.with_options(Option(OptionNumber.OSCORE, other))))

    def with_changed_byte(self, envelope: Envelope, from_end: int) -> Envelope:
        """The envelope with one bit of its ciphertext turned, in the octet so far from the end."""
        octets = bytearray(envelope.datagram)
        octets[-from_end] ^= 0x01
        return envelope.altered(bytes(octets))

    def again(self, envelope: Envelope, message: Message) -> Envelope:
        """The envelope under the Message ID and token of another message, so that CoAP takes it for new."""
        outer = dissect(envelope.datagram)[0]
        return envelope.altered(encode(outer.with_(mid=message.mid, token=message.token)))

    def bare(self, message: Message) -> Envelope:
        """A request without OSCORE."""
        return Envelope(encode(message), None)

    def expect_refused(self, answer: Answer, name: str, code: str) -> None:
        """A request gets no answer, or an error outside OSCORE: this code, or another at will.

        A SUT may also ask for a proof of freshness, 4.01 with Echo, before it looks further (RFC 9175 §2.3).
        Records ``<name>.refused``.

        Raises:
            CheckFailed: it was answered otherwise, or under OSCORE.
        """
        came = "a Reset" if answer.outcome == "reset" else "nothing"
        if answer.answered:
            outside = answer.frame in self.carrier.outer
            came = f"{answer.code} {'outside' if outside else 'under'} OSCORE"
            came += " with Echo" if answer.message.first(OptionNumber.ECHO) else ""
        self.context.record.judge(
            f"{name}.refused",
            one_of("nothing", f"{code} outside OSCORE"),
            came,
            tolerated=matches(r"a Reset|[45]\.\d\d outside OSCORE( with Echo)?|4\.01 under OSCORE with Echo"),
            subject=Subject(f"{name}.refused", answer.frame),
        )


def _derives_anew(incident: Incident) -> bool:
    """Whether a message names an ID Context, which the contexts of the tester are without."""
    option = incident.message.first(OptionNumber.OSCORE)
    return option is not None and bool(option.value[:1]) and bool(option.value[0] & KID_CONTEXT)
