"""What became of something that the server's user asked for: the request, the answer, and what the user got.

Each part is judged for the side that it came from: the request and the result for the server, the answer for
the device.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.coap.carrier import Address
from conformance.formats import ContentFormat
from conformance.matching import (
    PRESENT,
    Matcher,
    close_to,
    covering,
    equal,
    one_of,
    plain,
    satisfies,
    show,
    unordered,
)
from conformance.messages.codes import BAD_REQUEST, CONTENT, NOT_ACCEPTABLE, UNSUPPORTED_CONTENT_FORMAT
from conformance.pair.wire import Seen
from conformance.roles.answer import Answer
from conformance.roles.context import CaseContext
from conformance.roles.expectation import UnreadableError
from conformance.roles.server_request import ServerRequest
from conformance.roles.user_side import RESPONSE, Result
from conformance.verdicts import Inconclusive, Subject

OCTETS = "payload_hex"
"""What a server gives its user where it cannot tell a value from octets."""


@dataclass(frozen=True)
class Asked:
    """One operation from the server's user to the device and back; its checks begin with `name`."""

    name: str
    seen: Seen
    request: ServerRequest[Any]
    answer: Answer
    result: Result
    device: CaseContext
    server: CaseContext
    home: Address
    """Where the server listens."""

    def expect(self, code: str, *, clause: str | None = None, **fields: Any) -> None:
        """Expect the device to answer with this code and these fields, and the server to tell its user the
        code.

        Raises:
            CheckFailed: one of them did not; the check stands with the side that is to blame.
            Inconclusive: the two have no payload format in common for this, by what they claim, or the server
                asked from another address than the one at which the device knows it.
        """
        if self.answer.code != code:
            self._see_to_the_source()
            self._see_to_formats()
        self.answer.expect(name=self.name, outcome=RESPONSE)
        self.answer.expect(name=self.name, code=code)
        for field in fields:
            self._see_that_it_can_be_read(field)
        self.answer.expect(name=self.name, clause=clause, **fields)
        self._see_what_comes_back()
        self.result.expect(name=f"{self.name}-result", outcome=RESPONSE, code=code)

    def expect_value(self, value: object) -> None:
        """Expect 2.05 with this value from the device, and that the server tells its user the same."""
        self.expect(CONTENT, value=value)
        expect_told(self.result, f"{self.name}-result", self.answer, self.server)

    def expect_values(self, values: Mapping[str, object], *, code: str = CONTENT) -> None:
        """Expect this code with these values by path, among others, and that the server tells its user the
        same."""
        self.expect(code, values=covering(values))
        expect_told_values(self.result, f"{self.name}-result", self.answer, values, self.server)

    def expect_links(self, attributes: Mapping[str, str] | None = None) -> None:
        """Expect 2.05 with links from the device, and that the server tells its user the same targets.

        With `attributes` the link of the path that was asked for has them too, here and there.
        """
        self.expect(CONTENT, targets=PRESENT)
        target = str(self.answer.path)
        if attributes is not None:
            _judge_attributes(self.device, self.name, attributes, self.answer.attributes(target))
        self.result.expect(name=f"{self.name}-result", links=PRESENT)
        try:
            told: object = list(self.result.links)
        except UnreadableError as problem:
            told = {"unreadable": str(problem)}
        self.server.record.judge(
            f"{self.name}-result.targets",
            unordered(*self.answer.targets),
            told,
            what=f"result of {self.name} with targets",
            source="live",
        )
        if attributes is not None:
            _judge_attributes(self.server, f"{self.name}-result", attributes, self.result.attributes(target))

    def _see_that_it_can_be_read(self, field: str) -> None:
        try:
            getattr(self.answer, field)
        except UnreadableError as problem:
            self.device.record.judge(
                f"{self.name}.{field}",
                "something readable",
                {"unreadable": str(problem)},
                what=f"answer to {self.name} with {field}",
                actual=f"answer to {self.name}: {problem}",
                subject=Subject(field, self.answer.frame),
            )

    def _see_to_the_source(self) -> None:
        port = self.seen.passage.server[1]
        if self.seen.passage.server != self.home:
            raise Inconclusive(
                f"the server asked from port {port} (frame {self.seen.frame}), the device knows it at port "
                f"{self.home[1]} and may take it for a stranger: {self.name} ends with "
                f"{self.answer.code or self.answer.outcome}"
            )

    def _see_to_formats(self) -> None:
        chosen = (self.request.accept, self.request.format)
        strange = [number for number in chosen if number is not None and not self._device_claims(number)]
        if strange and self.answer.code in (NOT_ACCEPTABLE, UNSUPPORTED_CONTENT_FORMAT, BAD_REQUEST):
            raise Inconclusive(
                f"the server chose {_name(strange[0])}, which the device does not claim, and the device "
                f"answered {self.answer.code} (frame {self.answer.frame})"
            )

    def _device_claims(self, number: int) -> bool:
        return number == ContentFormat.LINK or _claims(self.device, "format", number)

    def _see_what_comes_back(self) -> None:
        number = self.answer.format
        lost = self.result.outcome != RESPONSE
        if lost and self.answer.code == CONTENT:
            self.answer.expect(name=f"{self.name}-payload", format=PRESENT, clause="LwM2M Core 1.1.1 §7.4")
        if lost and number is not None and not _claims(self.server, "takes", number):
            raise Inconclusive(
                f"the device answered in {_name(number)} (frame {self.answer.frame}), which the server does "
                f"not claim to take; its user got {self.result.outcome}"
            )


def _judge_attributes(
    context: CaseContext, name: str, wanted: Mapping[str, str], found: Mapping[str, str | None]
) -> None:
    context.record.judge(f"{name}.attributes", covering(wanted), found, what=f"{name} with the attributes")


def expect_told(told: Any, name: str, answer: Answer, server: CaseContext) -> None:
    """Expect that the server's user was given the value that the device sent, or its octets.

    Raises:
        CheckFailed: it was not.
        Inconclusive: it was not, and the device sent it in a format that the server does not claim to take.
    """
    given = plain(told.given.get("value"))
    number = answer.format
    claims = number is None or _claims(server, "takes", number) or OCTETS in told.given
    if number is not None and not claims and not satisfies(as_told(answer.value), given):
        raise Inconclusive(
            f"the device sent {show(plain(answer.value))} in {_name(number)} (frame {answer.frame}), "
            f"which the server does not claim to take; its user got {show(given)}"
        )
    if number in (None, ContentFormat.TEXT) and isinstance(given, str):
        # without a definition of the Resource, text is all that the server can tell
        text = answer.payload.decode(errors="replace")
        told.expect(name=name, value=one_of(text, answer.value))
    elif OCTETS in told.given and "value" not in told.given:
        told.expect(name=name, payload_hex=answer.payload.hex())
    else:
        told.expect(name=name, value=as_told(answer.value))


def expect_told_values(
    told: Any, name: str, answer: Answer, values: Mapping[str, object], server: CaseContext
) -> None:
    """Expect that the server's user was given the values by path that the device sent.

    Raises:
        CheckFailed: it was not.
        Inconclusive: it was not, and the device sent them in a format that the server does not claim to take.
    """
    sent = {path: plain(answer.values[path]) for path in values}
    given = told.given.get("values")
    number = answer.format
    lost = not satisfies(covering(sent), plain(given if isinstance(given, dict) else {}))
    if lost and number is not None and not _claims(server, "takes", number):
        raise Inconclusive(
            f"the device sent its values in {_name(number)} (frame {answer.frame}), which the server does "
            f"not claim to take; its user got {show(plain(given))}"
        )
    told.expect(name=name, values=covering(sent))


def as_told(value: object) -> Matcher:
    """A value as the adapter of a server gives it; a Float with the precision of its format."""
    shown = plain(value)
    return close_to(shown) if isinstance(shown, float) else equal(shown)


def _claims(context: CaseContext, what: str, number: int) -> bool:
    try:
        item = f"{what}_{ContentFormat(number).name.lower()}"
    except ValueError:
        return False
    return bool(context.ics[item])


def _name(number: int) -> str:
    try:
        return f"{ContentFormat(number).name} ({number})"
    except ValueError:
        return f"Content-Format {number}"
