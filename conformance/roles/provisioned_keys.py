"""Keys that a bootstrap server under test was to give a device of the tester."""

from __future__ import annotations

from conformance.dtls.credentials import Psk
from conformance.formats import Value
from conformance.matching import one_of
from conformance.roles.tester_bootstrap_client import TesterBootstrapClient
from conformance.security.credentials import Credentials
from conformance.security.provisioning import security_resources
from conformance.verdicts import Subject

NAMES = {2: "mode", 3: "identity", 4: "server-key", 5: "secret-key", 15: "usage"}


def expect_held(
    device: TesterBootstrapClient, keys: Credentials, usage: str | None = None, *, name: str = "account"
) -> None:
    """The device holds these keys in its only account at a server: the checks ``<name>.<resource>``.

    With a pre-shared key the Server Public Key may be empty or absent (LwM2M Transport 1.1.1 §5.2.8.1).

    Raises:
        CheckFailed: it holds others, or another number of accounts.
    """
    record, instances = device.context.record, device.server_accounts
    record.judge(f"{name}.number", 1, len(instances), what="accounts at servers:")
    for resource, wanted in security_resources(keys, usage).items():
        held = device.objects.values.get(instances[0] / resource)
        expected = one_of("", None) if wanted == b"" else shown(wanted)
        subject = Subject("account")
        record.judge(f"{name}.{NAMES[resource]}", expected, shown(held), subject=subject)


def shown(value: Value | None) -> object:
    return value.hex() if isinstance(value, bytes) else value


class Observed:
    """The datagrams of a device, as they are on the wire, from now on."""

    def __init__(self, device: TesterBootstrapClient) -> None:
        self._device = device
        self._datagrams: list[bytes] = []
        device.dtls.client.transport.losing = self._look

    def _look(self, _direction: str, data: bytes) -> bool:
        self._datagrams.append(data)
        return False

    def expect_unseen(self, keys: Credentials, uri: bytes) -> None:
        """None of them shows what was given, nor the key of the device; the check ``clear.found``.

        Raises:
            CheckFailed: one does.
        """
        own = self._device.dtls.credential
        given = security_resources(keys)
        secrets = {"the secret key": given[5], "the identity": given[3], "the server URI": uri}
        if isinstance(own, Psk):
            secrets |= {"the key of the device": own.key}
        found = [what for what, secret in secrets.items() if any(secret in each for each in self._datagrams)]
        self._device.context.record.judge("clear.found", [], found, what="in clear nothing, not")
