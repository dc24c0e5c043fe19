"""The catalogue as rows and as JSON, whole and filtered."""

import json

import pytest

from conformance.requirements import Catalogue, Disposition, load_catalogue
from conformance.requirements.listing import COLUMNS, as_json, count_by_disposition, select, table_rows


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_a_row_has_every_column(catalogue: Catalogue) -> None:
    (row,) = table_rows(catalogue, "OSR-002")
    assert dict(zip(COLUMNS, row, strict=True)) == {
        "label": "OSR-002",
        "keyword": "SHALL",
        "roles": "device",
        "release": "1.1",
        "disposition": "untestable",
        "source": "OMA-RD-LightweightM2M-V1_1 §6.2.6",
        "requirement": "Settings made in the factory are not used as a way to bootstrap.",
    }


def test_a_role_in_which_an_item_stands_otherwise_is_shown_and_found(catalogue: Catalogue) -> None:
    (row,) = table_rows(catalogue, "HLF-013", "untestable")
    assert row[COLUMNS.index("disposition")] == "tested; server: untestable"
    assert table_rows(catalogue, "HLF-013", "tested") == [row]


def test_without_a_filter_every_requirement_is_listed(catalogue: Catalogue) -> None:
    labels = [item.label for item in catalogue]
    assert [row[0] for row in table_rows(catalogue)] == labels
    assert [entry["label"] for entry in as_json(catalogue)] == labels


def test_both_filters_apply_together(catalogue: Catalogue) -> None:
    assert [row[0] for row in table_rows(catalogue, "GISFI-4.13", "untestable")] == [
        "GISFI-4.13a",
        "GISFI-4.13b",
    ]
    assert table_rows(catalogue, "GISFI-4.13", "planned") == []
    assert {item.disposition for item in select(catalogue, "", Disposition.OUT_OF_SCOPE)} == {
        Disposition.OUT_OF_SCOPE
    }


def test_an_unknown_prefix_lists_nothing(catalogue: Catalogue) -> None:
    assert table_rows(catalogue, "XYZ") == []
    assert as_json(catalogue, "XYZ") == []


def test_an_unknown_disposition_is_refused_with_the_choice(catalogue: Catalogue) -> None:
    with pytest.raises(
        ValueError, match="'done' is no disposition; choose one of tested, planned, untestable, out"
    ):
        table_rows(catalogue, "", "done")


def test_json_holds_all_fields_and_survives_a_round_trip(catalogue: Catalogue) -> None:
    (entry,) = json.loads(json.dumps(as_json(catalogue, "CoT-001")))
    assert entry == {
        "label": "CoT-001",
        "paraphrase": "Data can be read when CoAP runs on a TCP connection.",
        "keyword": "MUST",
        "roles": ["device", "server"],
        "source": {"document": "OMA-RD-LightweightM2M-V1_1", "section": "6.2.1"},
        "release": "1.1",
        "disposition": "planned",
        "reason": "Register and a Read by the server on one connection that the device opened, RFC 8323 §3.",
        "of_role": {},
        "aliases": ["LightweightM2M-CoT-001", "LightweightM2M -CoT-001"],
    }


def test_counts_name_all_dispositions_and_add_up(catalogue: Catalogue) -> None:
    counts = count_by_disposition(tuple(catalogue))
    assert list(counts) == ["tested", "planned", "untestable", "out-of-scope"]
    assert sum(counts.values()) == len(catalogue)
    assert count_by_disposition(())["tested"] == 0
