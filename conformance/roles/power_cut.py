"""A device that loses its power at any moment and gets it back, with what it had kept."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from conformance.messages import Register
from conformance.roles.context import CaseContext
from conformance.roles.tester_server import Registration, TesterServer
from conformance.sut.adapter import SutNotStartedError
from conformance.verdicts import HarnessError

RESTART_SECONDS = 0.05
"""From the end of the SUT to its next start: what it sent last is here by then."""


class Serving(Protocol):
    """An account, of which the tester's end is wanted here."""

    @property
    def server(self) -> TesterServer: ...


class Powered(Protocol):
    """What a power cut needs of the device."""

    context: CaseContext

    @property
    def accounts(self) -> Sequence[Serving]: ...

    async def registered(self) -> Registration: ...

    async def next(self, operation: type[Register], within: float | None = None, *, name: str) -> object: ...


class PowerCut:
    """The verb of a device that is killed and started again."""

    async def killed_and_restarted(self: Powered, name: str = "restart") -> None:
        """Kill the SUT, start it again with the state that it kept, and expect it to register; records
        ``<name>.started`` and ``<name>.received``.

        Raises:
            CheckFailed: it does not start again, or does not register within ``ixit.restart_time``.
            NotApplicable: the suite cannot kill it.
            HarnessError: the case does not say ``launch_options=("state",)``.
        """
        launch = self.context.launch
        if launch is None or "state" not in launch.options:
            raise HarnessError('the case cuts the power: say launch_options=("state",)')
        await self.context.adapter.kill()
        await asyncio.sleep(RESTART_SECONDS)
        for account in self.accounts:
            account.server.registrations.clear()
            account.server.forget()
        failure = ""
        try:
            await self.context.adapter.start(launch)
        except SutNotStartedError as problem:
            failure = str(problem)
        self.context.record.judge(
            f"{name}.started",
            "running",
            failure or "running",
            what="after a power cut the SUT is",
            source="live",
        )
        await self.next(Register, self.context.ixit.restart_time, name=name)
        await self.registered()
