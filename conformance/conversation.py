"""What every conversation between the tester and a SUT has, whatever the role."""

import random
from dataclasses import replace
from functools import partial

from conformance import bundle
from conformance.coap.carrier import Carrier
from conformance.coap.endpoint import Endpoint
from conformance.coap.parameters import TransmissionParameters
from conformance.evidence.lines import OperationNamer
from conformance.evidence.recorder import ConversationRecorder
from conformance.faults import Network, Schedule
from conformance.roles.context import CaseContext
from conformance.system_under_test import SystemUnderTest
from conformance.testcase import TestCase
from conformance.transports.udp import UdpTransport
from conformance.verdicts import CaseRecord

QUICK = 0.2
"""ACK_TIMEOUT in seconds of a SUT that lets it be chosen, and of the tester, while messages get lost."""
TESTER = TransmissionParameters(ack_timeout=1.0)
"""The tester repeats a request after 1 to 1.5 s, as early as RFC 7252 §4.8.1 permits."""


def case_context(
    case: TestCase,
    sut: SystemUnderTest,
    record: CaseRecord,
    chance: random.Random,
    name: str | None = None,
) -> CaseContext:
    """What one case has at hand; an endpoint name that is not given is drawn."""
    ixit = sut.profile.ixit
    if is_quick(case, sut):
        ixit = ixit.merged(ack_timeout=QUICK)
    return CaseContext(
        record=record,
        adapter=sut.instance.adapter,
        ics=sut.ics,
        ixit=ixit,
        model=sut.model,
        lwm2m=sut.lwm2m,
        endpoint=name or ixit.endpoint or new_name(case, chance),
        lifetime=int(case.launch.get("lifetime", ixit.lifetime)),
        chance=chance,
    )


def is_quick(case: TestCase, sut: SystemUnderTest) -> bool:
    """Whether the SUT is started with a short ACK_TIMEOUT: under faults, where its profile says how."""
    return case.network and "ack_timeout" in sut.profile.adapter.options


def disturbed_network(
    case: TestCase, recorder: ConversationRecorder, chance: random.Random, recorded: Schedule | None
) -> Network | None:
    """The network of a case that disturbs it; all others have none between tester and SUT."""
    if not case.network:
        return None
    return Network(chance.getrandbits(32), recorder, recorded, recorder.started)


def new_name(case: TestCase, chance: random.Random) -> str:
    """An Endpoint Client Name that nobody has."""
    return f"urn:conformance:{case.id.lower()}-{chance.randrange(16**6):06x}"


def launch_values(
    local: tuple[str, int], endpoint: str, lifetime: int, lwm2m: str, scheme: str = "coap"
) -> dict[str, str]:
    """What the placeholders of a profile stand for when the tester listens at `local`."""
    host = f"[{local[0]}]" if ":" in local[0] else local[0]
    uri = f"{scheme}://{host}:{local[1]}"
    return {
        **bundle.placeholders(),
        "server_uri": uri,
        "bootstrap_uri": uri,
        "listen_host": local[0],
        "endpoint": endpoint,
        "lifetime": str(lifetime),
        "lwm2m": lwm2m,
    }


async def open_endpoint(
    local: tuple[str, int],
    recorder: ConversationRecorder,
    chance: random.Random,
    name_operation: OperationNamer | None = None,
) -> Endpoint:
    """An endpoint of the tester whose datagrams and messages the recorder takes down; `name_operation`
    replaces the recorder's own.

    Raises:
        AddressInUse: the address is taken.
        InvalidAddress: there is no such address here.
    """
    return endpoint_over(await UdpTransport.open(local, recorder), recorder, chance, name_operation)


def endpoint_over(
    carrier: Carrier,
    recorder: ConversationRecorder,
    chance: random.Random,
    name_operation: OperationNamer | None = None,
    ack_timeout: float = TESTER.ack_timeout,
) -> Endpoint:
    """An endpoint of the tester over a carrier that is open; `ack_timeout` is its own, in seconds.

    Its tokens, Message IDs and time-outs are drawn apart from all else, so that how often something else is
    drawn does not change them when the case is run again.
    """
    parameters = replace(TESTER, ack_timeout=min(ack_timeout, TESTER.ack_timeout))
    endpoint = Endpoint(carrier, random=random.Random(chance.getrandbits(64)), parameters=parameters)
    endpoint.on_message = partial(recorder.message, name_operation=name_operation)
    return endpoint
