"""The names that a certificate presents, and whether one is the name that is looked for (RFC 6125)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class PresentedNames:
    """The names of one certificate: those of subjectAltName by kind, and the Common Names of the subject."""

    dns: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    uris: tuple[str, ...] = ()
    common: tuple[str, ...] = ()

    @classmethod
    def of(cls, certificate: x509.Certificate) -> PresentedNames:
        """Raise ValueError when subject or extensions cannot be read."""
        common = tuple(
            str(attribute.value)
            for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        )
        try:
            alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return cls(common=common)
        addresses = alternative.get_values_for_type(x509.IPAddress)
        return cls(
            dns=tuple(alternative.get_values_for_type(x509.DNSName)),
            addresses=tuple(each for each in addresses if isinstance(each, Address)),
            uris=tuple(alternative.get_values_for_type(x509.UniformResourceIdentifier)),
            common=common,
        )

    def match(self, reference: str) -> bool:
        """Whether the certificate is for `reference`: a host name, an IP address, or an endpoint name.

        Names of the reference's kind in subjectAltName stand instead of the Common Name (RFC 6125 §6.4.4).
        A host name ignores case, and a presented `*` stands for the whole leftmost label; an endpoint name
        is compared byte by byte, with the URIs and with the Common Name (LwM2M Transport 1.2 §5.2.9.3).
        """
        address = _address(reference)
        if address is not None:
            if self.addresses:
                return address in self.addresses
            return any(_address(name) == address for name in self.common)
        if ":" in reference:
            return reference in self.uris or reference in self.common
        if self.dns:
            return any(_host_match(name, reference) for name in self.dns)
        return any(_host_match(name, reference) for name in self.common)

    def __str__(self) -> str:
        kinds = {"DNS": self.dns, "IP": self.addresses, "URI": self.uris, "CN": self.common}
        return ", ".join(f"{kind} {value}" for kind, values in kinds.items() for value in values) or "no name"


def _address(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _host_match(presented: str, reference: str) -> bool:
    presented, reference = presented.lower().rstrip("."), reference.lower().rstrip(".")
    if not presented.startswith("*."):
        return presented == reference
    _, _, parent = reference.partition(".")
    return "." in parent and parent == presented[2:]
