"""Values of an operation and the payloads that carry them, in every format."""

from collections.abc import Mapping

from conformance.formats import ContentFormat, Entry, TypeOf, Value, decode, encode
from conformance.messages.management import Payload
from conformance.messages.path import Path

Values = Value | Mapping[int, "Values"]
"""One value, or values by Resource id, or by Resource Instance id, as the path of the operation demands."""


def entries_of(path: Path, values: Values) -> tuple[Entry, ...]:
    """The leaves of the values below `path`.

    Raises:
        ValueError: a single value for a path above the Resource level.
    """
    if isinstance(values, Mapping):
        return tuple(
            entry for identifier, below in values.items() for entry in entries_of(path / identifier, below)
        )
    if len(path) < 3:
        raise ValueError(f"{path} is no Resource: give its values by Resource id")
    return (Entry(path, values),)


def payload_of(path: Path, values: Values, content_format: int, type_of: TypeOf) -> Payload:
    """The payload that carries the values in the given format, for an operation on `path`.

    Raises:
        ValueError: the format cannot carry them.
    """
    return Payload(
        encode(ContentFormat(content_format), entries_of(path, values), base=path, type_of=type_of),
        content_format,
    )


def composite_payload(values: Mapping[Path, Value], content_format: int, type_of: TypeOf) -> Payload:
    """The payload of a Write-Composite: values by Resource or Resource Instance path, in their order."""
    entries = tuple(Entry(path, value) for path, value in values.items())
    return Payload(
        encode(ContentFormat(content_format), entries, base=Path(), type_of=type_of), content_format
    )


def names_of(paths: list[Path], content_format: int, type_of: TypeOf) -> Payload:
    """The payload of a composite request that names paths without values (LwM2M Core 1.1.1 §6.3.8)."""
    entries = tuple(Entry(path) for path in paths)
    return Payload(
        encode(ContentFormat(content_format), entries, base=Path(), type_of=type_of), content_format
    )


def values_of(payload: bytes, content_format: int, path: Path, type_of: TypeOf) -> dict[str, Value | None]:
    """The values of a received payload by path.

    Raises:
        MalformedPayload: the payload is not what its format demands.
    """
    entries = decode(ContentFormat(content_format), payload, base=path, type_of=type_of)
    return {str(Path(*entry.path)): entry.value for entry in entries}
