"""How a test case is declared: `testcase` ties a test function to requirements, `vary` multiplies it."""

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

import pytest

ROLES = ("device", "server", "bootstrap_server")
PAIR = "pair"
"""The role of a case for a device and a server under test that talk with each other."""
SECURITY = ("psk", "rpk", "x509")
"""The modes of DTLS in which a conversation can be secured: pre-shared key, raw public key, certificate."""
OSCORE = "oscore"
"""The mode in which each message is protected by itself, without DTLS (RFC 8613)."""
MODES = (*SECURITY, OSCORE)
NOSEC = "nosec"
"""Stands among the modes of a case that also runs without security."""
SLOW = 10.0
"""Seconds of protocol wait from which on a case is `slow` and started first."""
LONG = 30.0
"""Seconds of protocol wait from which on a case runs only with ``--long``."""

_ID = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d{2}")
_PLAIN = frozenset(string.ascii_letters + string.digits + "_.+-")
Function = TypeVar("Function", bound=Callable[..., Any])


class DeclarationError(ValueError):
    """A test case is declared wrongly; the text names the case and what to write."""


@dataclass(frozen=True)
class TestCase:
    """What is known of a test case before it runs.

    `wait` is the longest unavoidable protocol wait in seconds; `sleeps` says how many times
    `ixit.awake_time` a case for servers waits on top of it. `fresh` says that the case needs a SUT that
    was just started. `launch` changes placeholders of the start, ``{"lifetime": "5"}``; `launch_options` are
    the ``[adapter.with]`` blocks that it is started with: ``("bootstrap",)`` gives it an account at the
    tester's bootstrap server instead of one at the tester's server. `servers` is how many servers the tester
    is; with more than one the SUT is started with ``bootstrap``, the only portable way to several accounts.
    With the launch option ``state`` the SUT keeps its state in a folder that lives as long as the case, so
    that it can be killed and started again. `devices` is how many
    instances of the SUT take part side by side; such a case takes the argument ``devices`` for ``device``.
    `partner` makes it a case for a pair, a device and a server that talk with each other: `applies` is about
    the device then, `partner` about the server. `security` are the modes in which the case runs, each a
    variant of its own; without one, and in the variant `NOSEC`, it runs without security. In a secured
    variant they are the one at hand.
    """

    __test__ = False

    id: str
    title: str
    verifies: tuple[str, ...]
    clause: str
    applies: str
    role: str
    ets: str | None = None
    aliases: tuple[str, ...] = ()
    revision: int = 1
    wait: float = 0.0
    sleeps: float = 0.0
    fresh: bool = False
    final_control: bool = True
    launch: Mapping[str, str] = field(default_factory=dict)
    launch_options: tuple[str, ...] = ()
    servers: int = 1
    devices: int = 1
    versions: str = "one"
    docstring: str = ""
    partner: str = ""
    security: tuple[str, ...] = ()
    network: bool = False
    standing: bool = False

    def secured(self, mode: str) -> Self:
        """The variant of the case that runs in one of its modes, with a SUT that was started for it."""
        if mode == NOSEC:
            return replace(self, security=())
        claim = mode if mode == OSCORE else f"dtls_{mode}"
        return replace(
            self,
            security=(mode,),
            applies=f"({self.applies}) & {claim}",
            partner=self.partner and f"({self.partner}) & {claim}",
            launch_options=(*self.launch_options, mode),
        )

    def in_variant(self, values: Mapping[str, Any]) -> Self:
        """The case as it runs with these values of its parameters."""
        return self.secured(values["security"]) if "security" in values else self

    @property
    def begins(self) -> str:
        """What a device has to begin anew for the case; empty where it may run on from the case before."""
        if self.fresh:
            return "a fresh SUT"
        if self.role != "device":
            return ""
        if self.network:
            return "a SUT that registers through a proxy"
        return "" if self.standing or self.mode in ("", OSCORE) else "a handshake of its own"

    @property
    def mode(self) -> str:
        """The security mode of this variant; empty without security."""
        return self.security[0] if self.security else ""

    def expression_for(self, role: str) -> str:
        """What says whether the case concerns a SUT in this role."""
        return self.partner if self.role == PAIR and role == "server" else self.applies

    def waits(self, awake_time: float) -> float:
        """Seconds of unavoidable wait with a SUT whose `ixit.awake_time` is this."""
        return self.wait + self.sleeps * awake_time

    @property
    def limit(self) -> float:
        """Seconds after which the harness gives the case up."""
        return 30.0 + 2 * self.wait


def testcase(
    identifier: str,
    *,
    verifies: Sequence[str],
    clause: str,
    applies: str,
    ets: str | None = None,
    aliases: Sequence[str] = (),
    revision: int = 1,
    wait: float = 0.0,
    sleeps: float = 0.0,
    fresh: bool = False,
    final_control: bool = True,
    launch: Mapping[str, str] | None = None,
    launch_options: Sequence[str] = (),
    servers: int = 1,
    devices: int = 1,
    versions: str = "one",
    partner: str = "",
    security: Sequence[str] = (),
    network: bool = False,
    standing: bool = False,
) -> Callable[[Function], Function]:
    """Declare a test case.

    `identifier` is ``AREA-TOPIC-nn`` and never reused; `verifies` are labels of the catalogue; `clause` is
    the place that makes the checks right; `applies` is an expression over ICS items, ``ixit.<key>``,
    ``object(<id>)`` and ``lwm2m >= 1.1`` that names exactly one role. `versions` is ``one`` (the first of
    `Sut.versions` that suits the case) or ``each``. With `partner`, an expression over the server beside the
    device, it is a case for a pair and takes the argument ``pair``. `security` are modes of `MODES`, each of
    them a variant that applies where the SUT claims ``dtls_<mode>``, or ``oscore``; `NOSEC` beside them
    makes one without security. `network` puts a proxy between tester and SUT: the case disturbs the network
    by ``network.disturb``, and is inconclusive where a fault that it named never acted. `standing` says that
    a case about DTLS needs no handshake of its own and leaves the association as it is, so that it can run
    with a device that runs on from case to case. `final_control` False leaves out the Read that ends a case;
    such a case has to call ``control`` itself.

    Raises:
        DeclarationError: something of this is missing or malformed.
    """

    def declare(function: Function) -> Function:
        docstring = (function.__doc__ or "").strip()
        roles = [role for role in ROLES if re.search(rf"\b{role}\b", applies)]
        problems = [
            (not _ID.fullmatch(identifier), "its id is not AREA-TOPIC-nn"),
            (not docstring, "it has no docstring: its first line is what the report shows"),
            (not verifies, "it verifies no requirement"),
            (not clause, "it names no clause"),
            (len(roles) != 1, f"applies={applies!r} has to name one role of {', '.join(ROLES)}"),
            (bool(partner) and roles != ["device"], "partner= stands beside an applies= about the device"),
            (bool(partner) and not re.search(r"\bserver\b", partner), f"partner={partner!r} names no server"),
            (devices < 1, f"devices={devices}: at least one takes part"),
            (
                network and (devices > 1 or bool(partner)),
                "network= is for one SUT that talks with the tester",
            ),
            (devices > 1 and servers > 1, "several devices at several servers are not supported"),
            (versions not in ("one", "each"), "versions is 'one' or 'each'"),
            (servers < 1, f"servers={servers}: the tester is at least one"),
            (
                not set(security) <= {NOSEC, *MODES},
                f"security={list(security)}: the modes are {', '.join((NOSEC, *MODES))}",
            ),
            (
                servers > 1 and not {"multiple_servers", "bootstrap"} <= set(re.findall(r"\w+", applies)),
                'several servers need applies="device & bootstrap & multiple_servers"',
            ),
        ]
        wrong = [text for is_wrong, text in problems if is_wrong]
        if wrong:
            raise DeclarationError(f"test case {identifier}: {'; '.join(wrong)}")
        case = TestCase(
            id=identifier,
            title=docstring.splitlines()[0].rstrip("."),
            verifies=tuple(verifies),
            clause=clause,
            applies=applies,
            role=PAIR if partner else roles[0],
            ets=ets,
            aliases=tuple(aliases),
            revision=revision,
            wait=wait,
            sleeps=sleeps,
            fresh=fresh,
            final_control=final_control,
            launch=dict(launch or {}),
            launch_options=tuple(dict.fromkeys((*launch_options, *(("bootstrap",) if servers > 1 else ())))),
            servers=servers,
            devices=devices,
            versions=versions,
            docstring=docstring,
            partner=partner,
            security=tuple(security),
            network=network,
            standing=standing,
        )
        function.testcase = case  # type: ignore[attr-defined]
        return vary(security=security)(function) if security else function

    return declare


testcase.__test__ = False  # type: ignore[attr-defined]


def vary(**parameters: Iterable[Any]) -> pytest.MarkDecorator:
    """Run the case once for each value of one parameter: ``@vary(format=["tlv", "senml_json"])``.

    Raises:
        DeclarationError: not exactly one parameter; stack decorators for combinations.
    """
    if len(parameters) != 1:
        raise DeclarationError(f"vary takes one parameter, not {len(parameters)}: stack it")
    (name, values), *_ = parameters.items()
    listed = list(values)
    texts = [printed_value(value) for value in listed]
    if len(set(texts)) != len(texts):
        raise DeclarationError(f"two values of {name} are printed alike: {', '.join(texts)}")
    return pytest.mark.parametrize(name, listed, ids=[f"{name}={printed_value(value)}" for value in listed])


def variant_text(variant: Mapping[str, str]) -> str:
    """Printed values as they stand behind an id, ``[lwm2m=1.1,format=tlv]``; empty without parameters."""
    parts = (f"{key}={value}" for key, value in variant.items())
    return f"[{','.join(parts)}]" if variant else ""


def printed_value(value: object) -> str:
    """A parameter's value as it stands in a variant; octets but ``A-Z a-z 0-9 _ . + -`` become ``%XX``."""
    text = str(getattr(value, "name", None) or value)
    octets = (chr(octet) if chr(octet) in _PLAIN else f"%{octet:02X}" for octet in text.encode())
    return "".join(octets) or "empty"
