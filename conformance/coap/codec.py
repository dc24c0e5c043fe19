"""Bytes to messages and back, as strict as RFC 7252 §3, §4 and §5.4 allow a tester to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.coap.block import RESERVED_SZX
from conformance.coap.codes import Code
from conformance.coap.message import Message, Type
from conformance.coap.options import DEFINITIONS, Option, OptionFormat, OptionNumber

VERSION = 1
HEADER_LENGTH = 4
PAYLOAD_MARKER = 0xFF
MAXIMUM_TOKEN_LENGTH = 8
MAXIMUM_OPTION_NUMBER = 0xFFFF
MAXIMUM_OPTION_LENGTH = 0xFFFF + 269


class Kind(StrEnum):
    """What sort of fault a datagram has; the receiver's duty depends on it."""

    HEADER = "header"  # shorter than a header: no message at all
    VERSION = "version"  # silently ignored, RFC 7252 §3
    TOKEN = "token"
    EMPTY = "empty"
    TYPE = "type"  # a type and a code that do not go together, RFC 7252 §4.2, §4.3
    CODE = "code"  # a reserved class, RFC 7252 §4.2, §4.3
    OPTION_ENCODING = "option-encoding"
    PAYLOAD_MARKER = "payload-marker"
    OPTION_LENGTH = "option-length"  # like an option that is not recognised, RFC 7252 §5.4.3
    OPTION_REPEATED = "option-repeated"  # like an option that is not recognised, RFC 7252 §5.4.5
    OPTION_VALUE = "option-value"
    UINT_LENGTH = "uint-length"  # leading zero bytes: SHOULD NOT, so never a reason to reject

    @property
    def is_option_level(self) -> bool:
        """The message can be read; the duty depends on whether the option is critical (RFC 7252 §5.4.1)."""
        return self in (Kind.OPTION_LENGTH, Kind.OPTION_REPEATED, Kind.OPTION_VALUE)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong in a datagram: where (byte offset), what, and the clause it breaks.

    `option` is the number of the option for the kinds on option level.
    """

    kind: Kind
    offset: int
    reason: str
    clause: str
    option: int | None = None

    @property
    def rejects(self) -> bool:
        """A strict reader must not accept the message; False for what only SHOULD NOT be sent."""
        return self.kind is not Kind.UINT_LENGTH

    def __str__(self) -> str:
        return f"{self.reason} (byte {self.offset}, {self.clause})"


class MalformedMessage(ValueError):  # noqa: N818
    """The datagram is no valid CoAP message; `kind` tells the receiver's duty, `offset` is in bytes."""

    def __init__(
        self, reason: str, offset: int, kind: Kind, clause: str = "", option: int | None = None
    ) -> None:
        super().__init__(f"{reason} (byte {offset}{', ' + clause if clause else ''})")
        self.reason = reason
        self.offset = offset
        self.kind = kind
        self.clause = clause
        self.option = option


def encode(message: Message) -> bytes:
    """The datagram of a message; raises ValueError for what the format cannot express (RFC 7252 §3).

    What can be expressed but is forbidden, such as a repeated option, is written as it stands.
    """
    if len(message.token) > MAXIMUM_TOKEN_LENGTH:
        raise ValueError(
            f"a token has 0..8 bytes, not {len(message.token)}; conformance.coap.malformed breaks this rule"
        )
    if not 0 <= message.mid <= 0xFFFF:
        raise ValueError(f"a Message ID is 0..65535, not {message.mid}")
    header = bytes([VERSION << 6 | message.type << 4 | len(message.token), message.code])
    parts = [header, message.mid.to_bytes(2, "big"), message.token, encode_options(message.options)]
    if message.payload:
        parts += [bytes([PAYLOAD_MARKER]), message.payload]
    return b"".join(parts)


def encode_options(options: tuple[Option, ...]) -> bytes:
    """The option part of a datagram (RFC 7252 §3.1); the options are in the order of their numbers."""
    parts: list[bytes] = []
    previous = 0
    for option in options:
        if not 0 <= option.number <= MAXIMUM_OPTION_NUMBER:
            raise ValueError(f"an option number is 0..65535, not {option.number}")
        if len(option.value) > MAXIMUM_OPTION_LENGTH:
            raise ValueError(
                f"an option value has at most {MAXIMUM_OPTION_LENGTH} bytes, not {len(option.value)}"
            )
        delta, delta_extension = _nibble(option.number - previous)
        length, length_extension = _nibble(len(option.value))
        parts += [bytes([delta << 4 | length]), delta_extension, length_extension, option.value]
        previous = option.number
    return b"".join(parts)


def decode(data: bytes) -> Message:
    """The message in a datagram; raises MalformedMessage, and nothing else, for the first fault."""
    message, findings = dissect(data)
    for finding in findings:
        if finding.rejects:
            raise MalformedMessage(
                finding.reason, finding.offset, finding.kind, finding.clause, finding.option
            )
    return message


def dissect(data: bytes) -> tuple[Message, tuple[Finding, ...]]:
    """What can be read of any bytes, and everything that is wrong with them; never raises.

    Fields that are not there are zero or empty. Reading stops where the format does not say what comes next.
    """
    return _Dissection(bytes(data)).run()


def _nibble(value: int) -> tuple[int, bytes]:
    if value < 13:
        return value, b""
    if value < 269:
        return 13, bytes([value - 13])
    return 14, (value - 269).to_bytes(2, "big")


class _UnreadableError(Exception):
    """The rest of the datagram cannot be read."""


class _Dissection:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = HEADER_LENGTH
        self.findings: list[Finding] = []
        self.token = b""
        self.options: list[Option] = []
        self.payload = b""

    def find(self, kind: Kind, offset: int, reason: str, clause: str, option: int | None = None) -> None:
        self.findings.append(Finding(kind, offset, reason, clause, option))

    def run(self) -> tuple[Message, tuple[Finding, ...]]:
        data = self.data
        if len(data) < HEADER_LENGTH:
            self.find(Kind.HEADER, len(data), f"{len(data)} bytes are no CoAP header", "RFC 7252 §3")
            data = data.ljust(HEADER_LENGTH, b"\0")
            return self._message(data), tuple(self.findings)
        if data[0] >> 6 != VERSION:
            self.find(Kind.VERSION, 0, f"version {data[0] >> 6} instead of 1", "RFC 7252 §3")
        self._header(Type(data[0] >> 4 & 3), Code(data[1]))
        try:
            self._token(data[0] & 0x0F)
            self._options()
        except _UnreadableError:
            pass
        return self._message(data), tuple(self.findings)

    def _message(self, data: bytes) -> Message:
        mid = int.from_bytes(data[2:4], "big")
        return Message(
            Type(data[0] >> 4 & 3), Code(data[1]), mid, self.token, tuple(self.options), self.payload
        )

    def _header(self, type_: Type, code: Code) -> None:
        if code == Code.EMPTY:
            if len(self.data) > HEADER_LENGTH or self.data[0] & 0x0F:
                self.find(Kind.EMPTY, 4, "an Empty message ends after the Message ID", "RFC 7252 §4.1")
            if type_ is Type.NON:
                self.find(Kind.TYPE, 0, "a Non-confirmable message must not be Empty", "RFC 7252 §4.3")
            return
        if not (code.is_request or code.is_response) or code.class_ == 3:
            self.find(Kind.CODE, 1, f"code {code} is of a reserved class", "RFC 7252 §4.2")
        elif type_ is Type.ACK and code.is_request:
            self.find(Kind.TYPE, 1, f"an Acknowledgement carries the request code {code}", "RFC 7252 §4.2")
        if type_ is Type.RST:
            self.find(Kind.TYPE, 1, f"a Reset message must be Empty, not {code}", "RFC 7252 §4.2")

    def _token(self, length: int) -> None:
        if length > MAXIMUM_TOKEN_LENGTH:
            self.find(Kind.TOKEN, 0, f"token length {length} is reserved", "RFC 7252 §3")
        self.token = self.data[self.position : self.position + length]
        if len(self.token) < length:
            self.find(
                Kind.TOKEN,
                len(self.data),
                f"token of {length} bytes is cut after {len(self.token)}",
                "RFC 7252 §3",
            )
            raise _UnreadableError
        self.position += length

    def _options(self) -> None:
        number = 0
        seen: set[int] = set()
        while self.position < len(self.data):
            start = self.position
            byte = self.data[start]
            self.position += 1
            if byte == PAYLOAD_MARKER:
                self.payload = self.data[self.position :]
                if not self.payload:
                    self.find(Kind.PAYLOAD_MARKER, start, "payload marker without payload", "RFC 7252 §3")
                return
            number += self._extended(byte >> 4, "option delta")
            length = self._extended(byte & 0x0F, "option length")
            if number > MAXIMUM_OPTION_NUMBER:
                self._stop(start, f"option number {number} is above 65535")
            value = self.data[self.position : self.position + length]
            if len(value) < length:
                self._stop(start, f"option {number} of {length} bytes is cut after {len(value)}")
            self.position += length
            self.options.append(Option(number, value))
            self._judge(Option(number, value), start, seen)
            seen.add(number)

    def _extended(self, nibble: int, what: str) -> int:
        if nibble == 15:
            self._stop(self.position - 1, f"{what} 15 is reserved for the payload marker")
        width, base = {13: (1, 13), 14: (2, 269)}.get(nibble, (0, nibble))
        extension = self.data[self.position : self.position + width]
        if len(extension) < width:
            self._stop(len(self.data), f"extended {what} is cut")
        self.position += width
        return base + int.from_bytes(extension, "big")

    def _stop(self, offset: int, reason: str) -> None:
        self.find(Kind.OPTION_ENCODING, offset, reason, "RFC 7252 §3.1")
        raise _UnreadableError

    def _judge(self, option: Option, offset: int, seen: set[int]) -> None:
        definition = DEFINITIONS.get(option.number)
        if definition is None:
            return
        name, number, value = definition.name, option.number, option.value
        if number in seen and not definition.repeatable:
            self.find(
                Kind.OPTION_REPEATED, offset, f"{name} occurs more than once", "RFC 7252 §5.4.5", number
            )
        if not definition.minimum <= len(value) <= definition.maximum:
            allowed = f"{definition.minimum}..{definition.maximum}"
            reason = f"{name} has {len(value)} bytes instead of {allowed}"
            self.find(Kind.OPTION_LENGTH, offset, reason, "RFC 7252 §5.4.3", number)
        elif definition.format is OptionFormat.STRING:
            self._judge_text(option, offset)
        elif definition.format is OptionFormat.UINT:
            if value[:1] == b"\0" and definition.minimum < len(value):
                self.find(Kind.UINT_LENGTH, offset, f"{name} has leading zero bytes", "RFC 7252 §3.2", number)
            if number in (OptionNumber.BLOCK1, OptionNumber.BLOCK2) and option.as_uint & 7 == RESERVED_SZX:
                self.find(
                    Kind.OPTION_VALUE, offset, f"{name} has the reserved SZX 7", "RFC 7959 §2.2", number
                )

    def _judge_text(self, option: Option, offset: int) -> None:
        try:
            text = option.value.decode()
        except UnicodeDecodeError:
            self.find(
                Kind.OPTION_VALUE, offset, f"{option.name} is not UTF-8", "RFC 7252 §3.2", option.number
            )
            return
        if option.number in (OptionNumber.URI_PATH, OptionNumber.LOCATION_PATH) and text in (".", ".."):
            clause = "RFC 7252 §5.10.1" if option.number == OptionNumber.URI_PATH else "RFC 7252 §5.10.7"
            self.find(Kind.OPTION_VALUE, offset, f"{option.name} must not be {text!r}", clause, option.number)
