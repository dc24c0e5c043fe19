"""A small HTTP client for a SUT's own API: one request, and a stream of server-sent events."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LARGEST_BODY = 8 << 20
LONGEST_LINE = 1 << 20
LARGEST_HEAD = 200
"""Octets of a body, octets of a line, lines of a head: an answer with more is none."""


_STATUS = re.compile("[1-5][0-9][0-9]")


class WebError(OSError):
    """No HTTP answer came, or none that can be read."""


@dataclass(frozen=True)
class WebAnswer:
    """Status code and body of an HTTP answer."""

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON, None where it is not."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            return None


async def ask(base: str, method: str, target: str, body: str = "", content_type: str = "") -> WebAnswer:
    """One request on a connection of its own, which HTTP/1.0 ends with the answer; raises WebError."""
    headers = {"Content-Type": content_type, "Content-Length": str(len(body.encode()))} if body else {}
    reader, writer = await _request(base, method, target, headers, body)
    try:
        status = await _head(reader)
        came = bytearray()
        while chunk := await reader.read(1 << 16):
            came += chunk
            if len(came) > LARGEST_BODY:
                raise WebError(f"the body of the answer has more than {LARGEST_BODY >> 20} MiB")
        return WebAnswer(status, came.decode(errors="replace"))
    except OSError as error:
        raise WebError(f"{method} {target}: {error}") from None
    finally:
        writer.close()


class EventStream:
    """Server-sent events (HTML Living Standard, 9.2) as pairs of name and data. Made by ``open``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, base: str, target: str) -> "EventStream":
        """Subscribe, and wait until the SUT has taken the subscription; raises WebError."""
        reader, writer = await _request(base, "GET", target, {"Accept": "text/event-stream"}, "")
        try:
            status = await _head(reader)
            if status != 200:
                raise WebError(f"GET {target} was answered {status}, expected a stream of events")
        except BaseException:
            writer.close()
            raise
        return cls(reader, writer)

    async def __aiter__(self) -> AsyncIterator[tuple[str, str]]:
        name, data = "message", list[str]()
        while line := await _line(self._reader):
            field, _, value = line.rstrip("\r\n").partition(":")
            value = value.removeprefix(" ")
            if field == "event":
                name = value
            elif field == "data":
                data.append(value)
                if sum(map(len, data)) > LARGEST_BODY:
                    raise WebError(f"an event has more than {LARGEST_BODY >> 20} MiB")
            elif not field and not value:
                if data:
                    yield name, "\n".join(data)
                name, data = "message", []

    def close(self) -> None:
        self._writer.close()


async def _request(
    base: str, method: str, target: str, headers: Mapping[str, str], body: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    address = urlsplit(base)
    try:
        reader, writer = await asyncio.open_connection(
            address.hostname, address.port or 80, limit=LONGEST_LINE
        )
    except OSError as error:
        raise WebError(f"{base}: {error}") from None
    head = [f"{method} {target} HTTP/1.0", f"Host: {address.netloc}"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join([*head, "", body]).encode())
    return reader, writer


async def _head(reader: asyncio.StreamReader) -> int:
    """The status code; the rest of the head is read over."""
    words = (await _line(reader)).split()
    if len(words) < 2 or not words[0].startswith("HTTP/") or not _STATUS.fullmatch(words[1]):
        raise WebError(f"no HTTP answer: {' '.join(words)[:80] or 'the connection was closed'}")
    for _ in range(LARGEST_HEAD):
        if not (await _line(reader)).strip():
            return int(words[1])
    raise WebError(f"the head of the answer has more than {LARGEST_HEAD} lines")


async def _line(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readline()).decode(errors="replace")
    except OSError as error:
        raise WebError(str(error)) from None
    except ValueError:
        raise WebError(f"a line of the answer has more than {LONGEST_LINE >> 20} MiB") from None
