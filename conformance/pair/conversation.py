"""A conversation between a device and a server under test, with the tester as proxy between them."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from conformance.bindings.coap_datagrams import operation_name
from conformance.bindings.server_requests import server_operation_name
from conformance.coap.endpoint import Endpoint
from conformance.conversation import case_context, launch_values
from conformance.evidence.recorder import MAX_FRAMES, ConversationRecorder
from conformance.pair.pair import Pair
from conformance.pair.paired_device import PairedDevice
from conformance.pair.pairing import Pairing
from conformance.pair.wire import Wire
from conformance.roles.context import CaseContext
from conformance.roles.server import Server
from conformance.server_conversation import listening_address
from conformance.sut.adapter import Launch
from conformance.sut.ixit import split_address
from conformance.testcase import TestCase
from conformance.transports import UdpProxy
from conformance.verdicts import CaseRecord, HarnessError


@asynccontextmanager
async def open_pair(
    case: TestCase, pairing: Pairing, folders: Sequence[Path], chance: random.Random
) -> AsyncIterator[Pair]:
    """The server, the proxy and the device up, in this order; `folders` take the evidence of device and
    server.

    Everything is closed at the end, whatever happened.
    """
    names = (operation_name, server_operation_name)
    recorders = [ConversationRecorder(*each) for each in zip(folders, names, strict=True)]
    contexts = _contexts(case, pairing, recorders, chance)
    proxy: UdpProxy | None = None
    pair: Pair | None = None
    try:
        for sut, folder in zip(pairing.suts, folders, strict=True):
            sut.instance.adapter.log_to(folder / "sut.log")
        device, server = pairing.suts
        here = split_address(device.profile.ixit.tester)
        await server.instance.bring_up(_launch(case, contexts[1], split_address(server.profile.ixit.tester)))
        address = await listening_address(server)
        wire = Wire(*recorders)
        proxy = await UdpProxy.open(here, address, wire.passing)
        device.instance.address = proxy.local
        pair = Pair(PairedDevice(contexts[0], wire), Server(contexts[1], address, _no_endpoint), wire, proxy)
        await device.instance.bring_up(_launch(case, contexts[0], proxy.local, *case.launch_options))
        yield pair
    finally:
        try:
            if pair is not None:
                await pair.close()
            for sut in pairing.suts:
                await sut.instance.release()
        finally:
            if proxy is not None:
                proxy.close()
            for recorder, context in zip(recorders, contexts, strict=True):
                if recorder.truncated:
                    context.record.note(f"the evidence holds the first {MAX_FRAMES} datagrams only")
                recorder.close()


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


def _launch(case: TestCase, context: CaseContext, local: tuple[str, int], *options: str) -> Launch:
    values = launch_values(local, context.endpoint, context.lifetime, context.lwm2m)
    context.launch = Launch(values | dict(case.launch), frozenset(options))
    return context.launch


async def _no_endpoint() -> Endpoint:
    raise HarnessError("the tester is no device here: the pair has one of its own")
