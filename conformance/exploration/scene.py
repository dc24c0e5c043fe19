"""What the deeds of a player share: the device, what is believed of it, and how an answer is performed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from conformance.coap.endpoint import Exchange
from conformance.exploration.belief import Belief
from conformance.exploration.surface import Surface
from conformance.formats import TypeOf, Value
from conformance.matching import code_class, matches
from conformance.messages import Path
from conformance.messages.codes import BAD_REQUEST, NOT_FOUND, REQUEST_ENTITY_TOO_LARGE
from conformance.messages.content import composite_payload, payload_of
from conformance.messages.management import ManagementOperation, Payload
from conformance.roles.answer import Answer
from conformance.roles.device import Device
from conformance.roles.preamble import needs_room
from conformance.verdicts import CaseRecord, Subject

REFUSED = code_class(4)
FAILED = matches(r"[45]\.\d\d")
Change = tuple[Value | None, Value]
"""What a Resource held before, None where that is not certain, and what it holds now."""


@dataclass
class Scene:
    """One conversation. `patience` is the time in seconds that an answer or a notification has; `notes`
    counts what is remarkable and no violation."""

    device: Device
    surface: Surface
    patience: float
    notes: dict[str, int] = field(default_factory=dict)
    belief: Belief = field(init=False)
    type_of: TypeOf = field(init=False)

    def __post_init__(self) -> None:
        self.belief = Belief(self.surface)
        self.type_of = self.surface.type_of(self.device.context.type_of)

    async def perform(self, operation: ManagementOperation) -> Answer:
        """The answer to an operation, within the patience of the player."""
        return await self.device.perform(operation, limit=self.patience)

    def answer(self, operation: str, path: Path, exchange: Exchange) -> Answer:
        """An exchange that was made below the level of operations."""
        return Answer(
            self.device.context.record, operation, path, exchange, self.type_of, limit=self.patience
        )

    def payload(self, path: Path, values: Value | Mapping[int, Value], content_format: int) -> Payload:
        """The payload that carries the values."""
        return payload_of(path, values, content_format, self.type_of)

    def composite(self, values: Mapping[Path, Value], content_format: int) -> Payload:
        """The payload of a Write-Composite."""
        return composite_payload(values, content_format, self.type_of)

    def begin_record(self) -> None:
        """Put the checks that follow into a record of their own, in which no id has been used."""
        record = self.device.context.record
        self.device.context.record = CaseRecord(record.requirements, record.clause)

    def note(self, text: str) -> None:
        """Count something that is no violation."""
        self.notes[text] = self.notes.get(text, 0) + 1

    def expect_refused(self, answer: Answer, code: object = REFUSED) -> None:
        """The answer is an error, by right this one; a 5.xx is noted, since no text forbids it.

        Raises:
            CheckFailed: it is none, or no answer.
        """
        answer.expect(code=code, tolerated={"code": FAILED})
        if answer.code is not None and answer.code.startswith("5."):
            self.note(f"a request was refused with {answer.code} where a 4.xx would do")

    def expect_not_found(self, answer: Answer) -> None:
        """The answer is 4.04, or another 4.xx of a device that looks for the right or the operation before.

        Raises:
            CheckFailed: it is none, or no answer.
        """
        answer.expect(code=NOT_FOUND, tolerated={"code": REFUSED})

    def is_done(self, answer: Answer, code: str) -> bool:
        """Whether what a device may refuse was done; the code of a refusal is noted.

        Raises:
            CheckFailed: it was neither done nor refused.
        """
        answer.expect(code=code, tolerated={"code": FAILED})
        if answer.code != code:
            self.note(f"the request for {answer.path} was refused with {answer.code}")
        return answer.code == code

    def declined(self, answer: Answer, values: Iterable[Value]) -> bool:
        """Whether a device refuses to hold values that take more room than it need have."""
        if not answer.answered or answer.code not in (BAD_REQUEST, REQUEST_ENTITY_TOO_LARGE):
            return False
        if not any(map(needs_room, values)):
            return False
        self.note(f"a value that needs room was refused with {answer.code}")
        return True

    def judge(self, check: str, expectation: object, value: object, answer: Answer) -> None:
        """Record a check about an answer that is no field of it.

        Raises:
            CheckFailed: the value is not as expected.
        """
        self.device.context.record.judge(
            check,
            expectation,
            value,
            subject=Subject(check, answer.frame),
            what=f"answer for {answer.path} with",
        )
