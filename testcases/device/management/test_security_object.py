"""Operations of a server on the Security and OSCORE Objects (LwM2M Core 1.1.1 §6.3)."""

from conformance.formats import ContentFormat
from conformance.matching import code_class, excluding, one_of
from conformance.messages.codes import CONTENT, NOT_FOUND, UNAUTHORIZED
from conformance.messages.management import Payload
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Subject


def expect_unauthorized(device: Device, answer: Answer, *, tolerated: object = UNAUTHORIZED) -> None:
    """The operation is refused as unauthorised, and nothing of the account stands in the answer.

    LwM2M 1.0 forbids the access without saying by which code.
    """
    host, port = device.endpoint.local
    keys = device.ixit.secrets()
    secrets = [("URI", f"{host}:{port}".encode())]
    secrets += [("key", octets) for key in keys for octets in (key.encode(), bytes.fromhex(key))]
    told = sorted({name for name, octets in secrets if octets in answer.payload})
    subject = Subject("payload", answer.frame)
    device.context.record.judge("payload.secrets", [], told, subject=subject, what="secrets of the account")
    permitted = code_class(4) if device.context.lwm2m == "1.0" else tolerated
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
    expect_unauthorized(device, await device.discover(path))


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
    expect_unauthorized(device, answer)


@testcase(
    "DM-SEC-05",
    verifies=["HLF-031", "SEC-002"],
    clause="LwM2M Core 1.1.1 §6.3",
    applies="device & lwm2m >= 1.1",
)
@vary(operation=["read", "discover", "delete"])
async def test_oscore_object_is_not_accessible(device: Device, operation: str):
    """An operation on the OSCORE Object is answered 4.01."""
    await device.registered()
    await device.control()
    match operation:
        case "read":
            answer = await device.read("/21/0")
        case "discover":
            answer = await device.discover("/21")
        case _:
            answer = await device.delete("/21/0")
    absent = UNAUTHORIZED if device.context.ics["oscore"] else NOT_FOUND
    expect_unauthorized(device, answer, tolerated=one_of(UNAUTHORIZED, absent))


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
    answer.expect(code=one_of(UNAUTHORIZED, CONTENT))
    if answer.code == CONTENT:
        answer.note("the Security Object was left out instead of the operation refused")
        answer.expect(resources=excluding(*(f"/0/0/{resource}" for resource in range(18))))
