"""The structure of TLV payloads, before any value is looked at (LwM2M Core 1.2 §7.4.5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from conformance.formats.errors import MalformedPayload
from conformance.formats.values import MAX_ID, ContentFormat


class Kind(StrEnum):
    """Bits 7-6 of the Type byte: 00, 01, 10, 11."""

    INSTANCE = "instance"
    RESOURCE_INSTANCE = "resource_instance"
    MULTIPLE_RESOURCE = "multiple_resource"
    RESOURCE = "resource"


_KINDS = tuple(Kind)
_CHILDREN: dict[Kind, tuple[Kind, ...]] = {
    Kind.INSTANCE: (Kind.MULTIPLE_RESOURCE, Kind.RESOURCE),
    Kind.MULTIPLE_RESOURCE: (Kind.RESOURCE_INSTANCE,),
}


@dataclass(frozen=True, slots=True)
class Tlv:
    """One TLV: either `value`, or `children` for an Instance and a multiple Resource.

    `identifier_length` is 1 or 2 bytes; `length_bytes` is the size of the Length field, 0 when the Type byte
    holds the length; `offset` is where the TLV began in the payload. The three are facts of a parsed TLV and
    are ignored when one is written.
    """

    kind: Kind
    identifier: int
    value: bytes = b""
    children: tuple["Tlv", ...] = ()
    identifier_length: int = 1
    length_bytes: int = 0
    offset: int = 0


def parse(payload: bytes) -> tuple[Tlv, ...]:
    """The TLVs of a payload, nested as they are.

    Raises:
        MalformedPayload: a TLV that ends early, a length beyond what holds it, a nesting that is not Instance
            > Resource > Resource Instance, levels mixed side by side, the id 65535, or an id twice at one
            level.
    """
    items = _parse(payload, 0, len(payload), tuple(Kind))
    kinds = {item.kind for item in items}
    if len(kinds) > 1 and not kinds <= set(_CHILDREN[Kind.INSTANCE]):
        raise _malformed(f"{' and '.join(sorted(kinds))} TLVs side by side", 0)
    return items


def serialise(items: Iterable[Tlv]) -> bytes:
    """The TLVs as bytes, with the shortest identifiers and lengths.

    Raises:
        ValueError: an id outside 0 to 65534, or a value of more than 16 777 215 bytes.
    """
    return b"".join(map(_bytes_of, items))


def _parse(payload: bytes, start: int, end: int, allowed: tuple[Kind, ...]) -> tuple[Tlv, ...]:
    items: list[Tlv] = []
    seen: set[int] = set()
    at = start
    while at < end:
        item, at = _parse_one(payload, at, end, allowed)
        if item.identifier in seen:
            raise _malformed(f"{item.kind} {item.identifier} occurs twice", item.offset)
        seen.add(item.identifier)
        items.append(item)
    return tuple(items)


def _parse_one(payload: bytes, at: int, end: int, allowed: tuple[Kind, ...]) -> tuple[Tlv, int]:
    head = payload[at]
    kind = _KINDS[head >> 6]
    if kind not in allowed:
        raise _malformed(f"{kind} TLV where {' or '.join(allowed)} is demanded", at)
    identifier_length = 2 if head & 0x20 else 1
    length_bytes = head >> 3 & 3
    value_at = at + 1 + identifier_length + length_bytes
    if value_at > end:
        raise _malformed("TLV ends within its header", at)
    identifier = int.from_bytes(payload[at + 1 : at + 1 + identifier_length], "big")
    if identifier == MAX_ID:
        raise _malformed("the id 65535 must not be used", at + 1)
    length = int.from_bytes(payload[value_at - length_bytes : value_at], "big") if length_bytes else head & 7
    value_end = value_at + length
    if value_end > end:
        raise _malformed(f"length {length}, but {end - value_at} bytes are left", at)
    children = _CHILDREN.get(kind)
    return (
        Tlv(
            kind,
            identifier,
            value=b"" if children else payload[value_at:value_end],
            children=_parse(payload, value_at, value_end, children) if children else (),
            identifier_length=identifier_length,
            length_bytes=length_bytes,
            offset=at,
        ),
        value_end,
    )


def _bytes_of(item: Tlv) -> bytes:
    value = serialise(item.children) if item.kind in _CHILDREN else item.value
    if not 0 <= item.identifier < MAX_ID or len(value) >= 2**24:
        raise ValueError(f"{item.kind} {item.identifier} with {len(value)} bytes cannot be written as TLV")
    head = _KINDS.index(item.kind) << 6
    identifier_length = 1 if item.identifier < 256 else 2
    length_bytes = 0 if len(value) < 8 else (len(value).bit_length() + 7) // 8
    head |= (identifier_length - 1) << 5 | length_bytes << 3 | (0 if length_bytes else len(value))
    return (
        bytes([head])
        + item.identifier.to_bytes(identifier_length, "big")
        + (len(value).to_bytes(length_bytes, "big") if length_bytes else b"")
        + value
    )


def _malformed(reason: str, offset: int) -> MalformedPayload:
    return MalformedPayload(ContentFormat.TLV, reason, offset)
