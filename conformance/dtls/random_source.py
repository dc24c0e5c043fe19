"""Random bytes that a case can be replayed with."""

from __future__ import annotations

import random as standard_random
from collections.abc import Callable

RandomSource = Callable[[int], bytes]
"""Gives as many random bytes as it is asked for; `secrets.token_bytes` is one."""


def seeded(seed: int | str | bytes) -> RandomSource:
    """Always the same bytes for the same seed; for keys of a test and nothing else."""
    return standard_random.Random(seed).randbytes
