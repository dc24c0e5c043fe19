"""The server's side of the hellos: what it chooses of an offer, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.dtls.agreement import NamedGroup
from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Certificate, RawPublicKey
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.extensions import (
    FRAGMENT_LENGTHS,
    UNCOMPRESSED,
    CertificateType,
    Extension,
    ExtensionType,
    empty,
    number,
    number_list,
    read_empty,
    read_number,
    read_number_list,
    read_short_bytes,
    short_bytes,
)
from conformance.dtls.hello import ClientHello
from conformance.dtls.negotiation import (
    Negotiated,
    read_record_size_limit,
    require_first_handshake,
    require_uncompressed,
)
from conformance.dtls.records import DTLS_1_2
from conformance.dtls.session import Session
from conformance.dtls.signature import SignatureAlgorithm
from conformance.dtls.suites import EMPTY_RENEGOTIATION_INFO_SCSV, CipherSuite


@dataclass(frozen=True)
class Choice:
    """A suite with the curve, and the credential with its algorithm, that it is to be used with."""

    suite: CipherSuite
    group: NamedGroup | None = None
    signer: RawPublicKey | Certificate | None = None
    algorithm: SignatureAlgorithm | None = None


@dataclass(frozen=True)
class Offer:
    """What of a ClientHello decides about suites; absent extensions have their defaults."""

    suites: tuple[int, ...]
    groups: tuple[int, ...]
    algorithms: tuple[int, ...]
    client_types: tuple[int, ...]
    server_types: tuple[int, ...]

    @classmethod
    def of(cls, hello: ClientHello) -> Offer:
        def listed(type: ExtensionType, default: tuple[int, ...], width: int = 2) -> tuple[int, ...]:
            data = hello.extension(type)
            return default if data is None else read_number_list(data, type.name.lower(), width)

        x509 = (CertificateType.X509,)
        return cls(
            suites=hello.suites,
            groups=listed(ExtensionType.SUPPORTED_GROUPS, tuple(NamedGroup)),
            # The default of RFC 5246 is SHA-1; constrained clients that leave it out mean SHA-256.
            algorithms=listed(ExtensionType.SIGNATURE_ALGORITHMS, (SignatureAlgorithm.ECDSA_SHA256,)),
            client_types=listed(ExtensionType.CLIENT_CERTIFICATE_TYPE, x509, 1),
            server_types=listed(ExtensionType.SERVER_CERTIFICATE_TYPE, x509, 1),
        )


def choose(config: Configuration, hello: ClientHello) -> Choice:
    """The first suite of ours that the client offers and that both can use; DtlsError where there is none."""
    if not 0xFE00 <= hello.version <= DTLS_1_2:
        raise DtlsError(AlertDescription.PROTOCOL_VERSION, f"the client offers version 0x{hello.version:04X}")
    if 0 not in hello.compressions:
        raise DtlsError(AlertDescription.ILLEGAL_PARAMETER, "the client does not offer to go uncompressed")
    require_uncompressed(hello.extension(ExtensionType.EC_POINT_FORMATS))
    offer = Offer.of(hello)
    reasons: list[DtlsError] = []
    for suite in config.suites:
        if suite.number in offer.suites or not config.heeds_offer:
            try:
                return _usable(config, offer, suite)
            except DtlsError as error:
                reasons.append(error)
    if reasons:
        raise reasons[0]
    shown = ", ".join(f"0x{number:04X}" for number in hello.suites)
    raise DtlsError(AlertDescription.HANDSHAKE_FAILURE, f"none of our cipher suites is offered, but {shown}")


def _usable(config: Configuration, offer: Offer, suite: CipherSuite) -> Choice:
    kind = suite.key_exchange
    if kind.psk and config.psk_store is None:
        raise DtlsError(AlertDescription.HANDSHAKE_FAILURE, f"{suite}: no pre-shared keys are configured")
    group = None
    if kind.ephemeral:
        group = next((each for each in config.groups if each in offer.groups), None)
        if group is None:
            raise DtlsError(AlertDescription.HANDSHAKE_FAILURE, f"{suite}: no curve in common")
    if not kind.certificate:
        return Choice(suite, group)
    shown = next((each for each in config.own_certificate_types if each in offer.server_types), None)
    signer = None if shown is None else config.signer(shown)
    if signer is None:
        raise DtlsError(
            AlertDescription.UNSUPPORTED_CERTIFICATE,
            f"{suite}: we have no certificate of a type that is asked for",
        )
    if config.verify_peer and not set(config.peer_certificate_types) & set(offer.client_types):
        raise DtlsError(
            AlertDescription.UNSUPPORTED_CERTIFICATE,
            f"{suite}: the client can show no certificate of our types",
        )
    suited = SignatureAlgorithm.suits(signer.private)
    for algorithm in (suited, *config.signature_algorithms):
        if algorithm in offer.algorithms and algorithm in config.signature_algorithms:
            return Choice(suite, group, signer, algorithm)
    raise DtlsError(AlertDescription.HANDSHAKE_FAILURE, f"{suite}: no signature algorithm in common")


def resumable(config: Configuration, hello: ClientHello) -> Session | None:
    """The session that the client names, if it can be resumed (RFC 5246 §7.4.1.2, RFC 7627 §5.3)."""
    if config.sessions is None or not hello.session_id:
        return None
    session = config.sessions.lookup(hello.session_id)
    if session is None or session.suite not in config.suites or session.suite.number not in hello.suites:
        return None
    extended = hello.extension(ExtensionType.EXTENDED_MASTER_SECRET) is not None
    if session.extended_master_secret and not extended:
        raise DtlsError(
            AlertDescription.HANDSHAKE_FAILURE,
            "the session had an extended master secret and the client offers none (RFC 7627 §5.3)",
        )
    if extended and config.extended_master_secret and not session.extended_master_secret:
        return None
    return session


def answer(
    config: Configuration, hello: ClientHello, suite: CipherSuite, resumed: bool
) -> tuple[Negotiated, tuple[Extension, ...]]:
    """The parameters that follow from the offer, and the extensions of the ServerHello that confirm them."""
    negotiated = Negotiated(suite)
    confirmed = []
    indication = hello.extension(ExtensionType.RENEGOTIATION_INFO)
    if indication is not None:
        require_first_handshake(read_short_bytes(indication, "renegotiation_info"))
    if config.renegotiation_info and (
        indication is not None or EMPTY_RENEGOTIATION_INFO_SCSV in hello.suites
    ):
        negotiated.secure_renegotiation = True
        confirmed.append(short_bytes(ExtensionType.RENEGOTIATION_INFO, b""))
    confirmed += _master_secret(config, hello, negotiated)
    confirmed += _protection(config, hello, negotiated)
    confirmed += _sizes(config, hello, negotiated)
    if (
        suite.key_exchange.ephemeral
        and hello.extension(ExtensionType.EC_POINT_FORMATS) is not None
        and not resumed
    ):
        confirmed.append(number_list(ExtensionType.EC_POINT_FORMATS, (UNCOMPRESSED,), width=1))
    if suite.key_exchange.certificate and not resumed:
        confirmed += _certificate_types(config, hello, negotiated)
    return negotiated, tuple(confirmed)


def _master_secret(config: Configuration, hello: ClientHello, negotiated: Negotiated) -> list[Extension]:
    data = hello.extension(ExtensionType.EXTENDED_MASTER_SECRET)
    if data is not None:
        read_empty(data, "extended_master_secret")
    if data is None or not config.extended_master_secret:
        if config.require_extended_master_secret:
            raise DtlsError(AlertDescription.HANDSHAKE_FAILURE, "the client offers no extended master secret")
        return []
    negotiated.extended_master_secret = True
    return [empty(ExtensionType.EXTENDED_MASTER_SECRET)]


def _protection(config: Configuration, hello: ClientHello, negotiated: Negotiated) -> list[Extension]:
    confirmed = []
    etm = hello.extension(ExtensionType.ENCRYPT_THEN_MAC)
    if etm is not None:
        read_empty(etm, "encrypt_then_mac")
        if config.encrypt_then_mac and not negotiated.suite.cipher.aead:
            negotiated.encrypt_then_mac = True
            confirmed.append(empty(ExtensionType.ENCRYPT_THEN_MAC))
    cid = hello.extension(ExtensionType.CONNECTION_ID)
    if cid is not None and config.cid is not None:
        negotiated.write_cid, negotiated.read_cid = read_short_bytes(cid, "connection_id"), config.cid
        confirmed.append(short_bytes(ExtensionType.CONNECTION_ID, config.cid))
    return confirmed


def _sizes(config: Configuration, hello: ClientHello, negotiated: Negotiated) -> list[Extension]:
    """record_size_limit takes the place of max_fragment_length where both are offered (RFC 8449 §5)."""
    limit = hello.extension(ExtensionType.RECORD_SIZE_LIMIT)
    if limit is not None and config.record_size_limit is not None:
        negotiated.peer_record_size_limit = read_record_size_limit(limit)
        negotiated.own_record_size_limit = config.record_size_limit
        return [number(ExtensionType.RECORD_SIZE_LIMIT, config.record_size_limit, 2)]
    length = hello.extension(ExtensionType.MAX_FRAGMENT_LENGTH)
    if length is None:
        return []
    code = read_number(length, "max_fragment_length", 1)
    if code not in FRAGMENT_LENGTHS:
        raise DtlsError(AlertDescription.ILLEGAL_PARAMETER, f"max_fragment_length {code} (RFC 6066 §4)")
    negotiated.max_fragment_length = FRAGMENT_LENGTHS[code]
    return [number(ExtensionType.MAX_FRAGMENT_LENGTH, code, 1)]


def _certificate_types(config: Configuration, hello: ClientHello, negotiated: Negotiated) -> list[Extension]:
    """The client's type is confirmed only where its certificate is asked for (RFC 7250 §4.2)."""
    offer, confirmed = Offer.of(hello), []
    negotiated.own_certificate_type = next(
        each for each in config.own_certificate_types if each in offer.server_types
    )
    if hello.extension(ExtensionType.SERVER_CERTIFICATE_TYPE) is not None:
        confirmed.append(number(ExtensionType.SERVER_CERTIFICATE_TYPE, negotiated.own_certificate_type, 1))
    if config.verify_peer:
        negotiated.peer_certificate_type = next(
            each for each in config.peer_certificate_types if each in offer.client_types
        )
        if hello.extension(ExtensionType.CLIENT_CERTIFICATE_TYPE) is not None:
            confirmed.append(
                number(ExtensionType.CLIENT_CERTIFICATE_TYPE, negotiated.peer_certificate_type, 1)
            )
    return confirmed
