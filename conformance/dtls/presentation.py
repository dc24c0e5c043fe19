"""The presentation language of TLS (RFC 5246 §4): big-endian numbers, vectors behind their length."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from conformance.dtls.errors import AlertDescription, DtlsError

T = TypeVar("T")


class Reader:
    """Takes one structure apart; every shortage raises DtlsError decode_error and names the structure."""

    def __init__(self, data: bytes, structure: str) -> None:
        self._data = data
        self._structure = structure
        self.position = 0

    @property
    def left(self) -> int:
        return len(self._data) - self.position

    def take(self, length: int) -> bytes:
        if length > self.left:
            raise DtlsError(
                AlertDescription.DECODE_ERROR,
                f"{self._structure}: {length} bytes wanted at byte {self.position}, {self.left} are left",
            )
        begin = self.position
        self.position += length
        return self._data[begin : self.position]

    def uint(self, width: int) -> int:
        """A number of `width` bytes."""
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int, minimum: int = 0) -> bytes:
        """Bytes whose length stands in front of them in `width` bytes."""
        length = self.uint(width)
        if length < minimum:
            raise DtlsError(
                AlertDescription.DECODE_ERROR,
                f"{self._structure}: a vector of {length} bytes where at least {minimum} are due",
            )
        return self.take(length)

    def vectors(self, width: int, item: Callable[[Reader], T]) -> tuple[T, ...]:
        """A vector of items, each read by `item`."""
        inner = Reader(self.vector(width), self._structure)
        items = []
        while inner.left:
            items.append(item(inner))
        return tuple(items)

    def numbers(self, width: int, item_width: int, minimum: int = 0) -> tuple[int, ...]:
        """A vector of numbers of `item_width` bytes, at least `minimum` of them."""
        inner = Reader(self.vector(width, minimum * item_width), self._structure)
        numbers = []
        while inner.left:
            numbers.append(inner.uint(item_width))
        return tuple(numbers)

    def end(self) -> None:
        """Nothing may follow."""
        if self.left:
            raise DtlsError(
                AlertDescription.DECODE_ERROR, f"{self._structure}: {self.left} bytes after its end"
            )


def uint(width: int, value: int) -> bytes:
    """A number in `width` bytes."""
    return value.to_bytes(width, "big")


def vector(width: int, data: bytes) -> bytes:
    """Bytes with their length in front."""
    return len(data).to_bytes(width, "big") + data


def numbers(width: int, item_width: int, values: Iterable[int]) -> bytes:
    """A vector of numbers."""
    return vector(width, b"".join(uint(item_width, value) for value in values))
