"""The implementations that the engine meets."""

from __future__ import annotations

from tests.dtls.peers.gnutls import GnuTLS
from tests.dtls.peers.openssl import OpenSSL
from tests.dtls.peers.peer import Peer
from tests.dtls.peers.pyopenssl import PyOpenSSL
from tests.dtls.peers.scandium import Scandium

SCANDIUM = Scandium()
PEERS: tuple[Peer, ...] = (OpenSSL(), GnuTLS(), SCANDIUM, PyOpenSSL())
