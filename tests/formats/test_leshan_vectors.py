"""Both ways with Eclipse Leshan: what it wrote is read, and what it read is what is written here."""

import json
from collections.abc import Mapping
from pathlib import Path as FilePath

import pytest

from conformance.formats import (
    ContentFormat,
    DataType,
    Entry,
    Irregularity,
    MalformedPayload,
    ObjectLink,
    Path,
    Value,
    decode,
    decode_with_findings,
    encode,
)

VECTORS = json.loads((FilePath(__file__).parent / "vectors" / "leshan.json").read_text("utf-8"))
TYPES = {int(resource): DataType(name) for resource, name in VECTORS["types"].items()}
ENCODED = VECTORS["encoded"]


def type_of(path: Path) -> DataType | None:
    return TYPES.get(path[2])


def path_of(text: str) -> Path:
    return tuple(int(part) for part in text.split("/") if part)


def value_of(path: Path, text: str | None) -> Value | None:
    if text is None:
        return None
    match TYPES[path[2]]:
        case DataType.INTEGER | DataType.UNSIGNED_INTEGER | DataType.TIME:
            return int(text)
        case DataType.FLOAT:
            return float(text)
        case DataType.BOOLEAN:
            return {"true": True, "false": False}[text]
        case DataType.OPAQUE:
            return bytes.fromhex(text)
        case DataType.OBJLNK:
            object_id, instance_id = text.split(":")
            return ObjectLink(int(object_id), int(instance_id))
        case _:
            return text


def entries_of(vector: Mapping[str, object]) -> list[Entry]:
    rows = vector["entries"]
    assert isinstance(rows, list)
    return [
        Entry(path, value_of(path, row[1]), row[2] if len(row) > 2 else None)
        for row in rows
        for path in [path_of(row[0])]
    ]


def name_of(vector: Mapping[str, object]) -> str:
    return f"{vector['node']} as {vector['format']}"


@pytest.mark.parametrize("vector", ENCODED, ids=name_of)
def test_what_leshan_writes_is_read(vector: dict[str, str]) -> None:
    payload, base = bytes.fromhex(vector["payload"]), path_of(vector["base"])
    number = ContentFormat(int(vector["format"]))
    tolerate = {vector["irregular"]} if "irregular" in vector else set()
    entries, findings = decode_with_findings(number, payload, base=base, type_of=type_of, tolerate=tolerate)
    expected = entries_of(vector)
    if "decodes_to" in vector:
        expected = [Entry(expected[0].path, value_of(expected[0].path, vector["decodes_to"]))]
    assert sorted(entries, key=lambda entry: (entry.path, entry.time or 0)) == sorted(
        expected, key=lambda entry: (entry.path, entry.time or 0)
    )
    assert {finding.kind for finding in findings} == tolerate


@pytest.mark.parametrize("vector", [v for v in ENCODED if "irregular" in v], ids=name_of)
def test_what_leshan_writes_against_the_specification_is_refused_unless_tolerated(
    vector: dict[str, str],
) -> None:
    others = frozenset(Irregularity) - {vector["irregular"]}
    with pytest.raises(MalformedPayload):
        decode(
            int(vector["format"]),
            bytes.fromhex(vector["payload"]),
            base=path_of(vector["base"]),
            type_of=type_of,
            tolerate=others,
        )


@pytest.mark.parametrize("vector", ENCODED, ids=name_of)
def test_what_leshan_read_is_what_is_written(vector: dict[str, str]) -> None:
    written = encode(int(vector["format"]), entries_of(vector), base=path_of(vector["base"]), type_of=type_of)
    known = vector["read"] if "read" in vector else vector["not_read"]["payload"]  # type: ignore[index]
    assert written.hex() == known
