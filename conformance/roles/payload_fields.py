"""What a check can ask of the payload of a message of the SUT, be it a response or a request."""

from functools import cached_property

from conformance.formats import (
    ContentFormat,
    Entry,
    Finding,
    Irregularity,
    MalformedPayload,
    TypeOf,
    Value,
    decode_with_findings,
)
from conformance.messages import Path
from conformance.roles.expectation import Judged, UnreadableError

READ_OVER = frozenset(
    {Irregularity.BASE64_STANDARD, Irregularity.OBJLNK_AS_STRING, Irregularity.FLOAT_EXPONENT}
)
"""Deviations that a case of their own judges, and that must not hide what other cases look at."""


class PayloadFields(Judged):
    """A message with a payload, which is decoded when the first of its fields is asked for."""

    _type_of: TypeOf

    @property
    def format(self) -> int | None:
        """The Content-Format of the payload."""
        raise NotImplementedError

    @property
    def payload(self) -> bytes:
        """The whole payload, put together from its blocks."""
        raise NotImplementedError

    @property
    def base(self) -> Path:
        """The path that the values of the payload stand at or below."""
        raise NotImplementedError

    @cached_property
    def _decoded(self) -> tuple[tuple[Entry, ...], tuple[Finding, ...]]:
        presumed = self.format
        if presumed is None:
            if not self.payload:
                return (), ()
            if len(self.base) < 3:
                raise UnreadableError(f"{len(self.payload)} B of payload without a Content-Format")
            presumed = ContentFormat.TEXT
        try:
            return decode_with_findings(
                presumed, self.payload, base=self.base, type_of=self._type_of, tolerate=READ_OVER
            )
        except MalformedPayload as problem:
            raise UnreadableError(f"malformed payload: {problem}") from None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The decoded payload, leaf by leaf.

        Without a Content-Format the value of a single Resource is presumed to be text (RFC 7252 §5.5.1 leaves
        the guess to the receiver), so that the missing option reddens the case that is about it, not all.

        Raises:
            UnreadableError: the format cannot be presumed, or the payload is not what the format demands.
        """
        return self._decoded[0]

    @property
    def irregularities(self) -> list[str]:
        """Deviations of the payload that leave its values readable.

        Raises:
            UnreadableError: the payload cannot be read.
        """
        return [str(finding) for finding in self._decoded[1]]

    @property
    def values(self) -> dict[str, Value | None]:
        """The decoded values by path."""
        return {str(Path(*entry.path)): entry.value for entry in self.entries}

    @property
    def paths(self) -> list[str]:
        """The paths that the payload names."""
        return list(self.values)

    @property
    def value(self) -> Value | None:
        """The one value of the payload.

        Raises:
            UnreadableError: there is none, or more than one.
        """
        if len(self.entries) != 1:
            raise UnreadableError(f"{len(self.entries)} values instead of one: {', '.join(self.paths)}")
        return self.entries[0].value
