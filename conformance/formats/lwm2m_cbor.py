"""LwM2M CBOR: nested maps from ids to values (LwM2M Core 1.2 §7.4.4, Content-Format 11544)."""

from collections.abc import Iterator

import cbor2

from conformance.formats.cbor import value_of
from conformance.formats.cbor_items import Array, Item, Map, parse
from conformance.formats.findings import Reading
from conformance.formats.names import require_unique
from conformance.formats.typed import encodable
from conformance.formats.values import MAX_ID, Entry, ObjectLink, Path, TypeOf, path_text

_DEEPEST = 4
_Tree = dict[int, "object"]


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The entries of the payload, whose outermost ids are those of Objects.

    Raises:
        MalformedPayload: no map with at least one pair, a key that is neither an id nor an array of at least
            one, more than four ids on the way to a value or fewer than three, a path twice, or a value not of
            the type of its Resource.
    """
    entries = tuple(_entries(parse(payload, reading), (), reading))
    require_unique(entries, reading)
    return entries


def encode(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """The entries as maps of definite length; ids without a branch between them share one key.

    Raises:
        ValueError: no entry, one without a value, with a time or for what is no Resource, or a value not of
            its type.
    """
    if not entries:
        raise ValueError("LwM2M CBOR cannot express that there is nothing")
    tree: _Tree = {}
    for entry in entries:
        if entry.value is None or entry.time is not None or len(entry.path) < 3:
            raise ValueError(f"{path_text(entry.path)}: LwM2M CBOR carries values of Resources, no times")
        value, _ = encodable(entry.value, type_of, entry.path)
        _place(tree, entry.path, str(value) if isinstance(value, ObjectLink) else value)
    return cbor2.dumps(_folded(tree))


def _entries(item: Item, path: Path, reading: Reading) -> Iterator[Entry]:
    if isinstance(item.value, Map):
        if not item.value.pairs:
            raise reading.malformed("a map without a pair", item.offset, path=path)
        for key, below in item.value.pairs:
            yield from _entries(below, _extended(path, key, reading), reading)
    elif len(path) < 3:
        raise reading.malformed("a value where a map of ids must be", item.offset, path=path)
    else:
        yield Entry(path, value_of(item, reading.type_of(path), path, reading))


def _extended(path: Path, key: Item, reading: Reading) -> Path:
    parts = key.value.items if isinstance(key.value, Array) else (key,)
    if not parts:
        raise reading.malformed("an array without an id as key", key.offset, path=path)
    for part in parts:
        identifier = part.value
        if isinstance(identifier, bool) or not isinstance(identifier, int) or not 0 <= identifier < MAX_ID:
            raise reading.malformed("a key that is no id from 0 to 65534", part.offset, path=path)
        path = (*path, identifier)
    if len(path) > _DEEPEST:
        raise reading.malformed("more than four ids", key.offset, path=path)
    return path


def _place(tree: _Tree, path: Path, value: object) -> None:
    for identifier in path[:-1]:
        below = tree.setdefault(identifier, {})
        if not isinstance(below, dict):
            raise ValueError(f"{path_text(path)}: a value both at this path and above it")
        tree = below
    if path[-1] in tree:
        raise ValueError(f"{path_text(path)} occurs twice, or beside values below it")
    tree[path[-1]] = value


def _folded(tree: _Tree) -> dict[object, object]:
    folded: dict[object, object] = {}
    for identifier, branch in tree.items():
        keys: tuple[int, ...] = (identifier,)
        below = branch
        while isinstance(below, dict) and len(below) == 1:
            ((deeper, below),) = below.items()
            keys = (*keys, deeper)
        key = keys if len(keys) > 1 else identifier
        folded[key] = _folded(below) if isinstance(below, dict) else below
    return folded
