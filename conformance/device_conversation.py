"""A conversation with a device under test, to which the tester is one or several servers."""

import random
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from conformance.bindings.coap_datagrams import bootstrap_operation_name, operation_name
from conformance.coap.carrier import Address, Carrier
from conformance.coap.endpoint import Endpoint
from conformance.continuation import hand_over, take_up, tidy
from conformance.conversation import (
    QUICK,
    TESTER,
    case_context,
    disturbed_network,
    endpoint_over,
    is_quick,
    launch_values,
    new_name,
    open_endpoint,
)
from conformance.evidence.recorder import ConversationRecorder
from conformance.evidence.run_record import FAULTS, write_json
from conformance.faults import Direction, Schedule
from conformance.faults.network import Network
from conformance.oscore.carrier import OscoreCarrier
from conformance.oscore.context import Parameters
from conformance.roles.device import Device
from conformance.roles.object_security import ObjectSecurity
from conformance.roles.secured import Secured
from conformance.roles.switchboard import Switchboard
from conformance.roles.tester_bootstrap_server import BootstrapAccount, TesterBootstrapServer, uri_of
from conformance.roles.tester_server import TesterServer
from conformance.security.channel import SecureChannel
from conformance.security.credentials import PINNED, Credentials, credentials_for
from conformance.security.object_security import drawn_parameters, drawn_texts, placeholders_of
from conformance.security.provisioning import drawn_credentials
from conformance.sut.adapter import Launch
from conformance.sut.ixit import split_address
from conformance.system_under_test import Instance, SystemUnderTest
from conformance.testcase import OSCORE, TestCase
from conformance.transports.udp import UdpTransport
from conformance.verdicts import CaseRecord

FROM_SUT = Direction.FROM_SUT
"""Devices come to the proxy as clients do."""


@asynccontextmanager
async def open_device_conversation(
    case: TestCase,
    sut: SystemUnderTest,
    folder: Path,
    chance: random.Random,
    schedule: Schedule | None = None,
) -> AsyncIterator[Device]:
    """Both ends up and a recorder between them; everything is closed at the end, whatever happened.

    A case that disturbs the network has a proxy where the SUT looks for the tester; a recorded `schedule`
    takes the place of the faults that it names.
    """
    record = CaseRecord(case.verifies, case.clause)
    recorder = ConversationRecorder(folder, operation_name)
    network = disturbed_network(case, recorder, chance, schedule)
    eye = network.ledger if network else recorder
    opened: list[Endpoint] = []
    room, kept = ExitStack(), False
    channel: SecureChannel | None = None
    try:
        sut.instance.adapter.log_to(folder / "sut.log")
        shown, name = (
            split_address(sut.profile.ixit.tester),
            sut.profile.ixit.endpoint or new_name(case, chance),
        )
        here = (shown[0], 0) if network else shown
        ack_timeout = QUICK if is_quick(case, sut) else TESTER.ack_timeout
        asked = "bootstrap" in case.launch_options
        credentials: Credentials | None = None
        protection: OscoreCarrier | None = None
        own: Parameters | None = None
        if case.mode == OSCORE:
            own = drawn_parameters(sut.profile, chance)
            carrier = await UdpTransport.open(here, eye)
            protection = OscoreCarrier(carrier, (drawn_texts(chance) if asked else own).mirrored)
            opened.append(endpoint_over(protection, recorder, chance))
            protection.on_message = recorder.message
        elif case.mode:
            files = Path(room.enter_context(tempfile.TemporaryDirectory(prefix="lwm2m-credentials-")))
            usage = case.launch.get("certificate_usage", PINNED)
            credentials = credentials_for(case.mode, sut.profile, name, files, chance, usage)
            offered = drawn_credentials(case.mode, name, chance) if asked else credentials
            standing = sut.instance.standing
            channel = await SecureChannel.open(here, eye, offered, chance, recorder.key_log, standing)
            clear = network.protected(channel.transport, operation_name) if network else channel.transport
            opened.append(endpoint_over(clear, recorder, chance, ack_timeout=ack_timeout))
        else:
            carrier = await UdpTransport.open(here, eye)
            opened.append(endpoint_over(carrier, recorder, chance, ack_timeout=ack_timeout))
        take_up(sut.instance, opened[0], channel)
        beside = (opened[0].local[0], 0)
        if network:
            named = None if case.mode else operation_name
            opened[0].shown = (await network.proxy(shown, opened[0].local, FROM_SUT, named)).local
        servers = [TesterServer(opened[0], sut.instance.registrations)]
        for _ in range(1, case.servers):
            opened.append(await open_endpoint(beside, recorder, chance))
            servers.append(TesterServer(opened[-1], {}))
        context = case_context(case, sut, record, chance, name)
        context.messages, context.heard, context.network = recorder.messages, recorder.heard, network
        sut.instance.address = opened[0].shown
        scheme = "coaps" if channel else "coap"
        values = launch_values(opened[0].shown, context.endpoint, context.lifetime, context.lwm2m, scheme)
        device = Device(context, *servers)
        if channel is not None and credentials is not None:
            values |= credentials.placeholders
            device.secured = Secured(device, channel)
        if protection is not None and own is not None:
            values |= placeholders_of(own)
            device.protection = ObjectSecurity(device, protection)
        if asked:
            side = await _bootstrap_side(device, beside, recorder, credentials, own, network, ack_timeout)
            opened.append(side)
            values["bootstrap_uri"] = uri_of(opened[-1], scheme)
        kept = "state" in case.launch_options
        if kept:
            values["state"] = room.enter_context(tempfile.TemporaryDirectory(prefix="lwm2m-state-"))
        options = frozenset(case.launch_options)
        if is_quick(case, sut):
            values["ack_timeout"], options = str(QUICK), options | {"ack_timeout"}
        launch = Launch(values | dict(case.launch), options)
        context.launch = launch

        async def afresh() -> None:
            standing = channel.standing if channel is not None and sut.profile.isolation == "none" else None
            recorder.begin_anew()
            if channel is not None and standing is not None:
                channel.recall(standing)
            record.forget_frames()
            device.server.forget()
            context.endpoint = sut.profile.ixit.endpoint or new_name(case, chance)
            values = {**launch.values, "endpoint": context.endpoint}
            if protection is not None:
                parameters = drawn_parameters(sut.profile, chance)
                protection.renew(parameters.mirrored)
                values |= placeholders_of(parameters)
            context.launch = Launch(values, launch.options)
            await sut.instance.bring_up(context.launch)
            device.endpoint.clear()

        context.afresh, context.isolation = afresh, sut.profile.isolation
        context.reset_with = frozenset(sut.profile.adapter.reset_with)
        companions = sut.instance.companions(case.devices - 1)
        await sut.instance.bring_up(launch)
        await _join(device, launch, companions, folder)
        try:
            yield device
        finally:
            await tidy(device)
    finally:
        try:
            await (sut.instance.shut_down() if kept else sut.instance.release())
        finally:
            sut.instance.close_log()
            room.close()
            if opened:
                hand_over(sut.instance, opened[0], channel)
            for endpoint in opened:
                await endpoint.close()
            if network:
                network.close()
                write_json(folder / FAULTS, network.as_data())
            if recorder.truncated:
                record.note(recorder.truncated)
            recorder.close()


async def _bootstrap_side(
    device: Device,
    local: Address,
    recorder: ConversationRecorder,
    credentials: Credentials | None,
    own: Parameters | None,
    network: Network | None,
    ack_timeout: float,
) -> Endpoint:
    """Give the device an account at a bootstrap server of the tester: over DTLS if it has credentials, under
    OSCORE if it has parameters of a context."""
    chance, named = device.context.chance, bootstrap_operation_name
    eye = network.ledger if network else recorder
    carrier: Carrier
    channel: SecureChannel | None = None
    if credentials is None:
        carrier = await UdpTransport.open(local, eye)
        if own is not None:
            carrier = protected = OscoreCarrier(carrier, own.mirrored)
            device.bootstrap_protection = ObjectSecurity(device, protected)
    else:
        channel = await SecureChannel.open(local, eye, credentials, chance, recorder.key_log)
        carrier = network.protected(channel.transport, named) if network else channel.transport
    endpoint = endpoint_over(carrier, recorder, chance, named, ack_timeout=ack_timeout)
    if network:
        proxy = await network.proxy(local, endpoint.local, FROM_SUT, None if channel else named)
        endpoint.shown = proxy.local
    account = device.bootstrap_account = BootstrapAccount(device, TesterBootstrapServer(endpoint))
    if channel is not None:
        account.secured = Secured(device, channel, lambda: account.known_remote)
    return endpoint


async def _join(first: Device, launch: Launch, companions: Sequence[Instance], folder: Path) -> None:
    """Bring up further devices of the case, each with a name and a registration of its own."""
    context, started = first.context, []
    for number, companion in enumerate(companions, 2):
        companion.adapter.log_to(folder / f"sut-{number}.log")
        name = f"{context.endpoint}-{number}"
        named = Launch({**launch.values, "endpoint": name}, launch.options)
        started.append((companion, named))
        beside = replace(
            context,
            record=context.record.part(f"device-{number}"),
            adapter=companion.adapter,
            endpoint=name,
            launch=named,
        )
        server = TesterServer(first.endpoint, companion.registrations, first.server.locations)
        first.fleet.append(Device(beside, server))
    if companions:
        Switchboard(first.endpoint, {each.context.endpoint: each.server for each in first.fleet})
    for companion, named in started:
        await companion.bring_up(named)
