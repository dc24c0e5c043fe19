"""How a device of the tester protects what it says to the SUT."""

from conformance.roles.protected_device import ProtectedDevice
from conformance.roles.secured_device import SecuredDevice
from conformance.verdicts import HarnessError


class DeviceProtection:
    """A device that may speak DTLS or OSCORE, by `security`."""

    security: SecuredDevice | ProtectedDevice | None = None

    @property
    def dtls(self) -> SecuredDevice:
        """Its DTLS with the SUT.

        Raises:
            HarnessError: the device, or the case, runs without.
        """
        if not isinstance(self.security, SecuredDevice):
            raise HarnessError("the device speaks without DTLS: the case needs @testcase(security=…)")
        return self.security

    @property
    def oscore(self) -> ProtectedDevice:
        """Its OSCORE with the SUT.

        Raises:
            HarnessError: the device, or the case, runs without.
        """
        if not isinstance(self.security, ProtectedDevice):
            raise HarnessError("the device speaks without OSCORE: the case needs security=(OSCORE,)")
        return self.security
