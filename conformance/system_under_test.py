"""A SUT as one worker knows it: what it showed, and the running instance that the cases share."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint
from conformance.messages.registration import decimal
from conformance.model import ObjectModel, core_model
from conformance.roles.tester_server import Registration, TesterServer
from conformance.security.standing import Standing
from conformance.sut.adapter import Adapter, AdapterUnavailableError, Launch, Ready, SutError
from conformance.sut.adapters import open_adapter
from conformance.sut.applies import Applicability, Facts, evaluate
from conformance.sut.ics import Ics, IcsValue
from conformance.sut.profile import Profile
from conformance.testcase import OSCORE, TestCase
from conformance.transports.dtls import DtlsTransport
from conformance.transports.udp import UdpTransport

_VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}")


@dataclass(frozen=True)
class Observed:
    """What a SUT showed; every worker judges applicability by the same one."""

    items: dict[str, IcsValue] = field(default_factory=dict)
    objects: tuple[str, ...] = ()
    versions: dict[int, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        versions = {int(key): value for key, value in data["versions"].items()}
        return cls(dict(data["items"]), tuple(data["objects"]), versions)

    @property
    def object_ids(self) -> frozenset[int]:
        """The ids of the registered Objects."""
        first = (target.strip("/").split("/")[0] for target in self.objects)
        numbers = (decimal(part) for part in first)
        return frozenset(number for number in numbers if number is not None)


class Instance:
    """The running SUT of one worker, which the cases use one after the other."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.registrations: dict[tuple[str, ...], Registration] = {}
        self.address: Address | None = None
        self.ready = Ready()
        """What the SUT said of itself when it was started or reset last."""
        self._adapter: Adapter | None = None
        self._started = False
        self._companions: list[Instance] = []
        self.next_mid: int | None = None
        self.standing: Standing | None = None
        """The associations that the SUT has from earlier cases, where it runs on from one to the next; with
        `next_mid` the Message IDs of the tester go on, too."""

    @property
    def adapter(self) -> Adapter:
        if self._adapter is None:
            self._adapter = open_adapter(self.profile)
        return self._adapter

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the SUT told by its adapter, and those that run beside it by theirs."""
        beside = (event for companion in self._companions for event in companion.events)
        return [*self.adapter.events, *beside]

    def companions(self, number: int) -> "list[Instance]":
        """Further instances of the same SUT for cases with several devices; they live as long as this one.

        Raises:
            AdapterUnavailableError: the profile does not let several run at once.
        """
        if number and self.profile.instances is not None:
            raise AdapterUnavailableError(
                f"the case runs {number + 1} devices at once, the profile says adapter.instances = "
                f"{self.profile.instances}"
            )
        if number and self.profile.ixit.endpoint is not None:
            raise AdapterUnavailableError(
                f"the case runs {number + 1} devices at once, ixit.endpoint gives them one name"
            )
        while len(self._companions) < number:
            self._companions.append(Instance(self.profile))
        return self._companions[:number]

    async def bring_up(self, launch: Launch) -> None:
        """Give the case a SUT in the state that the profile's isolation promises.

        Raises:
            SutError: it could not be started or reset.
        """
        isolation = self.profile.isolation
        options = launch.options - self.profile.held - self.profile.always
        if isolation == "none" and options:
            needed = ", ".join(sorted(options))
            raise AdapterUnavailableError(f"the SUT runs on from case to case, so not with {needed}")
        if isolation == "none" and self._started and not self.adapter.exited.done():
            return
        self.registrations.clear()
        self.standing = None
        if isolation == "reset" and self._started and not self.adapter.exited.done():
            try:
                self.ready = await self.adapter.reset(launch)
                return
            except SutError:
                if not self.adapter.exited.done():
                    raise
        await self.shut_down()
        self._started = True
        self.ready = await self.adapter.start(launch)

    def close_log(self) -> None:
        """Write what the SUT prints to no file any more: the evidence of its case is complete."""
        for each in (self, *self._companions):
            each.adapter.log_to(None)

    async def release(self) -> None:
        """End what a case leaves: the process, unless the next case resets or keeps it."""
        if self.profile.isolation == "process":
            await self.shut_down()

    async def shut_down(self) -> None:
        """End the SUT, and those that ran beside it."""
        for companion in self._companions:
            await companion.shut_down()
        if self._started:
            self._started = False
            await self.adapter.stop()

    async def part(self) -> None:
        """End the SUT with a tester at its server's address, so that it can take leave without waiting."""
        if not self._started:
            return
        if self.address is None:
            await self.shut_down()
            return
        try:
            await self._end_associations(self.address)
            transport = await UdpTransport.open(self.address)
        except OSError:
            await self.shut_down()
            return
        endpoint = Endpoint(transport)
        TesterServer(endpoint, self.registrations)
        try:
            await self.shut_down()
        finally:
            await endpoint.close()

    async def _end_associations(self, address: Address) -> None:
        if self.standing is not None:
            (await DtlsTransport.resume(self.standing.mux, address)).close()
            self.standing = None

    def last_words(self) -> str:
        """The last line that the SUT printed."""
        lines = [line.strip() for line in self.adapter.log.tail() if line.strip()]
        return repr(lines[-1][:200]) if lines else "nothing"


@dataclass(frozen=True)
class SystemUnderTest:
    """One SUT in one version of LwM2M: what is known of it, and the instance that runs."""

    instance: Instance
    lwm2m: str
    ics: Ics
    model: ObjectModel
    objects: frozenset[int] | None

    @classmethod
    def of(
        cls, instance: Instance, lwm2m: str, observed: Observed | None, objects: Path | None = None
    ) -> Self:
        """The SUT with what the probe observed; `objects` is a folder of further object definitions.

        Raises:
            InvalidDefinitions: a file in that folder is no object definition.
        """
        model = core_model(lwm2m)
        if objects is not None:
            model = model.with_directory(objects)
        ics = instance.profile.ics(lwm2m)
        if observed is None:
            return cls(instance, lwm2m, ics, model, None)
        told = {number: text.strip('"') for number, text in observed.versions.items()}
        versions = {number: text for number, text in told.items() if _VERSION.fullmatch(text)}
        return cls(instance, lwm2m, ics.observed(observed.items), model.choose(versions), observed.object_ids)

    @property
    def profile(self) -> Profile:
        return self.instance.profile

    def as_it_runs(self, case: TestCase) -> TestCase:
        """A case that leaves it open, in the mode in which the SUT runs."""
        return replace(case.secured(self.mode), standing=True) if self.mode else case

    @property
    def mode(self) -> str:
        """The mode of cases that leave it open, with a SUT that runs without the suite: one whose credentials
        the IXIT tells of. Empty where there is none, or where a server tells beside it of a `coap_uri`."""
        held, ixit = self.profile.held, self.profile.ixit
        if self.profile.sut.role != "device" and ixit.coap_uri is not None and OSCORE not in held:
            return ""
        return min(held, default="")

    @property
    def suts(self) -> "tuple[SystemUnderTest]":
        """Itself: a case has a result for each of these."""
        return (self,)

    @property
    def slug(self) -> str:
        """The name of the SUT, fit for the id of a pytest item."""
        return self.profile.slug

    @property
    def awake_time(self) -> float:
        """`ixit.awake_time`: how long a device in queue mode counts as awake."""
        return self.profile.ixit.awake_time

    def applicability(self, expression: str) -> Applicability:
        """Whether a case with this expression concerns the SUT, and why not."""
        return evaluate(expression, Facts(self.ics, self.profile.ixit, self.objects))
