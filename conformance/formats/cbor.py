"""CBOR: one Resource as one data item (LwM2M Core 1.2 §7.4.3 and App. C, Content-Format 60)."""

import math
from datetime import datetime

import cbor2

from conformance.formats.cbor_items import Item, Tagged, parse
from conformance.formats.findings import Irregularity, Reading
from conformance.formats.single import only_value, require_resource
from conformance.formats.typed import INTEGRAL, NUMERIC, encodable, number_of, object_link_of, string_of
from conformance.formats.values import DataType, Entry, ObjectLink, Path, TypeOf, Value

_SELF_DESCRIBED = 55799
_DATE_TIME = 0
_EPOCH = 1


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The one data item as value of the type of the Resource.

    A Time may also be a tag 1 number or a tag 0 date and time (RFC 8949 §3.4.1, §3.4.2).

    Raises:
        MalformedPayload: not exactly one well-formed item, or not of the type of the Resource.
    """
    path = require_resource(reading)
    item = parse(payload, reading)
    if isinstance(item.value, Tagged) and item.value.tag == _SELF_DESCRIBED:
        item = item.value.content
    return (Entry(path, value_of(item, reading.type_of(path), path, reading)),)


def encode(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """The one value as a data item in its shortest form.

    Raises:
        ValueError: not one value, or not of its type.
    """
    path, value = only_value(entries, base)
    value, _ = encodable(value, type_of, path)
    return cbor2.dumps(str(value) if isinstance(value, ObjectLink) else value, canonical=True)


def value_of(item: Item, data_type: DataType | None, path: Path, reading: Reading) -> Value:
    """A data item as value of the type of its Resource; an unknown type gives what the item is.

    Raises:
        MalformedPayload: the item does not stand for a value of the type.
    """
    value = item.value
    if isinstance(value, Tagged):
        value = _untagged(value, data_type, path, reading)
    match value:
        case bool() if data_type in (None, DataType.BOOLEAN):
            return value
        case bytes() if data_type in (None, DataType.OPAQUE):
            return value
        case str() if data_type == DataType.OBJLNK:
            return object_link_of(value, path, reading)
        case str() if data_type in (None, DataType.STRING, DataType.CORELNK):
            return string_of(value, data_type, path, reading)
        case int() | float() if not isinstance(value, bool) and (data_type is None or data_type in NUMERIC):
            return _number(value, data_type, path, reading)
        case _:
            what = type(item.value).__name__
            raise reading.malformed(
                f"CBOR {what}, but the Resource is {data_type or 'unknown or executable'}",
                item.offset,
                path=path,
            )


def _number(number: int | float, data_type: DataType | None, path: Path, reading: Reading) -> int | float:
    if data_type == DataType.FLOAT and isinstance(number, int):
        reading.irregular(Irregularity.CBOR_INTEGER_FOR_FLOAT, path, f"integer {number} for a Float")
    if data_type in INTEGRAL and isinstance(number, float) and number.is_integer():
        reading.irregular(Irregularity.CBOR_FLOAT_FOR_INTEGER, path, f"float {number} for {data_type}")
    return number_of(number, data_type, path, reading)


def _untagged(tagged: Tagged, data_type: DataType | None, path: Path, reading: Reading) -> int | float | str:
    content = tagged.content.value
    if data_type in (None, DataType.TIME):
        if tagged.tag == _EPOCH and isinstance(content, int | float) and not isinstance(content, bool):
            return content
        if tagged.tag == _DATE_TIME and isinstance(content, str):
            return content if data_type is None else _seconds(content, path, reading)
    raise reading.malformed(
        f"tag {tagged.tag} on {type(content).__name__} does not stand for {data_type or 'a value'}",
        tagged.content.offset,
        path=path,
    )


def _seconds(text: str, path: Path, reading: Reading) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or "T" not in text.upper():
        raise reading.malformed(f"{text[:40]!r} is no date and time of RFC 3339", path=path)
    return math.floor(moment.timestamp())
