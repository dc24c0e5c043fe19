"""Two servers and one device: what the first grants the second, and what each may then do."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from conformance.exploration.explorer import Explorer
from conformance.exploration.player import Player
from conformance.exploration.replay import FILE, judge
from conformance.exploration.scene import REFUSED
from conformance.exploration.step import Conversation, Step
from conformance.exploration.strategies import LONGEST, Steps, values
from conformance.exploration.surface import Surface, Target
from conformance.formats import DataType, Value
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, UNAUTHORIZED
from conformance.roles.account import Account
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.roles.several_servers import Access, Rights, provisioned

MODEST = (Decimal(0), Decimal(99))
"""What is written to an Integer of which no definition is known."""

ACL = 2
"""The Resource of an Access Control Instance that holds the entries."""


class SharingPlayer(Player):
    """Predicts by the rights that were granted last: the owner may do everything, the other what its entry
    says, and both may Discover (LwM2M Core 1.1.1 §8.2)."""

    def __init__(self, device: Device, surface: Surface, patience: float, controls: list[Path]) -> None:
        super().__init__(device, surface, patience)
        self._controls = controls
        self._rights = Rights.NONE
        self._value: Value | None = None
        self._deeds = {
            "grant": self._grant,
            "read": self._read,
            "write": self._write,
            "execute": self._execute,
            "attributes": self._attributes,
            "discover": self._discover,
        }

    async def begin(self) -> None:
        """Take back what an earlier conversation granted."""
        for control in self._controls:
            (await self._write_entry(control, Rights.NONE)).require(code=CHANGED)

    def audit(self) -> list[Step]:
        """The value is what was written last by a server that might."""
        number = str(
            self.scene.device.ixit.writable_integer and Path.of(self.scene.device.ixit.writable_integer)
        )
        return [Step("read", number), Step("read", number, server=2)]

    async def undo(self) -> None:
        """The next conversation begins with no rights anyway."""

    def _account(self, step: Step) -> Account:
        return self.scene.device.account(step.server)

    def _may(self, step: Step, right: Rights) -> bool:
        return step.server == 1 or right in self._rights

    async def _write_entry(self, control: Path, rights: Rights) -> Answer:
        other = self.scene.device.account(2).provided.ssid
        return await self.scene.device.account(1).write(control / ACL, {other: int(rights)})

    async def _grant(self, step: Step, path: Path) -> None:
        self._rights = Rights(step.value)
        for control in self._controls:
            self.scene.begin_record()
            (await self._write_entry(control, self._rights)).expect(name="grant", code=CHANGED)

    async def _read(self, step: Step, path: Path) -> None:
        answer = await self._account(step).read(path)
        if not self._may(step, Rights.READ):
            answer.expect(code=UNAUTHORIZED)
        elif self._value is None:
            answer.expect(code=CONTENT)
        else:
            answer.expect(code=CONTENT, value=self._value)

    async def _write(self, step: Step, path: Path) -> None:
        answer = await self._account(step).write(path, step.value)
        answer.expect(code=CHANGED if self._may(step, Rights.WRITE) else UNAUTHORIZED)
        if answer.code == CHANGED:
            self._value = step.value

    async def _execute(self, step: Step, path: Path) -> None:
        answer = await self._account(step).execute(path)
        answer.expect(code=CHANGED if self._may(step, Rights.EXECUTE) else UNAUTHORIZED)
        if answer.code == CHANGED:
            self._value = None

    async def _attributes(self, step: Step, path: Path) -> None:
        answer = await self._account(step).write_attributes(path, **dict(step.values or {}))
        if self._may(step, Rights.READ):
            answer.expect(code=CHANGED, tolerated={"code": REFUSED})
        else:
            answer.expect(code=UNAUTHORIZED)

    async def _discover(self, step: Step, path: Path) -> None:
        (await self._account(step).discover(path)).expect(code=CONTENT)


class SharingExplorer(Explorer):
    """An exploration with two servers, of which the second has no rights when a conversation begins."""

    def __init__(self, device: Device, case: str, *, part: float = 1.0) -> None:
        super().__init__(device, case, part=part)
        self._controls: list[Path] = []

    async def _ready(self, *, fresh: bool) -> Surface:
        device, isolation = self.device, self.device.context.isolation
        if self.surface is None:
            await self._provide()
            self.surface = Surface.of(device)
        elif isolation == "reset" or (fresh and isolation == "process"):
            await device.context.afresh()
            for account in device.accounts:
                account.server.registrations.clear()
                account.server.forget()
                account.believed_lifetime = None
            await self._provide()
        await self._new_player(self.surface, device.ixit.reaction_time).begin()
        return self.surface

    async def _provide(self) -> None:
        """Give the device both servers, and the first all rights on what is explored."""
        ixit = self.device.ixit
        shared = [Path.of(path).parent for path in (ixit.writable_integer, ixit.executable) if path]
        access = [Access(path, owner=1, rights={2: Rights.NONE}) for path in dict.fromkeys(shared)]
        granted = await provisioned(self.device, *access)
        self._controls = [granted[Path.of(each.target)] for each in access]

    def _new_player(self, surface: Surface, patience: float) -> SharingPlayer:
        return SharingPlayer(self.device, surface, patience, self._controls)

    async def _replay(self, conversation: Conversation) -> None:
        surface = await self._ready(fresh=True)
        conversation.save(self.device.context.folder / FILE)
        player = self._new_player(surface, self.device.ixit.reaction_time)
        await judge(self.device, player, conversation)


def sharing(surface: Surface, *, number: Path, executable: Path | None) -> Steps:
    """Grants, and operations of both servers."""
    servers = st.sampled_from([2, 2, 1])
    kinds = [
        st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7]).map(lambda rights: Step("grant", value=rights)),
        servers.map(lambda server: Step("read", str(number), server=server)),
        st.builds(
            lambda value, server: Step("write", str(number), value=value, server=server),
            values(surface.targets.get(number, Target(number, DataType.INTEGER, MODEST)), ()),
            servers,
        ),
    ]
    if executable is not None:
        kinds.append(servers.map(lambda server: Step("execute", str(executable), server=server)))
    if surface.discover:
        kinds.append(servers.map(lambda server: Step("discover", str(number), server=server)))
    if surface.attributes:
        given = {"pmax": 300}
        kinds.append(servers.map(lambda server: Step("attributes", str(number), values=given, server=server)))
    return st.lists(st.one_of(kinds), min_size=1, max_size=3 * LONGEST)
