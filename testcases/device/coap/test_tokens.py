"""Tokens: every response carries that of its request (RFC 7252 §5.3.1)."""

from conformance.coap.codes import Code
from conformance.formats import ContentFormat
from conformance.matching import code_class
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, NOT_FOUND
from conformance.roles import Answer, Device
from conformance.testcase import testcase, vary

NOWHERE = Path(60_000, 0, 0)


async def get(device: Device, path: Path, token: bytes) -> Answer:
    """Read a path with a given token."""
    limit = device.ixit.reaction_time
    exchange = await device.endpoint.request(
        device.current.remote,
        Code.GET,
        path=(*device.current.prefix, *path.segments),
        token=token,
        limit=limit,
    )
    return Answer(device.context.record, "response", path, exchange, device.context.type_of, limit=limit)


@testcase(
    "COAP-TOK-01",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §5.3.1",
    applies="device",
)
@vary(length=[1, 2, 8])
async def test_error_response_carries_the_token(device: Device, length: int) -> None:
    """The response that refuses a request carries the token of the request."""
    await device.registered()
    await device.control()
    token = device.context.chance.randbytes(length)
    answer = await get(device, NOWHERE, token)
    answer.expect(token=token.hex(), code=code_class(4))


@testcase(
    "COAP-TOK-02",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §5.3.1",
    applies="device & lifetime_readable",
)
@vary(length=range(9))
async def test_successful_response_carries_the_token(device: Device, length: int) -> None:
    """The response to a Read carries the token of the request, of any length from 0 to 8."""
    await device.registered()
    token = device.context.chance.randbytes(length)
    answer = await get(device, device.server_object / 1, token)
    answer.expect(token=token.hex(), code=CONTENT, value=device.lifetime)


@testcase(
    "COAP-TOK-03",
    verifies=["HLF-012", "HLF-036"],
    clause="RFC 7252 §5.3.1",
    applies="device",
)
async def test_request_without_a_token_is_refused_without_one(device: Device) -> None:
    """The response that refuses a request without a token carries none, and the empty token is no mistake."""
    await device.registered()
    await device.control()
    answer = await get(device, NOWHERE, b"")
    answer.expect(token="", code=NOT_FOUND, tolerated={"code": code_class(4)})


@testcase(
    "COAP-TOK-04",
    verifies=["HLF-012"],
    clause="RFC 7252 §5.3.1",
    applies="device & format_text & ixit.writable_string",
)
async def test_one_token_may_serve_again(device: Device) -> None:
    """A token that was used for a request before may be used for another one, and gets another answer."""
    await device.registered()
    path, token = Path.of(device.ixit.writable_string or ()), b"\xa5"
    for text in ("first", "second"):
        (await device.write(path, text, ContentFormat.TEXT)).require(code=CHANGED)
        answer = await get(device, path, token)
        answer.expect(name=f"{text}-response", token=token.hex(), code=CONTENT, value=text)
