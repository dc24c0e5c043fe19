"""What one end of an association offers, shows, and demands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from conformance.dtls.agreement import NamedGroup
from conformance.dtls.credentials import Certificate, Credential, Psk, PskStore, RawPublicKey
from conformance.dtls.extensions import FRAGMENT_LENGTHS, CertificateType
from conformance.dtls.records import MAXIMUM_PLAINTEXT
from conformance.dtls.session import Session, SessionCache
from conformance.dtls.signature import SignatureAlgorithm
from conformance.dtls.suites import CipherSuite
from conformance.dtls.trust import CertificateCheck, ExpectedPublicKeys

MINIMUM_MTU = 128
MINIMUM_RECORD_SIZE = 64
"""RFC 8449 §4."""


@dataclass(frozen=True)
class Configuration:
    """One end of an association.

    Sizes in bytes, times in seconds. `suites` in order of preference; a server follows its own order. A peer
    may show a raw public key if `public_keys` is set, a certificate chain if `certificates` is.
    """

    suites: tuple[CipherSuite, ...]
    credentials: tuple[Credential, ...] = ()
    psk_store: PskStore | None = None
    """Server: the pre-shared keys of its clients."""
    identity_hint: bytes | None = None
    """Server: sent in the ServerKeyExchange of PSK suites; None sends none (RFC 4279 §2)."""
    public_keys: ExpectedPublicKeys | None = None
    certificates: CertificateCheck | None = None
    heeds_offer: bool = True
    """Server: choose among the suites that the client offers, as RFC 5246 §7.4.1.3 demands."""
    verify_peer: bool = True
    """Server: ask for the client's certificate, and refuse a client that shows none."""
    groups: tuple[NamedGroup, ...] = (NamedGroup.SECP256R1, NamedGroup.SECP384R1)
    signature_algorithms: tuple[SignatureAlgorithm, ...] = tuple(SignatureAlgorithm)
    server_name: str | None = None
    """Client: the DNS name to send (RFC 6066 §3)."""
    extended_master_secret: bool = True
    require_extended_master_secret: bool = False
    encrypt_then_mac: bool = True
    cid: bytes | None = None
    """The Connection ID that the peer is to put into its records (RFC 9146).

    Empty: the peer needs none, but we use the one that it asks for. None: no Connection IDs.
    """
    renegotiation_info: Literal["extension", "scsv"] | None = "extension"
    """How RFC 5746 is indicated; a server that has not None answers both kinds."""
    max_fragment_length: int | None = None
    """Client: ask for records of 512, 1024, 2048 or 4096 bytes (RFC 6066 §4); a server always agrees."""
    record_size_limit: int | None = None
    """The largest protected record that we take (RFC 8449)."""
    session: Session | None = None
    """Client: the session to resume."""
    sessions: SessionCache | None = None
    """Server: where sessions are kept; None gives none out."""
    cookie_secret: bytes | None = None
    """Server: demand a cookie made with this secret (RFC 6347 §4.2.1); None demands none."""
    refuse_undecryptable: bool = False
    """Answer a first record under new keys that is not authentic with the alert decrypt_error.

    That is how a wrong pre-shared key shows. Otherwise it is dropped in silence (RFC 6347 §4.1.2.7).
    """
    mtu: int = 1200
    initial_timeout: float = 1.0
    max_retransmits: int = 6
    key_log: Callable[[str], None] | None = field(default=None, repr=False)
    """Told of each association's line of an NSS key log."""

    def __post_init__(self) -> None:
        """ValueError for what cannot work, with what would."""
        if not self.suites:
            raise ValueError("no cipher suite: name at least one")
        if self.mtu < MINIMUM_MTU:
            raise ValueError(f"an MTU of {self.mtu} bytes is too small; at least {MINIMUM_MTU}")
        if self.cid is not None and len(self.cid) > 255:
            raise ValueError(f"a Connection ID has at most 255 bytes, not {len(self.cid)}")
        if self.max_fragment_length not in (None, *FRAGMENT_LENGTHS.values()):
            raise ValueError(
                f"max_fragment_length is one of {', '.join(map(str, FRAGMENT_LENGTHS.values()))}"
            )
        limit = self.record_size_limit
        if limit is not None and not MINIMUM_RECORD_SIZE <= limit <= MAXIMUM_PLAINTEXT:
            raise ValueError(
                f"record_size_limit is from {MINIMUM_RECORD_SIZE} to {MAXIMUM_PLAINTEXT} bytes, not {limit}"
            )

    @property
    def psk(self) -> Psk | None:
        """A client's pre-shared key."""
        return next((each for each in self.credentials if isinstance(each, Psk)), None)

    @property
    def signers(self) -> tuple[RawPublicKey | Certificate, ...]:
        """The credentials that prove themselves by a signature."""
        return tuple(each for each in self.credentials if not isinstance(each, Psk))

    @property
    def own_certificate_types(self) -> tuple[CertificateType, ...]:
        """What we can show, in the order of the credentials."""
        return tuple(dict.fromkeys(certificate_type(signer) for signer in self.signers))

    @property
    def peer_certificate_types(self) -> tuple[CertificateType, ...]:
        """What the peer may show; a raw public key first."""
        accepted = []
        if self.public_keys is not None:
            accepted.append(CertificateType.RAW_PUBLIC_KEY)
        if self.certificates is not None:
            accepted.append(CertificateType.X509)
        return tuple(accepted)

    def signer(self, type: int) -> RawPublicKey | Certificate | None:
        """The credential to show where this certificate type was agreed on."""
        return next((each for each in self.signers if certificate_type(each) == type), None)


def certificate_type(signer: RawPublicKey | Certificate) -> CertificateType:
    """How a credential is shown in a Certificate message."""
    return CertificateType.X509 if isinstance(signer, Certificate) else CertificateType.RAW_PUBLIC_KEY
