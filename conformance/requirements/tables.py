"""Reading TOML tables into models, with errors that name file, item and key."""

import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class CatalogueError(ValueError):
    """A data file of the requirements cannot be used.

    `file` is its name, `item` the entry (label, id, or position when it has none; "" for the file as a
    whole), `key` the key at fault ("" when it is no single key), `reason` what is wrong and what is expected.
    """

    def __init__(self, file: str, item: str, key: str, reason: str) -> None:
        self.file = file
        self.item = item
        self.key = key
        self.reason = reason
        where = ", ".join(part for part in (file, item, f"key '{key}'" if key else "") if part)
        super().__init__(f"{where}: {reason}")


def read_toml(file: Traversable) -> dict[str, Any]:
    """The content of a TOML file.

    Raises `CatalogueError` when it is missing, not UTF-8 or not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(file.name, "", "", f"cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise CatalogueError(file.name, "", "", f"is not UTF-8: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(file.name, "", "", f"is not TOML: {error}") from error


def table(content: Mapping[str, Any], key: str, file: str) -> dict[str, Any]:
    """The table `[key]` of a file. Raises `CatalogueError` when it is missing or something else."""
    value = content.get(key)
    if not isinstance(value, dict):
        raise CatalogueError(file, "", key, f"expected a table [{key}]")
    return dict(value)


def tables(content: Mapping[str, Any], key: str, file: str) -> list[dict[str, Any]]:
    """The array of tables `[[key]]` of a file, one at least.

    Raises `CatalogueError` when it is missing, empty or something else.
    """
    value = content.get(key)
    if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
        raise CatalogueError(file, "", key, f"expected one or more tables [[{key}]]")
    return [dict(entry) for entry in value]


def only_keys(content: Mapping[str, Any], allowed: tuple[str, ...], file: str) -> None:
    """Raises `CatalogueError` for the first key at the top of a file that is not allowed there."""
    for key in content:
        if key not in allowed:
            raise CatalogueError(file, "", key, f"unknown key; allowed are {', '.join(allowed)}")


def item_name(entry: Mapping[str, Any], name_key: str, position: int) -> str:
    """How an error calls an entry: the value of its naming key, else its position, counted from 1."""
    name = entry.get(name_key)
    return name if isinstance(name, str) and name else f"item {position}"


def build(model: type[Model], entry: Mapping[str, Any], file: str, item: str) -> Model:
    """An entry as a model. Raises `CatalogueError` that names the first key at fault."""
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        got = "" if first["type"] == "missing" else f", got {first['input']!r}"
        raise CatalogueError(file, item, key, f"{first['msg']}{got}") from error
