"""SenML JSON and SenML-ETCH JSON (RFC 8428 §5, RFC 8790, Content-Formats 110 and 320)."""

from decimal import Decimal

from conformance.formats.base64_text import decode_url_safe, encode_url_safe
from conformance.formats.findings import Reading
from conformance.formats.json_text import parse, text_of, write
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
from conformance.formats.values import Entry, Path, TypeOf


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The entries of a pack; see `senml.resolve`.

    Raises:
        MalformedPayload: no JSON array of objects, a field of the wrong type, an unknown label that ends in
            ``_`` (RFC 8428 §4.4), ``vd`` that is not base64url without padding, or what `senml.resolve`
            refuses.
    """
    pack = parse(payload, reading)
    if not isinstance(pack, list):
        raise reading.malformed("a SenML pack is a JSON array")
    return resolve([_record(item, number, reading) for number, item in enumerate(pack)], reading, _data_of)


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
    return write(
        [
            {
                label: encode_url_safe(value) if isinstance(value, bytes) else value
                for label, value in record.items()
            }
            for record in pack
        ]
    )


def _record(item: object, number: int, reading: Reading) -> Record:
    if not isinstance(item, dict):
        raise reading.malformed(f"record {number} is no JSON object")
    fields: dict[str, object] = {}
    for label, value in item.items():
        if label not in LABELS:
            if label.endswith("_"):
                raise reading.malformed(f"record {number} has {label!r}, which must be understood and is not")
            continue
        fields[label] = _field(label, value, f"{label!r} of record {number}", reading)
    return Record(fields)


def _field(label: str, value: object, what: str, reading: Reading) -> object:
    if value is None and label in VALUE_LABELS and reading.format in ETCH:
        return None
    if label in TEXT_LABELS or label == "vd":
        return text_of(value, what, reading)
    if label in NUMBER_LABELS or label == "bver":
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise reading.malformed(f"{what} is no JSON number")
    elif not isinstance(value, bool):
        raise reading.malformed(f"{what} is neither true nor false")
    return value


def _data_of(raw: object, path: Path, reading: Reading) -> bytes:
    return decode_url_safe(str(raw), path, reading)
