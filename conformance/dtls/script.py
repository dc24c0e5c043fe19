"""A script's hold on what an association sends: messages, flights, records before and after protection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from conformance.dtls.flights import FlightItem
from conformance.dtls.message import Fragment, Message
from conformance.dtls.records import Plaintext, Record


@dataclass(frozen=True)
class OutgoingMessage:
    """A handshake message before it is framed.

    Where `in_transcript` is set, our own Finished and keys count it as sent, so that the handshake can go on
    over a changed message. A script that inserts a message gives it and those after it their message_seq.
    """

    message: Message
    message_seq: int
    epoch: int
    in_transcript: bool = True

    @property
    def fragment(self) -> Fragment:
        """The message in one piece."""
        return Fragment.whole(self.message.type, self.message_seq, self.message.body())


@dataclass
class Script:
    """Disturbs what an association sends; each hook gets one thing and returns what is sent in its place.

    The message that follows is numbered after the last one that `message` returned. `flight` is called once
    for a flight and may reorder it; what it returns is also what is repeated later. `plaintext` and `record`
    are called for every record, repeated ones too.
    """

    message: Callable[[OutgoingMessage], Iterable[OutgoingMessage]] | None = None
    flight: Callable[[tuple[FlightItem, ...]], Iterable[FlightItem]] | None = None
    plaintext: Callable[[Plaintext], Iterable[Plaintext]] | None = None
    record: Callable[[Record], Iterable[Record]] | None = None
    sent: list[Record] = field(default_factory=list)
    """Every record that was sent, for replays."""

    def rest(self) -> None:
        """Take no part any more in what is sent, and forget what was."""
        self.message = self.flight = self.plaintext = self.record = None
        self.sent.clear()

    def messages(self, message: OutgoingMessage) -> list[OutgoingMessage]:
        return [message] if self.message is None else list(self.message(message))

    def items(self, items: tuple[FlightItem, ...]) -> list[FlightItem]:
        return list(items) if self.flight is None else list(self.flight(items))

    def plaintexts(self, plaintext: Plaintext) -> list[Plaintext]:
        return [plaintext] if self.plaintext is None else list(self.plaintext(plaintext))

    def records(self, record: Record) -> list[Record]:
        records = [record] if self.record is None else list(self.record(record))
        self.sent += records
        return records
