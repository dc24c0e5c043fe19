"""A security context of one end: keys derived from shared parameters, sequence number and replay window."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from aiocoap import oscore

WINDOW = 32
"""Sequence numbers that the replay window covers (RFC 8613 §3.2.2)."""


@dataclass(frozen=True)
class Parameters:
    """What both ends derive their context from (RFC 8613 §3.2), seen from one of them.

    The algorithms are the mandatory ones: AES-CCM-16-64-128 and HKDF with SHA-256.
    """

    sender_id: bytes
    recipient_id: bytes
    master_secret: bytes
    master_salt: bytes = b""
    id_context: bytes | None = None
    first: int = field(default=0, kw_only=True)
    """The sequence number with which the tester begins."""

    @property
    def mirrored(self) -> Parameters:
        """The same parameters, seen from the other end."""
        return replace(self, sender_id=self.recipient_id, recipient_id=self.sender_id)


class SecurityContext(oscore.CanProtect, oscore.CanUnprotect, oscore.SecurityContextUtils):  # type: ignore[misc]
    """A context that begins with the sequence number `first` and an empty replay window.

    `decrypted` are the plaintext and the request identifiers of the message that was unprotected last, as
    they are before aiocoap reads the options.

    Raises:
        ValueError: an ID is longer than the nonce has room for (RFC 8613 §3.3).
    """

    echo_recovery = None

    def __init__(self, parameters: Parameters, first: int | None = None) -> None:
        self.alg_aead = oscore.algorithms["AES-CCM-16-64-128"]
        longest = self.alg_aead.iv_bytes - 6
        for name in ("sender_id", "recipient_id"):
            if len(getattr(parameters, name)) > longest:
                raise ValueError(f"{name} has more than {longest} bytes, which a nonce has no room for")
        self.parameters = parameters
        self.hashfun = oscore.hashfunctions["sha256"]
        self.sender_id, self.recipient_id = parameters.sender_id, parameters.recipient_id
        self.id_context = parameters.id_context
        self.sender_sequence_number = parameters.first if first is None else first
        self.recipient_replay_window = oscore.ReplayWindow(WINDOW, lambda: None)
        self.recipient_replay_window.initialize_empty()
        self.decrypted: tuple[bytes, Any] | None = None
        self.derive_keys(parameters.master_salt, parameters.master_secret)

    def post_seqnoincrease(self) -> None:
        """The sequence number lives as long as the context: nothing is stored."""

    def _post_decrypt_checks(
        self, aad: Any, plaintext: bytes, protected_message: Any, request_id: Any
    ) -> None:
        self.decrypted = plaintext, request_id
