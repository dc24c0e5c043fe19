"""A device of the standard library alone that starts in milliseconds: right, or bad in one named way.

tiny_device.py MODE SERVER_URI ENDPOINT LIFETIME LWM2M
"""

import contextlib
import os
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence

CON, NON, ACK, RST = range(4)
GET, POST, PUT = 1, 2, 3
CONTENT, CHANGED, NOT_FOUND, NOT_ACCEPTABLE = 0x45, 0x44, 0x84, 0x86
URI_PATH, CONTENT_FORMAT, URI_QUERY, ACCEPT = 11, 12, 15, 17

Options = Sequence[tuple[int, bytes]]


def message(
    kind: int, code: int, mid: int, token: bytes, options: Options = (), payload: bytes = b""
) -> bytes:
    data, last = bytearray([0x40 | kind << 4 | len(token), code, mid >> 8, mid & 255]) + token, 0
    for number, value in options:
        delta, length = number - last, len(value)
        last = number
        data.append(delta << 4 | min(length, 13))
        if length >= 13:
            data.append(length - 13)
        data += value
    return bytes(data + (b"\xff" + payload if payload else b""))


def parse(data: bytes) -> tuple[int, int, int, bytes, Options, bytes]:
    token_end = 4 + (data[0] & 15)
    options: list[tuple[int, bytes]] = []
    number, at = 0, token_end
    while at < len(data) and data[at] != 0xFF:
        delta, length = data[at] >> 4, data[at] & 15
        at += 1
        if delta == 13:
            delta, at = data[at] + 13, at + 1
        if length == 13:
            length, at = data[at] + 13, at + 1
        number += delta
        options.append((number, data[at : at + length]))
        at += length
    kind, code, mid = data[0] >> 4 & 3, data[1], int.from_bytes(data[2:4], "big")
    return kind, code, mid, data[4:token_end], options, data[at + 1 :]


class Device:
    def __init__(self, mode: str, server_uri: str, endpoint: str, lifetime: str, lwm2m: str) -> None:
        host, _, port = server_uri.removeprefix("coap://").rpartition(":")
        self.server = (host, int(port))
        self.mode, self.endpoint, self.lifetime, self.lwm2m = mode, endpoint, lifetime.encode(), lwm2m
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.answering = self.socket
        self.registered = False

    def send(self, data: bytes) -> None:
        self.answering.sendto(data, self.server)

    def register(self) -> None:
        query = [f"ep={self.endpoint}", f"lt={self.lifetime.decode()}", f"lwm2m={self.lwm2m}", "b=U"]
        options = [(URI_PATH, b"rd"), (CONTENT_FORMAT, b"\x28"), *((URI_QUERY, q.encode()) for q in query)]
        links = (
            '</1/0>,</3>;ver="abc",</\u00b2/0>,</99999/0>,</1/x>' if self.mode == "odd" else "</1/0>,</3/0>"
        )
        self.send(message(CON, POST, 1, b"\x01", options, links.encode()))

    def serve(self) -> None:
        while True:
            self.socket.settimeout(None if self.registered else 0.3)
            try:
                data, _ = self.socket.recvfrom(65535)
            except (TimeoutError, ConnectionRefusedError):
                self.register()
                continue
            kind, code, mid, token, options, payload = parse(data)
            if not self.registered and kind == ACK and mid == 1:
                self.registered = True
                getattr(self, "after_" + self.mode, lambda: None)()
            if kind == CON and 0 < code < 32 and self.mode != "mute":
                self.answer(code, mid, token, options, payload)

    def answer(self, code: int, mid: int, token: bytes, options: Options, payload: bytes) -> None:
        path = [value.decode() for number, value in options if number == URI_PATH]
        accept = next((int.from_bytes(value, "big") for number, value in options if number == ACCEPT), 0)
        if path != ["1", "0", "1"]:
            self.send(message(ACK, NOT_FOUND, mid, token))
        elif code == PUT:
            self.lifetime = payload
            self.send(message(ACK, CHANGED, mid, token))
        elif accept:
            self.send(message(ACK, NOT_ACCEPTABLE, mid, token))
        else:
            self.send(message(ACK, CONTENT, mid, token, [(CONTENT_FORMAT, b"")], self.lifetime))

    def after_elsewhere(self) -> None:
        self.answering = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def after_dies(self) -> None:
        sys.exit("out of memory")

    def after_garbage(self) -> None:
        chance = random.Random(7)
        self.send(chance.randbytes(60_000))
        for _ in range(64):
            self.send(chance.randbytes(1024))

    def after_flood(self) -> None:
        for number in range(20_000):
            ping = [(URI_PATH, b"rd"), (URI_QUERY, f"ep=flood-{number}".encode())]
            self.send(message(NON, POST, 1000 + number, number.to_bytes(2, "big"), ping))


def chatter() -> None:
    line = b"x" * 1023 + b"\n"
    while True:
        for _ in range(100):
            sys.stdout.buffer.write(line)
        sys.stdout.flush()
        time.sleep(0.1)


def main(mode: str, *how: str) -> None:
    signal.signal(signal.SIGTERM, lambda number, frame: os._exit(0))
    sys.stdout.write(f"tiny device {mode}\n")
    sys.stdout.flush()
    if mode == "exits":
        sys.exit("no licence found")
    if mode == "silent":
        threading.Event().wait()
    if mode == "noisy":
        threading.Thread(target=chatter, daemon=True).start()
    device = Device(mode, *how)
    device.register()
    with contextlib.suppress(KeyboardInterrupt):
        device.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
