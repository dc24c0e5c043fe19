"""The catalogue: every requirement of every source document, in document order."""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import BaseModel, ConfigDict

from conformance.requirements.requirement import Requirement, Sentence
from conformance.requirements.tables import (
    CatalogueError,
    build,
    item_name,
    only_keys,
    read_toml,
    table,
    tables,
)

DOCUMENT_FILES = (
    "oma-lwm2m-rd-1.0.toml",
    "oma-lwm2m-rd-1.1.toml",
    "3gpp-tr-26.850.toml",
    "3gpp-tr-22.861.toml",
    "gisfi-iot-requirements.toml",
)


class Document(BaseModel):
    """A source document. `label_prefixes` are what it writes before the labels that the catalogue uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Sentence
    title: Sentence
    release: Sentence
    label_prefixes: tuple[str, ...] = ()


def _fold(label: str) -> str:
    return re.sub(r"\s+", "", label).casefold()


class Catalogue:
    """Requirements in document order; labels and aliases are found whatever their case and white space."""

    def __init__(self, documents: tuple[Document, ...], requirements: tuple[Requirement, ...]) -> None:
        """Raises `CatalogueError` when a label or an alias names two requirements."""
        self.documents = documents
        self._requirements = requirements
        self._by_name: dict[str, Requirement] = {}
        for requirement in requirements:
            for name in {_fold(spelling) for spelling in (requirement.label, *requirement.aliases)}:
                other = self._by_name.setdefault(name, requirement)
                if other is not requirement:
                    raise CatalogueError(
                        requirement.source.document,
                        requirement.label,
                        "label",
                        f"'{name}' already names {other.label} of {other.source}; names are unique",
                    )

    def __iter__(self) -> Iterator[Requirement]:
        return iter(self._requirements)

    def __len__(self) -> int:
        return len(self._requirements)

    def __contains__(self, label: object) -> bool:
        return isinstance(label, str) and _fold(label) in self._by_name

    def get(self, label: str) -> Requirement | None:
        """The requirement that a label or an alias names, else None."""
        return self._by_name.get(_fold(label))

    def find(self, prefix: str) -> tuple[Requirement, ...]:
        """The requirements whose label or alias begins with `prefix`, in document order.

        A number in the prefix is first taken as a whole, so that `GISFI-4.1` does not find `GISFI-4.10`; when
        that finds nothing it may be the beginning of one, so that `HLF-00` finds `HLF-001` to `HLF-009`.
        """
        sought = _fold(prefix)
        begun = tuple(entry for entry in self._requirements if _begins(entry, sought))
        whole = tuple(entry for entry in begun if _begins(entry, sought, whole_number=True))
        return whole or begun

    def of_document(self, document: str) -> tuple[Requirement, ...]:
        """The requirements of the document with that id."""
        return tuple(entry for entry in self._requirements if entry.source.document == document)


def _begins(requirement: Requirement, sought: str, *, whole_number: bool = False) -> bool:
    for spelling in (requirement.label, *requirement.aliases):
        name = _fold(spelling)
        following = name[len(sought) : len(sought) + 1]
        cuts_number = sought[-1:].isdigit() and following.isdigit()
        if name.startswith(sought) and not (whole_number and cuts_number):
            return True
    return False


def load_catalogue(directory: Traversable | None = None) -> Catalogue:
    """The catalogue of this package, or of a directory that holds the files of `DOCUMENT_FILES`.

    Raises `CatalogueError`, with file, item and key, when a file is missing or breaks the schema.
    """
    folder = directory if directory is not None else files("conformance.requirements") / "documents"
    documents: list[Document] = []
    requirements: list[Requirement] = []
    for name in DOCUMENT_FILES:
        document, entries = load_document(folder / name)
        documents.append(document)
        requirements.extend(entries)
    return Catalogue(tuple(documents), tuple(requirements))


def load_document(file: Traversable) -> tuple[Document, tuple[Requirement, ...]]:
    """One source document and its requirements. Raises `CatalogueError` as `load_catalogue` does."""
    content = read_toml(file)
    only_keys(content, ("document", "requirement"), file.name)
    document = build(Document, table(content, "document", file.name), file.name, "[document]")
    requirements = [
        _requirement(entry, document, file.name, item_name(entry, "label", position))
        for position, entry in enumerate(tables(content, "requirement", file.name), start=1)
    ]
    seen: set[str] = set()
    for requirement in requirements:
        if _fold(requirement.label) in seen:
            raise CatalogueError(file.name, requirement.label, "label", "occurs twice; labels are unique")
        seen.add(_fold(requirement.label))
    return document, tuple(requirements)


def _requirement(entry: dict[str, Any], document: Document, file: str, item: str) -> Requirement:
    for key in ("source", "label_prefixes"):
        if key in entry:
            raise CatalogueError(file, item, key, "unknown key; the document gives it, write only 'section'")
    fields = {key: value for key, value in entry.items() if key != "section"}
    if "section" not in entry:
        raise CatalogueError(file, item, "section", "missing; name the section of the document")
    fields["source"] = {"document": document.id, "section": entry["section"]}
    fields.setdefault("release", document.release)
    aliases = entry.get("aliases", [])
    if isinstance(aliases, list):
        fields["aliases"] = [*aliases, *(prefix + item for prefix in document.label_prefixes)]
    return build(Requirement, fields, file, item)
