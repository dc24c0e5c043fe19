"""All time of the harness: monotonic seconds from one replaceable source."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

_monotonic: Callable[[], float] = time.monotonic


def now() -> float:
    """Seconds on a clock that never jumps; only differences mean something."""
    return _monotonic()


def utc() -> datetime:
    """The date and time for people; never used to measure a span."""
    return datetime.now(UTC)


def processor() -> float:
    """Processor seconds that this process has used; its children, the SUTs among them, do not count."""
    return time.process_time()


def use(source: Callable[[], float]) -> Callable[[], float]:
    """Replace the monotonic source (a fake clock in tests) and return the one before."""
    global _monotonic
    before, _monotonic = _monotonic, source
    return before
