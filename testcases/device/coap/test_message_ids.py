"""Message IDs: what is a duplicate and what is not, soon and late (RFC 7252 §4.4, §4.5, §4.8.2)."""

import asyncio

from conformance.coap.codes import Code
from conformance.coap.message import Message, Type
from conformance.formats import ContentFormat, Value
from conformance.matching import code_class, excluding, one_of
from conformance.messages import Create, Path
from conformance.messages.codes import CHANGED, CONTENT, CREATED
from conformance.messages.content import payload_of
from conformance.roles import Device
from conformance.roles.crafted import crafted, sent, sent_once, stranger, text_write
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable, Subject

WRITING = "device & format_text & ixit.writable_string"
LATE = 40.0
"""Seconds to the last retransmission that the default parameters allow, rounded down (MAX_TRANSMIT_SPAN)."""
OVER = 250.0
"""Seconds after which a Message ID is free again (EXCHANGE_LIFETIME, 247 s), rounded up."""


async def first_written(device: Device) -> tuple[Path, Message]:
    """The String Resource, and the message that wrote ``first`` to it."""
    await device.registered()
    path = device.writable("string")
    message = text_write(device, path, "first")
    (await sent(device, message, "first-write", path)).require(code=CHANGED)
    return path, message


@testcase(
    "COAP-DUP-03",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §4.5",
    applies="device & create & discover & ixit.creatable_object & ixit.creatable_values",
)
async def test_non_confirmable_create_that_arrives_twice_makes_one_instance(device: Device) -> None:
    """A non-confirmable Create that arrives twice makes one Instance, and the copy is not answered."""
    await device.registered()
    target = Path(device.ixit.creatable_object or 0)
    before = await device.discover(target)
    before.require(code=CONTENT)
    values: dict[int, Value] = {int(rid): value for rid, value in device.ixit.creatable_values.items()}
    number = device.format_for(target)
    payload = Create(target, payload_of(target / 0, values, number, device.context.type_of)).payload
    message = crafted(device, Code.POST, target, payload=payload.data, content_format=number, type=Type.NON)
    first = await sent(device, message, "create", target)
    if not first.answered or first.code != CREATED:
        raise NotApplicable("the SUT does no operation that comes in a non-confirmable message, as it may")
    again = await sent_once(device, message, "repeated", target)
    again.expect(outcome="timeout", level=Level.SHOULD)
    after = await device.discover(target)
    made = [path for path in after.targets if path.count("/") == 2 and path not in before.targets]
    device.context.record.judge(
        "instances.made", 1, len(made), what="the number of new Instances", level=Level.SHOULD
    )


@testcase("COAP-DUP-04", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.5", applies=WRITING)
async def test_late_copy_of_a_write_does_not_undo_the_next(device: Device) -> None:
    """A copy of a Write that arrives after the next Write is answered, and the later value stays."""
    path, message = await first_written(device)
    (await device.write(path, "second", ContentFormat.TEXT)).require(code=CHANGED)
    repeated = await sent(device, message, "repeated", path)
    repeated.expect(code=CHANGED, level=Level.SHOULD)
    after = await device.read(path)
    after.expect(name="after", code=CONTENT)
    after.expect(name="after", value="second", level=Level.SHOULD)


@testcase("COAP-DUP-05", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.4, §5.3.1", applies=WRITING)
@vary(same=["message-id", "token"])
async def test_what_another_endpoint_used_is_free_for_the_server(device: Device, same: str) -> None:
    """A Write is done though another endpoint used its Message ID or token for a request just before."""
    path, _ = await first_written(device)
    message = text_write(device, path, "second")
    mid, token = (message.mid, None) if same == "message-id" else (None, message.token)
    other_request = crafted(device, Code.GET, Path.of("/3/0"), mid=mid, token=token)
    async with stranger(device) as other:
        await other.exchange(device.current.remote, other_request, limit=device.ixit.quiet_time)
    written = await sent(device, message, "write", path)
    written.expect(code=CHANGED)
    after = await device.read(path)
    after.expect(name="after", code=CONTENT, value="second")


@testcase("COAP-DUP-06", verifies=["HLF-012", "HLF-031"], clause="RFC 7252 §4.5", applies=WRITING)
async def test_copy_from_another_endpoint_is_not_answered_from_memory(device: Device) -> None:
    """The copy of a Read that another endpoint sends does not get the value that the server was given."""
    path, _ = await first_written(device)
    message = crafted(device, Code.GET, path, accept=ContentFormat.TEXT)
    (await sent(device, message, "read", path)).require(code=CONTENT, value="first")
    async with stranger(device) as other:
        exchange = await other.exchange(device.current.remote, message, limit=device.ixit.quiet_time)
    device.context.record.judge(
        "stranger.payload",
        "",
        exchange.body.decode(errors="replace") if exchange.response else "",
        subject=Subject("payload"),
        what="what a stranger gets:",
        source="live",
        level=Level.SHOULD,
    )


@testcase(
    "COAP-DUP-07",
    verifies=["HLF-012"],
    clause="RFC 7252 §4.4, §4.5",
    applies=f"{WRITING} & lifetime_readable",
)
async def test_message_id_used_again_too_early_mixes_nothing_up(device: Device) -> None:
    """Another request with a Message ID just used gets its own answer, or that of the first unchanged.

    A client must not do so, and a device may take the request for a duplicate: it then repeats the old answer
    with the old token. What it may not do is to give the old content under the new token.
    """
    path, _ = await first_written(device)
    first = crafted(device, Code.GET, path, accept=ContentFormat.TEXT)
    (await sent(device, first, "first-read", path)).require(code=CONTENT, value="first")
    lifetime = device.server_object / 1
    second = crafted(device, Code.GET, lifetime, accept=ContentFormat.TEXT, mid=first.mid)
    answer = await sent_once(device, second, "second-read", lifetime)
    answer.note(f"a Message ID used again for another request: {answer.outcome}")
    answer.expect(outcome=one_of("response", "rejected", "timeout", "reset"))
    if answer.answered:
        answer.expect(token=second.token.hex(), code=CONTENT, tolerated={"code": code_class(4)})
        if answer.code == CONTENT:
            answer.expect(value=device.lifetime)
    else:
        told = [
            line["payload"] for line in device.context.messages if line.get("token") == second.token.hex()
        ]
        device.context.record.judge(
            "second-read.mixed", excluding(b"first".hex()), told, what="payloads under the new token"
        )


@testcase(
    "COAP-DUP-08", verifies=["HLF-012", "HLF-036"], clause="RFC 7252 §4.8.2", applies=WRITING, wait=LATE
)
async def test_last_retransmission_is_still_a_duplicate(device: Device) -> None:
    """A copy of a Write that arrives after 40 s, as a last retransmission may, is known for a duplicate."""
    path, message = await first_written(device)
    (await device.write(path, "second", ContentFormat.TEXT)).require(code=CHANGED)
    await asyncio.sleep(LATE)
    await device.control()
    repeated = await sent(device, message, "repeated", path)
    repeated.expect(code=CHANGED, level=Level.SHOULD)
    after = await device.read(path)
    after.expect(name="after", code=CONTENT)
    after.expect(name="after", value="second", level=Level.SHOULD)


@testcase(
    "COAP-DUP-09",
    verifies=["HLF-012"],
    clause="RFC 7252 §4.8.2",
    applies=WRITING,
    wait=OVER,
    launch={"lifetime": "600"},
)
async def test_message_id_is_free_again_after_the_exchange_lifetime(device: Device) -> None:
    """After 250 s another Write with the same Message ID is done: it is no duplicate any more."""
    path, message = await first_written(device)
    await asyncio.sleep(OVER)
    await device.control()
    later = text_write(device, path, "second").with_(mid=message.mid)
    written = await sent(device, later, "write", path)
    written.expect(outcome="response", code=CHANGED, level=Level.SHOULD)
    after = await device.read(path)
    after.expect(name="after", code=CONTENT)
    after.expect(name="after", value="second", level=Level.SHOULD)
