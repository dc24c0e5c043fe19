"""Operations of the Client Registration interface, which a device sends to a server.

A received one is kept as it came: every query parameter in order, repeated and unknown ones too, and the
links or the reason why they could not be read, so that a check can say what was wrong.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from conformance.formats import link
from conformance.formats.errors import MalformedPayload
from conformance.formats.link import Link

Parameters = tuple[tuple[str, str | None], ...]


def parameters_of(query: Sequence[str]) -> Parameters:
    """Query options as names and values; a parameter without ``=`` has the value None."""
    pairs = (item.partition("=") for item in query)
    return tuple((name, value if equals else None) for name, equals, value in pairs)


def decimal(text: str | None) -> int | None:
    """The number that decimal digits stand for; None for anything else, and above 20 digits."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 20
    return int(text) if is_number and text is not None else None


def segments(root: str) -> tuple[str, ...]:
    """The segments of an alternate path, ``/lwm2m``; none for ``/``."""
    return tuple(part for part in root.split("/") if part)


def first_instance(objects: Iterable[str], object_id: int) -> int:
    """The id of the first Instance of an Object in an object list, 0 where it names none."""
    targets = (target.split("/") for target in objects)
    wanted = ["", str(object_id)]
    numbers = (decimal(target[2]) for target in targets if len(target) == 3 and target[:2] == wanted)
    return next((number for number in numbers if number is not None), 0)


@dataclass(frozen=True)
class _Registration:
    """What Register and Update have in common."""

    parameters: Parameters
    payload: bytes = b""
    content_format: int | None = None
    links: tuple[Link, ...] = ()
    links_malformed: str | None = None
    location: tuple[str, ...] = ()

    @property
    def spaced(self) -> bool:
        """Whether white space stands around separators of the links, which RFC 6690 §2 does not have."""
        try:
            link.parse(self.payload)
        except MalformedPayload:
            return self.links_malformed is None
        return False

    def _first(self, name: str) -> str | None:
        return next((value for key, value in self.parameters if key == name), None)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of all query parameters, in order, repeated ones too."""
        return tuple(name for name, _ in self.parameters)

    @property
    def lifetime(self) -> int | str | None:
        """``lt`` in seconds; the text itself when it is not a decimal number."""
        text = self._first("lt")
        number = decimal(text)
        return text if number is None else number

    @property
    def binding(self) -> str | None:
        return self._first("b")

    @property
    def sms_number(self) -> str | None:
        return self._first("sms")

    @property
    def objects(self) -> tuple[str, ...]:
        """The targets of the links that name Objects and Object Instances, sorted (``/1/0``)."""
        prefix = self.root.rstrip("/")
        below = (item.target.removeprefix(prefix) for item in self.links if item.target != self.root)
        return tuple(sorted(below, key=lambda target: [part.zfill(5) for part in target.split("/")]))

    @property
    def root(self) -> str:
        """The alternate path, ``/`` when there is none (LwM2M Core 1.1.1 §6.2.1)."""
        marked = (item.target for item in self.links if item.attribute("rt") == "oma.lwm2m")
        return next(marked, "/")

    @property
    def formats(self) -> tuple[int, ...]:
        """The Content-Formats told with ``ct`` on the root link."""
        for item in self.links:
            if item.target == self.root and (text := item.attribute("ct")):
                numbers = (decimal(part) for part in text.split())
                return tuple(number for number in numbers if number is not None)
        return ()

    @property
    def versions(self) -> dict[int, str]:
        """Object versions told with ``ver``, quoted or not, by Object id."""
        prefix = self.root.rstrip("/")
        found = {}
        for item in self.links:
            version = item.attribute("ver")
            identifier = decimal(item.target.removeprefix(prefix).strip("/").partition("/")[0])
            if version is not None and identifier is not None:
                found[identifier] = version
        return found


def _links_of(payload: bytes) -> tuple[tuple[Link, ...], str | None]:
    """The links, white space around separators read over, or why they cannot be read."""
    try:
        return link.parse(payload, spaced=True), None
    except MalformedPayload as problem:
        return (), str(problem)


@dataclass(frozen=True)
class Register(_Registration):
    """The device makes itself known (LwM2M Core 1.1.1 §6.2.1)."""

    operation: ClassVar[str] = "register"

    @classmethod
    def received(cls, query: Sequence[str], payload: bytes, content_format: int | None) -> "Register":
        links, malformed = _links_of(payload)
        return cls(parameters_of(query), payload, content_format, links, malformed)

    @property
    def endpoint(self) -> str | None:
        """The Endpoint Client Name, ``ep``."""
        return self._first("ep")

    @property
    def version(self) -> str | None:
        """The enabler version, ``lwm2m``, as it stands."""
        return self._first("lwm2m")

    @property
    def queue_mode(self) -> bool:
        """Whether queue mode is announced: ``Q`` from 1.1 on, a ``Q`` in the binding in 1.0."""
        return "Q" in self.parameter_names or "Q" in (self.binding or "")


@dataclass(frozen=True)
class Update(_Registration):
    """The device renews or changes its registration (LwM2M Core 1.1.1 §6.2.2)."""

    operation: ClassVar[str] = "update"

    @classmethod
    def received(
        cls, location: Sequence[str], query: Sequence[str], payload: bytes, content_format: int | None
    ) -> "Update":
        links, malformed = _links_of(payload)
        return cls(parameters_of(query), payload, content_format, links, malformed, tuple(location))


@dataclass(frozen=True)
class Deregister:
    """The device takes its registration back (LwM2M Core 1.1.1 §6.2.3)."""

    operation: ClassVar[str] = "deregister"
    location: tuple[str, ...]


@dataclass(frozen=True)
class Unknown:
    """A request that is no operation of a device towards a server."""

    operation: ClassVar[str] = "unknown"
    method: str
    path: tuple[str, ...] = field(default=())
