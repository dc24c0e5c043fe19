"""An object and its resources as values."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

VERSION = re.compile(r"[0-9]{1,5}\.[0-9]{1,5}")


class DataType(StrEnum):
    """Data type of a resource, spelled as in OMA DDF (LwM2M Core 1.2 Appendix C)."""

    STRING = "String"
    INTEGER = "Integer"
    UNSIGNED_INTEGER = "Unsigned Integer"
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    OPAQUE = "Opaque"
    TIME = "Time"
    OBJLNK = "Objlnk"
    CORELNK = "Corelnk"
    NONE = ""
    """No value at all: what an Execute resource has."""


@dataclass(frozen=True, slots=True)
class ResourceDefinition:
    """One resource of an object (LwM2M Core 1.2 Appendix D).

    `operations` holds any of "R", "W" and "E"; it is empty where only a bootstrap server may touch the
    resource. `range` and `units` are the text of the definition, empty where it says nothing.
    """

    id: int
    name: str
    operations: frozenset[str]
    multiple: bool
    mandatory: bool
    type: DataType
    range: str
    units: str
    description: str


@dataclass(frozen=True, slots=True)
class ObjectDefinition:
    """One version of one object.

    `version` is "major.minor", `lwm2m_version` the lowest enabler version that can carry the object.
    """

    id: int
    name: str
    version: str
    lwm2m_version: str
    multiple: bool
    mandatory: bool
    urn: str
    resources: Mapping[int, ResourceDefinition]
    description: str


def version_key(version: str) -> tuple[int, int]:
    """Order of "major.minor" versions: "1.10" stands after "1.9". Raises ValueError for another form."""
    if not VERSION.fullmatch(version):
        raise ValueError(f"version is {version!r}, expected digits like 1.0")
    major, minor = version.split(".")
    return int(major), int(minor)
