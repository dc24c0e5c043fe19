"""Applicability: a boolean expression over what a SUT claims, is and shows tells whether a case concerns it.

    device & lwm2m >= 1.1 & (read_composite | object(5)) & ixit.writable_integer & !queue_mode

Terms are ICS items, role names, ``lwm2m`` compared with a version, ``object(ID)`` (in the registered object
list), ``ixit.KEY`` (the key was given) and ``ITEM == "text"``. ``and or not`` and ``& | !`` mean the same.
"""

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from conformance.sut.ics import Ics, Origin, did_you_mean, items, version
from conformance.sut.ixit import Ixit

ROLES: Final = ("device", "server", "bootstrap-server")
_ROLE_BY_NAME: Final = {role.replace("-", "_"): role for role in ROLES}
_LENGTH: Final = 1000  # characters
_DEPTH: Final = 50  # brackets and negations
_COMPARE: Final[dict[type[ast.cmpop], Callable[[tuple[int, int], tuple[int, int]], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


class ApplicabilityError(ValueError):
    """An expression that cannot be understood: what is wrong with it, and in which expression."""


class Term(NamedTuple):
    """One term of an expression with its value for one SUT and where that comes from."""

    term: str
    value: bool
    origin: Origin


class Applicability(NamedTuple):
    """Whether a case concerns a SUT, why not, and every term that decided it."""

    applies: bool
    reason: str
    terms: tuple[Term, ...]


@dataclass(frozen=True)
class Facts:
    """What is known of one SUT. ``objects`` None: nobody has looked, and every object counts as present."""

    ics: Ics
    ixit: Ixit
    objects: frozenset[int] | None = None

    @property
    def role(self) -> str:
        return self.ics.role

    @property
    def lwm2m(self) -> str:
        return self.ics.lwm2m


class _Judged(NamedTuple):
    value: bool
    reason: str


_Judge = Callable[[Facts], tuple[Term, str]]
_Node = Callable[[Facts, list[Term]], _Judged]


@dataclass(frozen=True)
class Expression:
    """A parsed expression."""

    source: str
    _root: _Node

    def evaluate(self, facts: Facts) -> Applicability:
        """Judge the expression for one SUT. Every term is evaluated, so that all can be explained."""
        terms: list[Term] = []
        judged = self._root(facts, terms)
        return Applicability(judged.value, "" if judged.value else judged.reason, tuple(dict.fromkeys(terms)))


@cache
def parse(source: str) -> Expression:
    """Parse an expression; raises ApplicabilityError for a name or a construction that does not exist."""
    return Expression(source, _Parser(source).parse())


def evaluate(source: str, facts: Facts) -> Applicability:
    """Parse and judge in one go; raises ApplicabilityError."""
    return parse(source).evaluate(facts)


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source

    def error(self, what: str) -> ApplicabilityError:
        return ApplicabilityError(f"{what} (in {self.source[:80]!r})")

    def parse(self) -> _Node:
        text = self.source
        if len(text) > _LENGTH or len(re.findall(r"[(!]|\bnot\b", text)) > _DEPTH:
            raise self.error("longer or deeper than an expression may be")
        for role in ROLES:
            text = re.sub(rf"(?<![\w.-]){role}(?![\w-])", role.replace("-", "_"), text)
        text = re.sub(r"&&?", " and ", text)
        text = re.sub(r"\|\|?", " or ", text)
        text = re.sub(r"!(?!=)", " not ", text)
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self.error("not a boolean expression over ICS items, roles and versions") from None
        return self.node(tree.body)

    def node(self, tree: ast.expr) -> _Node:
        match tree:
            case ast.BoolOp(op=ast.And(), values=values):
                return _all([self.node(value) for value in values])
            case ast.BoolOp(op=ast.Or(), values=values):
                return _any([self.node(value) for value in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _not(self.node(operand))
            case ast.Name(id=name):
                return _leaf(self.name(name))
            case ast.Attribute(value=ast.Name(id="ixit"), attr=key):
                return _leaf(self.ixit(key))
            case ast.Call(func=ast.Name(id="object"), args=[ast.Constant(value=int() as oid)], keywords=[]):
                return _leaf(_object(oid))
            case ast.Compare(left=ast.Name(id="lwm2m"), ops=[op], comparators=[ast.Constant(value=limit)]):
                return _leaf(self.version(op, str(limit)))
            case ast.Compare(
                left=ast.Name(id=name),
                ops=[ast.Eq() | ast.NotEq() as op],
                comparators=[ast.Constant(value=str() as text)],
            ):
                leaf = _leaf(self.text(name, text))
                return leaf if isinstance(op, ast.Eq) else _not(leaf)
        raise self.error(
            f"{ast.unparse(tree)!r} is not a term; object(5), lwm2m >= 1.1, ixit.KEY or a name is"
        )

    def name(self, name: str) -> _Judge:
        if name in _ROLE_BY_NAME:
            return _role(_ROLE_BY_NAME[name])
        if name not in items():
            raise self.error(f"unknown name {name!r}{did_you_mean(name, (*ROLES, 'lwm2m', *items()))}")
        if items()[name].type is str:
            raise self.error(f'{name} is a text, compare it: {name} == "…"')
        return _item(name)

    def ixit(self, key: str) -> _Judge:
        if key not in Ixit.model_fields:
            raise self.error(f"unknown IXIT key {key!r}{did_you_mean(key, Ixit.model_fields)}")
        return _ixit(key)

    def version(self, op: ast.cmpop, limit: str) -> _Judge:
        compare = _COMPARE.get(type(op))
        try:
            wanted = version(limit)
        except ValueError:
            compare = None
        if compare is None:
            raise self.error("lwm2m is compared by < <= > >= == != with a version such as 1.1")
        symbol = {"Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=", "Eq": "==", "NotEq": "!="}[
            type(op).__name__
        ]
        term, holds = f"lwm2m {symbol} {limit}", compare

        def judge(facts: Facts) -> tuple[Term, str]:
            value = holds(version(facts.lwm2m), wanted)
            return Term(term, value, Origin.PROFILE), f"the SUT speaks LwM2M {facts.lwm2m}, wanted is {term}"

        return judge

    def text(self, name: str, wanted: str) -> _Judge:
        if name not in items():
            raise self.error(f"unknown name {name!r}{did_you_mean(name, items())}")
        if items()[name].type is not str:
            raise self.error(f"{name} is true or false, not a text")

        def judge(facts: Facts) -> tuple[Term, str]:
            if facts.role not in items()[name].roles:
                return Term(f'{name} == "{wanted}"', False, Origin.DEFAULT), f"a {facts.role} has no {name}"
            value, origin = facts.ics.claim(name)
            reason = f"{name} of the SUT is {value!r} ({origin.value}), wanted is {wanted!r}"
            return Term(f'{name} == "{wanted}"', value == wanted, origin), reason

        return judge


def _item(name: str) -> _Judge:
    def judge(facts: Facts) -> tuple[Term, str]:
        if facts.role not in items()[name].roles:
            return Term(name, False, Origin.DEFAULT), f"{name} is no matter of a {facts.role}"
        value, origin = facts.ics.claim(name)
        verb = "show" if origin is Origin.OBSERVED else "claim"
        does = f"{verb}s" if value else f"does not {verb}"
        return Term(name, bool(value), origin), f"the SUT {does} {name} ({origin.value})"

    return judge


def _role(role: str) -> _Judge:
    def judge(facts: Facts) -> tuple[Term, str]:
        holds = facts.role == role
        reason = f"the SUT is a {role}" if holds else f"the SUT is a {facts.role}, not a {role}"
        return Term(role, holds, Origin.PROFILE), reason

    return judge


def _object(oid: int) -> _Judge:
    def judge(facts: Facts) -> tuple[Term, str]:
        origin = Origin.DEFAULT if facts.objects is None else Origin.OBSERVED
        present = facts.objects is None or oid in facts.objects
        does = "announces" if present else "does not announce"
        return Term(f"object({oid})", present, origin), f"the SUT {does} object {oid} ({origin.value})"

    return judge


def _ixit(key: str) -> _Judge:
    def judge(facts: Facts) -> tuple[Term, str]:
        given = key in facts.ixit.model_fields_set
        does = "gives" if facts.ixit.has(key) else "gives no"
        origin = Origin.PROFILE if given else Origin.DEFAULT
        return Term(f"ixit.{key}", facts.ixit.has(key), origin), f"the profile {does} ixit.{key}"

    return judge


def _leaf(judge: _Judge) -> _Node:
    def node(facts: Facts, terms: list[Term]) -> _Judged:
        term, reason = judge(facts)
        terms.append(term)
        return _Judged(term.value, reason)

    return node


def _not(inner: _Node) -> _Node:
    def node(facts: Facts, terms: list[Term]) -> _Judged:
        judged = inner(facts, terms)
        return _Judged(not judged.value, judged.reason)

    return node


def _all(parts: list[_Node]) -> _Node:
    def node(facts: Facts, terms: list[Term]) -> _Judged:
        judged = [part(facts, terms) for part in parts]
        value = all(part.value for part in judged)
        return _Judged(value, _joined([part for part in judged if part.value == value]))

    return node


def _any(parts: list[_Node]) -> _Node:
    def node(facts: Facts, terms: list[Term]) -> _Judged:
        judged = [part(facts, terms) for part in parts]
        value = any(part.value for part in judged)
        return _Judged(value, _joined([part for part in judged if part.value == value]))

    return node


def _joined(parts: list[_Judged]) -> str:
    return "; ".join(dict.fromkeys(part.reason for part in parts))
