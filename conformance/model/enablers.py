"""Which version of each core object an enabler release specifies."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from conformance.model.ddf import load_ddf
from conformance.model.object_model import ObjectModel

Enabler = Literal["1.0", "1.1", "1.2"]

ENABLERS: Mapping[Enabler, Mapping[int, str]] = MappingProxyType(
    {
        "1.0": dict.fromkeys(range(8), "1.0"),
        "1.1": {0: "1.1", 1: "1.1", 2: "1.0", 3: "1.1", 4: "1.2", 5: "1.0", 6: "1.0", 7: "1.0", 21: "1.0"},
        "1.2": dict.fromkeys((0, 1, 3), "1.2")
        | dict.fromkeys((2, 5, 21), "1.1")
        | {4: "1.3"}
        | dict.fromkeys((6, 7, 25), "1.0"),
    }
)
"""Core objects by enabler: the files that the OMA registry assigns to LwM2M 1.0.2, Core 1.1.1 and Core 1.2.

Core 1.1 named version 1.1 of object 4 and Core 1.1.1 version 1.2, so a device of enabler 1.1 that gives no
`ver` may mean either. Object 5 version 1.2 and versions 2.0 of objects 21 and 25 belong to no release.
"""


@cache
def core_model(enabler: Enabler) -> ObjectModel:
    """The objects that come with the suite, in the versions of LwM2M 1.0, 1.1 or 1.2.

    Raises ValueError for another enabler.
    """
    if enabler not in ENABLERS:
        raise ValueError(f"unknown LwM2M version {enabler!r}, expected one of: {', '.join(ENABLERS)}")
    files = sorted((Path(__file__).parent / "objects").glob("*.xml"))
    objects = (definition for file in files for definition in load_ddf(file))
    return ObjectModel.of(enabler, objects, ENABLERS[enabler])
