"""The device under test, as a test case sees it: its accounts, its profile and its adapter."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.messages import Path
from conformance.roles.account import Account, Operation, PathLike
from conformance.roles.context import CaseContext
from conformance.roles.power_cut import PowerCut
from conformance.roles.tester_server import TesterServer
from conformance.sut.adapter import UnsupportedVerbError
from conformance.sut.ixit import Ixit
from conformance.verdicts import HarnessError, NotApplicable

if TYPE_CHECKING:
    from conformance.faults import Network
    from conformance.roles.object_security import ObjectSecurity
    from conformance.roles.secured import Secured
    from conformance.roles.tester_bootstrap_server import BootstrapAccount

__all__ = ["Account", "Device", "Operation", "PathLike"]


class Device(PowerCut, Account):
    """The SUT in the device role; its own operations are those of its first account."""

    def __init__(self, context: CaseContext, server: TesterServer, *further: TesterServer) -> None:
        super().__init__(context, server)
        self.accounts: Sequence[Account] = (self, *(Account(context, other) for other in further))
        self.bootstrap_account: BootstrapAccount | None = None
        self.fleet: list[Device] = [self]
        """All devices of a case with several, this one first."""
        self.secured: Secured | None = None
        self.protection: ObjectSecurity | None = None
        self.bootstrap_protection: ObjectSecurity | None = None

    @property
    def bootstrap(self) -> "BootstrapAccount":
        """The account at the tester's bootstrap server.

        Raises:
            HarnessError: the case does not say ``launch_options=("bootstrap",)``.
        """
        if self.bootstrap_account is None:
            raise HarnessError('the case talks to the bootstrap side: say launch_options=("bootstrap",)')
        return self.bootstrap_account

    @property
    def dtls(self) -> "Secured":
        """What happens on the association with the device, and what the tester does there.

        Raises:
            HarnessError: the case does not say ``security=``.
        """
        if self.secured is None:
            raise HarnessError('the case looks at DTLS: say security=("psk",) or other modes')
        return self.secured

    @property
    def oscore(self) -> "ObjectSecurity":
        """How messages of the device are protected, and what the tester does to that.

        Raises:
            HarnessError: the case does not say ``security=(OSCORE,)``.
        """
        if self.protection is None:
            raise HarnessError("the case looks at OSCORE: say security=(OSCORE,)")
        return self.protection

    def check_understood(self) -> None:
        for protection in (self.protection, self.bootstrap_protection):
            if protection is not None:
                protection.need_fixed_context()

    @property
    def network(self) -> "Network":
        """What lies between the tester and the device, to be disturbed.

        Raises:
            HarnessError: the case does not say ``network=True``.
        """
        return self.context.disturbed

    @property
    def ixit(self) -> Ixit:
        return self.context.ixit

    def writable(self, kind: str) -> Path:
        """The Resource of this kind (``integer``, ``string`` …) that the profile lets a case write.

        Raises:
            NotApplicable: the profile names none.
        """
        path: tuple[int, ...] | None = getattr(self.ixit, f"writable_{kind}")
        if path is None:
            raise NotApplicable(f"the profile gives no ixit.writable_{kind}")
        return Path(*path)

    async def conclude(self) -> None:
        """The control at the end of a case, at every server."""
        for account in self.accounts:
            await account.registered()
            await account.control()

    def account(self, number: int) -> Account:
        """The account at the server with this number, from 1.

        Raises:
            HarnessError: the case does not say ``servers=`` so many.
        """
        if not 1 <= number <= len(self.accounts):
            raise HarnessError(f"the case talks as server {number}: say servers={number}")
        return self.accounts[number - 1]

    async def trigger(self, verb: str, **arguments: object) -> Mapping[str, object]:
        """Ask the adapter to make the SUT do something.

        Raises:
            NotApplicable: the adapter does not offer the verb.
        """
        try:
            return await self.context.adapter.trigger(verb, **arguments)
        except UnsupportedVerbError:
            raise NotApplicable(f"the adapter does not offer the verb {verb!r}") from None
