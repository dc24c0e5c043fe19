"""Plain text: one Resource as UTF-8 (LwM2M Core 1.1.1 §7.4.1 and App. C, Content-Format 0)."""

import re
from decimal import Decimal

from conformance.formats.base64_text import decode_padded, encode_padded
from conformance.formats.findings import Irregularity, Reading
from conformance.formats.single import only_value, require_resource
from conformance.formats.typed import INTEGRAL, encodable, finite, number_of, object_link_of, string_of
from conformance.formats.values import DataType, Entry, Path, TypeOf, Value

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,400})(?P<fraction>\.[0-9]{1,400})?(?P<exponent>[eE][+-]?[0-9]{1,4})?",
    re.ASCII,
)


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The payload as one value of the type of the Resource; an unknown Resource gives the text.

    Raises:
        MalformedPayload: not UTF-8, or not a representation of the type.
    """
    path = require_resource(reading)
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise reading.malformed("not UTF-8", problem.start) from None
    return (Entry(path, _value_of(text, reading.type_of(path), path, reading)),)


def _value_of(text: str, data_type: DataType | None, path: Path, reading: Reading) -> Value:
    if data_type == DataType.BOOLEAN:
        if text not in ("0", "1"):
            raise reading.malformed(f"Boolean {text[:20]!r} is neither 0 nor 1", path=path)
        return text == "1"
    if data_type == DataType.OPAQUE:
        return decode_padded(text, path, reading)
    if data_type == DataType.OBJLNK:
        return object_link_of(text, path, reading)
    if data_type in INTEGRAL or data_type == DataType.FLOAT:
        return _number_of(text, data_type, path, reading)
    return string_of(text, data_type, path, reading)


def _number_of(text: str, data_type: DataType, path: Path, reading: Reading) -> Value:
    parts = _NUMBER.fullmatch(text)
    if parts is None or (data_type in INTEGRAL and (parts["fraction"] or parts["exponent"])):
        raise reading.malformed(f"{text[:40]!r} is no {data_type} as plain decimal", path=path)
    if parts["exponent"]:
        reading.irregular(Irregularity.FLOAT_EXPONENT, path, f"{text!r} is in scientific notation")
    if parts["sign"] == "+":
        reading.irregular(Irregularity.PLUS_SIGN, path, f"{text!r} has a plus sign")
    if len(parts["whole"]) > 1 and parts["whole"].startswith("0"):
        reading.irregular(Irregularity.LEADING_ZEROS, path, f"{text!r} has leading zeros")
    number = int(text) if data_type in INTEGRAL else Decimal(text)
    return number_of(number, data_type, path, reading)


def encode(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """The one value as text.

    Raises:
        ValueError: not one value, not of its type, or a number that decimal cannot write.
    """
    path, value = only_value(entries, base)
    return _text_of(*encodable(finite(value, path), type_of, path)).encode("utf-8")


def _text_of(value: Value, data_type: DataType) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")
    if isinstance(value, bytes):
        return encode_padded(value)
    return str(value)
