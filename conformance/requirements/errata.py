"""Known mistakes in specifications and test specifications, so that no verdict rests on one."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from conformance.requirements.clause import ClauseText, touched
from conformance.requirements.link import Link
from conformance.requirements.requirement import Sentence
from conformance.requirements.tables import CatalogueError, build, item_name, only_keys, read_toml, tables


class Erratum(BaseModel):
    """A mistake in a published text: `wrong` says what stands there, `right` what the suite goes by.

    `clauses` are the places, `ets` the numbers of test cases of the OMA Enabler Test Specification
    (`1.0-int-774`, or `int-774` for all its versions) that it spoils.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^E\d{2}$")]
    document: Sentence
    wrong: Sentence
    right: Sentence
    clauses: tuple[ClauseText, ...] = ()
    ets: tuple[Annotated[str, StringConstraints(pattern=r"^(\d\.\d-)?int-\d+$")], ...] = ()
    links: Annotated[tuple[Link, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Errata:
    """All errata, in file order."""

    entries: tuple[Erratum, ...]

    def __iter__(self) -> Iterator[Erratum]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def touching(self, clause: str = "", ets: str = "") -> tuple[Erratum, ...]:
        """The errata that touch a clause (or several, parted by ';') or an ETS number of a test case.

        Raises ValueError when `clause` is given and is none.
        """
        return tuple(
            entry
            for entry in self.entries
            if (clause and touched(entry.clauses, clause))
            or (ets and any(_same_ets(ets, n) for n in entry.ets))
        )


def _same_ets(one: str, other: str) -> bool:
    (version, number), (other_version, other_number) = _ets_parts(one), _ets_parts(other)
    return number == other_number and (not version or not other_version or version == other_version)


def _ets_parts(number: str) -> tuple[str, str]:
    version, _, test = number.rpartition("int-")
    return version, test


def load_errata(file: Traversable | None = None) -> Errata:
    """The errata of this package, or of another file.

    Raises `CatalogueError`, with file, item and key, when the file breaks the schema.
    """
    source = file if file is not None else files("conformance.requirements") / "errata.toml"
    content = read_toml(source)
    only_keys(content, ("erratum",), source.name)
    entries: dict[str, Erratum] = {}
    for position, entry in enumerate(tables(content, "erratum", source.name), start=1):
        item = item_name(entry, "id", position)
        erratum = build(Erratum, entry, source.name, item)
        if erratum.id in entries:
            raise CatalogueError(source.name, item, "id", "occurs twice; ids are unique")
        if not erratum.clauses and not erratum.ets:
            raise CatalogueError(
                source.name, item, "clauses", "name a clause or an ETS number that it touches"
            )
        entries[erratum.id] = erratum
    return Errata(tuple(entries.values()))
