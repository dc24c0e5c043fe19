"""Matchers: expectations as data, judged by one pure function, so that a check can be judged again offline.

A matcher is a JSON object with an ``op``; `satisfies` evaluates it against a plain (JSON) value and
`describe` words it for a person. Case authors use the constructors (`one_of`, `between`, ...); a plain
value stands for equality.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


class Matcher(dict[str, Any]):
    """An expectation as data; made by the constructors below, never by hand."""


ANY = Matcher(op="any")
ABSENT = Matcher(op="absent")
PRESENT = Matcher(op="present")


def plain(value: object) -> Plain:
    """The JSON form of a value: octets become ``{"hex": ...}``, tuples and sets lists, other objects text."""
    if value is None or isinstance(value, bool | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, bytes | bytearray):
        return {"hex": bytes(value).hex()}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, Iterable) and not isinstance(value, str) and not hasattr(value, "__plain__"):
        return [plain(item) for item in value]
    return str(value)


def equal(value: object) -> Matcher:
    """The value itself; a number equals only a number, a boolean only a boolean."""
    return Matcher(op="equal", value=plain(value))


def one_of(*values: object) -> Matcher:
    """One of several permitted values."""
    return Matcher(op="one_of", values=[plain(value) for value in values])


def differs(value: object) -> Matcher:
    """Any value but this one."""
    return Matcher(op="differs", value=plain(value))


def between(low: float, high: float) -> Matcher:
    """A number from `low` to `high`, both included."""
    return Matcher(op="between", low=low, high=high)


def close_to(value: float, relative: float = 1e-6) -> Matcher:
    """A number that differs from `value` by no more than single precision loses."""
    return Matcher(op="close_to", value=value, relative=relative)


def matches(pattern: str) -> Matcher:
    """A text that the regular expression matches from end to end."""
    return Matcher(op="matches", pattern=pattern)


def containing(*items: object) -> Matcher:
    """A collection that holds at least these items."""
    return Matcher(op="containing", items=[plain(item) for item in items])


def excluding(*items: object) -> Matcher:
    """A collection that holds none of these items."""
    return Matcher(op="excluding", items=[plain(item) for item in items])


def unordered(*items: object) -> Matcher:
    """A collection that holds exactly these items, each once, in any order."""
    return Matcher(op="unordered", items=[plain(item) for item in items])


def covering(mapping: Mapping[Any, object]) -> Matcher:
    """A mapping that holds at least these keys with these values."""
    return Matcher(op="covering", items=plain(mapping))


def code_class(digit: int) -> Matcher:
    """A response code of this class: ``code_class(4)`` is any 4.xx."""
    return Matcher(op="matches", pattern=rf"{digit}\.\d\d")


def as_matcher(value: object) -> Matcher:
    """The value when it is a matcher already, else equality with it."""
    return value if isinstance(value, Matcher) else equal(value)


def satisfies(matcher: Mapping[str, Any], actual: Plain) -> bool:
    """Whether the plain value fulfils the matcher.

    Raises:
        ValueError: the matcher's operation is not known.
    """
    try:
        judge = _OPERATIONS[matcher["op"]]
    except KeyError:
        raise ValueError(f"unknown matcher operation {matcher.get('op')!r}") from None
    return judge(matcher, actual)


def describe(matcher: Mapping[str, Any]) -> str:
    """The matcher in words, as a report prints it."""
    return _WORDS[matcher["op"]](matcher)


def show(value: Plain) -> str:
    """A plain value as a report prints it."""
    if isinstance(value, dict) and set(value) == {"hex"}:
        return f"{len(str(value['hex'])) // 2} B {value['hex']}"
    if isinstance(value, list):
        return "[" + ", ".join(show(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {show(item)}" for key, item in value.items()) + "}"
    return str(value)


def _same(left: object, right: object) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    return left == right


def _holds(collection: object, item: object) -> bool:
    return isinstance(collection, list) and any(_same(member, item) for member in collection)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unordered(matcher: Mapping[str, Any], actual: object) -> bool:
    if not isinstance(actual, list) or len(actual) != len(matcher["items"]):
        return False
    rest = list(actual)
    for item in matcher["items"]:
        found = next((index for index, member in enumerate(rest) if _same(member, item)), None)
        if found is None:
            return False
        del rest[found]
    return True


_OPERATIONS: dict[str, Callable[[Mapping[str, Any], Any], bool]] = {
    "any": lambda matcher, actual: True,
    "absent": lambda matcher, actual: actual is None,
    "present": lambda matcher, actual: actual is not None,
    "equal": lambda matcher, actual: _same(matcher["value"], actual),
    "differs": lambda matcher, actual: actual is not None and not _same(matcher["value"], actual),
    "one_of": lambda matcher, actual: any(_same(value, actual) for value in matcher["values"]),
    "between": lambda matcher, actual: _is_number(actual) and matcher["low"] <= actual <= matcher["high"],
    "close_to": lambda matcher, actual: (
        _is_number(actual)
        and math.isclose(actual, matcher["value"], rel_tol=matcher["relative"], abs_tol=1e-12)
    ),
    "matches": lambda matcher, actual: (
        isinstance(actual, str) and re.fullmatch(matcher["pattern"], actual, re.DOTALL) is not None
    ),
    "containing": lambda matcher, actual: all(_holds(actual, item) for item in matcher["items"]),
    "excluding": lambda matcher, actual: (
        isinstance(actual, list) and not any(_holds(actual, item) for item in matcher["items"])
    ),
    "unordered": _unordered,
    "covering": lambda matcher, actual: (
        isinstance(actual, dict)
        and all(key in actual and _same(actual[key], value) for key, value in matcher["items"].items())
    ),
}


def _listed(matcher: Mapping[str, Any]) -> str:
    return ", ".join(show(item) for item in matcher["items"])


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "any": lambda matcher: "anything",
    "absent": lambda matcher: "nothing",
    "present": lambda matcher: "something",
    "equal": lambda matcher: show(matcher["value"]),
    "differs": lambda matcher: f"anything but {show(matcher['value'])}",
    "one_of": lambda matcher: " or ".join(show(value) for value in matcher["values"]),
    "between": lambda matcher: f"from {matcher['low']:g} to {matcher['high']:g}",
    "close_to": lambda matcher: f"about {matcher['value']:g}",
    "matches": lambda matcher: (
        f"{matcher['pattern'][0]}.xx"
        if re.fullmatch(r"\d\\\.\\d\\d", matcher["pattern"])
        else f"text like {matcher['pattern']}"
    ),
    "containing": lambda matcher: f"at least {_listed(matcher)}",
    "excluding": lambda matcher: f"none of {_listed(matcher)}",
    "unordered": lambda matcher: f"exactly {_listed(matcher)}",
    "covering": lambda matcher: f"at least {show(matcher['items'])}",
}
