"""Register: what a device tells of itself (LwM2M Core 1.1.1 §6.2.1)."""

from conformance.matching import containing, matches, one_of, unordered
from conformance.messages import Register
from conformance.roles import Arrival, Device
from conformance.testcase import testcase
from conformance.verdicts import NotApplicable, Subject

BINDING_1_0 = one_of(None, "U", "UQ", "S", "SQ", "US", "UQS", "UQT")
BINDING_1_1 = matches(r"(?!.*(.).*\1)[UMHTSN]+")
LONG_NAME = "urn:conformance:" + "n" * 236


@testcase(
    "REG-REG-01",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_endpoint_name_is_the_provisioned_one(device: Device) -> None:
    """A Register carries the endpoint name that the device was given."""
    register = await device.next(Register)
    register.expect(endpoint=device.context.endpoint)


@testcase(
    "REG-REG-02",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
    launch={"lifetime": "77"},
)
async def test_lifetime_is_the_provisioned_one(device: Device) -> None:
    """A Register carries the lifetime of the Server Object."""
    register = await device.next(Register)
    register.expect(lifetime=77)


@testcase(
    "REG-REG-03",
    verifies=["HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_enabler_version_is_told(device: Device) -> None:
    """A Register carries the version of the enabler that the device speaks."""
    register = await device.next(Register)
    spoken = device.context.lwm2m
    permitted = one_of(spoken, f'"{spoken}"') if spoken == "1.0" else spoken
    register.expect(version=permitted)


@testcase(
    "REG-REG-04",
    verifies=["HLF-019", "HLF-036"],
    clause="LwM2M Transport 1.1.1 §6.4",
    ets="int-101",
    applies="device",
    fresh=True,
)
async def test_register_asks_for_acknowledgement(device: Device) -> None:
    """A Register is confirmable, so that its sender learns whether it arrived."""
    register = await device.next(Register)
    register.expect(confirmable=True)


@testcase(
    "REG-REG-05",
    verifies=["HLF-019", "HLF-020"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-101",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_no_parameter_is_repeated(device: Device) -> None:
    """A Register has its required parameters, and each parameter once; Profile IDs may be several (1.2)."""
    register = await device.next(Register)
    names = register.message.parameter_names
    profiles = names.count("pid")
    register.expect(parameter_names=containing("ep", "lt", "lwm2m"))
    once = [name for name in dict.fromkeys(names) if name != "pid"]
    register.expect(name="once", parameter_names=unordered(*once, *["pid"] * profiles))


@testcase(
    "REG-REG-06",
    verifies=["HLF-019", "HLF-012"],
    clause="LwM2M Core 1.1.1 §6.2.1, §6.2.1.2",
    ets="int-101",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_binding_is_spelled_as_the_version_demands(device: Device) -> None:
    """The binding of a Register, if it tells one, is spelled as the version that it names demands."""
    register = await device.next(Register)
    told = register.message.binding is not None
    register.expect(binding=BINDING_1_1 if told and device.context.lwm2m != "1.0" else BINDING_1_0)


@testcase(
    "REG-REG-07",
    verifies=["HLF-019", "HLF-015"],
    clause="LwM2M Core 1.1.1 §6.2.1",
    ets="int-108",
    applies="device",
    fresh=True,
    versions="each",
)
async def test_queue_mode_is_announced_in_the_form_of_the_version(device: Device) -> None:
    """Queue mode is a Q without a value from 1.1 on, a letter of the binding in 1.0, or not announced."""
    register = await device.next(Register)
    parameter = [value for name, value in register.message.parameters if name == "Q"]
    device.context.record.judge(
        "register.queue-parameter",
        [] if device.context.lwm2m == "1.0" else one_of([], [None]),
        parameter,
        subject=Subject("register.parameters", register.frame),
        what="Register with the values of Q",
    )


@testcase(
    "REG-REG-08",
    verifies=["HLF-001", "HLF-019"],
    clause="LwM2M Core 1.1.1 §6.2.1; RFC 7252 §3.1, §5.10.1",
    applies="device",
    fresh=True,
    launch={"endpoint": LONG_NAME},
)
async def test_long_endpoint_name_is_whole(device: Device) -> None:
    """An endpoint name that fills the 255 octets of a Uri-Query arrives whole.

    No clause says how long a name a device has to take: one that sends nothing under such a name is not
    judged, one that sends another name or a broken message is.
    """
    found = await device.server.next((Register,), device.ixit.reaction_time)
    if found is None and not any(line["direction"] == "in" for line in device.context.messages):
        raise NotApplicable("the SUT sends nothing under an endpoint name of 252 octets")
    if found is not None and isinstance(found[0], Register):
        Arrival(device.context.record, found[0], found[1]).expect(endpoint=LONG_NAME)
    else:
        await device.next(Register)
