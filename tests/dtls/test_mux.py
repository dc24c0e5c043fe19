"""Many associations on one socket: nobody is disturbed by what belongs to another, or to an earlier time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.dtls import mux
from conformance.dtls.association import Association
from conformance.dtls.client import Client
from conformance.dtls.configuration import Configuration
from conformance.dtls.events import ApplicationData, Closed, Discarded, Established, Failed
from conformance.dtls.hello import ClientHello
from conformance.dtls.message import Fragment
from conformance.dtls.mux import Address, Moved, Mux, Peer, PeerEvent, Replaced
from conformance.dtls.random_source import seeded
from conformance.dtls.records import ContentType, Record
from tests.dtls.modes import CBC, Mode, psk, x509

HERE: Address = ("192.0.2.1", 40001)
THERE: Address = ("192.0.2.2", 40002)


class Network:
    """A server's mux, and clients at addresses; every datagram that reaches the server is kept."""

    def __init__(self, server: Configuration | None = None, cid_length: int | None = None) -> None:
        self.mux = Mux(seeded("mux"), server or psk().server, cid_length=cid_length)
        self.clients: dict[Address, Association] = {}
        self.to_server: list[tuple[bytes, Address]] = []
        self.events: list[tuple[Peer, PeerEvent]] = []
        self.now = 0.0

    def client(self, address: Address, config: Configuration | None = None, seed: int = 1) -> Client:
        client = Client(config or psk().client, seeded(f"{address} {seed}"))
        self.clients[address] = client
        client.start(self.now)
        return client

    def run(self) -> None:
        busy = True
        while busy:
            busy = False
            for address, client in list(self.clients.items()):
                for data in client.outgoing():
                    self.to_server.append((data, address))
                    self.mux.receive(data, address, self.now)
                    busy = True
            for data, address in self.mux.outgoing():
                if address in self.clients:
                    self.clients[address].receive(data, self.now)
                    busy = True
            self.events += self.mux.events()

    def of(self, kind: type[PeerEvent]) -> list[PeerEvent]:
        return [event for _, event in self.events if isinstance(event, kind)]

    def says(self, address: Address, data: bytes) -> list[bytes]:
        self.events.clear()
        self.clients[address].send(data, self.now)
        self.run()
        return [event.data for event in self.of(ApplicationData) if isinstance(event, ApplicationData)]


def test_clients_are_told_apart() -> None:
    network = Network()
    network.client(HERE)
    network.client(THERE)
    network.run()
    assert len(network.of(Established)) == 2
    assert network.says(HERE, b"from here") == [b"from here"]
    assert network.events[0][0] is network.mux.peer(HERE)
    peer = network.mux.peer(THERE)
    assert peer is not None
    network.mux.send(peer, b"to there", network.now)
    network.run()
    received = [e.data for e in network.clients[THERE].events() if isinstance(e, ApplicationData)]
    assert received == [b"to there"]


def test_a_client_without_cookie_leaves_nothing_behind() -> None:
    network = Network()
    client = network.client(HERE)
    (hello,) = client.outgoing()
    for port in range(100):
        network.mux.receive(hello, ("192.0.2.9", port + 1), 0.0)
    assert len(network.mux.outgoing()) == 100
    assert [asked.address[1] for asked in network.mux.cookies_asked()] == list(range(1, 101))
    assert not list(network.mux)
    assert network.mux.next_timeout is None


@pytest.mark.parametrize("cookie", [b"secret", None])
def test_replayed_datagrams_disturb_nobody(cookie: bytes | None) -> None:
    network = Network(replace(psk().server, cookie_secret=cookie))
    network.client(HERE)
    network.run()
    peer = network.mux.peer(HERE)
    for data, address in list(network.to_server):
        network.mux.receive(data, address, network.now)
    network.run()
    assert network.mux.peer(HERE) is peer
    assert not network.of(Failed)
    assert network.says(HERE, b"still here") == [b"still here"]
    assert peer is not None
    network.mux.send(peer, b"still there", network.now)
    network.run()
    assert b"still there" in [
        e.data for e in network.clients[HERE].events() if isinstance(e, ApplicationData)
    ]


def test_a_hello_of_another_handshake_leaves_the_association_alone_until_it_completes() -> None:
    network = Network()
    network.client(HERE)
    network.run()
    first = network.mux.peer(HERE)
    old = network.clients[HERE]
    newcomer = Client(psk().client, seeded("newcomer"))
    newcomer.start(0.0)
    for _ in range(2):
        for data in newcomer.outgoing():
            network.mux.receive(data, HERE, 0.0)
        for data, _address in network.mux.outgoing():
            newcomer.receive(data, 0.0)
    assert len(list(network.mux)) == 2
    assert network.says(HERE, b"the first is well") == [b"the first is well"]
    assert network.mux.peer(HERE) is first
    network.clients[HERE] = newcomer
    network.run()
    assert [peer for peer, event in network.events if isinstance(event, Replaced)] == [first]
    assert network.says(HERE, b"the second") == [b"the second"]
    assert len(list(network.mux)) == 1
    old.send(b"too late", 0.0)
    (late,) = old.outgoing()
    network.mux.receive(late, HERE, 0.0)
    network.run()
    assert network.of(Discarded)


def test_an_unfinished_handshake_gives_way_to_a_new_one() -> None:
    network = Network()
    client = network.client(HERE)
    for _ in range(2):
        for data in client.outgoing():
            network.mux.receive(data, HERE, 0.0)
        for data, _address in network.mux.outgoing():
            client.receive(data, 0.0)
    network.client(HERE, seed=2)
    network.run()
    assert network.of(Replaced)
    assert network.says(HERE, b"restarted") == [b"restarted"]


@pytest.mark.parametrize("mode", [psk(), psk(CBC), x509()], ids=["psk", "cbc", "x509"])
def test_a_connection_id_follows_its_client(mode: Mode) -> None:
    network = Network(mode.server, cid_length=6)
    client = network.client(HERE, replace(mode.client, cid=b""))
    network.run()
    assert network.says(HERE, b"here") == [b"here"]
    network.clients = {THERE: client}
    assert network.says(THERE, b"there") == [b"there"]
    assert network.of(Moved) == [Moved(HERE, THERE)]
    peer = network.mux.peer(THERE)
    assert peer is not None
    assert network.mux.peer(HERE) is None
    network.mux.send(peer, b"to the new address", network.now)
    network.run()
    assert b"to the new address" in [e.data for e in client.events() if isinstance(e, ApplicationData)]


def test_only_a_new_and_genuine_record_moves_a_client() -> None:
    network = Network(cid_length=6)
    client = network.client(HERE, replace(psk().client, cid=b""))
    network.run()
    client.send(b"data", 0.0)
    (data,) = client.outgoing()
    changed = data[:-1] + bytes([data[-1] ^ 1])
    network.mux.receive(changed, THERE, 0.0)
    network.mux.receive(data, HERE, 0.0)
    network.mux.receive(data, THERE, 0.0)
    network.run()
    assert not network.of(Moved)
    assert network.mux.peer(HERE) is not None
    reasons = [event.reason.value for event in network.of(Discarded) if isinstance(event, Discarded)]
    assert reasons == ["not authentic", "replayed or too old"]


def test_what_belongs_to_nobody_is_told() -> None:
    network = Network()
    network.mux.receive(b"\x17\xfe\xfd\x00\x01" + bytes(6) + b"\x00\x01x", HERE, 0.0)
    network.mux.receive(b"garbage", HERE, 0.0)
    assert [stray.address for stray in network.mux.strays()] == [HERE, HERE]
    assert not network.mux.outgoing()


def test_an_ended_association_is_forgotten() -> None:
    network = Network()
    client = network.client(HERE)
    network.run()
    client.close(0.0)
    network.run()
    assert network.of(Closed) == [Closed("peer")]
    assert not list(network.mux)


def test_one_socket_can_be_client_and_server() -> None:
    server = Network()
    device = Mux(seeded("device"))
    peer = device.connect(psk().client, ("192.0.2.5", 5684), 0.0)
    for _ in range(6):
        for data, _address in device.outgoing():
            server.mux.receive(data, HERE, 0.0)
        for data, address in server.mux.outgoing():
            assert address == HERE
            device.receive(data, ("192.0.2.5", 5684), 0.0)
    assert peer.established
    assert device.next_timeout is None


def test_a_hello_in_pieces_is_answered() -> None:
    network = Network()
    client = network.client(HERE, replace(x509().client, mtu=128))
    network.mux = Mux(seeded("mux"), replace(x509().server, mtu=200))
    network.run()
    assert client.established
    assert network.says(HERE, b"data") == [b"data"]


def test_the_first_hello_has_the_number_0() -> None:
    network = Network()
    hello = ClientHello(bytes(32), (0xC0A8,))
    late = Fragment.whole(hello.type, 3, hello.body())
    network.mux.receive(bytes(Record(ContentType.HANDSHAKE, 0, 0, bytes(late))), HERE, 0.0)
    assert "message_seq above 0" in network.mux.strays()[0].reason
    assert not network.mux.outgoing()


@pytest.mark.parametrize("fragment", [b"\x01\x00", b"\x01\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x03abc"])
def test_a_hello_that_cannot_be_read_ends_nobody(fragment: bytes) -> None:
    network = Network()
    network.client(HERE)
    network.run()
    network.mux.receive(bytes(Record(ContentType.HANDSHAKE, 0, 0, fragment)), HERE, 0.0)
    assert network.says(HERE, b"still here") == [b"still here"]


def test_a_client_of_ours_may_hand_out_connection_ids() -> None:
    server = Network(replace(psk().server, cid=b""))
    device = Mux(seeded("device"))
    there: Address = ("192.0.2.5", 5684)
    peer = device.connect(replace(psk().client, cid=b"mine"), there, 0.0)
    for _ in range(4):
        for data, _address in device.outgoing():
            server.mux.receive(data, HERE, 0.0)
        for data, _address in server.mux.outgoing():
            device.receive(data, there, 0.0)
    (known,) = list(server.mux)
    server.mux.send(known, b"data", 0.0)
    ((data, _),) = server.mux.outgoing()
    device.receive(data, THERE, 0.0)
    assert peer.address == THERE
    assert Moved(there, THERE) in [event for _, event in device.events()]


def test_a_flood_of_hellos_leaves_no_more_than_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without cookies each hello is the beginning of an association; who is there already goes on."""
    monkeypatch.setattr(mux, "MAXIMUM_UNFINISHED", 4)
    network = Network(psk().both(cookie_secret=None).server)
    network.client(HERE)
    network.run()
    (hello,) = [data for data, _ in network.to_server][:1]
    for port in range(20):
        network.mux.receive(hello, ("192.0.2.3", 50_000 + port), network.now)
    unfinished = [peer.address[1] for peer in network.mux if not peer.established]
    assert unfinished == [50_016, 50_017, 50_018, 50_019]
    assert network.says(HERE, b"still here") == [b"still here"]
