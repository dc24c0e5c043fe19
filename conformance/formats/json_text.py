"""JSON without leniency (RFC 8259): UTF-8, no key twice, no NaN, numbers kept exact."""

import json
from decimal import Decimal, DecimalException
from typing import NoReturn

from conformance.formats.findings import Reading


class _Refused(ValueError):  # noqa: N818 - internal signal
    pass


def parse(payload: bytes, reading: Reading) -> object:
    """The JSON value: dict, list, str, int, Decimal (every number with a fraction or exponent), bool or None.

    Raises:
        MalformedPayload: not such JSON.
    """
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise reading.malformed("not UTF-8", problem.start) from None
    if text.startswith("\ufeff"):
        raise reading.malformed("JSON must not begin with a byte order mark", 0)
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as problem:
        offset = len(text[: problem.pos].encode("utf-8"))
        raise reading.malformed(f"not JSON: {problem.msg}", offset) from None
    except _Refused as problem:
        raise reading.malformed(str(problem)) from None
    except RecursionError:
        raise reading.malformed("JSON is nested too deeply") from None


def write(value: object) -> bytes:
    """The value as compact JSON in UTF-8.

    Raises:
        ValueError: a number that JSON does not have.
    """
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def text_of(value: object, what: str, reading: Reading) -> str:
    """A JSON string that is also valid Unicode.

    Raises:
        MalformedPayload: another type, or an escape that leaves half of a surrogate pair.
    """
    if not isinstance(value, str):
        raise reading.malformed(f"{what} is no JSON string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise reading.malformed(f"{what} holds half of a surrogate pair") from None
    return value


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Refused(f"key {twice!r} occurs twice in one object")
    return found


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except DecimalException:
        raise _Refused("a number with an exponent beyond any range") from None


def _integer(text: str) -> int:
    if len(text) > 400:
        raise _Refused(f"a number of {len(text)} digits")
    return int(text)


def _constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON")
