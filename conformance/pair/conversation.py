"""A conversation between a device and a server under test, with the tester as proxy between them."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from conformance.bindings.coap_datagrams import operation_name
from conformance.bindings.server_requests import server_operation_name
from conformance.coap.endpoint import Endpoint
from conformance.conversation import case_context, launch_values
from conformance.dtls.credentials import Psk
from conformance.evidence.recorder import ConversationRecorder
from conformance.pair.listener import Listener
from conformance.pair.pair import Pair
from conformance.pair.paired_device import PairedDevice
from conformance.pair.pairing import READABLE, Pairing
from conformance.pair.wire import Wire
from conformance.roles.context import CaseContext
from conformance.roles.secured_device import Admission
from conformance.roles.server import Server
from conformance.security.clients import ClientCredentials, SecureClient
from conformance.security.credentials import Credentials, credentials_for
from conformance.security.given import Shown
from conformance.server_conversation import listening_address
from conformance.sut.adapter import Launch
from conformance.sut.ixit import split_address
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import TestCase
from conformance.transports import UdpProxy
from conformance.verdicts import CaseRecord, HarnessError, NotApplicable

ONLY_PLAIN = "plain_psk"
"""The block of ``[adapter.with]`` that keeps a SUT from suites which nobody else can read along."""


@asynccontextmanager
async def open_pair(
    case: TestCase, pairing: Pairing, folders: Sequence[Path], chance: random.Random
) -> AsyncIterator[Pair]:
    """The server, the proxy and the device up, in this order; `folders` take the evidence of device and
    server.

    In a secured variant both are given a key first, and the conversation begins when it was read along.
    Everything is closed at the end, whatever happened.

    Raises:
        NotApplicable: what the two agreed on cannot be read along, or the server takes no key.
    """
    names = (operation_name, server_operation_name)
    recorders = [ConversationRecorder(*each) for each in zip(folders, names, strict=True)]
    contexts = _contexts(case, pairing, recorders, chance)
    proxy: UdpProxy | None = None
    pair: Pair | None = None
    wire: Wire | None = None
    try:
        for sut, folder in zip(pairing.suts, folders, strict=True):
            sut.instance.adapter.log_to(folder / "sut.log")
        device, server = pairing.suts
        here = split_address(device.profile.ixit.tester)
        there = split_address(server.profile.ixit.tester)
        await server.instance.bring_up(_launch(case, contexts[1], there, *_options(case, server)))
        address = await listening_address(server, "coaps" if case.mode else "coap")
        credentials = _credentials(case, pairing, contexts[0], folders[0])
        wire = Wire(recorders[0], recorders[1], _listener(credentials))
        proxy = await UdpProxy.open(here, address, wire.passing)
        device.instance.address = proxy.local
        pair = Pair(PairedDevice(contexts[0], wire), Server(contexts[1], address, _no_endpoint), wire, proxy)
        values: Mapping[str, str] = {}
        if credentials is not None:
            values = credentials.placeholders
            clients = ClientCredentials(case.mode, here[0], folders[1], chance)
            admission = Admission(pair.server, address, clients, _no_client)
            if isinstance(credentials.sut, Shown):
                raise NotApplicable("the server cannot be told of a device whose credential is its own")
            await admission.admit(contexts[0].endpoint, credentials.sut)
        options = dict.fromkeys((*case.launch_options, *_options(case, device)))
        launch = _launch(case, contexts[0], proxy.local, *options, **values)
        await device.instance.bring_up(launch)
        await wire.readable(device.profile.ixit.reaction_time)
        yield pair
    finally:
        try:
            if pair is not None:
                await pair.close()
            for sut in pairing.suts:
                await sut.instance.release()
        finally:
            for sut in pairing.suts:
                sut.instance.close_log()
            if proxy is not None:
                proxy.close()
            for recorder, context in zip(recorders, contexts, strict=True):
                if wire is not None and (note := wire.unread):
                    context.record.note(note)
                if recorder.truncated:
                    context.record.note(recorder.truncated)
            with ExitStack() as closing:
                for recorder in recorders:
                    closing.callback(recorder.close)


def _contexts(
    case: TestCase, pairing: Pairing, recorders: Sequence[ConversationRecorder], chance: random.Random
) -> list[CaseContext]:
    found = []
    for sut, recorder in zip(pairing.suts, recorders, strict=True):
        context = case_context(case, sut, CaseRecord(case.verifies, case.clause), chance)
        context.messages = recorder.messages
        found.append(context)
        if pairing.at_odds:
            context.record.note(pairing.at_odds)
    found[1].endpoint = found[0].endpoint
    return found


def _launch(
    case: TestCase, context: CaseContext, local: tuple[str, int], *options: str, **credentials: str
) -> Launch:
    scheme = "coaps" if case.mode else "coap"
    values = launch_values(local, context.endpoint, context.lifetime, context.lwm2m, scheme)
    context.launch = Launch(values | credentials | dict(case.launch), frozenset(options))
    return context.launch


def _options(case: TestCase, sut: SystemUnderTest) -> tuple[str, ...]:
    """How a SUT is started in the mode of the case, and what keeps it readable."""
    told = case.mode == READABLE and ONLY_PLAIN in sut.profile.adapter.options
    return (*case.security, *((ONLY_PLAIN,) if told else ()))


def _credentials(case: TestCase, pairing: Pairing, context: CaseContext, folder: Path) -> Credentials | None:
    """What the two share: drawn, or given by the IXIT of the device; None without security.

    Raises:
        AdapterUnavailableError: the device can be given none.
    """
    if not case.mode:
        return None
    return credentials_for(case.mode, pairing.device.profile, context.endpoint, folder, context.chance)


def _listener(credentials: Credentials | None) -> Listener | None:
    shared = credentials.sut if credentials is not None else None
    return Listener(shared) if isinstance(shared, Psk) else None


async def _no_client() -> tuple[Endpoint, SecureClient]:
    raise HarnessError("the tester is no device here: the pair has one of its own")


async def _no_endpoint() -> Endpoint:
    raise HarnessError("the tester is no device here: the pair has one of its own")
