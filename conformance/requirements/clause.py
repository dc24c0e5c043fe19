"""References to clauses of specifications, and when two of them meet."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator

_CLAUSE = re.compile(
    r"(?P<specification>[^\s§;,][^§;,]*?)"
    r"(?: (?P<version>\d+(?:\.\d+)+))?"
    r" §(?P<section>[A-Z0-9][A-Za-z0-9.-]*)"
)


@dataclass(frozen=True)
class Clause:
    """A place in a specification, such as `LwM2M Core 1.1.1 §6.2.2`; `version` is None when all are meant."""

    specification: str
    version: str | None
    section: str

    @classmethod
    def parse(cls, text: str) -> "Clause":
        """A clause from its written form. Raises ValueError that shows the form expected."""
        match = _CLAUSE.fullmatch(text.strip())
        if match is None:
            raise ValueError(
                f"'{text}' is no clause; write it as 'LwM2M Core 1.1.1 §6.2.2', "
                f"'LwM2M Core §6.2.2' or 'RFC 7641 §3.6'"
            )
        return cls(match["specification"], match["version"], match["section"])

    @classmethod
    def parse_all(cls, text: str) -> "tuple[Clause, ...]":
        """Several clauses, parted by ``;`` or ``,``; one that begins with § is of the document before it.

        Raises ValueError for a part that is no clause.
        """
        found: list[Clause] = []
        for part in (piece.strip() for piece in re.split("[;,]", text)):
            if part.startswith("§") and found:
                found.append(cls(found[-1].specification, found[-1].version, part.removeprefix("§")))
            else:
                found.append(cls.parse(part))
        return tuple(found)

    def __str__(self) -> str:
        name = self.specification if self.version is None else f"{self.specification} {self.version}"
        return f"{name} §{self.section}"

    def meets(self, other: "Clause") -> bool:
        """Whether both speak of the same text.

        They do when the specification is one, no two different versions are named (1.1 takes in 1.1.1), and
        one section is the other or holds it.
        """
        return (
            self.specification.casefold() == other.specification.casefold()
            and (not self.version or not other.version or _one_holds_other(self.version, other.version))
            and _one_holds_other(self.section, other.section)
        )


def _one_holds_other(one: str, other: str) -> bool:
    parts, other_parts = one.split("."), other.split(".")
    shared = min(len(parts), len(other_parts))
    return parts[:shared] == other_parts[:shared]


def touched(clauses: Iterable[str], text: str) -> bool:
    """Whether one of `clauses` meets one of those in `text`, a list of clauses.

    Raises ValueError when `text` holds something that is no clause.
    """
    sought = Clause.parse_all(text)
    return any(Clause.parse(clause).meets(other) for clause in clauses for other in sought)


def _written(text: str) -> str:
    return str(Clause.parse(text))


ClauseText = Annotated[str, AfterValidator(_written)]
