"""The catalogue holds every item of every source document, in its order, and nothing else."""

import pytest

from conformance.requirements import load_catalogue


def _numbered(prefix: str, last: int, digits: int = 3) -> list[str]:
    return [f"{prefix}-{number:0{digits}}" for number in range(1, last + 1)]


def _lettered(section: str, last: str) -> list[str]:
    return [f"GISFI-{section}{chr(letter)}" for letter in range(ord("a"), ord(last) + 1)]


# Section, and its last letter where it holds several items.
GISFI = """
4:b 4.1 4.2 4.3:b 4.4:b 4.5:b 4.6 4.7 4.8 4.9 4.10 4.11:b 4.12:b 4.13:b 4.14 4.15 4.16:b 4.17 4.18 4.19 4.20
4.21:c 4.22:b 4.23:c 4.24:b 4.25:b 4.26 4.27 4.28 4.29 4.30 4.31 4.32:b 4.33:b 4.34:e
5.1.1 5.1.2 5.1.3 5.1.4 5.1.5:b 5.1.6:b 5.2.1 5.2.2 5.2.3 5.2.4 5.2.5 5.2.6 5.2.7 5.2.8:b 5.2.9 5.2.10:d
5.3.1 5.3.2
6.1:c 6.2 6.3:j 6.4 6.5:b 6.6:b 6.7:c 6.8:b 6.9 6.10 6.11 6.12 6.13:b 6.14 6.15 6.16:b 6.17 6.18:d
7.1:d 7.2:b 7.3:c 7.4 7.5 7.6 7.7:b 7.8 7.9:e 7.10:d 7.11:b 8.1:k 9.1 9.2:b 9.3:e
"""


def _gisfi() -> list[str]:
    labels: list[str] = []
    for entry in GISFI.split():
        section, _, last = entry.partition(":")
        labels.extend(_lettered(section, last) if last else [f"GISFI-{section}"])
    return labels


DOCUMENTS = {
    "OMA-RD-LightweightM2M-V1_0": [*_numbered("HLF", 42), *_numbered("SEC", 4)],
    "OMA-RD-LightweightM2M-V1_1": [
        *_numbered("CoT", 8),
        *_numbered("CoP", 2),
        *_numbered("CRD", 6),
        *_numbered("HTT", 4),
        *_numbered("LPW", 9),
        *_numbered("OSR", 2),
    ],
    "3GPP TR 26.850": [
        *_numbered("MBMS-SW", 3, digits=1),
        *_numbered("MBMS-UC1", 4, digits=1),
        *_numbered("MBMS-UC2", 2, digits=1),
    ],
    "3GPP TR 22.861": _numbered("BULK", 5, digits=1),
    "GISFI TR IoT Service Requirements": _gisfi(),
}
COUNTS = {
    "OMA-RD-LightweightM2M-V1_0": 46,
    "OMA-RD-LightweightM2M-V1_1": 31,
    "3GPP TR 26.850": 9,
    "3GPP TR 22.861": 5,
    "GISFI TR IoT Service Requirements": 164,
}


def test_documents_are_the_five_in_order() -> None:
    assert [document.id for document in load_catalogue().documents] == list(DOCUMENTS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_is_complete_and_in_order(document: str) -> None:
    labels = [requirement.label for requirement in load_catalogue().of_document(document)]
    assert labels == DOCUMENTS[document]
    assert len(labels) == COUNTS[document]


def test_iteration_goes_through_the_documents_in_order() -> None:
    expected = [label for labels in DOCUMENTS.values() for label in labels]
    assert [requirement.label for requirement in load_catalogue()] == expected


def test_every_section_from_4_to_9_of_gisfi_is_there() -> None:
    sections = {item.source.section.split()[0] for item in load_catalogue().find("GISFI")}
    assert sections == {entry.partition(":")[0] for entry in GISFI.split()}
