"""The client's side of the hellos: what it offers, and whether it can live with the answer."""

from __future__ import annotations

from conformance.dtls.configuration import Configuration
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
    read_short_bytes,
    server_name,
    short_bytes,
)
from conformance.dtls.hello import ClientHello, ServerHello
from conformance.dtls.negotiation import (
    Negotiated,
    read_record_size_limit,
    require_first_handshake,
    require_uncompressed,
)
from conformance.dtls.records import DTLS_1_2
from conformance.dtls.suites import EMPTY_RENEGOTIATION_INFO_SCSV

X509_ALONE = (CertificateType.X509,)


def offered_suites(config: Configuration) -> tuple[int, ...]:
    """Our suites, with the signalling value of RFC 5746 behind them if it is used."""
    suites = tuple(suite.number for suite in config.suites)
    return (*suites, EMPTY_RENEGOTIATION_INFO_SCSV) if config.renegotiation_info == "scsv" else suites


def offered_extensions(config: Configuration) -> tuple[Extension, ...]:
    """Every extension that the configuration gives reason for."""
    kinds = {suite.key_exchange for suite in config.suites}
    extensions = []
    if config.server_name is not None:
        extensions.append(server_name(config.server_name))
    if config.max_fragment_length is not None:
        code = next(code for code, size in FRAGMENT_LENGTHS.items() if size == config.max_fragment_length)
        extensions.append(number(ExtensionType.MAX_FRAGMENT_LENGTH, code, 1))
    if any(kind.ephemeral for kind in kinds):
        extensions.append(number_list(ExtensionType.SUPPORTED_GROUPS, config.groups))
        extensions.append(number_list(ExtensionType.EC_POINT_FORMATS, (UNCOMPRESSED,), width=1))
    if any(kind.certificate for kind in kinds):
        extensions.append(number_list(ExtensionType.SIGNATURE_ALGORITHMS, config.signature_algorithms))
        own, peer = config.own_certificate_types, config.peer_certificate_types
        if own not in ((), X509_ALONE):
            extensions.append(number_list(ExtensionType.CLIENT_CERTIFICATE_TYPE, own, width=1))
        if peer not in ((), X509_ALONE):
            extensions.append(number_list(ExtensionType.SERVER_CERTIFICATE_TYPE, peer, width=1))
    if config.encrypt_then_mac and any(not suite.cipher.aead for suite in config.suites):
        extensions.append(empty(ExtensionType.ENCRYPT_THEN_MAC))
    if config.extended_master_secret:
        extensions.append(empty(ExtensionType.EXTENDED_MASTER_SECRET))
    if config.record_size_limit is not None:
        extensions.append(number(ExtensionType.RECORD_SIZE_LIMIT, config.record_size_limit, 2))
    if config.cid is not None:
        extensions.append(short_bytes(ExtensionType.CONNECTION_ID, config.cid))
    if config.renegotiation_info == "extension":
        extensions.append(short_bytes(ExtensionType.RENEGOTIATION_INFO, b""))
    return tuple(extensions)


def accept(config: Configuration, offer: ClientHello, answer: ServerHello) -> Negotiated:
    """What the server's answer makes of our offer; DtlsError where it chose what was not offered."""
    if answer.version != DTLS_1_2:
        raise DtlsError(AlertDescription.PROTOCOL_VERSION, f"the server chose version 0x{answer.version:04X}")
    suite = next((each for each in config.suites if each.number == answer.suite), None)
    if suite is None:
        raise DtlsError(
            AlertDescription.ILLEGAL_PARAMETER, f"cipher suite 0x{answer.suite:04X} was not offered"
        )
    if answer.compression != 0:
        raise DtlsError(
            AlertDescription.ILLEGAL_PARAMETER, f"compression {answer.compression} was not offered"
        )
    _require_offered(offer, answer)
    negotiated = Negotiated(suite)
    for extension in answer.extensions:
        _accept_extension(config, negotiated, extension)
    if answer.extension(ExtensionType.RECORD_SIZE_LIMIT) is not None:
        if answer.extension(ExtensionType.MAX_FRAGMENT_LENGTH) is not None:
            raise DtlsError(
                AlertDescription.ILLEGAL_PARAMETER,
                "max_fragment_length beside record_size_limit (RFC 8449 §5)",
            )
        negotiated.own_record_size_limit = config.record_size_limit or negotiated.own_record_size_limit
    if config.require_extended_master_secret and not negotiated.extended_master_secret:
        raise DtlsError(AlertDescription.HANDSHAKE_FAILURE, "the server has no extended master secret")
    return negotiated


def _require_offered(offer: ClientHello, answer: ServerHello) -> None:
    offered = {extension.type for extension in offer.extensions}
    if EMPTY_RENEGOTIATION_INFO_SCSV in offer.suites:
        offered.add(ExtensionType.RENEGOTIATION_INFO)
    for extension in answer.extensions:
        if extension.type not in offered:
            raise DtlsError(
                AlertDescription.UNSUPPORTED_EXTENSION,
                f"{extension.name} was not offered (RFC 5246 §7.4.1.4)",
            )


def _accept_extension(config: Configuration, negotiated: Negotiated, extension: Extension) -> None:
    data, name = extension.data, extension.name
    match extension.type:
        case ExtensionType.MAX_FRAGMENT_LENGTH:
            size = FRAGMENT_LENGTHS.get(read_number(data, name, 1))
            if size is None or size != config.max_fragment_length:
                raise DtlsError(AlertDescription.ILLEGAL_PARAMETER, f"{name} is not what was asked for")
            negotiated.max_fragment_length = size
        case ExtensionType.EC_POINT_FORMATS:
            require_uncompressed(data)
        case ExtensionType.SIGNATURE_ALGORITHMS:
            raise DtlsError(
                AlertDescription.ILLEGAL_PARAMETER, f"a server never sends {name} (RFC 5246 §7.4.1.4.1)"
            )
        case ExtensionType.CLIENT_CERTIFICATE_TYPE:
            negotiated.own_certificate_type = _chosen(data, name, config.own_certificate_types)
        case ExtensionType.SERVER_CERTIFICATE_TYPE:
            negotiated.peer_certificate_type = _chosen(data, name, config.peer_certificate_types)
        case ExtensionType.ENCRYPT_THEN_MAC:
            read_empty(data, name)
            if negotiated.suite.cipher.aead:
                raise DtlsError(
                    AlertDescription.ILLEGAL_PARAMETER, f"{name} with {negotiated.suite} (RFC 7366 §3)"
                )
            negotiated.encrypt_then_mac = True
        case ExtensionType.EXTENDED_MASTER_SECRET:
            read_empty(data, name)
            negotiated.extended_master_secret = True
        case ExtensionType.RECORD_SIZE_LIMIT:
            negotiated.peer_record_size_limit = read_record_size_limit(data)
        case ExtensionType.CONNECTION_ID:
            negotiated.write_cid, negotiated.read_cid = read_short_bytes(data, name), config.cid
        case ExtensionType.RENEGOTIATION_INFO:
            require_first_handshake(read_short_bytes(data, name))
            negotiated.secure_renegotiation = True
        case _:
            pass


def _chosen(data: bytes, name: str, offered: tuple[CertificateType, ...]) -> CertificateType:
    chosen = read_number(data, name, 1)
    if chosen not in offered:
        raise DtlsError(
            AlertDescription.ILLEGAL_PARAMETER, f"{name} {chosen} was not offered (RFC 7250 §4.2)"
        )
    return CertificateType(chosen)
