"""Read of what is not there (LwM2M Core 1.1.1 §6.3.1, LwM2M Transport 1.1.1 §6.7).

Table 6.7-3 gives 4.04 for a path that is not found, and 4.00 for an undetermined error, without saying that
the one excludes the other; a device may look for the right (4.01) or the operation (4.05) before.
"""

from conformance.coap.codes import Code
from conformance.matching import code_class, one_of
from conformance.messages.codes import BAD_REQUEST, METHOD_NOT_ALLOWED, NOT_FOUND, UNAUTHORIZED
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary
from conformance.verdicts import Level

OTHER_ERRORS = {"code": one_of(BAD_REQUEST, UNAUTHORIZED, METHOD_NOT_ALLOWED)}


@testcase(
    "DM-READ-20",
    verifies=["HLF-020"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="device",
)
@vary(path=["/65000", "/65000/0", "/65000/0/0"])
async def test_unknown_object_is_not_found(device: Device, path: str):
    """A Read below an Object that the device has not is answered 4.04."""
    await device.registered()
    await device.control()
    (await device.read(path)).expect(code=NOT_FOUND, tolerated=OTHER_ERRORS)


@testcase(
    "DM-READ-21",
    verifies=["HLF-020"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="device",
)
@vary(path=["/3/65000", "/3/65000/0"])
async def test_unknown_instance_is_not_found(device: Device, path: str):
    """A Read below an Object Instance that the device has not is answered 4.04."""
    await device.registered()
    await device.control()
    (await device.read(path)).expect(code=NOT_FOUND, tolerated=OTHER_ERRORS)


@testcase(
    "DM-READ-22",
    verifies=["HLF-020", "HLF-034"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="device",
)
@vary(path=["/3/0/65000", "/3/0/65000/0"])
async def test_unknown_resource_is_not_found(device: Device, path: str):
    """A Read of a Resource that the Object has not is answered 4.04."""
    await device.registered()
    await device.control()
    (await device.read(path)).expect(code=NOT_FOUND, tolerated=OTHER_ERRORS)


@testcase(
    "DM-READ-23",
    verifies=["HLF-020", "HLF-034"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="device & lwm2m >= 1.1 & resource_instances",
)
async def test_unknown_resource_instance_is_not_found(device: Device):
    """A Read of a Resource Instance that the Resource has not is answered 4.04."""
    await device.registered()
    await device.control()
    answer = await device.read("/3/0/11/65000")
    answer.expect(code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase(
    "DM-READ-24",
    verifies=["HLF-020"],
    clause="LwM2M Core 1.1.1 §7.3",
    applies="device",
)
@vary(segment=["x", "1x", "-1", "65536"])
async def test_path_that_is_no_number_is_refused(device: Device, segment: str):
    """A Read of a path of which an element is no identifier is an error of the client."""
    await device.registered()
    await device.control()
    limit = device.ixit.reaction_time
    path = (*device.current.prefix, *device.server_object.segments, segment)
    exchange = await device.endpoint.request(device.current.remote, Code.GET, path=path, limit=limit)
    answer = Answer(device.context.record, "read", device.server_object, exchange, limit=limit)
    answer.expect(code=code_class(4), level=Level.SHOULD)
