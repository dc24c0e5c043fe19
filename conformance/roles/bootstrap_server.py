"""The bootstrap server under test, as a test case sees it: its verbs, its events, and devices that ask it."""

from collections.abc import Mapping, Sequence

from conformance.messages.codes import CHANGED
from conformance.roles.device_playing import DevicePlaying
from conformance.roles.tester_bootstrap_client import NO_SECURITY, TesterBootstrapClient
from conformance.roles.user_side import Result
from conformance.security.credentials import Credentials
from conformance.security.provisioning import security_argument
from conformance.verdicts import Inconclusive

Provisioned = Mapping[str, object]
"""One server account as the verb ``provision`` takes it."""


def account(
    *,
    uri: str = "",
    ssid: int = 101,
    lifetime: int = 300,
    binding: str = "U",
    keys: Credentials | None = None,
    usage: str | None = None,
) -> Provisioned:
    """A server account with these keys, without security where there are none; `usage` is the certificate
    usage."""
    security = {"mode": "nosec"} if keys is None else security_argument(keys, usage)
    where = uri or ("coap://127.0.0.1:5683" if keys is None else "coaps://127.0.0.1:5684")
    return {"uri": where, "ssid": ssid, "lifetime": lifetime, "binding": binding, "security": security}


class BootstrapServer(DevicePlaying[TesterBootstrapClient]):
    """The SUT in the role of the bootstrap server."""

    async def device(
        self,
        name: str | None = None,
        *,
        lwm2m: str | None = None,
        secured: bool = True,
        admitted: bool = True,
        connect: bool = True,
    ) -> TesterBootstrapClient:
        """A device that has an account here and has not asked yet, with a socket and a name of its own.

        Where the case runs in a security mode, it has a credential that the SUT was told of if `admitted`,
        and an association if `connect`; with `secured` False it has neither.

        Raises:
            Inconclusive: its handshake was not completed.
        """
        named, endpoint, client = await self._socket(name, secured=secured, admitted=admitted)
        device = TesterBootstrapClient(
            self.context, endpoint, self.address, named, lwm2m=lwm2m, security=client
        )
        return await self._brought(device, client, connect=connect)

    async def provision(
        self,
        device: TesterBootstrapClient | str,
        *servers: Provisioned,
        delete: Sequence[str] | None = None,
    ) -> Result:
        """Tell the SUT what to give an endpoint; without `servers` one account, see `account`."""
        name = device if isinstance(device, str) else device.name
        given = [dict(server) for server in servers or (account(),)]
        return await self.verb("provision", endpoint=name, servers=given, delete=delete)

    async def provisioned(
        self, *servers: Provisioned, name: str | None = None, delete: Sequence[str] | None = None
    ) -> TesterBootstrapClient:
        """A device for which the SUT has settings: the preamble of nearly every case.

        Raises:
            Inconclusive: the SUT does not take the settings.
        """
        device = await self.device(name)
        result = await self.provision(device, *servers, delete=delete)
        if result.outcome != "response":
            detail = result.given.get("detail")
            raise Inconclusive(f"preamble: the SUT does not take settings: {result.outcome} ({detail})")
        return device

    async def forget(self, device: TesterBootstrapClient | str) -> Result:
        """Let the SUT forget the settings of an endpoint."""
        return await self.verb("forget", endpoint=device if isinstance(device, str) else device.name)

    async def conclude(self) -> None:
        """The control at the end of a case."""
        await self.control()

    async def control(self) -> None:
        """Prove that the bootstrap server is alive and right: a whole session of a fresh device, which holds
        in the end the lifetime that the tester chose.

        Records checks ``control-<n>-<step>.<field>``.

        Raises:
            CheckFailed: no answer, or a wrong one.
        """
        record, chance = self.context.record, self.context.chance
        record.controls += 1
        name = f"control-{record.controls}"
        chosen = account(ssid=chance.randrange(1, 60_000), lifetime=chance.randrange(1_000, 80_000))
        endpoint = f"{self.context.endpoint}-{name}-{chance.randrange(1 << 16):04x}"
        device = await self.provisioned(chosen, name=endpoint)
        (await device.request()).expect(name=f"{name}-request", code=CHANGED)
        await device.expect_finished(name=f"{name}-session")
        held = device.objects.values
        told = [value for path, value in held.items() if path[0] == 1 and path[2] == 1]
        record.judge(f"{name}-session.lifetime", [chosen["lifetime"]], told, what="lifetimes written")


__all__ = ["NO_SECURITY", "BootstrapServer", "Provisioned", "account"]
