"""A device and a server that are to be tested against each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.sut.profile import Profile
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import TestCase

READABLE = "psk"
"""The security mode in which whoever knows the key can read along."""


class PairingError(ValueError):
    """The SUTs make no pair; one line."""


def device_and_server(profiles: Sequence[Profile]) -> tuple[Profile, Profile]:
    """The device and the server among two profiles.

    Raises:
        PairingError: they are not one of each.
    """
    roles = [profile.sut.role for profile in profiles]
    if sorted(roles) != ["device", "server"]:
        raise PairingError(f"needs the profile of one device and of one server, not of {_counted(roles)}")
    device, server = sorted(profiles, key=lambda profile: profile.sut.role)
    return device, server


def _counted(roles: Sequence[str]) -> str:
    several = (f"{roles.count(role)} x {role}" for role in dict.fromkeys(roles))
    return " and ".join(several) or "nothing"


def paired_versions(device: Profile, server: Profile, wanted: str | None = None) -> tuple[str, str]:
    """The versions of LwM2M in which device and server are tested: the first of the device's that the server
    speaks too. Where they have none in common each keeps its own, and the Register shows what comes of it.

    Raises:
        PairingError: they do not both speak the one that is wanted.
    """
    speak = (device.sut.versions, server.sut.versions)
    common = [version for version in speak[0] if version in speak[1]]
    if wanted is not None and wanted not in common:
        told = " and ".join(
            f"{each.sut.name} speaks {', '.join(each.sut.versions)}" for each in (device, server)
        )
        raise PairingError(f"--lwm2m {wanted}: not spoken by both: {told}")
    if common:
        return wanted or common[0], wanted or common[0]
    return speak[0][0], speak[1][0]


@dataclass(frozen=True)
class Pairing:
    """What takes the place of one SUT in a run with ``--pair``."""

    device: SystemUnderTest
    server: SystemUnderTest

    @property
    def suts(self) -> tuple[SystemUnderTest, SystemUnderTest]:
        """The device and the server: a case has a result for each."""
        return self.device, self.server

    @property
    def lwm2m(self) -> str:
        """The version that the device registers with."""
        return self.device.lwm2m

    @property
    def awake_time(self) -> float:
        """How long one of them takes a device in queue mode for awake, in seconds."""
        return max(sut.awake_time for sut in self.suts)

    @property
    def at_odds(self) -> str:
        """What to say of a pair that has no version in common; empty when it has one."""
        if self.device.lwm2m == self.server.lwm2m:
            return ""
        return f"no version in common: LwM2M {self.device.lwm2m} here, {self.server.lwm2m} at the server"

    @property
    def slug(self) -> str:
        """The names of both, fit for the id of a pytest item."""
        return "+".join(sut.profile.slug for sut in self.suts)

    def reason_against(self, case: TestCase) -> str:
        """Why a case is not applicable to the pair; empty when it is."""
        if case.mode not in ("", READABLE):
            return f"in the mode {case.mode} nobody between the two can read along: only in {READABLE}"
        for sut, expression in zip(self.suts, map(case.expression_for, ("device", "server")), strict=True):
            if reason := sut.applicability(expression).reason:
                return f"{sut.profile.sut.name}: {reason}"
        if self.device.profile.isolation == "none":
            name = self.device.profile.sut.name
            return f"{name}: a pair begins with a device afresh, the profile says isolation = none"
        return ""
