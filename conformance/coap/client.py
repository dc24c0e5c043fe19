"""The client's side of an endpoint: single exchanges, and what answers which request (RFC 7252 §5.3)."""

from __future__ import annotations

import asyncio
import time

from conformance.coap.carrier import Address
from conformance.coap.codec import encode
from conformance.coap.exchange import Exchange, Outcome, Received
from conformance.coap.message import Message, Type
from conformance.coap.observation import Observation
from conformance.coap.reliability import Admission, Ending, Reliability, Transmission
from conformance.coap.wire import Wire


class Pending:
    """A request that waits for its end."""

    def __init__(self, exchange: Exchange, admission: Admission | None) -> None:
        self.exchange = exchange
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transmission: Transmission | None = None
        self.started = time.monotonic()
        self._admission = admission

    def finish(self, outcome: Outcome) -> None:
        if not self.done.done():
            self.exchange.outcome = outcome
            self.done.set_result(None)
        self.leave()

    def ended(self, ending: Ending) -> None:
        if ending in ("reset", "timeout", "unreachable"):
            self.finish(ending)

    def leave(self) -> None:
        """The interaction is no longer outstanding (RFC 7252 §4.7)."""
        if self._admission is not None:
            self._admission.leave(self.exchange.remote)
            self._admission = None


class Client:
    """Requests on their way, and the observations that grew out of them."""

    def __init__(self, wire: Wire, reliability: Reliability, nstart: int) -> None:
        self._wire = wire
        self._reliability = reliability
        self._admission = Admission(nstart)
        self._by_mid: dict[tuple[Address, int], Pending] = {}
        self._by_token: dict[tuple[Address, bytes], Pending] = {}
        self._observations: dict[tuple[Address, bytes], Observation] = {}

    async def single(
        self,
        message: Message,
        remote: Address,
        limit: float,
        *,
        raw: bytes | None = None,
        admitted: bool = True,
    ) -> Exchange:
        """Send one message and wait at most `limit` seconds for its end.

        `raw` is sent in place of the message, once; `admitted` false passes NSTART by.
        """
        exchange = Exchange(message, remote)
        deadline = asyncio.get_running_loop().time() + limit
        if admitted:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._admission.enter(remote)
            except TimeoutError:
                return exchange
        pending = Pending(exchange, self._admission if admitted else None)
        mid_key, token_key = (remote, message.mid), (remote, message.token)
        self._by_mid[mid_key] = self._by_token[token_key] = pending
        if message.is_request and message.observe == 0:
            exchange.observation = Observation(message, remote, self.forget)
            exchange.observation.first = exchange
        try:
            self._send(pending, raw)
            async with asyncio.timeout_at(deadline):
                await pending.done
        except TimeoutError:
            pending.finish("timeout")
        finally:
            pending.leave()
            if pending.transmission is not None:
                self._reliability.end(pending.transmission, "cancelled")
            if self._by_mid.get(mid_key) is pending:
                del self._by_mid[mid_key]
            if self._by_token.get(token_key) is pending:
                del self._by_token[token_key]
            exchange.retransmissions = max(0, len(exchange.sent) - 1)
        return exchange

    def _send(self, pending: Pending, raw: bytes | None) -> None:
        exchange = pending.exchange
        message, remote = exchange.request, exchange.remote
        if raw is None and message.type is Type.CON:
            pending.transmission = self._reliability.start(
                encode(message), remote, message.mid, exchange.sent, pending.ended
            )
        else:
            exchange.sent.append(self._wire.send(message if raw is None else raw, remote))

    def acknowledged(self, received: Received) -> bool:
        """An empty ACK came; False when nobody waits for it."""
        key = (received.remote, received.message.mid)
        pending, transmission = self._by_mid.get(key), self._reliability.match(*key)
        if transmission is not None:
            self._reliability.end(transmission, "acknowledged")
        if pending is not None:
            pending.exchange.acknowledged = True
            pending.leave()
            if not pending.exchange.request.is_request:
                pending.finish("acknowledged")
        return pending is not None or transmission is not None

    def reset(self, received: Received) -> bool:
        """A Reset came; False when nobody waits for it."""
        key = (received.remote, received.message.mid)
        pending, transmission = self._by_mid.get(key), self._reliability.match(*key)
        if transmission is not None:
            self._reliability.end(transmission, "reset")
        if pending is not None:
            pending.finish("reset")
        return pending is not None or transmission is not None

    def piggybacked(self, received: Received) -> bool:
        """A response in an ACK came; False when nobody waits for it."""
        key = (received.remote, received.message.mid)
        pending = self._by_mid.get(key)
        if pending is None:
            return False
        pending.exchange.acknowledged = True
        wanted, token = pending.exchange.request.token, received.message.token
        if token != wanted:
            self._reject(
                pending, f"ACK with token {token.hex()!r} instead of {wanted.hex()!r}", received.frame
            )
        else:
            self._respond(pending, received)
        return True

    def separate(self, received: Received) -> bool:
        """A response of its own came; False when no request has its token."""
        pending = self._by_token.get((received.remote, received.message.token))
        if pending is None or not pending.exchange.request.is_request:
            self._note_stranger(received)
            return False
        observed = self._observations.get((received.remote, received.message.token))
        if observed is not None and received.message.observe is not None:
            return False
        pending.exchange.separate = True
        self._respond(pending, received)
        return True

    def rejected(self, message: Message, remote: Address, reason: str, frame: int) -> bool:
        """What came must be rejected; the request it answers learns of it. False when it answers none."""
        pending = self._by_mid.get((remote, message.mid)) if message.type in (Type.ACK, Type.RST) else None
        if pending is None and not message.is_request and not message.is_empty:
            pending = self._by_token.get((remote, message.token))
        if pending is None:
            return False
        self._reject(pending, reason, frame)
        return True

    def unreachable(self, remote: Address) -> None:
        """The remote host says that nothing listens on this port."""
        self._reliability.unreachable(remote)
        for pending in [one for one in self._by_mid.values() if one.exchange.remote == remote]:
            pending.finish("unreachable")

    def observation(self, remote: Address, token: bytes) -> Observation | None:
        """The observation whose notifications have this token, or None."""
        return self._observations.get((remote, token))

    def forget(self, observation: Observation) -> None:
        key = (observation.remote, observation.token)
        if self._observations.get(key) is observation:
            del self._observations[key]

    def clear_observations(self) -> None:
        for observation in list(self._observations.values()):
            observation.close()
        self._observations.clear()

    def close(self) -> None:
        for pending in [*self._by_mid.values(), *self._by_token.values()]:
            pending.finish("timeout")
        self.clear_observations()

    def _respond(self, pending: Pending, received: Received) -> None:
        exchange = pending.exchange
        exchange.response = received
        exchange.body = received.body
        exchange.round_trip = received.time - pending.started
        if pending.transmission is not None:
            self._reliability.end(pending.transmission, "acknowledged")
        self._follow_observation(exchange, received.message)
        pending.finish("response")

    def _follow_observation(self, exchange: Exchange, response: Message) -> None:
        key = (exchange.remote, exchange.request.token)
        if exchange.observation is not None:
            if response.code.is_success and response.observe is not None:
                exchange.observation.active = True
                self._observations[key] = exchange.observation
        elif exchange.request.observe == 1 and response.code.is_success and key in self._observations:
            self._observations.pop(key).close()

    def _reject(self, pending: Pending, reason: str, frame: int) -> None:
        pending.exchange.violations.append(f"{reason} (frame {frame})")
        pending.finish("rejected")

    def _note_stranger(self, received: Received) -> None:
        token, remote = received.message.token, received.remote
        for (wanted, candidate), pending in self._by_token.items():
            if token and candidate == token and wanted != remote:
                here, there = f"{remote[0]}:{remote[1]}", f"{wanted[0]}:{wanted[1]}"
                text = f"response from {here} instead of {there} (RFC 7252 §5.3.2) (frame {received.frame})"
                pending.exchange.violations.append(text)
