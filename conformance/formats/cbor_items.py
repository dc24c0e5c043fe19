"""CBOR data items with what a lenient reader drops: offsets, duplicate keys, trailing bytes (RFC 8949)."""

import struct
from dataclasses import dataclass

from conformance.formats.findings import Reading

_MAX_DEPTH = 16
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag and what it stands before."""

    tag: int
    content: "Item"


@dataclass(frozen=True, slots=True)
class Simple:
    """A simple value that is not a boolean or null; 23 is undefined."""

    number: int


@dataclass(frozen=True, slots=True)
class Array:
    """An array."""

    items: tuple["Item", ...]


@dataclass(frozen=True, slots=True)
class Map:
    """A map with its pairs in order; no key occurs twice."""

    pairs: tuple[tuple["Item", "Item"], ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A data item, where it begins, and whether its length was definite."""

    value: int | float | bool | str | bytes | Array | Map | Tagged | Simple | None
    offset: int
    definite: bool = True


def parse(payload: bytes, reading: Reading) -> Item:
    """The one data item that the payload holds.

    Raises:
        MalformedPayload: not well-formed, a string that is not UTF-8, a key twice in one map, bytes after the
            end, or nesting deeper than 16.
    """
    reader = _Reader(payload, reading)
    item = reader.item(0)
    if reader.at != len(payload):
        raise reading.malformed(f"{len(payload) - reader.at} bytes after the end of the CBOR item", reader.at)
    return item


class _Reader:
    """A cursor over the payload."""

    def __init__(self, payload: bytes, reading: Reading) -> None:
        self._payload = payload
        self._reading = reading
        self.at = 0

    def item(self, depth: int) -> Item:
        start = self.at
        if depth > _MAX_DEPTH:
            raise self._reading.malformed("CBOR is nested too deeply", start)
        head = self._take(1)[0]
        major, info = head >> 5, head & 31
        if major == 7:
            return Item(self._simple_or_float(info, start), start)
        if info == 31:
            return self._indefinite(major, start, depth)
        argument = self._argument(info, start)
        match major:
            case 0:
                return Item(argument, start)
            case 1:
                return Item(-1 - argument, start)
            case 2:
                return Item(self._take(argument), start)
            case 3:
                return Item(self._text(argument), start)
            case 4:
                return Item(Array(tuple(self.item(depth + 1) for _ in range(argument))), start)
            case 5:
                return Item(self._map([self._pair(depth) for _ in range(argument)]), start)
            case _:
                return Item(Tagged(argument, self.item(depth + 1)), start)

    def _take(self, count: int) -> bytes:
        if count > len(self._payload) - self.at:
            raise self._reading.malformed(
                f"CBOR ends early: {count} bytes wanted, {len(self._payload) - self.at} left", self.at
            )
        self.at += count
        return self._payload[self.at - count : self.at]

    def _argument(self, info: int, start: int) -> int:
        if info < 24:
            return info
        if info > 27:
            raise self._reading.malformed(f"additional information {info} is reserved", start)
        return int.from_bytes(self._take(1 << info - 24), "big")

    def _text(self, length: int) -> str:
        start = self.at
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError as problem:
            raise self._reading.malformed("text string is not UTF-8", start + problem.start) from None

    def _simple_or_float(self, info: int, start: int) -> float | bool | Simple | None:
        if info in _FLOATS:
            number: float = struct.unpack(_FLOATS[info], self._take(1 << info - 24))[0]
            return number
        if info in (20, 21):
            return info == 21
        if info == 22:
            return None
        if info < 24:
            return Simple(info)
        if info == 24 and (number_byte := self._take(1)[0]) >= 32:
            return Simple(number_byte)
        what = "a break without an indefinite item" if info == 31 else "a reserved simple value"
        raise self._reading.malformed(what, start)

    def _indefinite(self, major: int, start: int, depth: int) -> Item:
        if major in (2, 3):
            chunks = []
            while not self._break():
                chunk = self.item(depth + 1)
                wanted = bytes if major == 2 else str
                if not chunk.definite or not isinstance(chunk.value, wanted):
                    raise self._reading.malformed("a chunk of another type in a string", chunk.offset)
                chunks.append(chunk.value)
            joined = (
                b"".join(c for c in chunks if isinstance(c, bytes))
                if major == 2
                else "".join(map(str, chunks))
            )
            return Item(joined, start, definite=False)
        if major == 4:
            items = []
            while not self._break():
                items.append(self.item(depth + 1))
            return Item(Array(tuple(items)), start, definite=False)
        if major == 5:
            pairs = []
            while not self._break():
                pairs.append(self._pair(depth))
            return Item(self._map(pairs), start, definite=False)
        raise self._reading.malformed(f"major type {major} cannot be of indefinite length", start)

    def _break(self) -> bool:
        if self._payload[self.at : self.at + 1] == b"\xff":
            self.at += 1
            return True
        return False

    def _pair(self, depth: int) -> tuple[Item, Item]:
        return self.item(depth + 1), self.item(depth + 1)

    def _map(self, pairs: list[tuple[Item, Item]]) -> Map:
        seen = set()
        for key, _ in pairs:
            if isinstance(key.value, int | str | bytes):
                identity = (type(key.value), key.value)
                if identity in seen:
                    raise self._reading.malformed(f"key {key.value!r} occurs twice in one map", key.offset)
                seen.add(identity)
        return Map(tuple(pairs))
