"""Preambles that cases share: a value that the tester knows because it wrote it."""

from collections.abc import Mapping
from typing import Final

from conformance.formats import ObjectLink, Value
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, CHANGED, REQUEST_ENTITY_TOO_LARGE
from conformance.model.ranges import permits
from conformance.roles.device import Device
from conformance.verdicts import NotApplicable

KNOWN: Final[Mapping[str, Value]] = {
    "string": "42",
    "integer": 42,
    "unsigned": 42,
    "float": 4.25,
    "boolean": False,
    "opaque": b"\x01\x02\x03",
    "objlnk": ObjectLink(3, 0),
}
"""What `known` writes to the Resource of a kind."""

SHORT: Final = 64
"""Octets that every String and Opaque value is taken to have room for."""


def defined(device: Device, kind: str) -> tuple[Path, str]:
    """The Resource of this kind (``integer`` …) that may be written, and the range of its definition.

    Raises:
        NotApplicable: the profile names no such Resource, or its type is not known (``--objects``).
    """
    path = device.writable(kind)
    definition = device.context.model.resource(path)
    if definition is None:
        raise NotApplicable(f"no definition of {path} is known: give its DDF file by --objects")
    return path, definition.range


async def given(device: Device, kind: str, value: Value) -> Path:
    """Register, write a value to the Resource of this kind (``integer`` …), and give its path.

    Raises:
        NotApplicable: the profile names no such Resource, its type is not known (``--objects``), its
            definition excludes the value, or the device holds no value of that size: whether an Integer
            has 8 or 64 bits, and how long a String may be, is left to it (LwM2M Core 1.1.1 §C).
        Inconclusive: the device did not register, or refused the Write of an ordinary value.
    """
    path, bounds = defined(device, kind)
    if not permits(bounds, value):
        raise NotApplicable(f"{value!r} is not in the range {bounds} of {path}")
    await device.registered()
    written = await device.write(path, value)
    if written.code in (BAD_REQUEST, REQUEST_ENTITY_TOO_LARGE) and needs_room(value):
        raise NotApplicable(f"the SUT holds no {value!r:.40} in {path}: it answers {written.code}")
    written.require(code=CHANGED)
    return path


def needs_room(value: Value) -> bool:
    """Whether a device may refuse the value: an Integer of more than 8 bits, an empty or a long text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return not -128 <= value <= 127
    octets = value.encode("utf-8") if isinstance(value, str) else value
    return isinstance(octets, bytes) and not 1 <= len(octets) <= SHORT


async def known(device: Device, kind: str = "integer") -> Path:
    """A writable Resource that was given the value of `KNOWN` before.

    Raises:
        NotApplicable: the profile names no such Resource, or its type is not known (``--objects``).
        Inconclusive: the device did not register, or refused the Write.
    """
    path, _ = defined(device, kind)
    await device.registered()
    (await device.write(path, KNOWN[kind])).require(code=CHANGED)
    return path
