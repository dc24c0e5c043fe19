"""The server's end of a handshake (RFC 5246 §7.3, RFC 6347 §4.2.4)."""

from __future__ import annotations

from enum import Enum, auto

from cryptography.hazmat.primitives.asymmetric import ec

from conformance.dtls.agreement import EcdhKey
from conformance.dtls.authentication import CertificateMessage, peer_of, prove, shown_by, signed, verified
from conformance.dtls.certificates import CertificateRequest
from conformance.dtls.configuration import Configuration
from conformance.dtls.cookie import cookie_for, is_valid
from conformance.dtls.errors import AlertDescription, DtlsError
from conformance.dtls.events import DiscardReason, PeerIdentity
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
from conformance.dtls.message import Fragment, HandshakeType, Message
from conformance.dtls.random_source import RandomSource
from conformance.dtls.records import Plaintext
from conformance.dtls.script import Script
from conformance.dtls.server_negotiation import Choice, answer, choose, resumable
from conformance.dtls.session import Session

SESSION_ID_LENGTH = 32


class _State(Enum):
    CLIENT_HELLO = auto()
    CERTIFICATE = auto()
    CLIENT_KEY_EXCHANGE = auto()
    CERTIFICATE_VERIFY = auto()
    FINISHED = auto()

    @property
    def text(self) -> str:
        return self.name.title().replace("_", "")


class Server(Handshaking):
    """Answers a client; `address` is what the cookie is bound to, any bytes that stand for where it is."""

    role = "server"

    def __init__(
        self, config: Configuration, random: RandomSource, address: bytes = b"", script: Script | None = None
    ) -> None:
        super().__init__(config, random, script)
        self._address = address
        self._state = _State.CLIENT_HELLO
        self._client_random = self._server_random = b""
        self._choice: Choice | None = None
        self._ephemeral: EcdhKey | None = None
        self._peer_key: ec.EllipticCurvePublicKey | None = None

    @property
    def client_random(self) -> bytes:
        """The random of the ClientHello that is being answered; empty before there is one."""
        return self._client_random

    def _begins_anew(self, fragment: Fragment, plaintext: Plaintext) -> bool:
        return (
            self._state is _State.CLIENT_HELLO
            and fragment.type == HandshakeType.CLIENT_HELLO
            and plaintext.epoch == 0
            and fragment.message_seq != self._reassembly.next
        )

    def _handle(self, message: Message, whole: Fragment, plaintext: Plaintext) -> None:
        state = self._state
        match message:
            case ClientHello() if state is _State.CLIENT_HELLO:
                self._client_hello(message, whole, plaintext)
            case CertificateMessage() if state is _State.CERTIFICATE:
                self._transcript += bytes(whole)
                self._client_certificate(message)
            case ClientKeyExchange() if state is _State.CLIENT_KEY_EXCHANGE:
                self._transcript += bytes(whole)
                self._client_key_exchange(message)
            case CertificateVerify() if state is _State.CERTIFICATE_VERIFY:
                self._certificate_verify(message)
                self._transcript += bytes(whole)
            case Finished() if state is _State.FINISHED:
                self._client_finished(message, whole, plaintext)
            case _:
                raise self._unexpected(message, state.text)

    def _client_hello(self, hello: ClientHello, whole: Fragment, plaintext: Plaintext) -> None:
        secret = self.config.cookie_secret
        if secret is not None and not is_valid(secret, self._address, hello):
            self._ask_for_cookie(secret, hello, whole, plaintext)
            return
        if secret is None and whole.message_seq:
            raise self._out_of_order(whole)
        session = resumable(self.config, hello)
        choice = Choice(session.suite) if session is not None else choose(self.config, hello)
        negotiated, extensions = answer(self.config, hello, choice.suite, session is not None)
        if session is not None and session.extended_master_secret != negotiated.extended_master_secret:
            session, choice = None, choose(self.config, hello)
            negotiated, extensions = answer(self.config, hello, choice.suite, resumed=False)
        self._choice = choice
        self._client_random, self._server_random = hello.random, self._random(RANDOM_LENGTH)
        self._transcript = bytearray(bytes(whole))
        self._layer.continue_at(plaintext.sequence)
        self._message_seq = whole.message_seq
        self._begin_flight()
        if session is not None:
            self._session_id = session.id
        elif self.config.sessions is not None:
            self._session_id = self._random(SESSION_ID_LENGTH)
        sent = self._add(
            ServerHello(
                random=self._server_random,
                suite=choice.suite.number,
                session_id=self._session_id,
                extensions=extensions,
            )
        )
        if isinstance(sent, ServerHello):
            self._server_random = sent.random
        self._adopt(negotiated)
        if session is not None:
            self._resume(session)
        else:
            self._offer_keys(choice)

    def _out_of_order(self, whole: Fragment) -> DtlsError:
        return DtlsError(
            AlertDescription.UNEXPECTED_MESSAGE,
            f"a first ClientHello with message_seq {whole.message_seq} (RFC 6347 §4.2.2)",
        )

    def _ask_for_cookie(
        self, secret: bytes, hello: ClientHello, whole: Fragment, plaintext: Plaintext
    ) -> None:
        """Answer without keeping anything: the same numbers as the hello had (RFC 6347 §4.2.1, §4.2.2)."""
        if whole.message_seq and not hello.cookie:
            self._discard(DiscardReason.OUT_OF_PLACE, bytes(whole), str(self._out_of_order(whole)))
            return
        self._layer.continue_at(plaintext.sequence)
        self._message_seq = whole.message_seq
        self._begin_flight()
        self._add(HelloVerifyRequest(cookie_for(secret, self._address, hello)))
        self._send_flight(await_answer=False)
        self._flight = []
        self._transcript.clear()

    def _resume(self, session: Session) -> None:
        self._resumed = True
        self.peer = session.peer
        self._use_keys(
            HandshakeKeys(
                "server", self._agreed(), self._client_random, self._server_random, session.master_secret
            )
        )
        self._add_change_and_finished()
        self._state = _State.FINISHED
        self._send_flight()

    def _offer_keys(self, choice: Choice) -> None:
        kind = choice.suite.key_exchange
        if choice.signer is not None:
            self._add(shown_by(choice.signer))
        key_exchange = self._server_key_exchange(choice)
        if key_exchange is not None:
            self._add(key_exchange)
        self._state = _State.CLIENT_KEY_EXCHANGE
        if kind.certificate and self.config.verify_peer:
            self._add(CertificateRequest(tuple(self.config.signature_algorithms)))
            self._state = _State.CERTIFICATE
        self._add(ServerHelloDone())
        self._send_flight()

    def _server_key_exchange(self, choice: Choice) -> ServerKeyExchange | None:
        kind = choice.suite.key_exchange
        hint = self.config.identity_hint if kind.psk else None
        if choice.group is None:
            return ServerKeyExchange(identity_hint=hint) if hint is not None else None
        self._ephemeral = EcdhKey.generate(choice.group, self._random)
        parameters = EcParameters(choice.group, self._ephemeral.public)
        if choice.signer is None or choice.algorithm is None:
            return ServerKeyExchange(identity_hint=hint or b"", parameters=parameters)
        data = self._client_random + self._server_random + bytes(parameters)
        return ServerKeyExchange(
            parameters=parameters, signature=signed(choice.signer, choice.algorithm, data)
        )

    def _client_certificate(self, message: CertificateMessage) -> None:
        if not message.chain and message.public_key is None:
            raise DtlsError(AlertDescription.HANDSHAKE_FAILURE, "the client shows no certificate")
        self._peer_key = verified(self.config, message, "client")
        self.peer = peer_of(message)
        self._state = _State.CLIENT_KEY_EXCHANGE

    def _client_key_exchange(self, message: ClientKeyExchange) -> None:
        shared = None
        if self._ephemeral is not None:
            shared = self._ephemeral.shared(message.point or b"")
        premaster = shared or b""
        if message.identity is not None:
            premaster = psk_premaster(self._pre_shared_key(message.identity), shared)
            self.peer = PeerIdentity(psk_identity=message.identity)
        self._use_keys(
            HandshakeKeys.agreed(
                "server",
                self._agreed(),
                self._client_random,
                self._server_random,
                premaster,
                bytes(self._transcript),
            )
        )
        self._state = _State.CERTIFICATE_VERIFY if self._peer_key is not None else _State.FINISHED

    def _pre_shared_key(self, identity: bytes) -> bytes:
        store = self.config.psk_store
        psk = store.lookup(identity) if store is not None else None
        if psk is None:
            raise DtlsError(
                AlertDescription.UNKNOWN_PSK_IDENTITY, f"no key is known for the identity {identity!r}"
            )
        return psk.key

    def _certificate_verify(self, message: CertificateVerify) -> None:
        assert self._peer_key is not None
        if message.signature.algorithm not in self.config.signature_algorithms:
            raise DtlsError(
                AlertDescription.ILLEGAL_PARAMETER,
                f"signature algorithm 0x{message.signature.algorithm:04x} was not asked for",
            )
        prove(self._peer_key, message.signature, bytes(self._transcript))
        self._state = _State.FINISHED

    def _client_finished(self, message: Finished, whole: Fragment, plaintext: Plaintext) -> None:
        if not plaintext.epoch:
            raise self._unexpected(message, "ChangeCipherSpec")
        self._established_keys().require_finished("client", bytes(self._transcript), message)
        self._transcript += bytes(whole)
        if not self._resumed:
            self._begin_flight()
            self._add_change_and_finished()
            self._send_flight(await_answer=False)
        self._establish(last_flight_is_ours=not self._resumed)

    def _keep_session(self) -> None:
        sessions = self.config.sessions
        if sessions is not None and self._session_id and self._keys is not None:
            negotiated = self._agreed()
            sessions.add(
                Session(
                    self._session_id,
                    negotiated.suite,
                    self._keys.master,
                    negotiated.extended_master_secret,
                    self.peer,
                )
            )

    def _forget_session(self) -> None:
        if self.config.sessions is not None and self._session_id:
            self.config.sessions.remove(self._session_id)
