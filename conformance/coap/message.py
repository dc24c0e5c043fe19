"""A CoAP message as a value, with the views on its options that a test reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from conformance.coap.block import Block
from conformance.coap.codes import Code
from conformance.coap.options import Option, OptionNumber

__all__ = ["Block", "Code", "Message", "Option", "OptionNumber", "Type", "request_options"]


class Type(IntEnum):
    """The Type field (RFC 7252 §3): confirmable, non-confirmable, acknowledgement, reset."""

    CON = 0
    NON = 1
    ACK = 2
    RST = 3


@dataclass(frozen=True)
class Message:
    """A CoAP message; `mid` is the Message ID, options are kept in the order of their numbers.

    Nothing is judged here: what the codec cannot write raises when it is encoded, and what the
    documents forbid is found by `decode` and `dissect`.
    """

    type: Type
    code: Code
    mid: int
    token: bytes = b""
    options: tuple[Option, ...] = ()
    payload: bytes = b""

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", Code(self.code))
        object.__setattr__(self, "options", tuple(sorted(self.options, key=lambda option: option.number)))

    def with_(self, **changes: Any) -> Message:
        """A copy with the named fields changed."""
        return replace(self, **changes)

    def with_options(self, *options: Option) -> Message:
        """A copy in which these options replace those that have the same numbers."""
        return replace(self, options=self.without(*(option.number for option in options)).options + options)

    def without(self, *numbers: int) -> Message:
        """A copy without any option that has one of these numbers."""
        return replace(self, options=tuple(option for option in self.options if option.number not in numbers))

    @property
    def is_request(self) -> bool:
        return self.code.is_request

    @property
    def is_response(self) -> bool:
        return self.code.is_response

    @property
    def is_empty(self) -> bool:
        return self.code == Code.EMPTY

    def values(self, number: int) -> tuple[bytes, ...]:
        """The values of all options with this number, as they stand on the wire."""
        return tuple(option.value for option in self.options if option.number == number)

    def first(self, number: int) -> Option | None:
        """The first option with this number, or None."""
        return next((option for option in self.options if option.number == number), None)

    @property
    def uri_host(self) -> str | None:
        return self._text(OptionNumber.URI_HOST)

    @property
    def uri_path(self) -> tuple[str, ...]:
        return self._texts(OptionNumber.URI_PATH)

    @property
    def uri_query(self) -> tuple[str, ...]:
        return self._texts(OptionNumber.URI_QUERY)

    @property
    def location_path(self) -> tuple[str, ...]:
        return self._texts(OptionNumber.LOCATION_PATH)

    @property
    def location_query(self) -> tuple[str, ...]:
        return self._texts(OptionNumber.LOCATION_QUERY)

    @property
    def content_format(self) -> int | None:
        return self._uint(OptionNumber.CONTENT_FORMAT)

    @property
    def accept(self) -> int | None:
        return self._uint(OptionNumber.ACCEPT)

    @property
    def observe(self) -> int | None:
        return self._uint(OptionNumber.OBSERVE)

    @property
    def max_age(self) -> int | None:
        return self._uint(OptionNumber.MAX_AGE)

    @property
    def size1(self) -> int | None:
        return self._uint(OptionNumber.SIZE1)

    @property
    def size2(self) -> int | None:
        return self._uint(OptionNumber.SIZE2)

    @property
    def block1(self) -> Block | None:
        return self._block(OptionNumber.BLOCK1)

    @property
    def block2(self) -> Block | None:
        return self._block(OptionNumber.BLOCK2)

    @property
    def etag(self) -> bytes | None:
        option = self.first(OptionNumber.ETAG)
        return option.value if option else None

    @property
    def etags(self) -> tuple[bytes, ...]:
        return self.values(OptionNumber.ETAG)

    @property
    def if_match(self) -> tuple[bytes, ...]:
        return self.values(OptionNumber.IF_MATCH)

    @property
    def if_none_match(self) -> bool:
        return self.first(OptionNumber.IF_NONE_MATCH) is not None

    @property
    def uri(self) -> str:
        """Path and query as a reader knows them: "/rd?ep=dev&lt=60"; "/" where the path is empty."""
        query = "&".join(self.uri_query)
        return "/" + "/".join(self.uri_path) + (f"?{query}" if query else "")

    @property
    def location(self) -> str | None:
        """Location path and query of a response, or None."""
        if not self.location_path and not self.location_query:
            return None
        query = "&".join(self.location_query)
        return "/" + "/".join(self.location_path) + (f"?{query}" if query else "")

    def summary(self) -> str:
        """One line for a log: "CON POST /rd?ep=dev&lt=60 [mid 4711 token a1b2] 40:120 B"."""
        words = [self.type.name]
        if self.is_empty:
            words.append("Empty")
        elif self.is_request:
            words += [self.code.name or str(self.code), self.uri]
        else:
            words.append(f"{self.code} {self.code.name}".strip())
        if self.location is not None:
            words.append(f"Location {self.location}")
        for name, value in (
            ("Accept", self.accept),
            ("Observe", self.observe),
            ("Block1", self.block1),
            ("Block2", self.block2),
        ):
            if value is not None:
                words.append(f"{name} {value}")
        words.append(f"[mid {self.mid} token {self.token.hex()}]" if self.token else f"[mid {self.mid}]")
        if self.payload or self.content_format is not None:
            words.append(
                f"{'' if self.content_format is None else self.content_format}:{len(self.payload)} B"
            )
        return " ".join(words)

    def _texts(self, number: int) -> tuple[str, ...]:
        return tuple(option.as_text for option in self.options if option.number == number)

    def _text(self, number: int) -> str | None:
        option = self.first(number)
        return option.as_text if option else None

    def _uint(self, number: int) -> int | None:
        option = self.first(number)
        return option.as_uint if option else None

    def _block(self, number: int) -> Block | None:
        option = self.first(number)
        return Block.from_uint(option.as_uint & 0xFFFFFF) if option else None


def request_options(
    *,
    path: Iterable[str] = (),
    query: Iterable[str] = (),
    content_format: int | None = None,
    accept: int | None = None,
    observe: int | None = None,
) -> tuple[Option, ...]:
    """The options of a request for a path, from the values a caller has at hand."""
    options = [Option.string(OptionNumber.URI_PATH, segment) for segment in path]
    options += [Option.string(OptionNumber.URI_QUERY, argument) for argument in query]
    for number, value in (
        (OptionNumber.CONTENT_FORMAT, content_format),
        (OptionNumber.ACCEPT, accept),
        (OptionNumber.OBSERVE, observe),
    ):
        if value is not None:
            options.append(Option.uint(number, value))
    return tuple(options)
