"""What device and server tell each other is for nobody else (LwM2M Transport 1.1.1 §5.2)."""

from conformance.coap.codec import encode
from conformance.matching import code_class
from conformance.messages.codes import CHANGED, CONTENT
from conformance.roles.crafted import stranger
from conformance.roles.device import Device
from conformance.roles.preamble import KNOWN, known
from conformance.roles.sealed import put, write_message
from conformance.testcase import SECURITY, testcase


@testcase(
    "SEC-CONF-01",
    verifies=["SEC-002"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="device & ixit.writable_string",
    security=SECURITY,
    standing=True,
)
async def test_nothing_of_the_conversation_is_in_clear(device: Device) -> None:
    """No datagram shows a message, a value or a key of the conversation."""
    path, value = device.writable("string"), f"secret {device.context.chance.randrange(16**12):012x}"
    await device.registered()
    (await device.write(path, value)).require(code=CHANGED)
    (await device.read(path)).require(code=CONTENT, value=value)
    await device.control()
    device.dtls.expect_unseen({"value": value.encode(), "registration": b"lwm2m=", "objects": b"</1/"})
    device.dtls.expect_unseen(device.dtls.long_term_keys)
    device.dtls.expect_no_plain_coap()


@testcase(
    "SEC-CONF-02",
    verifies=["SEC-003", "HLF-031"],
    clause="LwM2M Transport 1.1.1 §5.2, RFC 7252 §9.1",
    applies="device & ixit.writable_integer",
    security=SECURITY,
    standing=True,
)
async def test_plain_coap_is_not_served_where_there_is_security(device: Device) -> None:
    """A Write in plain CoAP, from the address of the server or from another, changes nothing.

    A device may say so in clear, by a Reset or an error: it tells nothing by that.
    """
    path = await known(device)
    message = write_message(device, path, 5)
    datagram = encode(message)
    put(device, datagram, message)
    (await device.read(path)).expect(name="read-back-server", code=CONTENT, value=KNOWN["integer"])
    async with stranger(device) as other:
        address = device.dtls.peer.address
        exchange = await other.exchange(address, datagram, limit=device.ixit.quiet_time)
    (await device.read(path)).expect(name="read-back-stranger", code=CONTENT, value=KNOWN["integer"])
    code = str(exchange.response.message.code) if exchange.response else None
    device.context.record.judge(
        "stranger.code", None, code, tolerated=code_class(4), what="the answer in clear:", source="live"
    )
    device.dtls.expect_no_plain_coap(but_refusals=True)
