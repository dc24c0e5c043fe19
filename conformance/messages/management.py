"""Operations of the Device Management and Service Enablement interface, which a server sends to a device."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from conformance.messages.path import Path

ROOT = Path()


class Mode(StrEnum):
    """How a Write treats what it does not name (LwM2M Core 1.1.1 §6.3.3)."""

    REPLACE = "replace"
    PARTIAL = "partial"


@dataclass(frozen=True)
class Payload:
    """Octets and the Content-Format that names them; `content_format` None leaves the option out."""

    data: bytes
    content_format: int | None


@dataclass(frozen=True)
class Read:
    """Ask for the value of an Object, an Instance, a Resource or a Resource Instance (Core 1.1.1 §6.3.1)."""

    operation: ClassVar[str] = "read"
    path: Path
    accept: int | None = None


@dataclass(frozen=True)
class Discover:
    """Ask for the links and attributes below a path (LwM2M Core 1.1.1 §6.3.2)."""

    operation: ClassVar[str] = "discover"
    path: Path


@dataclass(frozen=True)
class Write:
    """Replace or partially update values (LwM2M Core 1.1.1 §6.3.3)."""

    operation: ClassVar[str] = "write"
    path: Path
    payload: Payload
    mode: Mode = Mode.REPLACE


@dataclass(frozen=True)
class WriteAttributes:
    """Set or, with the value None, unset notification attributes (LwM2M Core 1.1.1 §6.3.4)."""

    operation: ClassVar[str] = "write-attributes"
    path: Path
    attributes: Mapping[str, str | int | float | None]


@dataclass(frozen=True)
class Execute:
    """Start what an executable Resource stands for (LwM2M Core 1.1.1 §6.3.5)."""

    operation: ClassVar[str] = "execute"
    path: Path
    arguments: str = ""


@dataclass(frozen=True)
class Create:
    """Make an Object Instance (LwM2M Core 1.1.1 §6.3.6)."""

    operation: ClassVar[str] = "create"
    path: Path
    payload: Payload


@dataclass(frozen=True)
class Delete:
    """Remove an Object Instance (LwM2M Core 1.1.1 §6.3.7)."""

    operation: ClassVar[str] = "delete"
    path: Path


@dataclass(frozen=True)
class ReadComposite:
    """Ask for several paths at once (LwM2M Core 1.1.1 §6.3.8)."""

    operation: ClassVar[str] = "read-composite"
    payload: Payload
    accept: int | None = None
    path: Path = ROOT


@dataclass(frozen=True)
class WriteComposite:
    """Write several values at once, all or none (LwM2M Core 1.1.1 §6.3.9)."""

    operation: ClassVar[str] = "write-composite"
    payload: Payload
    path: Path = ROOT


@dataclass(frozen=True)
class Observe:
    """Ask for a value and for its changes, or with `cancel` no longer (LwM2M Core 1.1.1 §6.4.1, §6.4.3)."""

    operation: ClassVar[str] = "observe"
    path: Path
    accept: int | None = None
    cancel: bool = False


@dataclass(frozen=True)
class ObserveComposite:
    """Ask for several paths at once and for their changes (LwM2M Core 1.1.1 §6.4.4, §6.4.5)."""

    operation: ClassVar[str] = "observe-composite"
    payload: Payload
    accept: int | None = None
    cancel: bool = False
    path: Path = ROOT


ManagementOperation = (
    Read
    | Discover
    | Write
    | WriteAttributes
    | Execute
    | Create
    | Delete
    | ReadComposite
    | WriteComposite
    | Observe
)
