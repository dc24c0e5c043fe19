"""What a server and a bootstrap server under test have in common: the devices that the tester plays."""

from typing import Generic, Self, TypeVar

from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint
from conformance.faults import Network
from conformance.roles.context import CaseContext
from conformance.roles.protected_device import ProtectedAdmission, ProtectedDevice
from conformance.roles.secured_device import Admission, SecuredDevice
from conformance.roles.tester_device import OpenEndpoint
from conformance.roles.user_side import UserSide
from conformance.sut.ixit import Ixit

Played = TypeVar("Played")


class DevicePlaying(UserSide, Generic[Played]):
    """The user's side of a SUT at `address`, and the devices that the tester has brought to it."""

    def __init__(self, context: CaseContext, address: Address, open_endpoint: OpenEndpoint) -> None:
        super().__init__(context)
        self.address = address
        self.devices: list[Played] = []
        self.admission: Admission | ProtectedAdmission | None = None
        """How its devices get in, where the case runs in a security mode."""
        self._open_endpoint = open_endpoint

    @property
    def fleet(self) -> list[Self]:
        """Every SUT of the case."""
        return [self]

    @property
    def ixit(self) -> Ixit:
        return self.context.ixit

    @property
    def network(self) -> Network:
        """What lies between the devices of the tester and the SUT, to be disturbed.

        Raises:
            HarnessError: the case does not say ``network=True``.
        """
        return self.context.disturbed

    async def _socket(
        self, name: str | None, *, secured: bool, admitted: bool
    ) -> tuple[str, Endpoint, SecuredDevice | ProtectedDevice | None]:
        """The name of the next device, its socket, and its end of DTLS or OSCORE where it has one."""
        number = len(self.devices) + 1
        usual = self.context.endpoint if number == 1 else f"{self.context.endpoint}-{number}"
        named = name or usual
        if self.admission is not None and secured:
            return named, *await self.admission.client(named, admitted=admitted)
        return named, await self._open_endpoint(), None

    async def _brought(
        self, device: Played, client: SecuredDevice | ProtectedDevice | None, *, connect: bool
    ) -> Played:
        """Keep a device, with an association if it is to have one.

        Raises:
            Inconclusive: its handshake was not completed.
        """
        self.devices.append(device)
        if isinstance(client, SecuredDevice) and connect:
            await client.connected()
        return device
