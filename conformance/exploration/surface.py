"""What of a device an exploration may touch: told by the profile, the registration and the definitions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from conformance.exploration.step import Step
from conformance.formats import ContentFormat, DataType, TypeOf, Value
from conformance.messages import Path
from conformance.messages.codes import CONTENT
from conformance.model import ResourceDefinition
from conformance.model.ranges import bounds_of
from conformance.roles.device import Device
from conformance.roles.expectation import UnreadableError
from conformance.verdicts import NotApplicable

SLOTS = 2
"""Object Instances that an exploration creates at most."""
SINGLE = (ContentFormat.TEXT, ContentFormat.CBOR, ContentFormat.OPAQUE)
STRUCTURED = (
    ContentFormat.TLV,
    ContentFormat.SENML_JSON,
    ContentFormat.SENML_CBOR,
    ContentFormat.LWM2M_JSON,
    ContentFormat.LWM2M_CBOR,
)
NUMBERS = frozenset({DataType.INTEGER, DataType.UNSIGNED_INTEGER, DataType.FLOAT, DataType.TIME})
SIZED = frozenset({DataType.STRING, DataType.OPAQUE})
CLOCK = "Current Time"
"""The name of Resources that run on by themselves: what was written is not what is read."""
MINIMUM_PERIOD, MAXIMUM_PERIOD = 2, 3
"""Resources of the Server Object with the periods that hold where no attribute is set."""


@dataclass(frozen=True)
class Target:
    """A single Resource that the tester may write.

    `bounds`, both included, are those of a number, or of the octets of a String or Opaque value.
    """

    path: Path
    type: DataType
    bounds: tuple[Decimal, Decimal] | None = None
    mandatory: bool = False


@dataclass(frozen=True)
class Surface:
    """All that may be touched without harm.

    `targets` are writable single Resources, those of Object Instances that can be created included;
    `slots` are ids of such Instances, free at the start; the Object is `bare` when it has no other ones.
    `links` are Object Instances that exist. `periods` are pmin and pmax where no attribute is set.
    """

    targets: Mapping[Path, Target]
    formats: tuple[int, ...]
    instance: Path | None = None
    replace: bool = False
    partial: bool = False
    multiple: Path | None = None
    multiple_type: DataType = DataType.INTEGER
    slots: tuple[Path, ...] = ()
    bare: bool = False
    required: tuple[int, ...] = ()
    executable: Path | None = None
    discover: bool = False
    attributes: bool = False
    observe: bool = False
    read_composite: bool = False
    write_composite: bool = False
    resource_instances: bool = False
    deletable: bool = False
    links: tuple[Path, ...] = ()
    version: str = "1.1"
    periods: tuple[float, float] = (0, 0)

    @classmethod
    async def seen(cls, device: Device) -> Surface:
        """The surface of a registered device, with the default periods that it holds.

        Raises:
            NotApplicable: the profile lets nothing be written.
        """
        surface = cls.of(device)
        if not surface.observe and not surface.attributes:
            return surface
        periods = []
        for number in (MINIMUM_PERIOD, MAXIMUM_PERIOD):
            path = device.server_object / number
            answer = await device.read(path)
            value: Value | None = None
            with contextlib.suppress(UnreadableError):
                value = answer.values.get(str(path)) if answer.code == CONTENT else None
            periods.append(float(value) if isinstance(value, int | float) else 0.0)
        return replace(surface, periods=(periods[0], periods[1]))

    @classmethod
    def of(cls, device: Device) -> Surface:
        """The surface of a registered device.

        Raises:
            NotApplicable: the profile lets nothing be written.
        """
        ixit, ics, model = device.ixit, device.context.ics, device.context.model
        targets = {}
        for _kind, ids in ixit.writable():
            if len(ids) == 3 and (target := _target(Path(*ids), model.resource(ids))) is not None:
                targets[target.path] = target
        if not targets:
            raise NotApplicable("the profile names no writable Resource (ixit.writable_…) of a known Object")
        slots, required = _slots(device) if ics["create"] and ics["delete"] else ((), ())
        for slot in slots:
            for rid in required:
                target = _target(slot / rid, model.resource(slot / rid))
                if target is not None:
                    targets[target.path] = target
        multiple = (
            Path.of(ixit.writable_multiple) if ixit.writable_multiple and ics["multiple_resource"] else None
        )
        instance = Path.of(ixit.writable_instance) if ixit.writable_instance else None
        if instance is not None and not any(path.parent == instance for path in targets):
            instance = None
        return cls(
            targets,
            tuple(number for number in (*SINGLE, *STRUCTURED) if ics[f"format_{number.name.lower()}"]),
            instance,
            bool(ics["write_replace"]) and _complete(device, instance, targets),
            bool(ics["write_partial"]) and instance is not None,
            multiple,
            device.context.type_of(multiple) or DataType.INTEGER if multiple else DataType.INTEGER,
            slots,
            not any(text.startswith(f"/{ixit.creatable_object}/") for text in device.current.objects),
            required,
            Path.of(ixit.executable) if ixit.executable and ics["execute"] else None,
            bool(ics["discover"]),
            bool(ics["write_attributes"]) and bool(ics["discover"]),
            bool(ics["observe"]),
            bool(ics["read_composite"]),
            bool(ics["write_composite"]),
            bool(ics["resource_instances"]),
            bool(ics["delete"]),
            (Path(3, 0), device.server_object),
            device.current.version,
        )

    def members(self, instance: Path) -> list[Target]:
        """The writable Resources of an Object Instance."""
        return [target for path, target in self.targets.items() if path.parent == instance]

    def lacks(self, steps: Iterable[Step]) -> str:
        """What the device does not have of what a stored conversation needs; empty when nothing."""
        for step in steps:
            path = Path.parse(step.path)
            touched = [path, *(Path.parse(text) for text in step.values or {} if text.startswith("/"))]
            for each in touched:
                if not self._holds(each):
                    return f"{each} is nothing that the profile lets be used"
            known = step.do in ("payload", "read-composite", "write-composite")
            if step.format is not None and step.format not in self.formats and not known:
                return f"the SUT does not support Content-Format {step.format}"
            if not self._offers(step.do):
                return f"the SUT does not offer {step.do}"
        return ""

    def _holds(self, path: Path) -> bool:
        several = self.multiple is not None and path[: len(self.multiple)] == self.multiple
        known = (*self.targets, *self.slots, *([self.executable] if self.executable else []))
        return not path or several or any(each[: len(path)] == path for each in known)

    def _offers(self, operation: str) -> bool:
        offered = {
            "observe": self.observe,
            "attributes": self.attributes,
            "discover": self.discover,
            "partial": self.partial,
            "replace": self.replace,
            "create": bool(self.slots),
            "delete": bool(self.slots),
            "read-composite": self.read_composite,
            "write-composite": self.write_composite,
        }
        return offered.get(operation, True)

    def single_formats(self, target: Target) -> list[int]:
        """The formats in which a value of this Resource can be written and read.

        Whether a Time in CBOR needs a tag of RFC 7049 §2.4.1 the text leaves open, so it goes out in others.
        """
        unfit = {ContentFormat.OPAQUE} if target.type != DataType.OPAQUE else set()
        unfit |= {ContentFormat.CBOR} if target.type == DataType.TIME else set()
        return [number for number in self.formats if number not in unfit]

    @property
    def structured_formats(self) -> list[int]:
        """The formats that carry several values."""
        return [number for number in self.formats if number in STRUCTURED]

    def type_of(self, known: TypeOf) -> TypeOf:
        """The types of these Resources, and of others as the model of the suite knows them."""

        def found(path: tuple[int, ...]) -> DataType | None:
            target = self.targets.get(Path(*path[:3]))
            return target.type if target else known(path)

        return found


def _target(path: Path, definition: ResourceDefinition | None) -> Target | None:
    """What can be written at a path; None for what has no known definition, several values, a range that
    is not told by its ends, or a value that runs on by itself."""
    if definition is None or definition.multiple or "R" not in definition.operations:
        return None
    bounds = bounds_of(definition.range)
    if definition.name == CLOCK or (definition.range and bounds is None):
        return None
    return Target(path, DataType(definition.type), bounds, definition.mandatory)


def _slots(device: Device) -> tuple[tuple[Path, ...], tuple[int, ...]]:
    """The lowest free Object Instances of the creatable Object, and the Resources that they need."""
    number = device.ixit.creatable_object
    if number is None or not device.ixit.creatable_values or not device.context.model.object(number):
        return (), ()
    taken = set(device.current.objects)
    free = (Path(number, each) for each in range(65535) if str(Path(number, each)) not in taken)
    required = tuple(int(key) for key in device.ixit.creatable_values)
    return tuple(next(free) for _ in range(SLOTS)), required


def _complete(device: Device, instance: Path | None, targets: Iterable[Path]) -> bool:
    """Whether a Replace can give all mandatory writable Resources of the Instance."""
    definition = device.context.model.object(instance[0]) if instance else None
    if instance is None or definition is None:
        return False
    needed = {item.id for item in definition.resources.values() if item.mandatory and "W" in item.operations}
    return needed <= {path[2] for path in targets if path.parent == instance}
