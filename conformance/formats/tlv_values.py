"""Values as TLV bytes (LwM2M Core 1.1.1 App. C, column TLV)."""

import math
import struct

from conformance.formats.findings import Reading
from conformance.formats.tlv_structure import Tlv
from conformance.formats.typed import INTEGRAL, string_of
from conformance.formats.values import DataType, ObjectLink, Path, Value, path_text

_INTEGER_LENGTHS = (1, 2, 4, 8)


def value_of(item: Tlv, path: Path, reading: Reading) -> Value:
    """The value of a Resource or Resource Instance TLV; the bytes themselves when the Resource is unknown.

    Raises:
        MalformedPayload: a length or content that the type of the Resource does not have.
    """
    data = item.value
    data_type = reading.type_of(path)
    if data_type is None or data_type == DataType.OPAQUE:
        return data
    if data_type in INTEGRAL and len(data) in _INTEGER_LENGTHS:
        return int.from_bytes(data, "big", signed=data_type != DataType.UNSIGNED_INTEGER)
    if data_type == DataType.FLOAT and len(data) in (4, 8):
        number: float = struct.unpack(">f" if len(data) == 4 else ">d", data)[0]
        return number
    if data_type == DataType.BOOLEAN and data in (b"\0", b"\1"):
        return data == b"\1"
    if data_type == DataType.OBJLNK and len(data) == 4:
        try:
            return ObjectLink(*struct.unpack(">HH", data))
        except ValueError as problem:
            raise reading.malformed(str(problem), item.offset, path=path) from None
    if data_type in (DataType.STRING, DataType.CORELNK):
        try:
            return string_of(data.decode("utf-8"), data_type, path, reading)
        except UnicodeDecodeError:
            raise reading.malformed(f"{data_type} is not UTF-8", item.offset, path=path) from None
    shown = data[:16].hex(" ") + (" ..." if len(data) > 16 else "")
    raise reading.malformed(
        f"{len(data)} bytes ({shown}) are no {data_type or 'value of an executable Resource'}",
        item.offset,
        path=path,
    )


def value_bytes(value: Value, data_type: DataType, path: Path) -> bytes:
    """The value in the fewest bytes that its type allows; a Float in 4 where that loses nothing.

    Raises:
        ValueError: the type has no representation for it.
    """
    match value:
        case bool():
            return b"\1" if value else b"\0"
        case int():
            return _integer_bytes(value, signed=data_type != DataType.UNSIGNED_INTEGER)
        case float():
            return _float_bytes(value)
        case str():
            return value.encode("utf-8")
        case bytes():
            return value
        case ObjectLink():
            return struct.pack(">HH", value.object_id, value.instance_id)
        case _:
            raise ValueError(f"{path_text(path)}: {value!r} cannot be written as TLV")


def _integer_bytes(value: int, *, signed: bool) -> bytes:
    bits = (value if value >= 0 else ~value).bit_length() + signed
    length = next(length for length in _INTEGER_LENGTHS if bits <= 8 * length)
    return value.to_bytes(length, "big", signed=signed)


def _float_bytes(value: float) -> bytes:
    try:
        short = struct.pack(">f", value)
    except OverflowError:
        return struct.pack(">d", value)
    exact = math.isnan(value) or struct.unpack(">f", short)[0] == value
    return short if exact else struct.pack(">d", value)
