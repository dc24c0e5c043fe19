"""The value of the Block1 and Block2 options (RFC 7959 §2.2)."""

from __future__ import annotations

from dataclasses import dataclass

RESERVED_SZX = 7
MAXIMUM_NUMBER = (1 << 20) - 1


@dataclass(frozen=True)
class Block:
    """Block `num`, whether `more` follow, and the size exponent `szx` (7 is reserved but can be built)."""

    num: int
    more: bool
    szx: int

    def __post_init__(self) -> None:
        if not (0 <= self.num <= MAXIMUM_NUMBER and 0 <= self.szx <= RESERVED_SZX):
            raise ValueError(f"block number 0..{MAXIMUM_NUMBER} and SZX 0..7 expected, not {self}")

    @classmethod
    def from_uint(cls, value: int) -> Block:
        return cls(value >> 4, bool(value & 8), value & 7)

    @property
    def uint(self) -> int:
        return self.num << 4 | self.more << 3 | self.szx

    @property
    def size(self) -> int:
        """Bytes in a full block."""
        return 1 << (self.szx + 4)

    @property
    def offset(self) -> int:
        """Where the block starts in the body, in bytes."""
        return self.num * self.size

    def __str__(self) -> str:
        return f"{self.num}/{int(self.more)}/{self.size}"
