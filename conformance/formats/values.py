"""What a payload carries: values of LwM2M data types at paths (LwM2M Core 1.1.1 §7.3, App. C)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

MAX_ID = 65535


@dataclass(frozen=True, slots=True)
class ObjectLink:
    """A reference to an Object Instance; 65535:65535 is the null link (LwM2M Core 1.1.1 App. C).

    Raises:
        ValueError: an id outside 0 to 65534 that is not part of the null link.
    """

    object_id: int
    instance_id: int

    def __post_init__(self) -> None:
        ids = (self.object_id, self.instance_id)
        if ids != (MAX_ID, MAX_ID) and not all(0 <= identifier < MAX_ID for identifier in ids):
            raise ValueError(
                f"Object Link {self}: both ids must be from 0 to 65534, or both 65535 for the null link"
            )

    def __str__(self) -> str:
        return f"{self.object_id}:{self.instance_id}"


Value = int | float | bool | str | bytes | ObjectLink
Path = tuple[int, ...]


class DataType(StrEnum):
    """Data types of Resources, spelled as in OMA object definitions."""

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


TypeOf = Callable[[Path], DataType | None]
"""The type of the Resource at a path of length 3 or 4; None when the Resource is unknown."""


class ContentFormat(IntEnum):
    """Content-Format numbers of the payload formats (LwM2M Core 1.2 §7.4)."""

    TEXT = 0
    LINK = 40
    OPAQUE = 42
    CBOR = 60
    SENML_JSON = 110
    SENML_CBOR = 112
    SENML_ETCH_JSON = 320
    SENML_ETCH_CBOR = 322
    TLV = 11542
    LWM2M_JSON = 11543
    LWM2M_CBOR = 11544


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf of a payload.

    `value` is None for a name without a value (Read-Composite) and for an Instance or Resource without
    entries. `time` is in seconds as SenML resolves it (RFC 8428 §4.5.3), None when the payload tells none.
    `deleted` marks a null value, which removes what stands at the path (RFC 8790 §3.2, ETCH formats only).
    """

    path: Path
    value: Value | None = None
    time: float | None = None
    deleted: bool = False


def path_text(path: Path) -> str:
    """The path as ``/3/0/9``."""
    return "/" + "/".join(map(str, path))
