"""What the tester's bootstrap server gives a device."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.messages import Path
from conformance.messages.content import Values


@dataclass(frozen=True)
class Settings:
    """What a bootstrap gives the device: the Security and the Server Instance of one account.

    `more` are further Resources of the Server Instance.
    """

    security: Path
    server: Path
    ssid: int
    lifetime: int
    more: Mapping[int, Values] = field(default_factory=dict)
