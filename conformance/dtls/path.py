"""Certification paths (RFC 5280 §6), by the verifier of `cryptography` with the extensions LwM2M asks for."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from conformance.dtls.errors import AlertDescription, DtlsError

End = Literal["client", "server"]
"""Which end of an association shows the certificate."""

_PURPOSES = {"client": ExtendedKeyUsageOID.CLIENT_AUTH, "server": ExtendedKeyUsageOID.SERVER_AUTH}


def validate_path(
    shown: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    now: datetime.datetime,
    peer: End,
) -> list[x509.Certificate]:
    """The path from the end entity `shown[0]`, over others of `shown` where needed, to one of `anchors`.

    subjectAltName and the key identifiers may be absent (LwM2M Transport 1.2 §5.2.9.3, RFC 7925 §4.4);
    keyUsage and extendedKeyUsage, where they are present, must allow what the certificate is used for.
    Raises DtlsError with the alert that fits the first thing that is wrong.
    """
    _require_purpose(shown[0], peer)
    if not anchors:
        raise DtlsError(AlertDescription.UNKNOWN_CA, "no trust anchor is known that could end the path")
    builder = PolicyBuilder().store(Store(list(anchors))).time(now)
    builder = builder.extension_policies(ca_policy=_AUTHORITY, ee_policy=ExtensionPolicy.permit_all())
    try:
        return builder.build_client_verifier().verify(shown[0], list(shown[1:])).chain
    except VerificationError as error:
        raise _refusal(shown, anchors, now, error) from error


def _authority_may_sign(policy: Policy, certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError(f"{certificate.subject.rfc4514_string()} may not sign certificates")


_AUTHORITY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _authority_may_sign)
)


def _require_purpose(certificate: x509.Certificate, peer: End) -> None:
    try:
        extensions = certificate.extensions
    except ValueError as error:
        raise DtlsError(AlertDescription.BAD_CERTIFICATE, f"extensions cannot be read: {error}") from error
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.KeyUsage) and not value.digital_signature:
            reason = "its keyUsage does not allow digital signatures"
        elif isinstance(value, x509.ExtendedKeyUsage) and not (
            {_PURPOSES[peer], ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & set(value)
        ):
            reason = f"its extendedKeyUsage does not allow to be a {peer}"
        else:
            continue
        raise DtlsError(
            AlertDescription.UNSUPPORTED_CERTIFICATE, f"{certificate.subject.rfc4514_string()}: {reason}"
        )


def _refusal(
    shown: Sequence[x509.Certificate],
    anchors: Sequence[x509.Certificate],
    now: datetime.datetime,
    error: VerificationError,
) -> DtlsError:
    """The alert for a path that the verifier refused, found by walking up from the end entity."""
    current, passed = shown[0], 0
    while True:
        name = current.subject.rfc4514_string()
        if not current.not_valid_before_utc <= now <= current.not_valid_after_utc:
            return DtlsError(
                AlertDescription.CERTIFICATE_EXPIRED,
                f"{name} is valid from {current.not_valid_before_utc:%Y-%m-%d %H:%M} "
                f"to {current.not_valid_after_utc:%Y-%m-%d %H:%M}, and it is {now:%Y-%m-%d %H:%M} UTC",
            )
        if current in anchors or passed > len(shown):
            return DtlsError(AlertDescription.CERTIFICATE_UNKNOWN, f"the path is not valid: {error}")
        issuers = [each for each in (*anchors, *shown) if each.subject == current.issuer and each != current]
        if not issuers:
            issuer = current.issuer.rfc4514_string()
            return DtlsError(
                AlertDescription.UNKNOWN_CA, f"{name} was issued by {issuer}, which is not trusted"
            )
        signers = [each for each in issuers if _signed(current, each)]
        if not signers:
            return DtlsError(
                AlertDescription.BAD_CERTIFICATE, f"the signature of {name} is not by the issuer of that name"
            )
        current, passed = signers[0], passed + 1


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
