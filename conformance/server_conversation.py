"""A conversation with a server or bootstrap server under test, to which devices of the tester come."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from conformance.bindings.server_requests import bootstrap_server_operation_name, server_operation_name
from conformance.coap.carrier import Address
from conformance.coap.endpoint import Endpoint
from conformance.conversation import (
    QUICK,
    TESTER,
    case_context,
    disturbed_network,
    endpoint_over,
    launch_values,
)
from conformance.evidence.lines import OperationNamer
from conformance.evidence.recorder import ConversationRecorder
from conformance.evidence.run_record import FAULTS, write_json
from conformance.faults import Direction, Schedule
from conformance.oscore.carrier import OscoreCarrier
from conformance.oscore.context import Parameters
from conformance.roles.bootstrap_server import BootstrapServer
from conformance.roles.context import CaseContext
from conformance.roles.protected_device import ProtectedAdmission
from conformance.roles.secured_device import Admission
from conformance.roles.server import Server
from conformance.security.clients import ClientCredentials, SecureClient
from conformance.security.given import given
from conformance.security.object_security import parameters_of
from conformance.sut.adapter import AdapterError, Launch
from conformance.sut.ixit import split_address
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import OSCORE, TestCase
from conformance.transports.udp import UdpTransport
from conformance.verdicts import CaseRecord

PORTS = {"coap": 5683, "coaps": 5684}

Subject = TypeVar("Subject", Server, BootstrapServer)
Make = Callable[[CaseContext, Address, Callable[[], Awaitable[Endpoint]]], Subject]


@asynccontextmanager
async def open_server_conversation(
    case: TestCase,
    sut: SystemUnderTest,
    folder: Path,
    chance: random.Random,
    schedule: Schedule | None = None,
) -> AsyncIterator[Server]:
    """A server that runs, and a recorder on every device that comes; all is closed at the end.

    A case that disturbs the network has a proxy where the tester's devices look for the SUT; a recorded
    `schedule` takes the place of the faults that it names.
    """
    async with _open(case, sut, folder, chance, schedule, Server, server_operation_name) as server:
        yield server


@asynccontextmanager
async def open_bootstrap_conversation(
    case: TestCase,
    sut: SystemUnderTest,
    folder: Path,
    chance: random.Random,
    schedule: Schedule | None = None,
) -> AsyncIterator[BootstrapServer]:
    """The same for a bootstrap server."""
    async with _open(
        case, sut, folder, chance, schedule, BootstrapServer, bootstrap_server_operation_name
    ) as bootstrap_server:
        yield bootstrap_server


@asynccontextmanager
async def _open(
    case: TestCase,
    sut: SystemUnderTest,
    folder: Path,
    chance: random.Random,
    schedule: Schedule | None,
    make: Make[Subject],
    name_operation: OperationNamer,
) -> AsyncIterator[Subject]:
    record = CaseRecord(case.verifies, case.clause)
    recorder = ConversationRecorder(folder, name_operation)
    network = disturbed_network(case, recorder, chance, schedule)
    eye = network.ledger if network else recorder
    ack_timeout = max(QUICK, sut.profile.ixit.ack_timeout) if network else TESTER.ack_timeout
    opened: list[Endpoint] = []
    here = split_address(sut.profile.ixit.tester)

    def local() -> Address:
        return here if not opened else (here[0], 0)

    async def open_next() -> Endpoint:
        carrier = await UdpTransport.open(local(), eye)
        opened.append(endpoint_over(carrier, recorder, chance, ack_timeout=ack_timeout))
        return opened[-1]

    async def open_client() -> tuple[Endpoint, SecureClient]:
        client = await SecureClient.open(local(), eye, chance, recorder.key_log)
        clear = network.protected(client.transport, name_operation) if network else client.transport
        opened.append(endpoint_over(clear, recorder, chance, ack_timeout=ack_timeout))
        return opened[-1], client

    async def open_protected(parameters: Parameters) -> tuple[Endpoint, OscoreCarrier]:
        carrier = OscoreCarrier(await UdpTransport.open(local(), eye), parameters)
        carrier.on_message = partial(recorder.message, name_operation=name_operation)
        opened.append(endpoint_over(carrier, recorder, chance, ack_timeout=ack_timeout))
        return opened[-1], carrier

    def known_context() -> Parameters | None:
        known = parameters_of(sut.profile.ixit) if OSCORE in sut.profile.held else None
        return None if known is None else known.mirrored

    subject: Subject | None = None
    room = ExitStack()
    try:
        sut.instance.adapter.log_to(folder / "sut.log")
        context = case_context(case, sut, record, chance)
        context.messages, context.heard, context.network = recorder.messages, recorder.heard, network
        context.isolation = sut.profile.isolation
        values = launch_values(here, context.endpoint, context.lifetime, context.lwm2m)
        credentials: ClientCredentials | None = None
        secured = bool(case.mode) and case.mode != OSCORE
        if secured:
            files = Path(room.enter_context(tempfile.TemporaryDirectory(prefix="lwm2m-credentials-")))
            credentials = ClientCredentials(case.mode, here[0], files, chance, given(case.mode, sut.profile))
            values |= credentials.placeholders
        context.launch = Launch(values | dict(case.launch), frozenset(case.launch_options))
        await sut.instance.bring_up(context.launch)
        address = await listening_address(sut, "coaps" if secured else "coap")
        if network:
            named = None if secured else name_operation
            address = (await network.proxy((here[0], 0), address, Direction.TO_SUT, named)).local
        subject = make(context, address, open_next)
        if credentials is not None:
            subject.admission = Admission(subject, address, credentials, open_client)
        elif case.mode == OSCORE:
            subject.admission = ProtectedAdmission(subject, address, open_protected, known_context)
        yield subject
    finally:
        try:
            if subject is not None:
                await subject.close()
            await sut.instance.release()
        finally:
            sut.instance.close_log()
            room.close()
            for endpoint in opened:
                await endpoint.close()
            if network:
                network.close()
                write_json(folder / FAULTS, network.as_data())
            if recorder.truncated:
                record.note(recorder.truncated)
            recorder.close()


async def listening_address(sut: SystemUnderTest, scheme: str = "coap") -> Address:
    """Where the SUT listens, as its ready event says, or else ``ixit.coap_uri`` or ``ixit.coaps_uri``.

    Raises:
        AdapterError: neither says it, or it is no such URI.
    """
    ixit = sut.profile.ixit
    uri = sut.instance.ready.uris.get(scheme) or (ixit.coap_uri if scheme == "coap" else ixit.coaps_uri)
    if uri is None:
        raise AdapterError(f"nobody says where the server listens: {_expected(scheme)}")
    return await address_of(uri, scheme)


async def address_of(uri: str, scheme: str = "coap") -> Address:
    """Host and port of a URI of this scheme, the host as a number.

    Raises:
        AdapterError: it is no such URI, or its host is not known.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port or PORTS[scheme]
    except ValueError:
        host = None
    if host is None or parts.scheme != scheme:
        raise AdapterError(f"{uri!r} is not where a server listens: {_expected(scheme)}")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except OSError as problem:
        raise AdapterError(
            f"{uri!r}: the host is not known: {problem.strerror}: {_expected(scheme)}"
        ) from None
    return str(found[0][4][0]), port


def _expected(scheme: str) -> str:
    where = f'{{"{scheme}": "{scheme}://HOST:PORT"}}'
    return f'expected "uris": {where} in the ready event, or ixit.{scheme}_uri'
