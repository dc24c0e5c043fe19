"""Messages that are protected one by one, without a session (RFC 8613, LwM2M Transport 1.1.1 §5.4)."""

from conformance.matching import PRESENT
from conformance.messages import Path, Register, Update
from conformance.messages.codes import BAD_REQUEST, CHANGED, CONTENT, UNAUTHORIZED
from conformance.oscore.carrier import Envelope
from conformance.roles.crafted import text_write
from conformance.roles.device import Device
from conformance.roles.envelopes import TAG
from conformance.roles.observation import variable
from conformance.roles.preamble import KNOWN, known
from conformance.testcase import OSCORE, testcase, vary

OTHER = "47"


@testcase(
    "SEC-OSC-01",
    verifies=["SEC-001", "SEC-002", "SEC-003", "HLF-038"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="device & lwm2m >= 1.1",
    security=(OSCORE,),
    fresh=True,
)
async def test_a_device_registers_and_is_managed_under_oscore(device: Device) -> None:
    """A device registers under the OSCORE context that it was given, and is read and written under it."""
    register = await device.next(Register, device.ixit.restart_time)
    register.expect(endpoint=device.context.endpoint)
    path = device.writable("integer")
    written = await device.write(path, KNOWN["integer"])
    written.expect(code=CHANGED)
    answer = await device.read(path)
    answer.expect(code=CONTENT, value=KNOWN["integer"])
    device.oscore.expect_no_incident()


@testcase(
    "SEC-OSC-02",
    verifies=["HLF-038", "SEC-002"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="device & lwm2m >= 1.1 & update_trigger",
    security=(OSCORE,),
    fresh=True,
)
async def test_a_device_needs_no_session(device: Device) -> None:
    """The first request of a device is its Register under OSCORE, and its Update follows without another."""
    register = await device.next(Register, device.ixit.restart_time)
    device.oscore.need_fixed_context()
    device.oscore.expect_no_request_before(register)
    triggered = await device.execute(device.server_object / 8)
    triggered.expect(code=CHANGED)
    update = await device.next(Update)
    update.expect(location=device.current.location)
    device.oscore.expect_no_incident()


@testcase(
    "SEC-OSC-03",
    verifies=["SEC-004"],
    clause="RFC 8613 §7.4",
    applies="device & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_replayed_request_has_no_effect(device: Device) -> None:
    """A Write that was recorded and is sent again, under another Message ID, is not done again."""
    envelope = await _recorded_write(device)
    path = await known(device)
    message = text_write(device, path, OTHER)
    again = await device.oscore.sent(device.oscore.again(envelope, message), message, "replay", path)
    device.oscore.expect_refused(again, "replay", UNAUTHORIZED)
    await _expect_unwritten(device, path)


@testcase(
    "SEC-OSC-04",
    verifies=["SEC-001", "SEC-003"],
    clause="RFC 8613 §8.2",
    applies="device & lwm2m >= 1.1",
    security=(OSCORE,),
)
@vary(context=["unknown", "wrong_key"])
async def test_a_request_under_another_context_has_no_effect(device: Device, context: str) -> None:
    """A Write with the Sender ID of another context, or made without the Master Secret, is refused."""
    path = await known(device)
    message = text_write(device, path, OTHER)
    if context == "unknown":
        envelope = device.oscore.with_other_kid(device.oscore.seal(message))
    else:
        envelope = device.oscore.seal_with_other_secret(message)
    answer = await device.oscore.sent(envelope, message, "foreign", path)
    device.oscore.expect_refused(answer, "foreign", UNAUTHORIZED if context == "unknown" else BAD_REQUEST)
    await _expect_unwritten(device, path)


@testcase(
    "SEC-OSC-05",
    verifies=["SEC-002"],
    clause="RFC 8613 §8.2",
    applies="device & lwm2m >= 1.1",
    security=(OSCORE,),
)
@vary(where=["tag", "payload"])
async def test_a_request_with_a_changed_byte_has_no_effect(device: Device, where: str) -> None:
    """A Write of which one bit was turned on its way, in the tag or in the ciphertext, is refused."""
    path = await known(device)
    message = text_write(device, path, OTHER)
    changed = device.oscore.with_changed_byte(
        device.oscore.seal(message), TAG + 1 if where == "payload" else 1
    )
    answer = await device.oscore.sent(changed, message, "changed", path)
    device.oscore.expect_refused(answer, "changed", BAD_REQUEST)
    await _expect_unwritten(device, path)


@testcase(
    "SEC-OSC-06",
    verifies=["SEC-001", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.4",
    applies="device & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_request_without_oscore_has_no_effect(device: Device) -> None:
    """A device whose account says OSCORE refuses a Write without it."""
    path = await known(device)
    message = text_write(device, path, OTHER)
    answer = await device.oscore.sent(device.oscore.bare(message), message, "bare", path)
    device.oscore.expect_refused(answer, "bare", UNAUTHORIZED)
    await _expect_unwritten(device, path)


@testcase(
    "SEC-OSC-07",
    verifies=["SEC-004"],
    clause="RFC 8613 §7.4",
    applies="device & lwm2m >= 1.1",
    security=(OSCORE,),
)
async def test_a_foreign_sender_id_does_not_make_a_replay_new(device: Device) -> None:
    """A Write that was recorded and is sent again with the Sender ID of another context is not done again."""
    envelope = await _recorded_write(device)
    path = await known(device)
    message = text_write(device, path, OTHER)
    foreign = device.oscore.with_other_kid(device.oscore.again(envelope, message))
    answer = await device.oscore.sent(foreign, message, "replay", path)
    device.oscore.expect_refused(answer, "replay", UNAUTHORIZED)
    await _expect_unwritten(device, path)


@testcase(
    "SEC-OSC-08",
    verifies=["SEC-002", "SEC-004"],
    clause="RFC 8613 §8.3.1",
    applies="device & observe & lwm2m >= 1.1 & (ixit.observable | ixit.writable_integer)",
    security=(OSCORE,),
)
async def test_each_notification_is_protected_under_a_nonce_of_its_own(device: Device) -> None:
    """The notifications of an observation are protected, each under a Partial IV of its own."""
    await device.registered()
    changing = await variable(device, 20)
    observation = await device.observe(changing.at("resource"))
    observation.first.expect(code=CONTENT, observe=PRESENT)
    told = []
    for value in (30, 40, 50):
        await changing.becomes(value)
        told.append(await observation.next(name=f"notification-{value}"))
        told[-1].expect(name=f"notification-{value}", code=CONTENT, value=value)
    device.oscore.expect_own_nonces(told)
    device.oscore.expect_no_incident()


async def _recorded_write(device: Device) -> Envelope:
    """The datagram of a Write that the device did once."""
    path = await known(device)
    recorded = text_write(device, path, OTHER)
    envelope = device.oscore.seal(recorded)
    written = await device.oscore.sent(envelope, recorded, "write", path)
    written.expect(code=CHANGED)
    return envelope


async def _expect_unwritten(device: Device, path: Path) -> None:
    """The Resource has the value that `known` gave it."""
    answer = await device.read(path)
    answer.expect(name="read-back", code=CONTENT, value=KNOWN["integer"])
