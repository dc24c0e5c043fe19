"""Opaque: the bytes of one Resource as they are (LwM2M Core 1.1.1 §7.4.2, Content-Format 42)."""

from conformance.formats.findings import Reading
from conformance.formats.single import only_value, require_resource
from conformance.formats.typed import encodable
from conformance.formats.values import DataType, Entry, Path, TypeOf


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The payload as one Opaque value.

    Raises:
        MalformedPayload: the Resource is of another type.
    """
    path = require_resource(reading)
    data_type = reading.type_of(path)
    if data_type not in (None, DataType.OPAQUE):
        raise reading.malformed(f"the Resource is {data_type or 'executable'}, not Opaque", path=path)
    return (Entry(path, payload),)


def encode(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """The bytes of the value.

    Raises:
        ValueError: not one Opaque value.
    """
    path, value = only_value(entries, base)
    value, data_type = encodable(value, type_of, path)
    if not isinstance(value, bytes):
        raise ValueError(f"the opaque format carries Opaque, not {data_type}")
    return value
