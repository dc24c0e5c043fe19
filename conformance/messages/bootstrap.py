"""Operations of the Bootstrap interface (LwM2M Core 1.1.1 §6.1.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from conformance.messages.management import ROOT, Payload
from conformance.messages.path import Path
from conformance.messages.registration import Parameters, parameters_of


@dataclass(frozen=True)
class BootstrapRequest:
    """The device asks to be bootstrapped (LwM2M Core 1.1.1 §6.1.7.1)."""

    operation: ClassVar[str] = "bootstrap-request"
    parameters: Parameters
    payload: bytes = b""

    @classmethod
    def received(cls, query: Sequence[str], payload: bytes) -> "BootstrapRequest":
        return cls(parameters_of(query), payload)

    def _first(self, name: str) -> str | None:
        return next((value for key, value in self.parameters if key == name), None)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The names of all query parameters, in order, repeated ones too."""
        return tuple(name for name, _ in self.parameters)

    @property
    def endpoint(self) -> str | None:
        """The Endpoint Client Name, ``ep``."""
        return self._first("ep")

    @property
    def preferred_format(self) -> str | None:
        """The Content-Format that the device prefers, ``pct``, as it stands; of LwM2M 1.1."""
        return self._first("pct")


@dataclass(frozen=True)
class BootstrapDiscover:
    """Ask what there is on the device, or of one Object (LwM2M Core 1.1.1 §6.1.7.3)."""

    operation: ClassVar[str] = "bootstrap-discover"
    path: Path = ROOT


@dataclass(frozen=True)
class BootstrapRead:
    """Ask for the server or access control settings (LwM2M Core 1.1.1 §6.1.7.4)."""

    operation: ClassVar[str] = "bootstrap-read"
    path: Path
    accept: int | None = None


@dataclass(frozen=True)
class BootstrapWrite:
    """Write an Object, an Instance or a Resource, existing or not (LwM2M Core 1.1.1 §6.1.7.5)."""

    operation: ClassVar[str] = "bootstrap-write"
    path: Path
    payload: Payload


@dataclass(frozen=True)
class BootstrapDelete:
    """Remove everything, an Object's Instances or one Instance (LwM2M Core 1.1.1 §6.1.7.6)."""

    operation: ClassVar[str] = "bootstrap-delete"
    path: Path = ROOT


@dataclass(frozen=True)
class BootstrapFinish:
    """Say that the settings are complete (LwM2M Core 1.1.1 §6.1.7.2)."""

    operation: ClassVar[str] = "bootstrap-finish"
    path: Path = ROOT


BootstrapOperation = BootstrapDiscover | BootstrapRead | BootstrapWrite | BootstrapDelete | BootstrapFinish
"""What a bootstrap server asks of a device."""
