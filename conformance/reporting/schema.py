"""The JSON Schema of the run record, and its verdict on a document as one line."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

SCHEMA_VERSION = 1


@cache
def run_schema() -> dict[str, Any]:
    """The schema of ``run.json``, version 1."""
    text = files("conformance.reporting").joinpath("schema", "run-1.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator(definition: str | None) -> Draft202012Validator:
    schema = run_schema()
    if definition is not None:
        schema = {"$schema": schema["$schema"], "$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    return Draft202012Validator(schema)


def violation(document: object, definition: str | None = None) -> str | None:
    """What the schema has against a document, in one line with the place; None when it has nothing.

    `definition` names a part of the schema (``"result"`` for a ``result.json``); the default is the whole
    run.
    """
    validator = _validator(definition)
    error: ValidationError | None = best_match(validator.iter_errors(document))
    if error is None:
        return None
    message = " ".join(error.message.split())
    if len(message) > 200:
        message = message[:200] + "…"
    return f"{_place(document, list(error.absolute_path))}: {message}"


def _place(document: object, path: list[str | int]) -> str:
    """The path, with the case's id where it leads into a result."""
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    if path[:1] == ["results"] and len(path) > 1 and isinstance(document, dict):
        result = document["results"][path[1]]
        if isinstance(result, dict) and "id" in result:
            place += f" ({result['id']})"
    return place or "top level"
