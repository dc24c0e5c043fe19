"""Bootstrap-Request, and when it is sent (LwM2M Core 1.1.1 §6.1.3.3, §6.1.3.4, §6.1.4, §6.1.7.1)."""

from conformance.coap.message import Code
from conformance.matching import ABSENT, between, code_class, one_of
from conformance.messages import Register, Update
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import CHANGED
from conformance.roles import Device
from conformance.roles.further_bootstrap import expect_in_use, trigger_bootstrap
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, Subject

BOOTSTRAP = ("bootstrap",)
HOLD_OFF = 2
STRUCTURED = ("112", "110", "11542", "11544")


@testcase(
    "BS-REQ-01",
    verifies=["HLF-019", "HLF-001"],
    clause="LwM2M Core 1.1.1 §6.1.3.3, §6.1.7.1",
    ets="int-0",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    versions="each",
)
async def test_device_without_account_asks_to_be_bootstrapped(device: Device) -> None:
    """A device without a server account asks to be bootstrapped, and registers where it is told to."""
    request = await device.bootstrap.next(BootstrapRequest)
    request.expect(endpoint=device.context.endpoint, confirmable=True)
    settings = await device.bootstrap.provision()
    finished = await device.bootstrap.finish()
    finished.expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(endpoint=device.context.endpoint, lifetime=settings.lifetime)
    identifier = await device.read(device.server_object / 0)
    identifier.expect(name="ssid", value=settings.ssid)


@testcase(
    "BS-REQ-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.7.1; LwM2M Transport 1.1.1 §6.4.2",
    ets="int-0",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    versions="each",
)
async def test_request_carries_what_its_version_defines(device: Device) -> None:
    """A Bootstrap-Request has no payload; pct is of 1.1 and names a format for several values."""
    request = await device.bootstrap.next(BootstrapRequest)
    request.expect(payload=b"")
    if device.context.lwm2m == "1.0":
        request.expect(preferred_format=ABSENT, level=Level.SHOULD)
    else:
        request.expect(preferred_format=one_of(None, *STRUCTURED))
    await device.bootstrap.provision()
    (await device.bootstrap.finish()).require(code=CHANGED)


@testcase(
    "BS-REQ-03",
    verifies=["HLF-019", "HLF-011"],
    clause="LwM2M Core 1.1.1 §6.1.3.4, §E.2",
    ets="int-5",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
async def test_server_sends_the_device_to_its_bootstrap_server(device: Device) -> None:
    """Execute of the Bootstrap-Request Trigger is answered 2.04 and followed by a Bootstrap-Request."""
    given = await device.bootstrap.complete()
    await device.control()
    triggered = await trigger_bootstrap(device)
    triggered.expect(code=CHANGED)
    request = await device.bootstrap.next(BootstrapRequest)
    request.expect(endpoint=device.context.endpoint)
    await device.server.next((Register,), 0)
    (await device.bootstrap.finish()).require(code=CHANGED)
    await expect_in_use(device, given.lifetime)


@testcase(
    "BS-REQ-04",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.3.4, §E.1",
    ets="int-5",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
    wait=2.0,
)
async def test_device_holds_off_before_it_asks(device: Device) -> None:
    """A device whose bootstrap is triggered waits for the Client Hold Off Time of its bootstrap account."""
    await device.bootstrap.requested()
    own = await device.bootstrap.own_account()
    held_off = {**device.bootstrap.bootstrap_values(), 11: HOLD_OFF}
    (await device.bootstrap.write(own, held_off)).require(code=CHANGED)
    given = await device.bootstrap.provision()
    (await device.bootstrap.finish()).require(code=CHANGED)
    await device.registered()
    await device.control()
    since = await answered_at(device)
    request = await device.bootstrap.next(BootstrapRequest, HOLD_OFF + device.ixit.reaction_time)
    device.context.record.judge(
        "bootstrap-request.hold-off",
        between(HOLD_OFF - device.ixit.timing_tolerance, HOLD_OFF + device.ixit.reaction_time),
        round(request.received_at - since, 3),
        subject=Subject("time", request.frame),
        what="seconds until the Bootstrap-Request",
        level=Level.SHOULD,
    )
    await device.server.next((Register,), 0)
    (await device.bootstrap.finish()).require(code=CHANGED)
    await expect_in_use(device, given.lifetime)


async def answered_at(device: Device) -> float:
    """Trigger a bootstrap; when the device had said yes, in monotonic seconds."""
    triggered = await trigger_bootstrap(device)
    triggered.require(code=CHANGED)
    response = triggered.exchange.response
    if response is None:
        raise Inconclusive("preamble: no answer to the trigger")
    return response.time


@testcase(
    "BS-REQ-05",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §3.2, §6.1.7.1; LwM2M Transport 1.1.1 §6.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(code=[Code.BAD_REQUEST, Code.UNSUPPORTED_CONTENT_FORMAT])
async def test_refused_request_opens_no_session(device: Device, code: Code) -> None:
    """After its Bootstrap-Request was refused, a device takes no settings."""
    settings = await device.bootstrap.complete()
    await device.control()
    device.bootstrap.server.answer_next(BootstrapRequest, code)
    await device.trigger("bootstrap")
    await device.bootstrap.requested()
    other = device.bootstrap.server_values(settings.ssid, settings.lifetime + 1)
    written = await device.bootstrap.write(settings.server, other)
    device.context.record.judge(
        "write.refused",
        one_of("timeout", "reset", "unreachable", "4.xx"),
        f"{written.code[0]}.xx" if written.code else written.outcome,
        subject=Subject("outcome", written.frame),
        what="a Write to a device that was refused ends with",
        tolerated=one_of("5.xx", "rejected"),
        level=Level.SHOULD,
    )
    await device.bootstrap.asked_again()
    await device.server.next((Register,), 0)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_in_use(device, settings.lifetime, level=Level.SHOULD)


@testcase(
    "BS-REQ-06",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.1.3.3, §6.1.4",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
)
@vary(code=[Code.BAD_REQUEST, Code.UNSUPPORTED_CONTENT_FORMAT])
async def test_refused_bootstrap_leaves_a_working_account(device: Device, code: Code) -> None:
    """A triggered bootstrap that is refused destroys neither the bootstrap account nor that of the server."""
    settings = await device.bootstrap.complete()
    await device.control()
    await device.server.next((Register,), 0)
    device.bootstrap.server.answer_next(BootstrapRequest, code)
    (await trigger_bootstrap(device)).require(code=CHANGED)
    await device.bootstrap.requested()
    await device.server.next((Register,), device.ixit.reaction_time)
    device.context.record.judge(
        "account.in-use",
        True,
        bool(device.server.registrations),
        subject=Subject("registration"),
        what="still or again registered after the refusal:",
        level=Level.SHOULD,
    )
    await device.bootstrap.asked_again()
    await device.server.next((Register,), 0)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_in_use(device, settings.lifetime)


@testcase(
    "BS-REQ-07",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §3.2, §6.2",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    launch={"lifetime": "2"},
    wait=4.0,
)
async def test_bootstrap_server_gets_no_registration(device: Device) -> None:
    """A bootstrapped device registers and renews at its server, and never at the bootstrap server."""
    await device.bootstrap.requested()
    settings = await device.bootstrap.new_settings(lifetime=max(2, device.ixit.shortest_lifetime))
    await device.bootstrap.provision(settings)
    (await device.bootstrap.finish()).require(code=CHANGED)
    await device.registered()
    await device.next(Update, within=settings.lifetime + device.ixit.timing_tolerance)
    await device.bootstrap.none(Register)
    await device.bootstrap.none(Update)


@testcase(
    "BS-REQ-08",
    verifies=["HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §3.2, §6.1.7",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_settings_from_a_stranger_are_not_taken(device: Device) -> None:
    """A Bootstrap-Write from another address than the bootstrap server's changes nothing."""
    await device.bootstrap.requested()
    settings = await device.bootstrap.provision()
    stranger = device.bootstrap.server_values(settings.ssid, settings.lifetime + 1)
    outcome = await device.bootstrap.write_from_elsewhere(settings.server, stranger)
    device.context.record.judge(
        "stranger.outcome",
        one_of("timeout", "reset", "4.xx"),
        outcome,
        subject=Subject("outcome"),
        what="the Write of a stranger ends with",
        tolerated=one_of("unreachable", "rejected", "5.xx"),
        source="live",
    )
    (await device.bootstrap.finish()).require(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=settings.lifetime)


@testcase(
    "BS-REQ-09",
    verifies=["HLF-019", "HLF-031"],
    clause="LwM2M Core 1.1.1 §3.2, §6.3",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
@vary(path=["/0/0/0", "/1/0/0"])
async def test_server_cannot_bootstrap(device: Device, path: str) -> None:
    """What only a bootstrap server may write is refused to the server while no bootstrap is under way."""
    await device.bootstrap.complete()
    await device.control()
    target = device.server_object / 0 if path.startswith("/1") else path
    answer = await device.write(target, 99 if path.startswith("/1") else "coap://127.0.0.1:9")
    answer.expect(code=code_class(4))
    await device.control()
