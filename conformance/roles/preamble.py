"""Preambles that cases share: a value that the tester knows because it wrote it."""

import re

from conformance.formats import Value
from conformance.messages import Path
from conformance.messages.codes import CHANGED
from conformance.roles.device import Device
from conformance.verdicts import NotApplicable

_RANGE = re.compile(r"(-?\d+)\s*(?:\.\.|-)\s*(-?\d+)")


async def given(device: Device, kind: str, value: Value) -> Path:
    """Register, write a value to the Resource of this kind (``integer`` …), and give its path.

    Raises:
        NotApplicable: the profile names no such Resource, its type is not known (``--objects``), or its
            definition excludes the value.
        Inconclusive: the device did not register, or refused the Write.
    """
    path = device.writable(kind)
    definition = device.context.model.resource(path)
    if definition is None:
        raise NotApplicable(f"no definition of {path} is known: give its DDF file by --objects")
    bounds = _RANGE.fullmatch(definition.range.strip())
    if bounds and isinstance(value, int | float) and not int(bounds[1]) <= value <= int(bounds[2]):
        raise NotApplicable(f"{value} is not in the range {bounds[0]} of {path}")
    await device.registered()
    (await device.write(path, value)).require(code=CHANGED)
    return path


async def known(device: Device, kind: str = "integer") -> Path:
    """A writable Resource that was given the value 42, or the text 42, before.

    Raises:
        Inconclusive: the device did not register, or refused the Write.
    """
    await device.registered()
    path = Path.of(getattr(device.ixit, f"writable_{kind}"))
    (await device.write(path, 42 if kind == "integer" else "42")).require(code=CHANGED)
    return path
