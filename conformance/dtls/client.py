"""The client's end of a handshake (RFC 5246 §7.3, RFC 6347 §4.2.4)."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dtls.agreement import EcdhKey, NamedGroup
from conformance.dtls.authentication import CertificateMessage, peer_of, prove, shown_by, signed, verified
from conformance.dtls.certificates import CertificateRequest
from conformance.dtls.client_negotiation import accept, offered_extensions, offered_suites
from conformance.dtls.configuration import Configuration
from conformance.dtls.credentials import Certificate, RawPublicKey
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.events import PeerIdentity
from conformance.dtls.handshake import Finished, ServerHelloDone
from conformance.dtls.handshaking import Handshaking
from conformance.dtls.hello import RANDOM_LENGTH, ClientHello, HelloVerifyRequest, ServerHello
from conformance.dtls.key_exchange import (
    CertificateVerify,
    ClientKeyExchange,
    EcParameters,
    ServerKeyExchange,
)
from conformance.dtls.key_schedule import psk_premaster
from conformance.dtls.keys import HandshakeKeys
from conformance.dtls.message import Fragment, Message
from conformance.dtls.negotiation import Negotiated
from conformance.dtls.random_source import RandomSource
from conformance.dtls.records import Plaintext
from conformance.dtls.script import Script
from conformance.dtls.session import Session
from conformance.dtls.signature import SignatureAlgorithm

MAXIMUM_COOKIES = 8
"""How often a server may ask for a cookie before it is given up."""


class _State(Enum):
    SERVER_HELLO = auto()
    CERTIFICATE = auto()
    SERVER_KEY_EXCHANGE = auto()
    CERTIFICATE_REQUEST = auto()
    SERVER_HELLO_DONE = auto()
    FINISHED = auto()

    @property
    def text(self) -> str:
        return self.name.title().replace("_", "")


class Client(Handshaking):
    """Begins an association; `start` sends the ClientHello."""

    role = "client"

    def __init__(self, config: Configuration, random: RandomSource, script: Script | None = None) -> None:
        super().__init__(config, random, script)
        self._state = _State.SERVER_HELLO
        self._offer = ClientHello(
            random=random(RANDOM_LENGTH),
            suites=offered_suites(config),
            session_id=config.session.id if config.session is not None else b"",
            extensions=offered_extensions(config),
        )
        self._hello = self._offer
        """The offer as the script let it out."""
        self._cookies = 0
        self._server_random = b""
        self._parameters: EcParameters | None = None
        self._request: CertificateRequest | None = None
        self._peer_key: ec.EllipticCurvePublicKey | None = None

    def start(self, now: float) -> None:
        """Send the ClientHello."""
        super().start(now)
        self._send_hello()

    @property
    def session(self) -> Session | None:
        """What a later handshake can be shortened with; None unless the server gave the session an id."""
        if not self.established or not self._session_id or self._keys is None:
            return None
        negotiated = self._agreed()
        return Session(
            self._session_id,
            negotiated.suite,
            self._keys.master,
            negotiated.extended_master_secret,
            self.peer,
        )

    def _send_hello(self) -> None:
        self._transcript.clear()
        self._begin_flight()
        sent = self._add(self._offer)
        self._hello = sent if isinstance(sent, ClientHello) else self._offer
        self._send_flight()

    def _handle(self, message: Message, whole: Fragment, plaintext: Plaintext) -> None:
        state = self._state
        match message:
            case HelloVerifyRequest() if state is _State.SERVER_HELLO:
                self._answer_cookie(message)
                return
            case ServerHello() if state is _State.SERVER_HELLO:
                self._transcript += bytes(whole)
                self._server_hello(message)
                return
            case Finished() if state is _State.FINISHED:
                self._server_finished(message, whole, plaintext)
                return
            case CertificateMessage() if state is _State.CERTIFICATE:
                self._peer_key = verified(self.config, message, "server")
                self.peer = peer_of(message)
                self._state = _State.SERVER_KEY_EXCHANGE
            case ServerKeyExchange() if state is _State.SERVER_KEY_EXCHANGE:
                self._server_key_exchange(message)
            case CertificateRequest() if state is _State.CERTIFICATE_REQUEST:
                self._request = message
                self._state = _State.SERVER_HELLO_DONE
            case ServerHelloDone() if self._may_be_done:
                self._transcript += bytes(whole)
                self._answer_hello()
                return
            case _:
                raise self._unexpected(message, state.text)
        self._transcript += bytes(whole)

    @property
    def _may_be_done(self) -> bool:
        """PSK leaves the ServerKeyExchange out where there is no hint (RFC 4279 §2)."""
        kind = self._negotiated.suite.key_exchange if self._negotiated is not None else None
        without_hint = self._state is _State.SERVER_KEY_EXCHANGE and kind is not None and not kind.ephemeral
        return without_hint or self._state in (_State.CERTIFICATE_REQUEST, _State.SERVER_HELLO_DONE)

    def _answer_cookie(self, request: HelloVerifyRequest) -> None:
        self._cookies += 1
        if self._cookies > MAXIMUM_COOKIES:
            raise DtlsError(
                AlertDescription.HANDSHAKE_FAILURE, f"the server refused {MAXIMUM_COOKIES} of its own cookies"
            )
        self._offer = replace(self._offer, cookie=request.cookie)
        self._send_hello()

    def _server_hello(self, hello: ServerHello) -> None:
        negotiated = accept(self.config, self._hello, hello)
        session = self.config.session
        self._server_random, self._session_id = hello.random, hello.session_id
        if session is not None and hello.session_id and hello.session_id == session.id:
            _require_same(session, negotiated)
            self._resumed = True
            self.peer = session.peer
            self._adopt(negotiated)
            self._use_keys(
                HandshakeKeys("client", negotiated, self._hello.random, hello.random, session.master_secret)
            )
            self._state = _State.FINISHED
            return
        self._adopt(negotiated)
        certificate = negotiated.suite.key_exchange.certificate
        self._state = _State.CERTIFICATE if certificate else _State.SERVER_KEY_EXCHANGE

    def _server_key_exchange(self, message: ServerKeyExchange) -> None:
        kind = self._agreed().suite.key_exchange
        parameters = message.parameters
        if parameters is not None and parameters.group not in self.config.groups:
            raise DtlsError(AlertDescription.ILLEGAL_PARAMETER, f"curve {parameters.group} was not offered")
        if message.signature is not None and parameters is not None and self._peer_key is not None:
            if message.signature.algorithm not in self.config.signature_algorithms:
                raise DtlsError(
                    AlertDescription.ILLEGAL_PARAMETER,
                    f"signature algorithm 0x{message.signature.algorithm:04x} was not offered",
                )
            prove(
                self._peer_key,
                message.signature,
                self._hello.random + self._server_random + bytes(parameters),
            )
        self._parameters = parameters
        self._state = _State.CERTIFICATE_REQUEST if kind.certificate else _State.SERVER_HELLO_DONE

    def _answer_hello(self) -> None:
        negotiated = self._agreed()
        kind = negotiated.suite.key_exchange
        self._begin_flight()
        signer = self.config.signer(negotiated.own_certificate_type) if self._request is not None else None
        if self._request is not None:
            self._add(shown_by(signer))
        ephemeral = self._ephemeral()
        psk = self.config.psk if kind.psk else None
        if kind.psk and psk is None:
            raise DtlsError(
                AlertDescription.HANDSHAKE_FAILURE,
                f"{negotiated.suite} needs a pre-shared key, and we have none",
            )
        if psk is not None:
            self.peer = PeerIdentity(psk_identity=psk.identity)
        self._add(
            ClientKeyExchange(
                identity=psk.identity if psk is not None else None,
                point=ephemeral.public if ephemeral is not None else None,
            )
        )
        shared = None
        if ephemeral is not None and self._parameters is not None:
            shared = ephemeral.shared(self._parameters.point)
        premaster = psk_premaster(psk.key, shared) if psk is not None else shared or b""
        self._use_keys(
            HandshakeKeys.agreed(
                "client",
                negotiated,
                self._hello.random,
                self._server_random,
                premaster,
                bytes(self._transcript),
            )
        )
        if signer is not None:
            self._prove_ourselves(signer)
        self._add_change_and_finished()
        self._state = _State.FINISHED
        self._send_flight()

    def _ephemeral(self) -> EcdhKey | None:
        if self._parameters is None:
            return None
        return EcdhKey.generate(NamedGroup(self._parameters.group), self._random)

    def _prove_ourselves(self, signer: RawPublicKey | Certificate) -> None:
        assert self._request is not None
        suited = SignatureAlgorithm.suits(signer.private)
        algorithms = (suited, *self.config.signature_algorithms)
        algorithm = next((each for each in algorithms if each in self._request.signature_algorithms), None)
        if algorithm is None:
            raise DtlsError(
                AlertDescription.HANDSHAKE_FAILURE, "the server takes none of our signature algorithms"
            )
        self._add(CertificateVerify(signed(signer, algorithm, bytes(self._transcript))))

    def _server_finished(self, message: Finished, whole: Fragment, plaintext: Plaintext) -> None:
        if not plaintext.epoch:
            raise self._unexpected(message, "ChangeCipherSpec")
        self._established_keys().require_finished("server", bytes(self._transcript), message)
        self._transcript += bytes(whole)
        if self._resumed:
            self._begin_flight()
            self._add_change_and_finished()
            self._send_flight(await_answer=False)
        self._establish(last_flight_is_ours=self._resumed)

    def _keep_session(self) -> None:
        """The caller keeps it: see `session`."""

    def _forget_session(self) -> None:
        self._session_id = b""


def _require_same(session: Session, negotiated: Negotiated) -> None:
    """A session goes on as it was (RFC 5246 §7.4.1.3, RFC 7627 §5.3)."""
    if negotiated.suite != session.suite:
        raise DtlsError(
            AlertDescription.ILLEGAL_PARAMETER,
            f"the session had {session.suite}, and it is resumed with {negotiated.suite}",
        )
    if negotiated.extended_master_secret != session.extended_master_secret:
        raise DtlsError(
            AlertDescription.HANDSHAKE_FAILURE,
            "the session is resumed with another choice of extended master secret",
        )
