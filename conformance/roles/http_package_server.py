"""The tester as the HTTP server from which a device fetches a package."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus

from conformance.verdicts import CaseRecord

LARGEST_HEAD = 16 * 1024
"""Octets of a request line with its fields; a longer one is not answered."""


@dataclass
class HttpPackageServer:
    """Serves one package at ``/package`` by HTTP/1.1; any other target is answered 404.

    `declared` is a Content-Length other than the right one; `sent` says how many octets of the package go
    out before the connection is closed. `asked` counts the requests. Every request is noted in the record.
    """

    package: bytes
    record: CaseRecord
    host: str
    port: int = 0
    declared: int | None = None
    sent: int | None = None
    asked: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def uri(self, name: str = "package") -> str:
        """The http URI of a target on this server."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/{name}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close the connection."""
        self._open.add(writer)
        try:
            line, *_ = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").splitlines()
            head, body = self._response(line)
            writer.write(head + body)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as problem:
            self.record.note(f"HTTP: no whole request came: {problem}")
        finally:
            self._open.discard(writer)
            writer.close()

    def _response(self, line: str) -> tuple[bytes, bytes]:
        self.asked += 1
        method, _, rest = line.partition(" ")
        target = rest.partition(" ")[0]
        status, body = HTTPStatus.OK, self.package
        if method not in ("GET", "HEAD"):
            status, body = HTTPStatus.METHOD_NOT_ALLOWED, b""
        elif target != "/package":
            status, body = HTTPStatus.NOT_FOUND, b"no such package\n"
        faulty = status is HTTPStatus.OK
        length = self.declared if faulty and self.declared is not None else len(body)
        out = b"" if method == "HEAD" else body[: self.sent] if faulty else body
        self.record.note(f"HTTP: {line[:200]} → {status.value}, Content-Length {length}, {len(out)} B sent")
        fields = {
            "Date": formatdate(usegmt=True),
            "Content-Type": "application/octet-stream",
            "Content-Length": str(length),
            "Connection": "close",
        }
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{head}\r\n".encode("ascii"), out

    def hang_up(self) -> None:
        """Close what is still open."""
        for writer in self._open:
            writer.close()


@asynccontextmanager
async def http_package_server(
    record: CaseRecord, host: str, package: bytes, *, declared: int | None = None, sent: int | None = None
) -> AsyncIterator[HttpPackageServer]:
    """An `HttpPackageServer` on a free port of the tester's address."""
    served = HttpPackageServer(package, record, host, declared=declared, sent=sent)
    listening = await asyncio.start_server(served.serve, host, 0, limit=LARGEST_HEAD)
    served.port = listening.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        listening.close()
        served.hang_up()


@contextmanager
def closed_port(host: str) -> Iterator[int]:
    """A TCP port at which nobody listens while this is open; it is held, so that nobody else can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as held:
        held.bind((host, 0))
        yield held.getsockname()[1]
