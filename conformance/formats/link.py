"""CoRE link format (RFC 6690 §2, Content-Format 40), without any leniency."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from conformance.formats.errors import MalformedPayload
from conformance.formats.findings import Reading
from conformance.formats.names import path_of
from conformance.formats.values import ContentFormat, Entry, Path, TypeOf, path_text

Attribute = tuple[str, str | None, bool]
"""Name, value without quotes and escapes (None for a bare name), and whether it was quoted."""

_URI_REFERENCE = re.compile(r"([A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9!#$&+\-.^_`|~]+\*?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'()*+\-./:<=>?@\[\]^_`{|}~]+", re.ASCII)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_EXTENDED = re.compile(
    r"[A-Za-z0-9!#$%&+\-^_`{}~]+'[A-Za-z0-9-]*'([A-Za-z0-9!#$&+\-.^_`|~]|%[0-9A-Fa-f]{2})*", re.ASCII
)
_CARDINAL = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_RELATION = re.compile(r"[a-z][a-z0-9.\-]*|[A-Za-z][A-Za-z0-9+.\-]*:[^\s\"]+", re.ASCII)

_ONCE = frozenset({"rel", "anchor", "rt", "if", "sz", "ct", "title", "title*", "type", "media"})
_RELATIONS = frozenset({"rel", "rev", "rt", "if"})
_ALWAYS_QUOTED = frozenset({"anchor", "title"})
_WITH_VALUE = _ONCE | _RELATIONS | {"hreflang"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its target as it stands between the angle brackets, and its attributes in order."""

    target: str
    attributes: tuple[Attribute, ...] = ()

    def attribute(self, name: str) -> str | None:
        """The value of the first attribute of that name; None when there is none or it is a bare name."""
        return next((value for key, value, _ in self.attributes if key == name), None)

    def __str__(self) -> str:
        return f"<{self.target}>" + "".join(map(_attribute_text, self.attributes))


def parse(payload: bytes | str, *, spaced: bool = False) -> tuple[Link, ...]:
    """The links of a payload, in order; an empty payload has none.

    `spaced` reads over white space around separators: RFC 6690 §2 has none, the examples of OMA print it.

    Raises:
        MalformedPayload: not what RFC 6690 §2 allows.
    """
    if isinstance(payload, str):
        return _Parser(payload, spaced).links()
    try:
        return _Parser(payload.decode("utf-8"), spaced).links()
    except UnicodeDecodeError as problem:
        raise MalformedPayload(ContentFormat.LINK, "not UTF-8", problem.start) from None


def serialise(links: Iterable[Link]) -> bytes:
    """The links as a payload; values are quoted where `Attribute` says so.

    Raises:
        ValueError: the links hold what link format cannot express.
    """
    given = tuple(links)
    text = ",".join(map(str, given))
    if parse(text) != given:
        raise ValueError(f"{text!r} does not stand for these links: quote what is no token (RFC 6690 §2)")
    return text.encode("utf-8")


def decode(payload: bytes, reading: Reading) -> tuple[Entry, ...]:
    """The targets as names without values, as in a Discover (LwM2M Core 1.1.1 §6.3.2); see `parse` for
    attributes.

    Raises:
        MalformedPayload: not link format, or a target that is no LwM2M path.
    """
    return tuple(Entry(path_of(link.target, reading)) for link in parse(payload))


def encode(entries: tuple[Entry, ...], base: Path, type_of: TypeOf) -> bytes:
    """Links to the paths of the entries.

    Raises:
        ValueError: an entry has a value.
    """
    if any(entry.value is not None for entry in entries):
        raise ValueError("link format carries paths, not values")
    return serialise(Link(path_text(entry.path)) for entry in entries)


def _attribute_text(attribute: Attribute) -> str:
    name, value, quoted = attribute
    if value is None:
        return f";{name}"
    if not quoted:
        return f";{name}={value}"
    return ';{}="{}"'.format(name, value.replace("\\", "\\\\").replace('"', '\\"'))


class _Parser:
    """A cursor over the text."""

    def __init__(self, text: str, spaced: bool) -> None:
        self._text = text
        self._spaced = spaced
        self._at = 0

    def links(self) -> tuple[Link, ...]:
        if not self._text:
            return ()
        links = [self._link()]
        while self._at < len(self._text):
            self._expect(",", "',' and another link, ';' and an attribute, or the end")
            self._skip()
            links.append(self._link())
        return tuple(links)

    def _link(self) -> Link:
        self._expect("<", "'<' before a target")
        end = self._text.find(">", self._at)
        if end < 0:
            raise self._malformed("no '>' after the target")
        target = self._text[self._at : end]
        if (reference := _URI_REFERENCE.match(target)) is None or reference.end() != len(target):
            self._at += reference.end() if reference else 0
            raise self._malformed(f"target {target[:60]!r} is no URI reference")
        self._at = end + 1
        self._skip()
        attributes: list[Attribute] = []
        while self._peek() == ";":
            self._at += 1
            self._skip()
            attributes.append(self._attribute({name for name, _, _ in attributes}))
            self._skip()
        return Link(target, tuple(attributes))

    def _attribute(self, earlier: set[str]) -> Attribute:
        start = self._at
        name = self._take(_NAME, "the name of an attribute")
        if name in earlier and name in _ONCE:
            self._at = start
            raise self._malformed(f"attribute {name!r} occurs twice in one link")
        if self._peek() != "=":
            if name in _WITH_VALUE or name.endswith("*"):
                raise self._malformed(f"attribute {name!r} has no value")
            return name, None, False
        self._at += 1
        start = self._at
        quoted = self._peek() == '"'
        if quoted:
            value = _ESCAPE.sub(r"\1", self._take(_QUOTED, "a closed quoted string")[1:-1])
        else:
            value = self._take(_TOKEN, f"a value of {name!r}")
        problem = _problem(name, value, quoted)
        if problem:
            self._at = start
            raise self._malformed(f"attribute {name!r}: {problem}")
        return name, value, quoted

    def _skip(self) -> None:
        while self._spaced and self._peek() in (" ", "\t", "\r", "\n"):
            self._at += 1

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _expect(self, character: str, what: str) -> None:
        if self._peek() != character:
            raise self._malformed(f"expected {what}, found {self._text[self._at : self._at + 10]!r}")
        self._at += 1

    def _take(self, pattern: re.Pattern[str], what: str) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise self._malformed(f"expected {what}, found {self._text[self._at : self._at + 10]!r}")
        self._at = found.end()
        return found[0]

    def _malformed(self, reason: str) -> MalformedPayload:
        offset = len(self._text[: self._at].encode("utf-8", "surrogatepass"))
        return MalformedPayload(ContentFormat.LINK, reason, offset)


def _problem(name: str, value: str, quoted: bool) -> str | None:
    """What is wrong with the value of an attribute; None when nothing is."""
    if _CONTROL.search(value):
        return "has a control character"
    if name in _ALWAYS_QUOTED and not quoted:
        return f"{value!r} must be quoted"
    if name.endswith("*"):
        return (
            None
            if not quoted and _EXTENDED.fullmatch(value)
            else f"{value!r} is no ext-value (RFC 5987 §3.2.1)"
        )
    words = value.split(" ") if quoted else [value]
    if name in _RELATIONS and not _all(_RELATION, words):
        return f"{value!r} is no list of relation types"
    if name == "ct" and not _all(_CARDINAL, words):
        return f"{value!r} is no list of Content-Format numbers (RFC 7252 §7.2.1)"
    if name == "sz" and (quoted or not _CARDINAL.fullmatch(value)):
        return f"{value!r} is no unquoted cardinal"
    if name == "anchor" and not _URI_REFERENCE.fullmatch(value):
        return f"{value!r} is no URI reference"
    return None


def _all(pattern: re.Pattern[str], words: list[str]) -> bool:
    """Whether the words match; more than one space between them is allowed, none before or after."""
    return bool(words[0] and words[-1]) and all(pattern.fullmatch(word) for word in words if word)
