"""What the tester's device holds: Object Instances with values, and the links that announce them."""

from collections.abc import Iterable, Mapping

from conformance.formats import DataType, Entry, ObjectLink, Value
from conformance.formats.link import Attribute, Link
from conformance.messages import Path
from conformance.messages.content import Values, entries_of
from conformance.model import ObjectModel

Contents = Mapping[int, Mapping[int, Mapping[int, Values]]]
"""Values by Object, Object Instance and Resource id."""

FORMATS: Mapping[str, tuple[int, ...]] = {
    "1.0": (0, 42, 11542, 11543),
    "1.1": (0, 42, 60, 110, 112, 11542),
    "1.2": (0, 42, 60, 110, 112, 320, 322, 11542, 11544),
}
"""The formats that the device speaks, by enabler version."""
_ALWAYS = frozenset({0, 42})
"""Formats that no `ct` announces: every device has them."""


def usual_contents(lifetime: int) -> Contents:
    """Server, Device, a sensor, a switch, and the test Object with a value of every type."""
    return {
        1: {0: {0: 1, 1: lifetime, 6: True, 7: "U"}},
        3: {
            0: {
                0: "Conformance",
                1: "Tester device",
                2: "0001",
                9: 87,
                11: {0: 0},
                13: 1_700_000_000,
                14: "+01:00",
                16: "U",
            }
        },
        3303: {0: {5700: 21.5, 5701: "Cel"}},
        3311: {0: {5850: True, 5851: 60}},
        3442: {
            0: {
                110: "text",
                120: -1024,
                125: 4_000_000_000,
                130: 3.25,
                140: True,
                150: bytes.fromhex("00c0ffee"),
                160: 1_700_000_000,
                170: ObjectLink(3, 0),
                1110: {0: "first", 1: "second"},
                1120: {0: 7, 3: 70_000},
            }
        },
    }


class DeviceObjects:
    """Object Instances and their values, which a case may change at any time.

    `values` has one entry a Resource, or a Resource Instance; the definitions of `model` tell types and
    what a server may do. A Resource without a definition has no type and may be read and written.
    """

    def __init__(self, model: ObjectModel, contents: Contents) -> None:
        self.model = model
        self.instances: set[Path] = set()
        self.values: dict[Path, Value] = {}
        for object_id, instances in contents.items():
            for instance, values in instances.items():
                self.add(Path(object_id, instance), values)

    def add(self, instance: Path, values: Mapping[int, Values]) -> None:
        """Put an Object Instance in, or more values into one."""
        self.instances.add(instance)
        for resource, content in values.items():
            self.set(instance / resource, content)

    def set(self, path: "Path | str", content: Values) -> None:
        """Give a Resource, or one Resource Instance, its content; what it held is gone."""
        target = Path.of(path)
        self.instances.add(Path(*target[:2]))
        self.remove_values(target)
        for entry in entries_of(target, content):
            self.values[Path(*entry.path)] = _of_type(self.type_of(entry.path), entry.value)

    def remove_values(self, path: Path) -> None:
        """Let go of every value at or below a path."""
        for held in [held for held in self.values if held[: len(path)] == path]:
            del self.values[held]

    def remove(self, path: Path) -> None:
        """Let go of Object Instances at or below a path."""
        self.remove_values(path)
        self.instances -= {instance for instance in self.instances if instance[: len(path)] == path}

    def at(self, object_id: int) -> list[Path]:
        """The Instances of an Object, in the order of their ids."""
        return sorted(instance for instance in self.instances if instance[0] == object_id)

    def type_of(self, path: tuple[int, ...]) -> DataType | None:
        known = self.model.type_of(path)
        return None if known is None else DataType(known)

    def permits(self, path: Path, operation: str) -> bool:
        """Whether a server may read ("R"), write ("W") or execute ("E") the Resource at a path."""
        known = self.model.resource(path)
        return operation in ("R", "W") if known is None else operation in known.operations

    def is_multiple(self, path: Path) -> bool:
        """Whether the Resource at a path has Resource Instances."""
        known = self.model.resource(path)
        return bool(known and known.multiple) or any(len(held) == 4 for held in self._below(path))

    def exists(self, path: Path) -> bool:
        """Whether there is an Object, Object Instance, Resource or Resource Instance at a path."""
        if len(path) < 3:
            return any(instance[: len(path)] == path for instance in self.instances)
        return any(True for _ in self._below(path)) or (
            path[:2] in self.instances and len(path) == 3 and self.permits(path, "E")
        )

    def readable(self, path: Path) -> tuple[Entry, ...]:
        """The readable values at or below a path, in the order of their ids."""
        held = sorted(self._below(path))
        return tuple(Entry(each, self.values[each]) for each in held if self.permits(Path(*each[:3]), "R"))

    def _below(self, path: Path) -> Iterable[Path]:
        return (held for held in self.values if held[: len(path)] == path)

    def links(self, root: str, formats: Iterable[int], *, versions: bool = True) -> tuple[Link, ...]:
        """The links of a Register (LwM2M Core 1.1.1 §6.2.1).

        `formats` are those that a `ct` announces; without any, and at the usual root, there is no root link.
        Without `versions` every Object stands for its default version.
        """
        told = " ".join(str(number) for number in formats if number not in _ALWAYS)
        marks: list[Attribute] = [("rt", "oma.lwm2m", True)]
        if told:
            marks.append(("ct", told, True))
        before = root.rstrip("/")
        links = [Link(root, tuple(marks))] if before or told else []
        for object_id in sorted({instance[0] for instance in self.instances} - {0, 21}):
            version = self._told_version(object_id) if versions else ""
            if version:
                links.append(Link(f"{before}/{object_id}", (("ver", version, False),)))
            links += [Link(f"{before}{instance}") for instance in self.at(object_id)]
        return tuple(links)

    def _told_version(self, object_id: int) -> str:
        """The version to tell with `ver`: that of an Object that is not in its default version."""
        known = self.model.object(object_id)
        return known.version if known and known.version != self.model.default_version(object_id) else ""


def _of_type(kind: DataType | None, value: Value | None) -> Value:
    if value is None:
        raise ValueError("a Resource that holds nothing is left out")
    return float(value) if kind is DataType.FLOAT and isinstance(value, int) else value
