"""SMS that make a device contact its server (LwM2M Transport 1.1.1 §6.6).

No SMS bearer is at hand: an adapter with the verb ``sms`` delivers the message, others are not judged.
"""

from dataclasses import replace

from conformance.coap.codec import encode
from conformance.coap.message import Code, Message, Type, request_options
from conformance.matching import matches
from conformance.messages import Path, Register, Update
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles import Device
from conformance.roles.comeback import expect_back
from conformance.roles.preamble import known
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

CLAUSE = "LwM2M Transport 1.1.1 §6.6"
APPLIES = "device & sms & lwm2m >= 1.1"
SMS = ("sms",)
UPDATE_TRIGGER, BOOTSTRAP_TRIGGER, TRIGGER = 8, 9, 21


async def reachable(device: Device) -> None:
    """Preamble: the device is registered and takes triggers by SMS, which the Resource Trigger allows.

    Raises:
        NotApplicable: the device does not allow it.
    """
    await device.registered()
    allowed = await device.write(device.server_object / TRIGGER, True)
    if allowed.code != CHANGED:
        raise NotApplicable(f"the SUT allows no trigger by SMS: a Write is answered {allowed.code}")


async def deliver(device: Device, method: Code, path: Path, payload: bytes = b"", **how: Type) -> Message:
    """Hand a request of the server to the device as an SMS, and give it."""
    options = request_options(path=path.segments, content_format=0 if payload else None)
    endpoint = device.endpoint
    kind = how.get("type", Type.NON)
    message = Message(kind, method, endpoint.new_mid(), endpoint.new_token(), options, payload)
    await device.trigger("sms", payload=encode(message).hex())
    return message


async def expect_no_sms(device: Device, request: Message) -> None:
    """The device does not respond to the SMS by an SMS; the acknowledgement of a CON is no response."""
    acknowledgement = encode(Message(Type.ACK, Code.EMPTY, request.mid)).hex()
    sent = await device.context.adapter.next_event("sms", device.ixit.quiet_time)
    device.context.record.judge(
        "sms.absent",
        None,
        sent and str(sent.get("payload")),
        subject=Subject("event", None),
        what="an SMS of the device:",
        source="live",
        tolerated=acknowledgement if request.type is Type.CON else None,
    )


@testcase(
    "REG-SMS-01",
    verifies=["HLF-013", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1; LwM2M Transport 1.1.1 §6.4.3",
    applies=APPLIES,
    launch_options=SMS,
)
async def test_number_is_registered(device: Device) -> None:
    """A device that SMS reach registers its number, in digits without a plus sign, or an identifier."""
    register = await device.next(Register)
    register.expect(sms_number=matches("[0-9]{1,15}|[^@]+@[^@]+"), level=Level.SHOULD)


@testcase("REG-SMS-02", verifies=["HLF-013", "HLF-011"], clause=CLAUSE, applies=APPLIES, launch_options=SMS)
@vary(type=[Type.CON, Type.NON])
async def test_trigger_by_sms_brings_an_update(device: Device, type: Type) -> None:
    """The Registration Update Trigger by SMS brings an Update over the registered transport, and no SMS."""
    await reachable(device)
    await device.control()
    request = await deliver(device, Code.POST, device.server_object / UPDATE_TRIGGER, type=type)
    update = await device.next(Update)
    update.expect(location=device.current.location)
    await expect_no_sms(device, request)


@testcase(
    "REG-SMS-03",
    verifies=["HLF-013", "HLF-031"],
    clause=CLAUSE,
    applies=f"{APPLIES} & ixit.writable_integer",
    launch_options=SMS,
)
async def test_other_operations_by_sms_are_ignored(device: Device) -> None:
    """A Write by SMS changes nothing and is not answered, on a device whose transport is another."""
    path = await known(device)
    request = await deliver(device, Code.PUT, path, b"43")
    await expect_no_sms(device, request)
    (await device.read(path)).expect(code=CONTENT, value=42)


@testcase(
    "REG-SMS-04",
    verifies=["HLF-013", "HLF-011", "HLF-019"],
    clause=CLAUSE,
    applies=f"{APPLIES} & bootstrap & discover",
    launch_options=("bootstrap", "sms"),
)
async def test_bootstrap_trigger_by_sms(device: Device) -> None:
    """The Bootstrap-Request Trigger by SMS makes the device ask its bootstrap server again."""
    await device.bootstrap.requested()
    given = replace(await device.bootstrap.new_settings(), more={TRIGGER: True})
    await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).require(code=CHANGED)
    await reachable(device)
    await device.control()
    listed = await device.discover(device.server_object)
    if str(device.server_object / BOOTSTRAP_TRIGGER) not in listed.targets:
        raise NotApplicable("the SUT has no Bootstrap-Request Trigger")
    await device.server.next((Register,), 0)
    await deliver(device, Code.POST, device.server_object / BOOTSTRAP_TRIGGER)
    await device.bootstrap.next(BootstrapRequest)
    await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await device.back()


@testcase(
    "QUE-SMS-01",
    verifies=["HLF-013", "HLF-011", "GISFI-4.2"],
    clause=f"{CLAUSE}, §6.5",
    applies=f"{APPLIES} & queue_mode",
    launch_options=("queue", "sms"),
    wait=2.0,
)
async def test_sms_wakes_a_sleeping_device(device: Device) -> None:
    """The Registration Update Trigger by SMS wakes a device that sleeps, long before its lifetime ends."""
    await reachable(device)
    await device.asleep()
    while await device.server.next((Register, Update), 0):
        pass
    await deliver(device, Code.POST, device.server_object / UPDATE_TRIGGER)
    await expect_back(device)
    answer = await device.read(device.server_object / 1)
    answer.expect(name="awake-read", code=CONTENT, value=device.lifetime)
