"""What the range of a definition says about a value (LwM2M Core 1.1.1 Appendix C, Appendix D)."""

import re
from decimal import Decimal

_NUMBER = r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:\.\.|-)\s*({_NUMBER})(?:\s+bytes)?", re.ASCII | re.IGNORECASE)


def bounds_of(text: str) -> tuple[Decimal, Decimal] | None:
    """The least and the greatest of a range such as ``0..100``; None for what is no such range."""
    found = _RANGE.fullmatch(text.strip())
    return None if found is None else (Decimal(found[1]), Decimal(found[2]))


def permits(text: str, value: object) -> bool:
    """Whether a range such as ``0..100``, ``1-65534`` or ``0..255 bytes`` leaves room for the value.

    It bounds a number by its size, and a String or Opaque value by its length; that of a String has to fit
    in characters and in octets, as definitions do not say which is meant. What is no such range permits all.
    """
    bounds = bounds_of(text)
    if bounds is None or isinstance(value, bool):
        return True
    low, high = bounds
    if isinstance(value, int):
        return low <= value <= high
    if isinstance(value, float):
        return float(low) <= value <= float(high)
    if isinstance(value, str):
        return low <= len(value) and len(value.encode("utf-8")) <= high
    return not isinstance(value, bytes) or low <= len(value) <= high
