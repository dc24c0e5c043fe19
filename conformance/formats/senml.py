"""SenML records as LwM2M uses them, in either serialisation (RFC 8428, RFC 8790, LwM2M Core 1.2 §7.4.6)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from conformance.formats.findings import Irregularity, Reading
from conformance.formats.names import base_name, path_of, require_unique
from conformance.formats.typed import (
    Number,
    encodable,
    finite,
    number_of,
    object_link_of,
    string_of,
    written_time,
)
from conformance.formats.values import (
    ContentFormat,
    DataType,
    Entry,
    ObjectLink,
    Path,
    TypeOf,
    Value,
    path_text,
)

ETCH = frozenset({ContentFormat.SENML_ETCH_JSON, ContentFormat.SENML_ETCH_CBOR})
VALUE_LABELS = ("v", "vs", "vb", "vd", "vlo")
TEXT_LABELS = frozenset({"bn", "bu", "n", "u", "vs", "vlo"})
NUMBER_LABELS = frozenset({"bt", "bv", "bs", "v", "s", "t", "ut"})
LABELS = TEXT_LABELS | NUMBER_LABELS | {"bver", "vb", "vd"}

_VERSION = 10
_LABEL_OF: Mapping[DataType, str] = {
    DataType.STRING: "vs",
    DataType.CORELNK: "vs",
    DataType.INTEGER: "v",
    DataType.UNSIGNED_INTEGER: "v",
    DataType.TIME: "v",
    DataType.FLOAT: "v",
    DataType.BOOLEAN: "vb",
    DataType.OPAQUE: "vd",
    DataType.OBJLNK: "vlo",
}


@dataclass(frozen=True, slots=True)
class Record:
    """One record: known fields by label, each of the type that its label demands or None for null."""

    fields: Mapping[str, object]
    offset: int | None = None


DataOf = Callable[[object, Path, Reading], bytes]
"""How a serialisation reads ``vd``."""


def resolve(records: Iterable[Record], reading: Reading, data_of: DataOf) -> tuple[Entry, ...]:
    """The entries that the records stand for, base values applied (RFC 8428 §4.6).

    Records without values are accepted only when no record has one: in an ETCH format, or for a request on
    the root, where the composite operations of LwM2M 1.1 use the plain formats. Null deletes, in the ETCH
    formats.

    Raises:
        MalformedPayload: a name that is no LwM2M path, more than one value or none, a name twice for the same
            time, a version above 10, or a value that is not of the type of its Resource.
    """
    resolver = _Resolver(reading, data_of)
    entries = tuple(resolver.entry(record) for record in records)
    valued = [entry for entry in entries if entry.value is not None or entry.deleted]
    if len(valued) != len(entries):
        bare = next(entry for entry in entries if entry.value is None and not entry.deleted)
        if valued or (reading.format not in ETCH and reading.base):
            raise reading.malformed("the record has no value", path=bare.path)
    require_unique(valued, reading)
    return entries


@dataclass(slots=True)
class _Resolver:
    """The base values in force."""

    reading: Reading
    data_of: DataOf
    name: str = ""
    time: Number | None = None
    value: Number | None = None
    version: int | None = None
    seen: int = field(default=0)

    def entry(self, record: Record) -> Entry:
        fields = record.fields
        self._take_bases(record)
        self.seen += 1
        name = self.name + _text(fields.get("n"))
        if not name:
            raise self.reading.malformed("a record with neither bn nor n has no name", record.offset)
        path = path_of(name, self.reading, record.offset)
        time = self._time(fields)
        labels = [label for label in VALUE_LABELS if label in fields]
        if len(labels) > 1:
            raise self.reading.malformed(
                f"values {' and '.join(labels)} in one record", record.offset, path=path
            )
        if labels and fields[labels[0]] is None:
            if self.reading.format not in ETCH:
                raise self.reading.malformed(
                    "null is a value in the ETCH formats only", record.offset, path=path
                )
            return Entry(path, time=time, deleted=True)
        if not labels and (self.value is None or "s" in fields):
            return Entry(path, time=time)
        if len(path) < 3:
            raise self.reading.malformed("a value for what is no Resource", record.offset, path=path)
        return Entry(path, self._value(labels[0] if labels else "v", fields, path), time)

    def _take_bases(self, record: Record) -> None:
        fields = record.fields
        if "bn" in fields:
            self.name = _text(fields["bn"])
        if "bt" in fields:
            self.time = _number(fields["bt"])
        if "bv" in fields:
            self.value = _number(fields["bv"])
        if "bver" in fields:
            version = fields["bver"]
            if not isinstance(version, int) or isinstance(version, bool) or not 0 < version <= _VERSION:
                raise self.reading.malformed(f"bver {version} is not from 1 to {_VERSION}", record.offset)
            if self.version not in (None, version) or (
                self.seen and self.version is None and version != _VERSION
            ):
                raise self.reading.malformed("records of different bver in one pack", record.offset)
            self.version = version

    def _time(self, fields: Mapping[str, object]) -> float | None:
        if self.time is None and "t" not in fields:
            return None
        moment = _sum(self.time or 0, _number(fields["t"]) if "t" in fields else 0)
        try:
            return float(moment)
        except OverflowError:
            raise self.reading.malformed("a time that does not fit a 64-bit float") from None

    def _value(self, label: str, fields: Mapping[str, object], path: Path) -> Value:
        data_type = self.reading.type_of(path)
        wanted = label if data_type is None else _LABEL_OF.get(data_type)
        if data_type == DataType.OBJLNK and label == "vs":
            detail = f"Object Link {_text(fields['vs'])[:20]!r} under 'vs' instead of 'vlo'"
            self.reading.irregular(Irregularity.OBJLNK_AS_STRING, path, detail)
            return object_link_of(_text(fields["vs"]), path, self.reading)
        if label != wanted:
            raise self.reading.malformed(
                f"value under {label!r}, but the Resource is {data_type or 'executable'}", path=path
            )
        raw = fields.get(label)
        if label == "v":
            number = _number(raw) if label in fields else 0
            return number_of(
                number if self.value is None else _sum(self.value, number), data_type, path, self.reading
            )
        if label == "vs":
            return string_of(_text(raw), data_type, path, self.reading)
        if label == "vlo":
            return object_link_of(_text(raw), path, self.reading)
        if label == "vd":
            return self.data_of(raw, path, self.reading)
        return bool(raw)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> Number:
    assert isinstance(value, int | float | Decimal)
    return value


def _sum(first: Number, second: Number) -> Number:
    if isinstance(first, int) and isinstance(second, int):
        return first + second
    if not first or not second:
        return first or second
    return float(first) + float(second)


def records(
    entries: tuple[Entry, ...], base: Path, type_of: TypeOf, *, etch: bool
) -> list[dict[str, object]]:
    """The entries as records by label, ``vd`` as bytes; the first holds the base name when there is one.

    Raises:
        ValueError: names among values, a null or a bare name where the format has none, or a value not of its
            type.
    """
    bare = [entry for entry in entries if entry.value is None and not entry.deleted]
    if bare and (len(bare) != len(entries) or (base and not etch)):
        raise ValueError(f"{path_text(bare[0].path)} has no value, which SenML cannot express beside values")
    if any(entry.deleted for entry in entries) and not etch:
        raise ValueError("only the ETCH formats (320, 322) carry null")
    prefix = base_name(base, entries)
    written: list[dict[str, object]] = []
    for entry in entries:
        record: dict[str, object] = {"bn": prefix} if prefix and not written else {}
        record["n"] = path_text(entry.path).removeprefix(prefix) if prefix else path_text(entry.path)
        if entry.time is not None:
            record["t"] = written_time(entry.time, entry.path)
        if entry.deleted:
            record["v"] = None
        elif entry.value is not None:
            value, data_type = encodable(entry.value, type_of, entry.path)
            if len(entry.path) < 3:
                raise ValueError(f"{path_text(entry.path)} is no Resource and has no value")
            finite(value, entry.path)
            record[_LABEL_OF[data_type]] = str(value) if isinstance(value, ObjectLink) else value
        written.append(record)
    return written
