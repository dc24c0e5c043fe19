"""Agreement between a value and the data type of its Resource (LwM2M Core 1.1.1 App. C)."""

import math
import re
from decimal import Decimal

from conformance.formats.errors import MalformedPayload
from conformance.formats.findings import Irregularity, Reading
from conformance.formats.link import parse as parse_links
from conformance.formats.values import DataType, ObjectLink, Path, TypeOf, Value, path_text

Number = int | float | Decimal

SIGNED = range(-(2**63), 2**63)
UNSIGNED = range(2**64)
INTEGRAL = frozenset({DataType.INTEGER, DataType.UNSIGNED_INTEGER, DataType.TIME})
NUMERIC = INTEGRAL | {DataType.FLOAT}

_OBJECT_LINK = re.compile(r"([0-9]{1,5}):([0-9]{1,5})", re.ASCII)


def number_of(number: Number, data_type: DataType | None, path: Path, reading: Reading) -> int | float:
    """A number of JSON or CBOR as the value of its Resource; integers stay exact.

    Raises:
        MalformedPayload: not integral where it must be, or out of the range of its type.
    """
    if data_type not in NUMERIC and data_type is not None:
        raise reading.malformed(f"a number, but the Resource is {data_type or 'executable'}", path=path)
    if data_type == DataType.FLOAT or (data_type is None and not isinstance(number, int)):
        return _binary64(number, path, reading)
    integer = _exact_integer(number)
    if integer is None:
        raise reading.malformed(f"{number} is no integer, but the Resource is {data_type}", path=path)
    allowed = range(SIGNED.start, UNSIGNED.stop) if data_type is None else range_of(data_type)
    if integer not in allowed:
        raise reading.malformed(f"{integer} does not fit 64 bits of {data_type or 'any integer'}", path=path)
    return integer


def range_of(data_type: DataType) -> range:
    """The integers that 64 bits hold for the type."""
    return UNSIGNED if data_type == DataType.UNSIGNED_INTEGER else SIGNED


def _exact_integer(number: Number) -> int | None:
    if isinstance(number, int):
        return number
    exact = number if isinstance(number, Decimal) else (Decimal(number) if math.isfinite(number) else None)
    if exact is None or exact.adjusted() > 20 or exact != exact.to_integral_value():
        return None
    return int(exact)


def _binary64(number: Number, path: Path, reading: Reading) -> float:
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value) and not isinstance(number, float):
        raise reading.malformed("the number does not fit a 64-bit float", path=path)
    return value


def string_of(text: str, data_type: DataType | None, path: Path, reading: Reading) -> str:
    """Text as the value of a String or Corelnk Resource.

    Raises:
        MalformedPayload: the Resource is of another type, or a Corelnk is not in link format.
    """
    if data_type not in (None, DataType.STRING, DataType.CORELNK):
        raise reading.malformed(f"a string, but the Resource is {data_type or 'executable'}", path=path)
    if data_type == DataType.CORELNK:
        try:
            parse_links(text)
        except MalformedPayload as problem:
            raise reading.malformed(f"Corelnk {text!r}: {problem.reason}", path=path) from None
    return text


def object_link_of(text: str, path: Path, reading: Reading) -> ObjectLink:
    """``oid:iid`` as an Object Link.

    Raises:
        MalformedPayload: not two decimal ids.
    """
    if text.upper() == "FFFF:FFFF":
        reading.irregular(Irregularity.OBJLNK_HEX_NULL, path, f"null link written {text!r}")
        return ObjectLink(65535, 65535)
    parts = _OBJECT_LINK.fullmatch(text)
    if parts is None:
        raise reading.malformed(f"{text!r} is no Object Link such as 3:0", path=path)
    try:
        return ObjectLink(int(parts[1]), int(parts[2]))
    except ValueError as problem:
        raise reading.malformed(str(problem), path=path) from None


def encodable(value: Value, type_of: TypeOf, path: Path) -> tuple[Value, DataType]:
    """The value as an encoder writes it, and its type: of the Resource, else the one that fits the value.

    Raises:
        ValueError: the value is not of the type of the Resource, or outside its range.
    """
    known = type_of(path)
    data_type = _natural(value) if known is None else DataType(known)
    if data_type == DataType.FLOAT and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    wanted = _PYTHON.get(data_type)
    if wanted is None or not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise ValueError(f"{path_text(path)}: {value!r} is not of type {data_type or 'none (executable)'}")
    if isinstance(value, int) and data_type in INTEGRAL and value not in range_of(data_type):
        raise ValueError(f"{path_text(path)}: {value} does not fit 64 bits of {data_type}")
    if data_type == DataType.CORELNK and isinstance(value, str):
        parse_links(value)
    return value, data_type


def finite(value: Value, path: Path) -> Value:
    """The value, for formats that can write no infinity and no NaN.

    Raises:
        ValueError: it is one of these.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{path_text(path)}: {value} cannot be written in this format")
    return value


def written_time(time: float, path: Path) -> int | float:
    """A time in seconds as a JSON or CBOR number, without a fraction where it has none.

    Raises:
        ValueError: infinite or not a number.
    """
    if not math.isfinite(time):
        raise ValueError(f"{path_text(path)}: {time} is no time")
    return int(time) if float(time).is_integer() else time


_PYTHON: dict[DataType, type] = {
    DataType.STRING: str,
    DataType.CORELNK: str,
    DataType.INTEGER: int,
    DataType.UNSIGNED_INTEGER: int,
    DataType.TIME: int,
    DataType.FLOAT: float,
    DataType.BOOLEAN: bool,
    DataType.OPAQUE: bytes,
    DataType.OBJLNK: ObjectLink,
}


def _natural(value: Value) -> DataType:
    match value:
        case bool():
            return DataType.BOOLEAN
        case int():
            return DataType.INTEGER if value in SIGNED else DataType.UNSIGNED_INTEGER
        case float():
            return DataType.FLOAT
        case str():
            return DataType.STRING
        case bytes():
            return DataType.OPAQUE
        case _:
            return DataType.OBJLNK
