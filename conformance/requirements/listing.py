"""The catalogue as a table for people and as JSON for programs."""

from collections import Counter

from conformance.requirements.catalogue import Catalogue
from conformance.requirements.requirement import Disposition, Requirement

COLUMNS = ("label", "keyword", "roles", "release", "disposition", "source", "requirement")


def select(
    catalogue: Catalogue, prefix: str = "", disposition: Disposition | str | None = None
) -> tuple[Requirement, ...]:
    """The requirements whose label begins with `prefix` and that have the disposition in one of their roles,
    where these are given.

    Raises ValueError when `disposition` is none of the four.
    """
    chosen = None if disposition is None else _disposition(disposition)
    found = catalogue.find(prefix) if prefix.strip() else tuple(catalogue)
    return tuple(entry for entry in found if chosen is None or chosen in _dispositions(entry))


def table_rows(
    catalogue: Catalogue, prefix: str = "", disposition: Disposition | str | None = None
) -> list[tuple[str, ...]]:
    """The selected requirements as rows of text under `COLUMNS`. Raises as `select` does."""
    return [
        (
            entry.label,
            entry.keyword.value,
            ", ".join(role.value for role in entry.roles),
            entry.release,
            _told(entry),
            str(entry.source),
            entry.paraphrase,
        )
        for entry in select(catalogue, prefix, disposition)
    ]


def as_json(
    catalogue: Catalogue, prefix: str = "", disposition: Disposition | str | None = None
) -> list[dict[str, object]]:
    """The selected requirements with all their fields, ready for `json.dumps`. Raises as `select` does."""
    return [entry.model_dump(mode="json") for entry in select(catalogue, prefix, disposition)]


def count_by_disposition(requirements: tuple[Requirement, ...]) -> dict[str, int]:
    """How many requirements have each disposition; all four are named."""
    counted = Counter(entry.disposition for entry in requirements)
    return {disposition.value: counted[disposition] for disposition in Disposition}


def _dispositions(entry: Requirement) -> set[Disposition]:
    return {entry.disposition, *(standing.disposition for standing in entry.of_role.values())}


def _told(entry: Requirement) -> str:
    """``tested``, or ``tested; server: untestable`` where it stands otherwise in a role."""
    others = (f"{role.value}: {standing.disposition.value}" for role, standing in entry.of_role.items())
    return "; ".join((entry.disposition.value, *others))


def _disposition(value: Disposition | str) -> Disposition:
    try:
        return Disposition(value)
    except ValueError:
        allowed = ", ".join(entry.value for entry in Disposition)
        raise ValueError(f"'{value}' is no disposition; choose one of {allowed}") from None
