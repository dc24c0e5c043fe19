"""The right answers of a device to every operation of a server, from the Objects that it holds."""

from collections.abc import Mapping, Sequence

from conformance.bindings.server_requests import ServerOperation
from conformance.coap.endpoint import Response
from conformance.coap.message import Code
from conformance.coap.options import Option, OptionNumber
from conformance.formats import ContentFormat, Entry, MalformedPayload, decode, encode
from conformance.formats.link import Attribute, Link, serialise
from conformance.messages import (
    Create,
    Delete,
    Discover,
    Execute,
    Observe,
    ObserveComposite,
    Path,
    Read,
    ReadComposite,
    Write,
    WriteAttributes,
    WriteComposite,
)
from conformance.messages.management import Mode, Payload
from conformance.roles.device_objects import FORMATS, DeviceObjects
from conformance.roles.payload_fields import READ_OVER

_ONE_VALUE = (ContentFormat.TEXT, ContentFormat.OPAQUE, ContentFormat.CBOR)
_REQUESTS = (ContentFormat.SENML_ETCH_JSON, ContentFormat.SENML_ETCH_CBOR)
"""Formats of FETCH and iPATCH requests, in which nothing is answered (RFC 8790)."""
_PROTECTED = (0, 21)
_HIGHEST_ID = 65_535


class RefusedError(Exception):
    """The operation is answered with this code."""

    def __init__(self, code: Code) -> None:
        super().__init__(str(code))
        self.code = code


class RightAnswers:
    """Answers as LwM2M Core 1.1.1 §6.3 wants it.

    `preferred` is the Content-Format of an answer where the server named none with Accept: None leaves the
    choice to the device (text for one value, else the newest SenML or TLV that its version has).
    """

    def __init__(self, objects: DeviceObjects, lwm2m: str) -> None:
        self.objects = objects
        self.lwm2m = lwm2m
        self.preferred: int | None = None
        self.without_instances: set[int] = set()
        """Objects that the device has without any Instance: to read one gives 2.05 with nothing in it."""
        self.attributes: dict[Path, dict[str, str]] = {}
        self.executed: list[tuple[Path, str]] = []

    @property
    def formats(self) -> Sequence[int]:
        """The Content-Formats that the device speaks."""
        return FORMATS[self.lwm2m]

    @property
    def announced(self) -> Sequence[int]:
        """The formats that a Register announces: none in 1.0, whose TLV every device has."""
        return () if self.lwm2m == "1.0" else self.formats

    def to(self, operation: ServerOperation) -> Response:
        """The right answer; what the operation changes is changed."""
        try:
            return self._to(operation)
        except RefusedError as refused:
            return Response(refused.code)
        except MalformedPayload:
            return Response(Code.BAD_REQUEST)

    def _to(self, operation: ServerOperation) -> Response:
        match operation:
            case Read(path=path, accept=accept) | Observe(path=path, accept=accept):
                return self.content(path, accept)
            case Discover(path=path):
                return self._discover(path)
            case Write(path=path, payload=payload, mode=mode):
                return self._write(path, payload, mode)
            case WriteAttributes(path=path, attributes=attributes):
                return self._write_attributes(path, attributes)
            case Execute(path=path, arguments=arguments):
                return self._execute(path, arguments)
            case Create(path=path, payload=payload):
                return self._create(path, payload)
            case Delete(path=path):
                return self._delete(path)
            case (
                ReadComposite(payload=payload, accept=accept)
                | ObserveComposite(payload=payload, accept=accept)
            ):
                return self.composite(payload, accept)
            case WriteComposite(payload=payload):
                return self._write_composite(payload)
            case _:
                return Response(Code.NOT_FOUND)

    def content(self, path: Path, accept: int | None = None) -> Response:
        """2.05 with what stands at a path.

        Raises:
            RefusedError: it may not be read, or not in the format that was asked for.
        """
        if len(path) != 1 or path[0] not in self.without_instances:
            self._reachable(path)
        if len(path) > 2 and not self.objects.permits(Path(*path[:3]), "R"):
            raise RefusedError(Code.METHOD_NOT_ALLOWED)
        return self.response(path, self.objects.readable(path), accept)

    def response(self, base: Path, entries: Sequence[Entry], accept: int | None = None) -> Response:
        """2.05 with these values, in the format that was asked for or that the device prefers.

        Raises:
            RefusedError: 4.06, the format cannot carry them or is none of the device's.
        """
        single = len(base) == 4 or (len(base) == 3 and not self.objects.is_multiple(base))
        number = accept if accept is not None else self.preferred
        if number is None:
            number = ContentFormat.TEXT if single else self._structured
        if number not in self.formats or number in _REQUESTS or (number in _ONE_VALUE and not single):
            raise RefusedError(Code.NOT_ACCEPTABLE)
        try:
            payload = encode(number, entries, base=base, type_of=self.objects.type_of)
        except ValueError:
            raise RefusedError(Code.NOT_ACCEPTABLE) from None
        return Response(Code.CONTENT, payload=payload, content_format=number)

    @property
    def _structured(self) -> int:
        return ContentFormat.TLV if self.lwm2m == "1.0" else ContentFormat.SENML_CBOR

    def composite(self, payload: Payload, accept: int | None = None) -> Response:
        """2.05 with everything readable among the paths of a composite request."""
        named = self._entries(Path(), payload)
        found = [entry for item in named for entry in self.objects.readable(Path(*item.path))]
        return self.response(Path(), found, self._structured if accept is None else accept)

    def _reachable(self, path: Path) -> None:
        if path[0] in _PROTECTED:
            raise RefusedError(Code.UNAUTHORIZED)
        if not self.objects.exists(path):
            raise RefusedError(Code.NOT_FOUND)

    def _entries(self, base: Path, payload: Payload) -> tuple[Entry, ...]:
        number = payload.content_format
        if number is None and len(base) > 2:
            number = ContentFormat.TEXT
        if number is None or number not in self.formats:
            raise RefusedError(Code.UNSUPPORTED_CONTENT_FORMAT)
        return decode(number, payload.data, base=base, type_of=self.objects.type_of, tolerate=READ_OVER)

    def _discover(self, path: Path) -> Response:
        self._reachable(path)
        deepest = 2 if len(path) == 1 else 1
        found = {path} | {
            Path(*held[:depth])
            for held in (*self.objects.values, *self.objects.instances)
            for depth in range(len(path) + 1, min(len(path) + deepest, 3, len(held)) + 1)
            if held[: len(path)] == path
        }
        links = [Link(str(each), self._told(each)) for each in sorted(found)]
        return Response(Code.CONTENT, payload=serialise(links), content_format=ContentFormat.LINK)

    def _told(self, path: Path) -> tuple[Attribute, ...]:
        held = self.attributes.get(path, {})
        told: list[Attribute] = [(name, value, False) for name, value in held.items()]
        if len(path) == 3 and self.objects.is_multiple(path):
            told.insert(0, ("dim", str(len(self.objects.readable(path))), False))
        return tuple(told)

    def _write(self, path: Path, payload: Payload, mode: Mode) -> Response:
        self._reachable(Path(*path[: max(2, len(path) - 1)]) if len(path) > 2 else path)
        entries = [entry for entry in self._entries(path, payload) if entry.value is not None]
        self._take(path, entries, mode)
        return Response(Code.CHANGED)

    def _take(self, path: Path, entries: Sequence[Entry], mode: Mode) -> None:
        resources = list(dict.fromkeys(Path(*entry.path[:3]) for entry in entries))
        if len(path) > 2 and not all(self.objects.permits(each, "W") for each in resources):
            raise RefusedError(Code.METHOD_NOT_ALLOWED)
        writable = [each for each in resources if self.objects.permits(each, "W")]
        for resource in writable:
            if mode is Mode.REPLACE and len(path) < 4:
                self.objects.remove_values(resource)
        for entry in entries:
            if entry.path[:3] in writable and entry.value is not None:
                self.objects.set(Path(*entry.path), entry.value)

    def _write_attributes(self, path: Path, attributes: Mapping[str, str | int | float | None]) -> Response:
        self._reachable(path)
        held = self.attributes.setdefault(path, {})
        for name, value in attributes.items():
            if value is None:
                held.pop(name, None)
            else:
                held[name] = str(value)
        return Response(Code.CHANGED)

    def _execute(self, path: Path, arguments: str) -> Response:
        self._reachable(path)
        if not self.objects.permits(path, "E"):
            raise RefusedError(Code.METHOD_NOT_ALLOWED)
        self.executed.append((path, arguments))
        return Response(Code.CHANGED)

    def _create(self, path: Path, payload: Payload) -> Response:
        if path[0] in _PROTECTED:
            raise RefusedError(Code.UNAUTHORIZED)
        if self.objects.model.object(path[0]) is None:
            raise RefusedError(Code.NOT_FOUND)
        instance, entries = self._new_instance(path, payload)
        if instance in self.objects.instances:
            raise RefusedError(Code.BAD_REQUEST)
        self.objects.add(instance, {})
        self._take(instance, entries, Mode.REPLACE)
        location = (Option.string(OptionNumber.LOCATION_PATH, segment) for segment in instance.segments)
        return Response(Code.CREATED, tuple(location))

    def _new_instance(self, path: Path, payload: Payload) -> tuple[Path, list[Entry]]:
        """The Instance that a Create makes, and its values: named by the payload or the lowest free one."""
        free = next(number for number in range(_HIGHEST_ID) if path / number not in self.objects.instances)
        if not payload.data:
            return path / free, []
        try:
            entries = list(self._entries(path, payload))
            named = {Path(*entry.path[:2]) for entry in entries if len(entry.path) > 1}
        except MalformedPayload:
            entries, named = list(self._entries(path / free, payload)), {path / free}
        if len(named) != 1:
            raise RefusedError(Code.BAD_REQUEST)
        return named.pop(), [entry for entry in entries if entry.value is not None]

    def _delete(self, path: Path) -> Response:
        self._reachable(path)
        if len(path) != 2 or path[0] in (1, 3):
            raise RefusedError(Code.METHOD_NOT_ALLOWED)
        self.objects.remove(path)
        return Response(Code.DELETED)

    def _write_composite(self, payload: Payload) -> Response:
        entries = [entry for entry in self._entries(Path(), payload) if entry.value is not None]
        for entry in entries:
            self._reachable(Path(*entry.path[:2]))
        if not all(self.objects.permits(Path(*entry.path[:3]), "W") for entry in entries):
            raise RefusedError(Code.METHOD_NOT_ALLOWED)
        for entry in entries:
            if entry.value is not None:
                self.objects.set(Path(*entry.path), entry.value)
        return Response(Code.CHANGED)
