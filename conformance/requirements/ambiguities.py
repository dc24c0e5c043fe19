"""The register of disputed behaviour: where the texts leave room, a peer's choice is noted, not failed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from conformance.requirements.clause import ClauseText, touched
from conformance.requirements.link import Link
from conformance.requirements.requirement import Sentence
from conformance.requirements.tables import CatalogueError, build, item_name, only_keys, read_toml, tables


class Ambiguity(BaseModel):
    """A behaviour on which the texts are silent, unclear or at odds.

    `accepted` says what a test case takes as right; `links` are public threads, as `owner/repo#number`,
    `owner/repo@commit` or `owner/repo CHANGELOG version`, and empty when the texts themselves show it;
    `clauses` are the places in the specifications.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z]\d{2,3}$")]
    question: Sentence
    accepted: Sentence
    links: tuple[Link, ...] = ()
    clauses: Annotated[tuple[ClauseText, ...], Field(min_length=1)]


@dataclass(frozen=True)
class AmbiguityRegister:
    """All entries by their id, in file order."""

    entries: Mapping[str, Ambiguity]

    def __iter__(self) -> Iterator[Ambiguity]:
        return iter(self.entries.values())

    def __len__(self) -> int:
        return len(self.entries)

    def get(self, identifier: str) -> Ambiguity | None:
        """The entry with that id, else None."""
        return self.entries.get(identifier)

    def touching(self, clause: str) -> tuple[Ambiguity, ...]:
        """The entries that touch a clause (or several, parted by ';').

        Raises ValueError when `clause` is none.
        """
        return tuple(entry for entry in self if touched(entry.clauses, clause))


def load_ambiguities(file: Traversable | None = None) -> AmbiguityRegister:
    """The register of this package, or of another file.

    Raises `CatalogueError`, with file, item and key, when the file breaks the schema.
    """
    source = file if file is not None else files("conformance.requirements") / "ambiguities.toml"
    content = read_toml(source)
    only_keys(content, ("ambiguity",), source.name)
    entries: dict[str, Ambiguity] = {}
    for position, entry in enumerate(tables(content, "ambiguity", source.name), start=1):
        item = item_name(entry, "id", position)
        ambiguity = build(Ambiguity, entry, source.name, item)
        if ambiguity.id in entries:
            raise CatalogueError(source.name, item, "id", "occurs twice; ids are unique")
        entries[ambiguity.id] = ambiguity
    return AmbiguityRegister(entries)
