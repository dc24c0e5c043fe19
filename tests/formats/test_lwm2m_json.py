"""LwM2M JSON of LwM2M 1.0."""

import json

import pytest

from conformance.formats import (
    DataType,
    Entry,
    MalformedPayload,
    ObjectLink,
    Path,
    decode,
    decode_with_findings,
    encode,
)

LWM2M_JSON = 11543
TYPES = {
    0: DataType.STRING,
    1: DataType.INTEGER,
    3: DataType.FLOAT,
    4: DataType.BOOLEAN,
    5: DataType.OPAQUE,
    7: DataType.OBJLNK,
}
ENTRIES = (
    Entry((3, 0, 0), "x"),
    Entry((3, 0, 1, 2), 9007199254740993),
    Entry((3, 0, 3), -0.5),
    Entry((3, 0, 4), False),
    Entry((3, 0, 5), bytes.fromhex("fbfffe01")),
    Entry((3, 0, 7), ObjectLink(66, 0)),
)


def type_of(path: Path) -> DataType | None:
    return TYPES.get(path[2])


def read(document: object, base: Path = (3, 0)) -> tuple[Entry, ...]:
    return decode(LWM2M_JSON, json.dumps(document).encode(), base=base, type_of=type_of)


def test_every_type_has_its_label() -> None:
    payload = encode(LWM2M_JSON, ENTRIES, base=(3, 0), type_of=type_of)
    assert json.loads(payload) == {
        "bn": "/3/0/",
        "e": [
            {"n": "0", "sv": "x"},
            {"n": "1/2", "v": 9007199254740993},
            {"n": "3", "v": -0.5},
            {"n": "4", "bv": False},
            {"n": "5", "sv": "+//+AQ=="},
            {"n": "7", "ov": "66:0"},
        ],
    }
    assert decode(LWM2M_JSON, payload, base=(3, 0), type_of=type_of) == ENTRIES


@pytest.mark.parametrize(
    ("base", "document"),
    [
        ((3, 0), {"bn": "/3/0/", "e": [{"n": "1", "v": 5}]}),
        ((3, 0), {"bn": "/", "e": [{"n": "3/0/1", "v": 5}]}),
        ((3, 0, 1), {"bn": "/3/0/1", "e": [{"v": 5}]}),
        ((3, 0, 1), {"bn": "/3/0/1", "e": [{"n": "", "v": 5}]}),
        ((3, 0), {"e": [{"n": "1", "v": 5}]}),
        ((3,), {"e": [{"n": "0/1", "v": 5}]}),
        ((3, 0, 1), {"e": [{"v": 5}]}),
        ((3, 0, 1), {"e": [{"n": "/3/0/1", "v": 5}]}),
    ],
)
def test_names_are_joined_or_relative_to_the_request(base: Path, document: object) -> None:
    assert read(document, base) == (Entry((3, 0, 1), 5),)


def test_times_are_relative_to_the_base_time() -> None:
    document = {"bn": "/3/0/3", "bt": 25462634, "e": [{"v": 22.9, "t": -30}, {"v": 24.1}]}
    entries = read(document, (3, 0, 3))
    assert entries == (Entry((3, 0, 3), 22.9, 25462604.0), Entry((3, 0, 3), 24.1, 25462634.0))
    assert decode(
        LWM2M_JSON,
        encode(LWM2M_JSON, entries, base=(3, 0, 3), type_of=type_of),
        base=(3, 0, 3),
        type_of=type_of,
    ) == (entries)


def test_url_safe_base64_and_links_as_strings_can_be_tolerated() -> None:
    payload = b'{"bn":"/3/0/","e":[{"n":"5","sv":"-__-AQ"},{"n":"7","sv":"66:0"}]}'
    entries, findings = decode_with_findings(
        LWM2M_JSON, payload, base=(3, 0), type_of=type_of, tolerate={"base64-url", "objlnk-as-string"}
    )
    assert entries == ENTRIES[-2:]
    assert [finding.kind for finding in findings] == ["base64-url", "objlnk-as-string"]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"e": {}},
        {"e": [5]},
        {"bn": 3, "e": []},
        {"bn": "/3/0", "e": [{"n": "1", "v": 5}]},
        {"bn": "3/0/", "e": [{"n": "1", "v": 5}]},
        {"e": [{"n": "1"}]},
        {"e": [{"n": "1", "v": 5, "sv": "5"}]},
        {"e": [{"n": "1", "v": "5"}]},
        {"e": [{"n": "1", "v": 5.5}]},
        {"e": [{"n": "1", "v": True}]},
        {"e": [{"n": "1", "sv": "5"}]},
        {"e": [{"n": "4", "v": 1}]},
        {"e": [{"n": "4", "bv": 1}]},
        {"e": [{"n": "4", "bv": "true"}]},
        {"e": [{"n": "3", "v": None}]},
        {"e": [{"n": "7", "sv": "66:0"}]},
        {"e": [{"n": "0", "ov": "66:0"}]},
        {"e": [{"n": "5", "sv": "-__-AQ"}]},
        {"e": [{"n": "1", "v": 5}, {"n": "1", "v": 6}]},
        {"e": [{"n": "1", "v": 5, "t": "1"}]},
        {"e": [{"n": "1", "v": 5, "x_": 1}]},
        {"e": [{"n": 1, "v": 5}]},
        {"e": [{"v": 5}]},
    ],
)
def test_malformed(document: object) -> None:
    with pytest.raises(MalformedPayload):
        read(document)
