"""Operations of a server on the Security and OSCORE Objects (LwM2M Core 1.1.1 §6.3)."""

from conformance.formats import ContentFormat
from conformance.matching import code_class, excluding, matches, one_of
from conformance.messages.codes import (
    BAD_REQUEST,
    CONTENT,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    UNAUTHORIZED,
)
from conformance.messages.management import Payload
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject

ANY_REFUSAL = code_class(4)
ALSO_PERFORMED = matches(r"2\.0[45]|4\.\d\d")
"""What is permitted in LwM2M 1.0 for Discover and Write-Attributes: §7.3.2.3 and §7.3.2.4 of 1.0.1 have them
performed on every Object, and only 1.0.2 has every operation on the Security Object refused."""


def expect_unauthorized(
    device: Device, answer: Answer, *, tolerated: object = UNAUTHORIZED, in_1_0: object = ANY_REFUSAL
) -> None:
    """The operation is refused as unauthorised, and nothing of the account stands in the answer.

    LwM2M 1.0.1 forbids the access to the Resources (Appendix E.1) without saying by which code.
    """
    host, port = device.endpoint.local
    secrets = [("URI", f"{host}:{port}".encode())]
    secrets += [
        ("key", octets) for key in device.ixit.secret_octets() for octets in (key, key.hex().encode())
    ]
    told = sorted({name for name, octets in secrets if octets in answer.payload})
    subject = Subject("payload", answer.frame)
    device.context.record.judge("payload.secrets", [], told, subject=subject, what="secrets of the account")
    permitted = in_1_0 if device.context.lwm2m == "1.0" else tolerated
    answer.expect(name="answer", code=UNAUTHORIZED, tolerated={"code": permitted})


@testcase(
    "DM-SEC-01",
    verifies=["HLF-031", "SEC-002"],
    clause="LwM2M Core 1.1.1 §6.3",
    ets="int-221",
    applies="device",
)
@vary(path=["/0", "/0/0", "/0/0/0", "/0/0/5"])
async def test_security_object_is_not_read(device: Device, path: str):
    """A Read of the Security Object is answered 4.01 and tells nothing of the account."""
    await device.registered()
    await device.control()
    expect_unauthorized(device, await device.read(path))


@testcase(
    "DM-SEC-02",
    verifies=["HLF-031", "SEC-002"],
    clause="LwM2M Core 1.1.1 §6.3",
    ets="int-221",
    applies="device",
)
@vary(path=["/0", "/0/0"])
async def test_security_object_is_not_discovered(device: Device, path: str):
    """A Discover of the Security Object is answered 4.01."""
    await device.registered()
    await device.control()
    expect_unauthorized(device, await device.discover(path), in_1_0=ALSO_PERFORMED)


@testcase(
    "DM-SEC-03",
    verifies=["HLF-031", "SEC-001"],
    clause="LwM2M Core 1.1.1 §6.3",
    ets="int-221",
    applies="device",
)
async def test_security_object_is_not_written(device: Device):
    """A Write of the server URI is answered 4.01."""
    await device.registered()
    await device.control()
    host, port = device.endpoint.local
    uri = Payload(f"coap://{host}:{port}".encode(), ContentFormat.TEXT)
    expect_unauthorized(device, await device.write("/0/0/0", uri))


@testcase(
    "DM-SEC-04",
    verifies=["HLF-031"],
    clause="LwM2M Core 1.1.1 §6.3",
    ets="int-221",
    applies="device",
)
@vary(operation=["execute", "delete", "create", "write-attributes"])
async def test_security_object_is_not_changed(device: Device, operation: str):
    """Execute, Delete, Create and Write-Attributes on the Security Object are answered 4.01."""
    await device.registered()
    await device.control()
    match operation:
        case "execute":
            answer = await device.execute("/0/0/0")
        case "delete":
            answer = await device.delete("/0/0")
        case "create":
            answer = await device.create(0, {0: "coap://127.0.0.1:9", 10: 99})
        case _:
            answer = await device.write_attributes("/0/0", pmin=1)
    performed = operation == "write-attributes"
    expect_unauthorized(device, answer, in_1_0=ALSO_PERFORMED if performed else ANY_REFUSAL)


@testcase(
    "DM-SEC-05",
    verifies=["HLF-031", "SEC-002"],
    clause="LwM2M Core 1.1.1 §6.3",
    applies="device & lwm2m >= 1.1",
)
@vary(operation=["read", "discover", "delete"])
async def test_oscore_object_is_not_accessible(device: Device, operation: str):
    """An operation on the OSCORE Object is answered 4.01, or as on an Object that the device has not."""
    await device.registered()
    await device.control()
    match operation:
        case "read":
            answer = await device.read("/21/0")
        case "discover":
            answer = await device.discover("/21")
        case _:
            answer = await device.delete("/21/0")
    absent = one_of(NOT_FOUND, BAD_REQUEST, METHOD_NOT_ALLOWED)
    expect_unauthorized(device, answer, tolerated=UNAUTHORIZED if device.context.ics["oscore"] else absent)


@testcase(
    "DM-SEC-06",
    verifies=["HLF-031", "SEC-002"],
    clause="LwM2M Core 1.1.1 §6.3",
    applies="device & lwm2m >= 1.1 & read_composite",
)
@vary(format=[ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR])
@vary(path=["/0", "/0/0/0"])
async def test_security_object_is_not_read_among_others(device: Device, format: ContentFormat, path: str):
    """A Read-Composite that names the Security Object gives nothing of it."""
    device.need_format(format)
    await device.registered()
    await device.control()
    answer = await device.read_composite([device.server_object / 1, path], format, format)
    answer.expect(code=one_of(UNAUTHORIZED, CONTENT), tolerated={"code": code_class(4)})
    if answer.code == CONTENT:
        answer.note("the Security Object was left out instead of the operation refused")
        account = (f"/0/{instance}/{resource}" for instance in range(4) for resource in range(18))
        answer.expect(resources=excluding(*account))
