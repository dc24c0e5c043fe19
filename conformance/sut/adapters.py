"""The adapter that serves a profile."""

from collections.abc import Callable

from conformance.sut.adapter import Adapter
from conformance.sut.attach import AttachAdapter
from conformance.sut.command import CommandAdapter
from conformance.sut.docker import DockerAdapter
from conformance.sut.manual import ManualAdapter, ask_on_terminal
from conformance.sut.profile import Profile
from conformance.sut.rest import RestAdapter


def open_adapter(profile: Profile, ask: Callable[[str], str] = ask_on_terminal) -> Adapter:
    """One instance of the profile's SUT, not started. ``ask`` instructs a person (manual)."""
    match profile.adapter.kind:
        case "command" if profile.adapter.rest is not None:
            return RestAdapter(profile, profile.adapter.rest)
        case "command":
            return CommandAdapter(profile)
        case "docker":
            return DockerAdapter(profile)
        case "attach":
            return AttachAdapter(profile)
        case "manual":
            return ManualAdapter(profile, ask)
