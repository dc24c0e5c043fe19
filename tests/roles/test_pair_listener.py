"""Between a device and a server that share a key: what is read along, and what should not be readable."""

from conformance.dtls.client import Client
from conformance.dtls.random_source import seeded
from conformance.pair.listener import Leak, Listener
from conformance.transports import Passage
from conformance.transports.udp_proxy import Sender
from tests.dtls.link import connect
from tests.dtls.modes import PSK, psk

DEVICE, FRONT = ("127.0.0.1", 40000), ("127.0.0.1", 40001)
UPSTREAM, SERVER = ("127.0.0.1", 40002), ("127.0.0.1", 40003)
PLAIN = bytes.fromhex("40011234")


def passage(sender: Sender, data: bytes) -> Passage:
    return Passage(sender, data, DEVICE, FRONT, UPSTREAM, SERVER, 0.0)


def test_protected_messages_are_read() -> None:
    link, listener = connect(psk().client, psk().server), Listener(PSK)
    link.handshake()
    link.say(link.client, PLAIN)
    link.say(link.server, PLAIN)
    heard = [
        (frame, data)
        for frame, (sender, datagram) in enumerate(link.carried, 1)
        for data in listener.hear(
            passage("device" if isinstance(sender, Client) else "server", datagram), frame
        ).data
    ]
    assert heard == [(len(link.carried) - 1, PLAIN), (len(link.carried), PLAIN)]
    assert (listener.leaks, listener.unread, listener.reason) == ([], [], "")


def test_plain_coap_is_a_leak_of_its_sender() -> None:
    listener = Listener(PSK)
    assert listener.hear(passage("server", PLAIN), 3).data == ()
    assert listener.leaks == [Leak("server", 3, "plain CoAP")]


def test_application_data_before_any_key_is_a_leak() -> None:
    listener = Listener(PSK)
    link = connect(psk().client, psk().server)
    client = link.client
    client.start(0.0)
    record = client.forge(23, PLAIN)
    assert listener.hear(passage("device", bytes(record)), 1).data == ()
    assert listener.leaks == [Leak("device", 1, "application data before any key")]


def test_what_cannot_be_read_is_told_with_its_frame() -> None:
    listener = Listener(PSK)
    random = seeded("noise")
    listener.hear(passage("device", b"\x17\xfe\xfd\x00\x01" + bytes(6) + b"\x00\x18" + random(24)), 5)
    assert listener.unread == [(5, "a record of keys that are not known")]
