"""Commands beside the run: the selftest, the adapter check, and a new profile."""

import asyncio
import itertools
import random
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from conformance.bindings.coap_datagrams import operation_name
from conformance.coap.endpoint import Endpoint
from conformance.coap.message import Code, Message
from conformance.conversation import launch_values
from conformance.evidence.recorder import ConversationRecorder
from conformance.formats import ContentFormat
from conformance.messages import Register
from conformance.reporting.visible import visible
from conformance.roles.tester_server import TesterServer
from conformance.selftest.matrix import Matrix
from conformance.selftest.proof import Plan, run_proof
from conformance.server_conversation import address_of
from conformance.session import default_jobs, new_run_folder
from conformance.sut.adapter import Launch
from conformance.sut.check import Finding, check_adapter
from conformance.sut.ics import items
from conformance.sut.ixit import keys as ixit_keys
from conformance.sut.ixit import split_address
from conformance.sut.profile import Profile
from conformance.transports.udp import UdpTransport
from conformance.verification.finding import Account
from conformance.verification.replay import Replayed
from conformance.verification.run import manifest_digest, verify_run


def selftest(
    *, sample: bool, seed: int | None, jobs: int | None, only: str, role: str | None, console: Console
) -> Matrix:
    """Run the selftest with progress on the console."""
    plan = Plan(
        folder=new_run_folder(Path("reports/selftest").absolute()),
        sample=sample,
        seed=seed if seed is not None else random.randrange(2**31),
        at_once=jobs or 2 * default_jobs(),
        only=only,
        role=role.replace("-", "_") if role else None,
    )
    console.print(
        f"selftest {'sample' if sample else 'in full'}, seed {plan.seed}, evidence in {plan.folder}"
    )
    began, latest = time.monotonic(), {"what": "", "line": ""}

    def told(what: str, done: int, red: int) -> None:
        if latest["what"] not in ("", what):
            console.print(latest["line"])
        line = f"{time.monotonic() - began:6.1f} s  {what}: {done} outcomes, {red} red"
        latest.update(what=what, line=line)
        if console.is_terminal and done % 25 == 0:
            console.print(line)

    matrix = run_proof(plan, told)
    console.print(latest["line"])
    return matrix


def verify(folder: Path, console: Console) -> Account:
    """Verify a run, with progress on the console.

    Raises:
        RunError: it has no ``run.json`` that the schema accepts.
    """
    with console.status(f"verifying {folder}") as status:

        def told(done: int, of: int) -> None:
            if done % 50 == 0:
                status.update(f"verifying {folder}: {done} of {of} cases")

        return verify_run(folder, told)


def words_of(account: Account, folder: Path) -> Iterator[str]:
    """A verification in lines: its findings, then what was judged again and what cannot be."""
    for finding in account.findings:
        yield f"FOUND  {finding}"
    yield "judged again:      " + ", ".join(f"{count} {what}" for what, count in account.judged.items())
    for reason, count in account.left.most_common():
        yield f"not judged again:  {count}  {reason}"
    yield f"manifest SHA-256:  {manifest_digest(folder) or 'none'}"
    count = len(account.findings)
    yield "verified: nothing contradicts anything" if not count else f"{count} finding{'s' * (count > 1)}"


def words_of_replay(replayed: Replayed) -> Iterator[str]:
    """A case that was run again, in lines."""
    state = "DIFFERS" if replayed.differences else "same   "
    yield f"{state}  {replayed.name}  {replayed.messages} messages, {replayed.verdict}"
    for difference in replayed.differences:
        yield visible(f"         {difference}")


class _DeviceWatch:
    """Sees over LwM2M which device registers, for the adapter check."""

    def __init__(self, server: TesterServer) -> None:
        self._server = server

    async def registered(self, limit: float) -> str | None:
        found = await self._server.next((Register,), limit)
        return found[0].endpoint if found and isinstance(found[0], Register) else None


def adapter_check(profile: Profile) -> list[Finding]:
    """Prove the adapter of a profile honest, with a tester at the other end of LwM2M that watches."""
    return asyncio.run(_adapter_check(profile))


class _ServerWatch:
    """Registers over LwM2M at a server, for the adapter check."""

    def __init__(self, endpoint: Endpoint, limit: float) -> None:
        self._endpoint = endpoint
        self._limit = limit

    async def registers(self, uri: str, name: str) -> tuple[str, ...] | None:
        query = (f"ep={name}", "lt=300", "lwm2m=1.1", "b=U")
        payload = b'</>;rt="oma.lwm2m",</1/0>,</3/0>'
        found = await self._request(
            uri, Code.POST, ("rd",), query=query, payload=payload, content_format=ContentFormat.LINK
        )
        return found.location_path if found and found.code == Code.CREATED else None

    async def is_known(self, uri: str, location: tuple[str, ...]) -> bool:
        found = await self._request(uri, Code.POST, location)
        return found is not None and found.code.is_success

    async def _request(self, uri: str, method: Code, path: tuple[str, ...], **how: Any) -> Message | None:
        remote = await address_of(uri)
        exchange = await self._endpoint.request(remote, method, path=path, limit=self._limit, **how)
        return exchange.response.message if exchange.response else None


async def _adapter_check(profile: Profile) -> list[Finding]:
    with tempfile.TemporaryDirectory(prefix="lwm2m-adapter-") as folder:
        recorder = ConversationRecorder(Path(folder), operation_name)
        transport = await UdpTransport.open(split_address(profile.ixit.tester), recorder)
        endpoint = Endpoint(transport, random=random.Random())
        role = profile.sut.role
        device_watch = _DeviceWatch(TesterServer(endpoint, {})) if role == "device" else None
        server_watch = _ServerWatch(endpoint, profile.ixit.reaction_time) if role == "server" else None
        lives = itertools.count(1)

        def new_launch() -> Launch:
            name = profile.ixit.endpoint or f"urn:conformance:adapter-{next(lives)}-{secrets.token_hex(2)}"
            version = profile.sut.versions[0]
            return Launch(launch_values(transport.local, name, profile.ixit.lifetime, version))

        try:
            return await check_adapter(profile, new_launch, device_watch, server_watch)
        finally:
            await endpoint.close()
            recorder.close()


_DEVICE_START = (
    "# {server_uri} {endpoint} {lifetime} {lwm2m} are filled in for each case",
    'start = ["./my-device", "--server", "{server_uri}", "--name", "{endpoint}"]',
    'stop = "sigterm"                  # close-stdin | sigterm | sigkill',
    'control = "none"                  # none | json-lines | rest (docs/adapter.md)',
)
_SERVER_START = (
    "# it listens on a free port of {listen_host} and reports it; its verbs and events: docs/adapter.md",
    'start = ["./my-server", "--listen-host", "{listen_host}"]',
    'stop = "close-stdin"              # close-stdin | sigterm | sigkill',
    'control = "json-lines"            # none | json-lines; none: give ixit.coap_uri, its user is not asked',
)


def profile_template(role: str) -> str:
    """A commented profile to fill in; every ICS item and IXIT key stands in it with its meaning."""
    lines = [
        "# SUT profile: what is tested, how it is started, and what it claims.",
        "[sut]",
        f'name = "My {role} 1.0"',
        f'role = "{role}"',
        'lwm2m = ["1.1"]                  # every version that it speaks',
        '# prefer = "1.1"                  # the version for cases that suit several; default the newest',
        "",
        "[adapter]",
        'kind = "command"                  # command | docker | attach | manual',
        *(_DEVICE_START if role == "device" else _SERVER_START),
        'isolation = "process"             # process | reset | none',
        "",
        "[ics]                             # what the SUT supports; the suite also looks for itself",
    ]
    for name, item in items().items():
        if role in item.roles:
            lines.append(f"# {name} = {str(item.default('1.1')).lower():<6} # {item.meaning}")
    lines += ["", "[ixit]                            # what a tester must be told"]
    for key in ixit_keys(role):
        shown = '"…"' if key.default is None else repr(key.default).replace("'", '"')
        lines.append(f"# {key.name} = {shown:<6} # {key.meaning}")
    return "\n".join(lines) + "\n"
