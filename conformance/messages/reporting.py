"""Operations of the Information Reporting interface that a device starts."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Send:
    """The device reports values without being asked (LwM2M Core 1.1.1 §6.4.6)."""

    operation: ClassVar[str] = "send"
    payload: bytes
    content_format: int | None
