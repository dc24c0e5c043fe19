"""What one case has at hand: its record, the SUT's ICS and IXIT, the adapter, the chances it may take."""

import random
from dataclasses import dataclass, field
from typing import Any

from conformance.formats import DataType
from conformance.model import ObjectModel
from conformance.sut.adapter import Adapter, Launch
from conformance.sut.ics import Ics
from conformance.sut.ixit import Ixit
from conformance.verdicts import CaseRecord


@dataclass
class CaseContext:
    """Everything that a role needs beside its association."""

    record: CaseRecord
    adapter: Adapter
    ics: Ics
    ixit: Ixit
    model: ObjectModel
    lwm2m: str
    endpoint: str
    lifetime: int
    chance: random.Random = field(default_factory=random.Random)
    messages: list[dict[str, Any]] = field(default_factory=list)
    launch: Launch | None = None
    """What the SUT was started with, for a second start."""

    def type_of(self, path: tuple[int, ...]) -> DataType | None:
        """The type of the Resource at a path in the object versions that the SUT registered."""
        known = self.model.type_of(path)
        return None if known is None else DataType(known)
