"""Values of an operation and the payloads that carry them."""

import pytest

from conformance.formats import ContentFormat, DataType, Entry
from conformance.messages import Path
from conformance.messages.content import composite_payload, entries_of, names_of, payload_of, values_of


def type_of(path: tuple[int, ...]) -> DataType | None:
    return {1: DataType.INTEGER, 6: DataType.BOOLEAN, 7: DataType.STRING, 11: DataType.INTEGER}.get(path[2])


def test_values_by_id_become_leaves() -> None:
    assert entries_of(Path(1, 0), {1: 60, 7: "U"}) == (Entry((1, 0, 1), 60), Entry((1, 0, 7), "U"))
    assert entries_of(Path(3, 0, 11), {0: 1, 2: 5}) == (Entry((3, 0, 11, 0), 1), Entry((3, 0, 11, 2), 5))
    assert entries_of(Path(1, 0, 1), 60) == (Entry((1, 0, 1), 60),)


def test_one_value_for_many_resources_is_refused() -> None:
    with pytest.raises(ValueError, match="/1/0 is no Resource: give its values by Resource id"):
        entries_of(Path(1, 0), 60)


@pytest.mark.parametrize("number", [11542, 110, 112, 11543])
def test_what_goes_in_comes_out(number: int) -> None:
    payload = payload_of(Path(1, 0), {1: 60, 6: True, 7: "U"}, number, type_of)
    assert payload.content_format == number
    assert values_of(payload.data, number, Path(1, 0), type_of) == {
        "/1/0/1": 60,
        "/1/0/6": True,
        "/1/0/7": "U",
    }


def test_composites_name_full_paths() -> None:
    written = composite_payload({Path(1, 0, 1): 60, Path(3, 0, 11, 0): 2}, 112, type_of)
    assert values_of(written.data, 112, Path(), type_of) == {"/1/0/1": 60, "/3/0/11/0": 2}
    asked = names_of([Path(1, 0, 1), Path(3)], 110, type_of)
    assert asked.content_format == ContentFormat.SENML_JSON
    assert values_of(asked.data, 110, Path(), type_of) == {"/1/0/1": None, "/3": None}
