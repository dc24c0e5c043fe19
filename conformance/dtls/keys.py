"""The secrets of one handshake, and what client and server make of them."""

from __future__ import annotations

import hashlib
from typing import Literal

from conformance.dtls import key_log
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.handshake import Finished
from conformance.dtls.key_schedule import (
    export,
    extended_master_secret,
    key_block,
    master_secret,
    verify_data,
)
from conformance.dtls.negotiation import Negotiated
from conformance.dtls.protection import Protection

Role = Literal["client", "server"]


class HandshakeKeys:
    """Master secret and the protection of both directions, for the end `role`."""

    def __init__(
        self, role: Role, negotiated: Negotiated, client_random: bytes, server_random: bytes, master: bytes
    ) -> None:
        self.master = master
        self._client_random, self._server_random = client_random, server_random
        block = key_block(negotiated.suite, master, client_random, server_random)
        client, server = (
            Protection(negotiated.suite, keys, negotiated.encrypt_then_mac)
            for keys in (block.client, block.server)
        )
        self.writing, self.reading = (client, server) if role == "client" else (server, client)

    @classmethod
    def agreed(
        cls,
        role: Role,
        negotiated: Negotiated,
        client_random: bytes,
        server_random: bytes,
        premaster: bytes,
        transcript: bytes,
    ) -> HandshakeKeys:
        """From a premaster secret; `transcript` ends with the ClientKeyExchange (RFC 7627 §3)."""
        if negotiated.extended_master_secret:
            master = extended_master_secret(premaster, hashlib.sha256(transcript).digest())
        else:
            master = master_secret(premaster, client_random, server_random)
        return cls(role, negotiated, client_random, server_random, master)

    @property
    def log_line(self) -> str:
        """The line of an NSS key log."""
        return key_log.client_random(self._client_random, self.master)

    def finished(self, sender: Role, transcript: bytes) -> Finished:
        """The Finished that closes this transcript."""
        return Finished(verify_data(self.master, sender, hashlib.sha256(transcript).digest()))

    def require_finished(self, sender: Role, transcript: bytes, shown: Finished) -> None:
        """DtlsError decrypt_error unless the peer saw the same handshake (RFC 5246 §7.4.9)."""
        if shown != self.finished(sender, transcript):
            raise DtlsError(
                AlertDescription.DECRYPT_ERROR, f"the {sender}'s Finished does not fit the handshake"
            )

    def export(self, label: bytes, context: bytes | None, length: int) -> bytes:
        """RFC 5705."""
        return export(self.master, label, context, self._client_random + self._server_random, length)
