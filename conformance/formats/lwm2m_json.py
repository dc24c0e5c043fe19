"""LwM2M JSON of LwM2M 1.0 (Core 1.0 §6.4.4, Content-Format 11543)."""

from decimal import Decimal

from conformance.formats.base64_text import decode_padded, encode_padded
from conformance.formats.findings import Irregularity, Reading
from conformance.formats.json_text import parse, text_of, write
from conformance.formats.names import base_name, path_of, require_unique
from conformance.formats.typed import (
    NUMERIC,
    Number,
    encodable,
    finite,
    number_of,
    object_link_of,
    string_of,
    written_time,
)
from conformance.formats.values import DataType, Entry, ObjectLink, Path, TypeOf, Value, path_text

_VALUE_LABELS = ("v", "bv", "sv", "ov")
_LABELS = frozenset({"n", "t", *_VALUE_LABELS})


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The entries of the payload. Without ``bn`` a name that does not begin with a slash is relative to the
    request.

    Raises:
        MalformedPayload: not an object with an array ``e``, not exactly one value in an element, a name that
            is no LwM2M path, a name twice for the same time, or a value not of the type of its Resource.
    """
    root = parse(payload, reading)
    if not isinstance(root, dict) or not isinstance(root.get("e"), list):
        raise reading.malformed("LwM2M JSON is an object with an array 'e'")
    _refuse_unknown(root, frozenset({"bn", "bt", "e"}), "the object", reading)
    name = text_of(root["bn"], "'bn'", reading) if "bn" in root else None
    time = _number(root["bt"], "'bt'", reading) if "bt" in root else None
    entries = tuple(_entry(element, name, time, reading) for element in root["e"])
    require_unique(entries, reading)
    return entries


def encode(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """The entries as LwM2M JSON, always with a base name.

    Raises:
        ValueError: an entry without a value, or with one not of its type.
    """
    prefix = base_name(base, entries) or "/"
    elements: list[dict[str, object]] = []
    for entry in entries:
        if entry.value is None or len(entry.path) < 3:
            raise ValueError(f"{path_text(entry.path)}: LwM2M JSON carries values of Resources only")
        element: dict[str, object] = {"n": path_text(entry.path).removeprefix(prefix)}
        if entry.time is not None:
            element["t"] = written_time(entry.time, entry.path)
        label, value = _written(*encodable(finite(entry.value, entry.path), type_of, entry.path))
        elements.append({**element, label: value})
    return write({"bn": prefix, "e": elements})


def _written(value: Value, data_type: DataType) -> tuple[str, object]:
    if data_type in NUMERIC:
        return "v", value
    if isinstance(value, bytes):
        return "sv", encode_padded(value)
    if isinstance(value, ObjectLink):
        return "ov", str(value)
    return ("bv" if data_type == DataType.BOOLEAN else "sv"), value


def _entry(element: object, base: str | None, base_time: Number | None, reading: Reading) -> Entry:
    if not isinstance(element, dict):
        raise reading.malformed("an element of 'e' is no JSON object")
    _refuse_unknown(element, _LABELS, "an element", reading)
    name = text_of(element["n"], "'n'", reading) if "n" in element else ""
    path = path_of(_full_name(name, base, reading), reading)
    labels = [label for label in _VALUE_LABELS if label in element]
    if len(labels) != 1:
        raise reading.malformed(f"{len(labels)} values in one element instead of one", path=path)
    if len(path) < 3:
        raise reading.malformed("a value for what is no Resource", path=path)
    time = None
    if base_time is not None or "t" in element:
        own = _number(element["t"], "'t'", reading) if "t" in element else 0
        time = number_of(own, DataType.FLOAT, path, reading) + number_of(
            base_time or 0, DataType.FLOAT, path, reading
        )
    return Entry(path, _value(labels[0], element[labels[0]], path, reading), time)


def _full_name(name: str, base: str | None, reading: Reading) -> str:
    if base is not None:
        return base + name
    if name.startswith("/"):
        return name
    return (path_text(reading.base).rstrip("/") + "/" + name).rstrip("/") or "/"


def _value(label: str, raw: object, path: Path, reading: Reading) -> Value:
    data_type = reading.type_of(path)
    if label == "v":
        return number_of(_number(raw, "'v'", reading), data_type, path, reading)
    if label == "bv":
        if not isinstance(raw, bool) or data_type not in (None, DataType.BOOLEAN):
            raise reading.malformed(
                f"'bv' is {raw!r} and the Resource is {data_type or 'unknown or executable'}", path=path
            )
        return raw
    text = text_of(raw, repr(label), reading)
    if label == "ov":
        if data_type not in (None, DataType.OBJLNK):
            raise reading.malformed(f"'ov', but the Resource is {data_type or 'executable'}", path=path)
        return object_link_of(text, path, reading)
    if data_type == DataType.OBJLNK:
        detail = f"Object Link {text[:20]!r} under 'sv' instead of 'ov'"
        reading.irregular(Irregularity.OBJLNK_AS_STRING, path, detail)
        return object_link_of(text, path, reading)
    if data_type == DataType.OPAQUE:
        return decode_padded(text, path, reading)
    return string_of(text, data_type, path, reading)


def _number(value: object, what: str, reading: Reading) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise reading.malformed(f"{what} is no JSON number")
    return value


def _refuse_unknown(found: dict[str, object], known: frozenset[str], where: str, reading: Reading) -> None:
    for label in found:
        if label not in known and label.endswith("_"):
            raise reading.malformed(f"{where} has {label!r}, which must be understood and is not")
