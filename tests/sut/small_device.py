"""A device of a few lines on a bare socket: it registers, keeps what it saw, answers from a table."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from conformance.coap.codec import decode, encode
from conformance.coap.message import Code, Message, Option, OptionNumber, Type

TEXT, LINKS, TLV = 0, 40, 11542
_ANSWER_LIMIT = 5.0


@dataclass(frozen=True)
class Content:
    """What the device answers to a GET of one path."""

    format: int
    payload: bytes


class SmallDevice(asyncio.DatagramProtocol):
    """Answers a GET from ``contents``, everything else with success; ``seen`` has all messages both ways."""

    def __init__(self, uri: str, endpoint: str, contents: Mapping[str, Content]) -> None:
        host, _, port = uri.removeprefix("coap://").rpartition(":")
        self._server = (host, int(port))
        self.endpoint = endpoint
        self.contents = contents
        self.seen: list[str] = []
        self.requests: list[Message] = []
        self.asked_from: Any = None
        self._mid = 100
        self._waiting: dict[bytes, asyncio.Future[Message]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> "SmallDevice":
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._transport is not None
        self._transport.close()

    async def register(self, links: str, lifetime: int = 60, version: str = "1.1") -> Message:
        query = [f"ep={self.endpoint}", f"lt={lifetime}", f"lwm2m={version}", "b=U"]
        return await self.post("/rd", query, links.encode(), LINKS)

    async def post(
        self, path: str, query: Sequence[str] = (), payload: bytes = b"", content_format: int | None = None
    ) -> Message:
        """Send a Confirmable POST and give the answer; raises TimeoutError where none comes."""
        self._mid += 1
        segments = path.strip("/").split("/")
        options = [Option.string(OptionNumber.URI_PATH, segment) for segment in segments]
        options += [Option.string(OptionNumber.URI_QUERY, each) for each in query]
        if content_format is not None:
            options.append(Option.uint(OptionNumber.CONTENT_FORMAT, content_format))
        token = self._mid.to_bytes(2, "big")
        request = Message(Type.CON, Code.POST, self._mid, token, tuple(options), payload)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[token] = answer
        self.send(request)
        return await asyncio.wait_for(answer, _ANSWER_LIMIT)

    def send(self, message: Message, address: Any = None) -> None:
        assert self._transport is not None
        self.seen.append(f"device {message.summary()}")
        self._transport.sendto(encode(message), address or self._server)

    def datagram_received(self, data: bytes, address: Any) -> None:
        message = decode(data)
        self.seen.append(f"server {message.summary()} {message.payload[:24].hex()}".rstrip())
        if message.is_response and message.token in self._waiting:
            self._waiting.pop(message.token).set_result(message)
        elif message.is_request:
            self.requests.append(message)
            self.asked_from = address
            self.send(self.answer(message), address)

    def answer(self, request: Message) -> Message:
        kind = Type.ACK if request.type is Type.CON else Type.NON
        code = Code.DELETED if request.code == Code.DELETE else Code.CHANGED
        answer = Message(kind, code, request.mid, request.token)
        if request.code != Code.GET:
            return answer
        content = self.contents.get("/" + "/".join(request.uri_path))
        if content is None:
            return answer.with_(code=Code.NOT_FOUND)
        options = [Option.uint(OptionNumber.CONTENT_FORMAT, content.format)]
        if request.observe == 0:
            options.append(Option.uint(OptionNumber.OBSERVE, 1))
        return answer.with_(code=Code.CONTENT, options=tuple(options), payload=content.payload)
