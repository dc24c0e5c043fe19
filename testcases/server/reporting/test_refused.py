"""Observations that a device refuses, of one path and of several (LwM2M Transport 1.1.1 §6.7)."""

from conformance.coap.codes import Code
from conformance.messages import Observe, ObserveComposite
from conformance.roles.server import Server
from conformance.testcase import testcase

SENSOR, BATTERY = "/3303/0/5700", "/3/0/9"
CODES = {
    "4.00": Code.BAD_REQUEST,
    "4.01": Code.UNAUTHORIZED,
    "4.04": Code.NOT_FOUND,
    "4.05": Code.METHOD_NOT_ALLOWED,
    "4.06": Code.NOT_ACCEPTABLE,
    "5.00": Code.INTERNAL_SERVER_ERROR,
}


@testcase(
    "SIR-OBS-10",
    verifies=["HLF-017", "HLF-036"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="server & verb_observe",
)
async def test_every_refusal_of_an_observe_is_told(server: Server) -> None:
    """Each error code that LwM2M lists for Observe reaches the user as it is."""
    device = await server.registered()
    for code, answer in CODES.items():
        device.answer_next(Observe, answer)
        result = await server.observe(device, SENSOR)
        await device.next(Observe, name=f"observe-{code}")
        result.expect(name=f"result-{code}", outcome="response", code=code)


@testcase(
    "SIR-CMP-06",
    verifies=["HLF-017", "HLF-035", "HLF-036"],
    clause="LwM2M Transport 1.1.1 §6.7",
    applies="server & verb_observe_composite & lwm2m >= 1.1",
)
async def test_every_refusal_of_an_observe_composite_is_told(server: Server) -> None:
    """Each error code that LwM2M lists for Observe-Composite reaches the user as it is."""
    device = await server.registered()
    for code, answer in CODES.items():
        device.answer_next(ObserveComposite, answer)
        result = await server.observe_composite(device, [SENSOR, BATTERY])
        await device.next(ObserveComposite, name=f"observe-composite-{code}")
        result.expect(name=f"result-{code}", outcome="response", code=code)
