"""Placeholders such as ``{server_uri}`` in the start arguments of a profile."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

KNOWN: Final = {
    "server_uri": "URI of the tester's server",
    "bootstrap_uri": "URI of the tester's bootstrap server",
    "listen_host": "address that a server under test should listen on",
    "endpoint": "endpoint client name that the device should use",
    "lifetime": "lifetime in seconds that the device should register with",
    "lwm2m": "LwM2M version that the SUT should use",
    "state": "folder for what the SUT keeps over a restart",
    "ack_timeout": "ACK_TIMEOUT in seconds, and first time-out of a handshake, of a case under faults",
    "psk_identity": "PSK identity",
    "psk_key_hex": "PSK in hexadecimal",
    "cert": "file with the certificate of the SUT",
    "key": "file with the private key of the SUT",
    "peer_cert": "file with the certificate that is expected of the tester",
    "certificate_usage": "certificate usage of the file peer_cert, 2 or 3",
    "trust": "file with the trust anchors",
    "oscore_sender_id": "OSCORE Sender ID of the SUT in hexadecimal",
    "oscore_recipient_id": "OSCORE Recipient ID of the SUT in hexadecimal",
    "oscore_master_secret": "OSCORE Master Secret in hexadecimal",
    "oscore_master_salt": "OSCORE Master Salt in hexadecimal",
    "python": "the Python that runs the suite",
    "fixtures": "folder of the peers that come with the suite",
    "root": "folder that holds testcases and fixtures",
}
SECRET: Final = frozenset({"psk_key_hex", "oscore_master_secret", "oscore_master_salt"})
_PLACEHOLDER: Final = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class MissingValueError(KeyError):
    """A placeholder for which a launch has no value."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def names(text: str) -> Iterator[str]:
    """The placeholders in a text. Braces around anything else, as in JSON, stay as they are."""
    return (found.group(1) for found in _PLACEHOLDER.finditer(text))


def expand(text: str, values: Mapping[str, str]) -> str:
    """The text with every placeholder replaced, once; raises MissingValueError."""

    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in values:
            raise MissingValueError(name)
        return values[name]

    return _PLACEHOLDER.sub(value, text)
