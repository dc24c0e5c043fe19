"""IXIT: the addresses, times and resources of one SUT that a tester must be told."""

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Annotated, Any, NamedTuple, Self, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretBytes, SecretStr, ValidationInfo

from conformance.sut.credential_files import certificate, private_key, public_key
from conformance.sut.spellings import spellings, spellings_of_key

Path: TypeAlias = tuple[int, ...]
"""An LwM2M path: ``(3, 0, 11)`` is ``/3/0/11``."""

LONGEST_OSCORE_ID = 7
_HIGHEST_ID = 65534  # Core 1.2 §7.3: 65535 is no identifier


def parse_path(text: object) -> Path:
    """The path ``/3/0/11`` as numbers. Raises ValueError that says what is wrong with it."""
    if isinstance(text, tuple):
        text = format_path(text)
    if not isinstance(text, str) or not text.startswith("/"):
        raise ValueError('a path such as "/3/0/13"')
    parts = text[1:].split("/")
    if not all(part.isascii() and part.isdigit() and str(int(part)) == part for part in parts):
        raise ValueError('a path of decimal ids such as "/3/0/13"')
    path = tuple(int(part) for part in parts)
    if len(path) > 4 or max(path) > _HIGHEST_ID:
        raise ValueError(f"a path of at most four ids, each at most {_HIGHEST_ID}")
    return path


def format_path(path: Path) -> str:
    """``/3/0/11`` for ``(3, 0, 11)``; ``/`` for the root."""
    return "/" + "/".join(str(identifier) for identifier in path)


def _resource(text: object) -> Path:
    path = parse_path(text)
    if len(path) not in (3, 4):
        raise ValueError('the path of a resource such as "/3/0/13"')
    return path


def _instance(text: object) -> Path:
    path = parse_path(text)
    if len(path) != 2:
        raise ValueError('the path of an object instance such as "/3/0"')
    return path


def _address(text: object) -> str:
    expected = 'an address with or without a port such as "127.0.0.1:0" or "[::1]:5683"'
    if not isinstance(text, str) or not text.strip():
        raise ValueError(expected)
    host, port = split_address(text)
    if not host or not 0 <= port <= 65535:
        raise ValueError(expected)
    return text


def split_address(text: str) -> tuple[str, int]:
    """Host and port of ``127.0.0.1:5683``, ``[::1]:5683`` or ``127.0.0.1``; port 0 = any free one."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    if port and not (port.isascii() and port.isdigit()):
        raise ValueError(f"port {port!r} is not a number")
    return host, int(port or 0)


def _hexadecimal(text: object) -> SecretStr:
    if isinstance(text, SecretStr):
        text = text.get_secret_value()
    try:
        if not isinstance(text, str) or not bytes.fromhex(text):
            raise ValueError
    except ValueError:
        raise ValueError("a key in hexadecimal digits") from None
    return SecretStr(text)


def _identifier(text: object) -> str:
    """Up to seven octets, the room that the nonce of AES-CCM-16-64-128 has (RFC 8613 §3.3)."""
    try:
        if not isinstance(text, str) or len(bytes.fromhex(text)) > LONGEST_OSCORE_ID:
            raise ValueError
    except ValueError:
        raise ValueError(f"at most {LONGEST_OSCORE_ID} octets in hexadecimal digits") from None
    return text


def _package(given: object, info: ValidationInfo) -> bytes:
    """Octets from hexadecimal digits or a file; a relative name counts from the folder of the profile."""
    if isinstance(given, bytes):
        return given
    try:
        if not isinstance(given, str) or not given:
            raise ValueError
        if given.startswith("file:"):
            folder = FilePath((info.context or {}).get("folder", "."))
            return (folder / given.removeprefix("file:")).read_bytes()
        return bytes.fromhex(given)
    except OSError as error:
        raise ValueError(f"a file that can be read, not one with {error.strerror!r}") from None
    except ValueError:
        raise ValueError("a package in hexadecimal digits, or file:PATH") from None


ResourcePath: TypeAlias = Annotated[Path, BeforeValidator(_resource)]
InstancePath: TypeAlias = Annotated[Path, BeforeValidator(_instance)]
Address: TypeAlias = Annotated[str, BeforeValidator(_address)]
HexId: TypeAlias = Annotated[str, BeforeValidator(_identifier)]
PrivateKey: TypeAlias = Annotated[SecretBytes, BeforeValidator(private_key)]
PublicKey: TypeAlias = Annotated[bytes, BeforeValidator(public_key)]
Certificate: TypeAlias = Annotated[bytes, BeforeValidator(certificate)]
HexKey: TypeAlias = Annotated[SecretStr, BeforeValidator(_hexadecimal)]
Package: TypeAlias = Annotated[bytes, BeforeValidator(_package)]
Seconds: TypeAlias = Annotated[float, Field(gt=0)]
ObjectId: TypeAlias = Annotated[int, Field(ge=0, le=_HIGHEST_ID)]


class IxitKey(NamedTuple):
    """What ``init`` and the documentation show of a key."""

    name: str
    meaning: str
    default: Any
    secret: bool


class Ixit(BaseModel):
    """The IXIT of one SUT. A key that is None was not given."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    # times, in seconds
    reaction_time: Seconds = Field(default=3.0, description="the SUT reacts to a stimulus within this time")
    quiet_time: Seconds = Field(default=0.5, description="silence for this long counts as nothing sent")
    timing_tolerance: Annotated[float, Field(ge=0)] = Field(
        default=0.3, description="what a timer of the SUT may deviate"
    )
    settle_time: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="time from the answer to Register until the SUT hears requests"
    )
    restart_time: Seconds = Field(
        default=15.0, description="a rebooted device registers again within this time"
    )
    awake_time: Seconds = Field(
        default=93.0, description="a device in queue mode listens this long after a message of its own"
    )
    ack_timeout: Seconds = Field(default=2.0, description="ACK_TIMEOUT of the SUT (RFC 7252 §4.8)")
    max_retransmit: Annotated[int, Field(ge=0)] = Field(
        default=4,
        description="MAX_RETRANSMIT of the SUT (RFC 7252 §4.8): how often it repeats a message",
    )
    firmware_time: Seconds = Field(
        default=10.0, description="a download or an installation of firmware takes at most this time"
    )
    firmware_silence: Annotated[float, Field(gt=0, le=60)] | None = Field(
        default=None, description="a download whose other end falls silent is given up within this time"
    )
    lifetime: Annotated[int, Field(ge=1)] = Field(
        default=60, description="lifetime that the device registers"
    )
    shortest_lifetime: Annotated[int, Field(ge=1)] = Field(
        default=5, description="shortest lifetime that the SUT works with"
    )
    expiry_time: Seconds = Field(
        default=3.0, description="a server drops a registration within this time after its lifetime"
    )

    # addresses
    tester: Address = Field(default="127.0.0.1:0", description="address of the tester; port 0 = any free")
    coap_uri: str | None = Field(default=None, description="CoAP URI of a SUT whose adapter cannot report it")
    coaps_uri: str | None = Field(
        default=None, description="CoAPS URI of a SUT whose adapter cannot report it"
    )
    endpoint: str | None = Field(
        default=None,
        description="endpoint name of a device that the tester cannot name, or of the one whose credential "
        "is below; else generated",
    )

    # resources of the SUT that may be used without harm
    writable_string: ResourcePath | None = Field(default=None, description="writable String resource")
    writable_integer: ResourcePath | None = Field(default=None, description="writable Integer resource")
    writable_unsigned: ResourcePath | None = Field(default=None, description="writable Unsigned Integer")
    writable_float: ResourcePath | None = Field(default=None, description="writable Float resource")
    writable_boolean: ResourcePath | None = Field(default=None, description="writable Boolean resource")
    switchable: ResourcePath | None = Field(
        default=None, description="Boolean resource that switches an actuator on and off, as 5850 does"
    )
    writable_opaque: ResourcePath | None = Field(default=None, description="writable Opaque resource")
    writable_time: ResourcePath | None = Field(default=None, description="writable Time resource")
    writable_objlnk: ResourcePath | None = Field(default=None, description="writable Objlnk resource")
    writable_corelnk: ResourcePath | None = Field(default=None, description="writable Corelnk resource")
    writable_multiple: ResourcePath | None = Field(
        default=None, description="writable multiple resource of type String or Integer"
    )
    writable_instance: InstancePath | None = Field(
        default=None, description="object instance that may be replaced and partially updated"
    )
    observable: ResourcePath | None = Field(default=None, description="number that the verb set can change")
    read_only: ResourcePath | None = Field(default=None, description="readable, not writable resource")
    executable: ResourcePath | None = Field(default=None, description="resource that may be executed")
    executable_with_arguments: ResourcePath | None = Field(
        default=None, description="resource that may be executed with the argument 0='1'"
    )
    slow_executable: ResourcePath | None = Field(
        default=None, description="resource whose Execute is answered in a separate response"
    )
    reboot: ResourcePath | None = Field(default=None, description="resource that restarts it, mostly /3/0/4")
    factory_reset: ResourcePath | None = Field(
        default=None, description="resource that returns it to its factory state, mostly /3/0/5"
    )
    creatable_object: ObjectId | None = Field(default=None, description="object with instances to create")
    creatable_values: dict[str, bool | int | float | str] = Field(
        default_factory=dict, description="resource id → value that a created instance must be given"
    )
    max_package: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="largest firmware package in bytes that the SUT takes"
    )

    firmware_package: Package | None = Field(
        default=None, description="package that can be installed, in hexadecimal or as file:PATH"
    )
    firmware_version: str | None = Field(
        default=None, description="what /3/0/3 tells once firmware_package is installed"
    )
    firmware_failing: Package | None = Field(
        default=None, description="package that arrives well and cannot be installed"
    )
    firmware_corrupt: Package | None = Field(default=None, description="package whose integrity check fails")
    firmware_wrong_type: Package | None = Field(
        default=None, description="package of a type that the SUT does not take"
    )
    software_instance: InstancePath | None = Field(
        default=None, description="instance of object 9 whose software may be replaced"
    )
    software_package: Package | None = Field(
        default=None, description="software that can be installed, in hexadecimal or as file:PATH"
    )
    software_failing: Package | None = Field(
        default=None, description="software that arrives well and cannot be installed"
    )
    software_corrupt: Package | None = Field(default=None, description="software whose integrity check fails")

    # credentials
    psk_identity: str | None = Field(default=None, description="PSK identity configured in the SUT")
    psk_key_hex: HexKey | None = Field(
        default=None,
        description="PSK configured in the SUT, in hexadecimal",
        json_schema_extra={"secret": True},
    )
    rpk_key: PrivateKey | None = Field(
        default=None, description="file with the private key of the tester, in the mode rpk"
    )
    rpk_peer_key: PublicKey | None = Field(
        default=None, description="file with the public key that the SUT shows"
    )
    x509_certificate: Certificate | None = Field(
        default=None, description="file with the certificate of the tester, in the mode x509"
    )
    x509_key: PrivateKey | None = Field(default=None, description="file with the private key to it")
    x509_peer_certificate: Certificate | None = Field(
        default=None, description="file with the certificate that the SUT shows"
    )
    oscore_sender_id: HexId | None = Field(
        default=None, description="OSCORE Sender ID of the SUT, in hexadecimal"
    )
    oscore_recipient_id: HexId | None = Field(
        default=None, description="OSCORE Recipient ID of the SUT, in hexadecimal"
    )
    oscore_master_secret: HexKey | None = Field(
        default=None,
        description="OSCORE Master Secret configured in the SUT, in hexadecimal",
        json_schema_extra={"secret": True},
    )
    oscore_master_salt: HexKey | None = Field(
        default=None,
        description="OSCORE Master Salt configured in the SUT, in hexadecimal",
        json_schema_extra={"secret": True},
    )

    def has(self, name: str) -> bool:
        """Whether the key was given or has a default. Raises AttributeError for an unknown key."""
        value = getattr(self, name)
        return value is not None and value != {}

    def writable(self) -> Iterator[tuple[str, Path]]:
        """The kinds (``string``, ``integer`` …) and paths of the single resources that may be written."""
        for kind in (
            "string",
            "integer",
            "unsigned",
            "float",
            "boolean",
            "opaque",
            "time",
            "objlnk",
            "corelnk",
        ):
            path = getattr(self, f"writable_{kind}")
            if path is not None:
                yield kind, path

    def secrets(self) -> tuple[str, ...]:
        """The values that no log, report or evidence may show, in the spellings that a SUT may print."""
        found: list[str] = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                found += spellings(value.get_secret_value())
            elif isinstance(value, SecretBytes):
                found += spellings_of_key(value.get_secret_value())
        return tuple(dict.fromkeys(found))

    def secret_octets(self) -> tuple[bytes, ...]:
        """The octets of the secret keys."""
        found: list[bytes] = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr):
                found.append(bytes.fromhex(value.get_secret_value()))
            elif isinstance(value, SecretBytes):
                found.append(value.get_secret_value())
        return tuple(found)

    def merged(self, **changes: Any) -> Self:
        """A copy with other values, validated."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return type(self).model_validate({**given, **changes})


_OF_SERVERS = frozenset(
    {
        *("reaction_time", "quiet_time", "timing_tolerance", "awake_time", "ack_timeout"),
        *("max_retransmit", "lifetime"),
        *("shortest_lifetime", "expiry_time", "tester", "coap_uri", "coaps_uri"),
        *("endpoint", "psk_identity", "psk_key_hex", "rpk_key", "rpk_peer_key"),
        *("x509_certificate", "x509_key", "x509_peer_certificate"),
        *("oscore_sender_id", "oscore_recipient_id", "oscore_master_secret", "oscore_master_salt"),
    }
)
"""What a tester must be told of a server or bootstrap server; the other keys are about devices."""


def keys(role: str = "device") -> tuple[IxitKey, ...]:
    """Every IXIT key that concerns a role, in the order in which it should be shown."""
    return tuple(
        IxitKey(
            name,
            info.description or "",
            info.get_default(call_default_factory=True, validated_data={}),
            isinstance(info.json_schema_extra, dict) and bool(info.json_schema_extra.get("secret")),
        )
        for name, info in Ixit.model_fields.items()
        if role == "device" or name in _OF_SERVERS
    )
