"""LwM2M TLV (LwM2M Core 1.0 §6.4.3, 1.1 §7.4.3, 1.2 §7.4.5, Content-Format 11542)."""

from conformance.formats.findings import Reading
from conformance.formats.tlv_structure import Kind, Tlv, parse, serialise
from conformance.formats.tlv_values import value_bytes, value_of
from conformance.formats.typed import encodable
from conformance.formats.values import Entry, Path, TypeOf, path_text

__all__ = ["Kind", "Tlv", "decode", "encode", "parse", "serialise"]

_RESOURCES = (Kind.RESOURCE, Kind.MULTIPLE_RESOURCE)


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The values of the payload, seen from the path of the request.

    On an Object, Object Instance TLVs are demanded; on a narrower path the TLVs around it are accepted and
    may be left out. A Resource or Instance without entries gives an entry without a value.

    Raises:
        MalformedPayload: not TLV, not of the level that the path demands, or a value not of the type of its
            Resource.
    """
    base = reading.base
    items = parse(payload)
    if not 1 <= len(base) <= 4:
        raise reading.malformed("TLV has no level for Objects", path=base)
    if len(base) > 1 and [item.kind for item in items] == [Kind.INSTANCE]:
        _require_identifier(items[0], base, 2, reading)
        items = items[0].children
        if not items and len(base) == 2:
            return (Entry(base),)
    if len(base) == 4 and [item.kind for item in items] == [Kind.MULTIPLE_RESOURCE]:
        _require_identifier(items[0], base, 3, reading)
        items = items[0].children
    level = {1: (Kind.INSTANCE,), 2: _RESOURCES, 3: _RESOURCES, 4: (Kind.RESOURCE_INSTANCE,)}[len(base)]
    for item in items:
        if item.kind not in level:
            wanted = " or ".join(level)
            raise reading.malformed(f"{item.kind} TLV where {wanted} is demanded", item.offset, path=base)
        if len(base) > 2:
            _require_identifier(item, base, len(base), reading)
    if len(base) > 2:
        base = base[:-1]
    return tuple(entry for item in items for entry in _entries(item, (*base, item.identifier), reading))


def encode(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """The entries as TLV: with Object Instance TLVs for an Object, from Resources on below an Instance.

    Raises:
        ValueError: an entry outside `base`, with a time, of no TLV level, or not of the type of its Resource.
    """
    if not 1 <= len(base) <= 4:
        raise ValueError(f"TLV has no level for Objects: give a path below {path_text(base)}")
    for entry in entries:
        if entry.path[: len(base)] != base or entry.time is not None or entry.deleted:
            raise ValueError(f"{path_text(entry.path)} cannot be written as TLV for {path_text(base)}")
    if len(base) == 4:
        return serialise(_resource_instance(entry, type_of) for entry in entries)
    if len(base) == 1:
        return serialise(_instances(entries, type_of))
    return serialise(_resources(entries, type_of))


def _require_identifier(item: Tlv, base: Path, length: int, reading: Reading) -> None:
    if item.identifier != base[length - 1]:
        raise reading.malformed(
            f"{item.kind} TLV {item.identifier} in a payload for {path_text(base)}", item.offset
        )


def _entries(item: Tlv, path: Path, reading: Reading) -> tuple[Entry, ...]:
    if item.kind in (Kind.RESOURCE, Kind.RESOURCE_INSTANCE):
        return (Entry(path, value_of(item, path, reading)),)
    if not item.children:
        return (Entry(path),)
    return tuple(
        entry for child in item.children for entry in _entries(child, (*path, child.identifier), reading)
    )


def _grouped(entries: tuple[Entry, ...], length: int) -> dict[Path, tuple[Entry, ...]]:
    groups: dict[Path, tuple[Entry, ...]] = {}
    for entry in entries:
        key = entry.path[:length]
        groups[key] = (*groups.get(key, ()), entry)
    return groups


def _instances(entries: tuple[Entry, ...], type_of: TypeOf) -> list[Tlv]:
    return [_instance(path, group, type_of) for path, group in _grouped(entries, 2).items()]


def _instance(path: Path, group: tuple[Entry, ...], type_of: TypeOf) -> Tlv:
    if len(path) != 2:
        raise _misplaced(path)
    return Tlv(Kind.INSTANCE, path[1], children=tuple(_resources(group, type_of)))


def _resources(entries: tuple[Entry, ...], type_of: TypeOf) -> list[Tlv]:
    if [len(entry.path) for entry in entries] == [2] and entries[0].value is None:
        return []
    return [_resource(path, group, type_of) for path, group in _grouped(entries, 3).items()]


def _resource(path: Path, group: tuple[Entry, ...], type_of: TypeOf) -> Tlv:
    if len(path) != 3:
        raise _misplaced(path)
    if [entry.path for entry in group] == [path]:
        value = group[0].value
        if value is None:
            return Tlv(Kind.MULTIPLE_RESOURCE, path[2])
        return Tlv(Kind.RESOURCE, path[2], value_bytes(*encodable(value, type_of, path), path))
    children = tuple(_resource_instance(entry, type_of) for entry in group)
    return Tlv(Kind.MULTIPLE_RESOURCE, path[2], children=children)


def _resource_instance(entry: Entry, type_of: TypeOf) -> Tlv:
    if len(entry.path) != 4 or entry.value is None:
        raise _misplaced(entry.path)
    value, data_type = encodable(entry.value, type_of, entry.path)
    return Tlv(Kind.RESOURCE_INSTANCE, entry.path[3], value_bytes(value, data_type, entry.path))


def _misplaced(path: Path) -> ValueError:
    return ValueError(f"{path_text(path)} has no place in this TLV payload, or is both single and multiple")
