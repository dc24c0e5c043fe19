"""Messages of a bootstrap that get lost (RFC 7252 §4.2, §4.5; LwM2M Core 1.1.1 §6.1.3.3, §6.1.6)."""

from conformance.bindings.coap_datagrams import DeviceOperation
from conformance.coap.endpoint import Incoming, Response
from conformance.coap.message import Code, Message, Type, request_options
from conformance.messages import Path, Register
from conformance.messages.bootstrap import BootstrapRequest
from conformance.messages.codes import CHANGED, DELETED
from conformance.roles import Answer, Device
from conformance.roles.further_bootstrap import expect_in_use, trigger_bootstrap
from conformance.roles.transmissions import Transmissions
from conformance.testcase import testcase
from conformance.verdicts import Level, Subject

BOOTSTRAP = ("bootstrap",)
FINISH = ("bs",)
EXCHANGE_LIFETIME = 247.0


@testcase(
    "BS-LOST-01",
    verifies=["HLF-019", "HLF-036"],
    clause="RFC 7252 §4.2, §4.4",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
    wait=3.0,
)
async def test_unanswered_request_is_sent_again(device: Device) -> None:
    """A Bootstrap-Request that is not answered is sent again as it was, and its late answer counts."""
    device.context.need_repetition()
    settings = await device.bootstrap.complete()
    await device.control()
    transmissions = Transmissions(device.bootstrap.endpoint, FINISH)

    async def late(_request: DeviceOperation, _incoming: Incoming) -> Response:
        await transmissions.repeated.wait()
        return Response(Code.CHANGED)

    device.bootstrap.server.script_next(BootstrapRequest, late)
    await device.trigger("bootstrap")
    limit = 1.5 * device.ixit.ack_timeout + device.ixit.reaction_time
    await device.bootstrap.next(BootstrapRequest, limit, name="retransmission")
    first, second = transmissions.sent[:2]
    device.context.record.judge(
        "retransmission.datagram",
        first.data,
        second.data,
        subject=Subject("datagram", second.frame),
        what="the retransmission",
    )
    await device.server.next((Register,), 0)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    await expect_in_use(device, settings.lifetime)


@testcase(
    "BS-LOST-02",
    verifies=["HLF-019", "HLF-036"],
    clause="RFC 7252 §4.5",
    applies="device & bootstrap",
    launch_options=BOOTSTRAP,
)
async def test_repeated_finish_is_answered_again(device: Device) -> None:
    """A Finish whose answer got lost comes again: it should be answered again, and have no second effect."""
    await device.bootstrap.requested()
    await device.bootstrap.provision()
    endpoint = device.bootstrap.endpoint
    mid, token = endpoint.new_mid(), endpoint.new_token()
    finish = Message(Type.CON, Code.POST, mid, token, request_options(path=FINISH), b"")
    (await transmitted(device, finish, "bootstrap-finish")).expect(code=CHANGED)
    await device.next(Register)
    repeated = await transmitted(device, finish, "repeated")
    repeated.expect(code=CHANGED, token=token.hex(), level=Level.SHOULD)
    second = await device.server.next((Register,), device.ixit.quiet_time)
    device.context.record.judge(
        "second-register.absent",
        None,
        "Register" if second else None,
        subject=Subject("operation", second[1].frame if second else None),
        what="after the repeated Finish",
        level=Level.SHOULD,
    )
    await device.control()


async def transmitted(device: Device, message: Message, name: str) -> Answer:
    """Send the message as it is, as the bootstrap server, and wait for its answer."""
    limit = device.ixit.reaction_time
    remote = device.bootstrap.known_remote
    exchange = await device.bootstrap.endpoint.exchange(remote, message, limit=limit)
    return Answer(device.context.record, name, Path(), exchange, limit=limit)


@testcase(
    "BS-LOST-03",
    verifies=["HLF-019", "HLF-036"],
    clause="LwM2M Core 1.1.1 §6.1.3.3, §6.1.4, §6.1.6",
    applies="device & bootstrap & lwm2m >= 1.1",
    launch_options=BOOTSTRAP,
    wait=250.0,
)
async def test_bootstrap_that_breaks_off_is_no_dead_end(device: Device) -> None:
    """When the bootstrap server falls silent after a Delete, the device can still be bootstrapped."""
    given = await device.bootstrap.complete()
    await device.control()
    (await trigger_bootstrap(device)).require(code=CHANGED)
    await device.bootstrap.requested()
    await device.server.next((Register,), 0)
    (await device.bootstrap.delete("/1")).require(code=DELETED)
    back = await device.server.next((Register,), EXCHANGE_LIFETIME + device.ixit.reaction_time)
    device.context.record.note(f"the former account is {'in' if back else 'out of'} use after the failure")
    asked = await device.bootstrap.server.next((BootstrapRequest,), 0)
    if asked is None:
        await device.trigger("bootstrap")
        await device.bootstrap.next(BootstrapRequest)
    else:
        device.bootstrap.remote = asked[1].remote
    await device.server.next((Register,), 0)
    await device.bootstrap.provision(given)
    (await device.bootstrap.finish()).expect(code=CHANGED)
    register = await device.next(Register)
    register.expect(lifetime=given.lifetime)
