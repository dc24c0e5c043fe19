"""Duplicates: a confirmable message that arrives twice is answered twice and done once (RFC 7252 §4.5)."""

from conformance.bindings.coap_datagrams import request_of
from conformance.coap.message import Message, Type, request_options
from conformance.formats import Value
from conformance.matching import unordered
from conformance.messages import Create, Execute, Path
from conformance.messages.codes import CHANGED, CONTENT, CREATED
from conformance.messages.content import payload_of
from conformance.messages.management import ManagementOperation
from conformance.roles import Answer, Device
from conformance.testcase import testcase
from conformance.verdicts import Level


def message_of(device: Device, operation: ManagementOperation) -> Message:
    """The confirmable message for an operation, to be sent more than once."""
    request = request_of(operation, device.current.prefix)
    options = request_options(path=request.path, content_format=request.content_format)
    mid, token = device.endpoint.new_mid(), device.endpoint.new_token()
    return Message(Type.CON, request.method, mid, token, options, request.payload)


async def sent(device: Device, message: Message, name: str) -> Answer:
    """Send the message as it is and wait for its answer."""
    limit = device.ixit.reaction_time
    exchange = await device.endpoint.exchange(device.current.remote, message, limit=limit)
    return Answer(device.context.record, name, Path(), exchange, limit=limit)


async def instances(device: Device, object_id: int) -> list[str]:
    """The Instances of an Object, as a Discover lists them."""
    answer = await device.discover((object_id,))
    answer.require(code=CONTENT)
    return [target for target in answer.targets if target.count("/") == 2]


@testcase(
    "COAP-DUP-01",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §4.5",
    applies="device & create & discover & ixit.creatable_object & ixit.creatable_values",
)
async def test_create_that_arrives_twice_makes_one_instance(device: Device) -> None:
    """A Create that arrives twice in the same message makes one Instance, and both copies are answered."""
    await device.registered()
    object_id = device.ixit.creatable_object or 0
    values: dict[int, Value] = {int(rid): value for rid, value in device.ixit.creatable_values.items()}
    before = await instances(device, object_id)
    number = device.format_for(Path(object_id))
    payload = payload_of(Path(object_id, 0), values, number, device.context.type_of)
    message = message_of(device, Create(Path(object_id), payload))
    first = await sent(device, message, "create")
    first.require(code=CREATED)
    second = await sent(device, message, "repeated")
    second.expect(code=CREATED, location=first.location, level=Level.SHOULD)
    made = [path for path in await instances(device, object_id) if path not in before]
    device.context.record.judge(
        "instances.made", unordered(first.location), made, what="new Instances", level=Level.SHOULD
    )


@testcase(
    "COAP-DUP-02",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §4.5",
    applies="device & execute & ixit.executable",
)
async def test_execute_that_arrives_twice_is_answered_twice(device: Device) -> None:
    """An Execute that arrives twice in the same message gets the same answer twice."""
    await device.registered()
    message = message_of(device, Execute(Path.of(device.ixit.executable or ())))
    first = await sent(device, message, "execute")
    first.require(code=CHANGED)
    second = await sent(device, message, "repeated")
    second.expect(code=CHANGED, token=message.token.hex(), level=Level.SHOULD)
