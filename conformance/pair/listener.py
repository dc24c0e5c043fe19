"""Reading along in a pair that speaks DTLS with a pre-shared key: what is inside the datagrams."""

from dataclasses import dataclass
from typing import Literal

from conformance.coap.codec import VERSION
from conformance.dtls.credentials import Psk, PskStore
from conformance.dtls.eavesdropper import Eavesdropper, Overheard
from conformance.dtls.hello import ClientHello, ServerHello
from conformance.transports import Passage
from conformance.transports.udp_proxy import Sender


@dataclass(frozen=True)
class Leak:
    """A datagram in which something went over the wire without protection."""

    sender: Sender
    frame: int
    what: str


class Listener:
    """Knows the key that device and server share.

    `leaks` are the datagrams with something in clear, `unread` frames with what could not be read and why.
    """

    def __init__(self, psk: Psk) -> None:
        self.psk = psk
        self.leaks: list[Leak] = []
        self.unread: list[tuple[int, str]] = []
        self._eavesdropper = Eavesdropper(PskStore([psk]))
        self._path: tuple[object, object] | None = None

    @property
    def client_hello(self) -> ClientHello | None:
        """The newest that the device sent."""
        return self._eavesdropper.client_hello

    @property
    def server_hello(self) -> ServerHello | None:
        """The newest that the server sent."""
        return self._eavesdropper.server_hello

    @property
    def reason(self) -> str:
        """Why the newest handshake cannot be read along; empty if it can, or if there was none so far."""
        return self._eavesdropper.reason(self._path)

    def hear(self, passage: Passage, frame: int) -> Overheard:
        """Take in a datagram, whose number will be `frame`."""
        self._path = (passage.device, passage.server)
        sender: Literal["client", "server"] = "client" if passage.sender == "device" else "server"
        heard = self._eavesdropper.hear(passage.data, sender, self._path)
        if passage.data and passage.data[0] >> 6 == VERSION:
            self.leaks.append(Leak(passage.sender, frame, "plain CoAP"))
        elif heard.clear:
            self.leaks.append(Leak(passage.sender, frame, "application data before any key"))
        elif heard.unread:
            self.unread.append((frame, heard.unread[0]))
        return heard
