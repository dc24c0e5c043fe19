"""What the formats of one value share: text, opaque and CBOR (LwM2M Core 1.2 §7.4.1 to §7.4.3)."""

from conformance.formats.findings import Reading
from conformance.formats.values import Entry, Path, Value, path_text


def require_resource(reading: Reading) -> Path:
    """The path of the one value: that of the request.

    Raises:
        MalformedPayload: the request is on no Resource or Resource Instance.
    """
    if len(reading.base) not in (3, 4):
        raise reading.malformed("this format carries one Resource or Resource Instance", path=reading.base)
    return reading.base


def only_value(entries: tuple[Entry, ...], base: Path) -> tuple[Path, Value]:
    """The path and the one value to write.

    Raises:
        ValueError: not exactly one value at `base`, or one with a time.
    """
    if len(entries) != 1 or entries[0].path != base or len(base) not in (3, 4):
        paths = ", ".join(path_text(entry.path) for entry in entries)
        raise ValueError(
            f"this format carries one value at a Resource {path_text(base)}, not {paths or 'nothing'}"
        )
    entry = entries[0]
    if entry.value is None or entry.time is not None:
        raise ValueError(f"{path_text(base)}: this format carries a value without a time")
    return base, entry.value
