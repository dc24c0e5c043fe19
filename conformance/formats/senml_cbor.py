"""SenML CBOR and SenML-ETCH CBOR (RFC 8428 §6, RFC 8790, Content-Formats 112 and 322)."""

import math
from decimal import Decimal

import cbor2

from conformance.formats.cbor_items import Array, Item, Map, Tagged, parse
from conformance.formats.findings import Reading
from conformance.formats.senml import (
    ETCH,
    LABELS,
    NUMBER_LABELS,
    TEXT_LABELS,
    VALUE_LABELS,
    Record,
    records,
    resolve,
)
from conformance.formats.typed import Number
from conformance.formats.values import Entry, Path, TypeOf

LABEL_NUMBERS = {
    "bver": -1,
    "bn": -2,
    "bt": -3,
    "bu": -4,
    "bv": -5,
    "bs": -6,
    "n": 0,
    "u": 1,
    "v": 2,
    "vs": 3,
    "vb": 4,
    "s": 5,
    "t": 6,
    "ut": 7,
    "vd": 8,
}
"""Integer labels (RFC 8428 §6, table 4); ``vlo`` stays a text label (LwM2M Core 1.2 §7.4.7)."""

_LABELS_BY_NUMBER = {number: label for label, number in LABEL_NUMBERS.items()}
_DECIMAL_FRACTION = 4


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The entries of a pack; see `senml.resolve`.

    Raises:
        MalformedPayload: no CBOR array of maps, a label that RFC 8428 §6 does not define as integer or
            defines as integer only, a field of the wrong type, ``vs`` or ``vd`` of indefinite length, or what
            `senml.resolve` refuses.
    """
    pack = parse(payload, reading)
    if not isinstance(pack.value, Array):
        raise reading.malformed("a SenML pack is a CBOR array", pack.offset)
    return resolve([_record(item, reading) for item in pack.value.items], reading, _data_of)


def encode(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """The entries as a pack.

    Raises:
        ValueError: what `senml.records` refuses.
    """
    return _write(records(entries, base, type_of, etch=False))


def encode_etch(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """The entries as an ETCH pack: names for FETCH, values and nulls for iPATCH.

    Raises:
        ValueError: what `senml.records` refuses.
    """
    return _write(records(entries, base, type_of, etch=True))


def _write(pack: list[dict[str, object]]) -> bytes:
    return cbor2.dumps(
        [{LABEL_NUMBERS.get(label, label): value for label, value in record.items()} for record in pack]
    )


def _record(item: Item, reading: Reading) -> Record:
    if not isinstance(item.value, Map):
        raise reading.malformed("a SenML record is a CBOR map", item.offset)
    fields: dict[str, object] = {}
    for key, value in item.value.pairs:
        label = _label(key, reading)
        if label is not None:
            fields[label] = _field(label, value, reading)
    return Record(fields, item.offset)


def _label(key: Item, reading: Reading) -> str | None:
    """The label, None when it is an unknown one that may be ignored."""
    label = key.value
    if isinstance(label, int) and label in _LABELS_BY_NUMBER and not isinstance(label, bool):
        return _LABELS_BY_NUMBER[label]
    if not isinstance(label, str):
        raise reading.malformed(f"label {label!r} is not one of SenML", key.offset)
    if label in LABEL_NUMBERS:
        raise reading.malformed(f"label {label!r} must be the integer {LABEL_NUMBERS[label]}", key.offset)
    if label not in LABELS and label.endswith("_"):
        raise reading.malformed(f"label {label!r} must be understood and is not", key.offset)
    return label if label in LABELS else None


def _field(label: str, item: Item, reading: Reading) -> object:
    value = item.value
    if value is None and label in VALUE_LABELS and reading.format in ETCH:
        return None
    if label in NUMBER_LABELS:
        return _number(label, item, reading)
    wanted = str if label in TEXT_LABELS else {"vd": bytes, "bver": int}.get(label, bool)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise reading.malformed(f"{label!r} is of CBOR type {type(value).__name__}", item.offset)
    if label in ("vs", "vd") and not item.definite:
        raise reading.malformed(f"{label!r} must be of definite length", item.offset)
    return value


def _number(label: str, item: Item, reading: Reading) -> Number:
    value = item.value
    if isinstance(value, Tagged) and value.tag == _DECIMAL_FRACTION:
        return _decimal_fraction(value.content, reading)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise reading.malformed(f"{label!r} is no number but CBOR {type(value).__name__}", item.offset)
    if not math.isfinite(value):
        raise reading.malformed(
            f"{label!r} is {value}, which JSON numbers are not (RFC 8428 §6)", item.offset
        )
    return value


def _decimal_fraction(item: Item, reading: Reading) -> Decimal:
    parts = [part.value for part in item.value.items] if isinstance(item.value, Array) else []
    match parts:
        case [int(exponent), int(mantissa)] if abs(exponent) < 1000 and bool not in map(type, parts):
            return Decimal(mantissa).scaleb(exponent)
        case _:
            raise reading.malformed("a decimal fraction is an array of exponent and mantissa", item.offset)


def _data_of(raw: object, path: Path, reading: Reading) -> bytes:
    if not isinstance(raw, bytes):
        raise reading.malformed("vd is no byte string", path=path)
    return raw
