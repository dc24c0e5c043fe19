"""Payloads that are damaged at random, and what the tester's own strict decoders make of them."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

from conformance.exploration.scene import Scene
from conformance.exploration.surface import Target
from conformance.formats import DataType, MalformedPayload, ObjectLink, Value, decode
from conformance.messages import Path
from conformance.messages.management import Payload

DAMAGES = ("cut", "flip", "insert", "remove", "append", "relabel")


def damage(octets: bytes, how: str, place: int, octet: int) -> bytes:
    """The octets with one fault of this kind; `place` counts modulo their number."""
    if not octets:
        return bytes([octet])
    at = place % len(octets)
    match how:
        case "cut":
            return octets[: max(1, at)]
        case "flip":
            return octets[:at] + bytes([octets[at] ^ (octet or 1)]) + octets[at + 1 :]
        case "insert":
            return octets[:at] + bytes([octet]) + octets[at:]
        case "remove":
            return octets[:at] + octets[at + 1 :]
        case "append":
            return octets + bytes([octet])
        case _:
            return octets


def read_payload(scene: Scene, path: Path, payload: Payload) -> dict[Path, Value] | None:
    """The values that a payload assigns at or below a path; None when it is malformed or assigns others."""
    if payload.content_format is None or payload.content_format not in scene.surface.formats:
        return None
    try:
        entries = decode(payload.content_format, payload.data, base=path, type_of=scene.type_of)
    except MalformedPayload:
        return None
    values: dict[Path, Value] = {}
    for entry in entries:
        at = Path(*entry.path)
        target = scene.surface.targets.get(at)
        if target is None or entry.value is None or at[: len(path)] != path or at in values:
            return None
        if not _permitted(target, entry.value) or entry.time is not None:
            return None
        values[at] = entry.value
    return values or None


def _permitted(target: Target, value: Value) -> bool:
    """Whether a value is in the range of its Resource, and stands for nothing but itself."""
    if target.bounds and not isinstance(value, bool | ObjectLink):
        octets = value.encode() if isinstance(value, str) else value
        measure = len(octets) if isinstance(octets, bytes) else octets
        return math.isfinite(measure) and target.bounds[0] <= Decimal(measure) <= target.bounds[1]
    return target.type not in (DataType.OBJLNK, DataType.CORELNK)


def is_ordinary(value: Value) -> bool:
    """Whether a device that takes a value can be expected to hold it as it is.

    Whether it keeps more than 32 bits, more than single precision or control characters is left to it.
    """
    if isinstance(value, bool):
        return True
    if isinstance(value, int):
        return -(2**31) <= value < 2**31
    if isinstance(value, float):
        return abs(value) < 2**20 and struct.unpack("f", struct.pack("f", value))[0] == value
    return not isinstance(value, str) or value.isprintable()
