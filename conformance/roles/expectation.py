"""What answers and arrivals share: expecting their fields, which records checks, or requiring them, which
makes the case inconclusive."""

from collections.abc import Mapping, Sequence

from conformance.matching import as_matcher, describe, plain, satisfies, show
from conformance.verdicts import CaseRecord, Inconclusive, Level, Subject


class Judged:
    """Something received whose fields can be expected, required or noted.

    `source` says what its checks rest on: ``wire`` or, for what an adapter told, ``live``.
    """

    source = "wire"

    def __init__(self, record: CaseRecord, operation: str, label: str) -> None:
        self._record = record
        self._operation = operation
        self._label = label

    @property
    def frame(self) -> int | None:
        """The number of the frame that carried it; None when nothing came."""
        raise NotImplementedError

    def field(self, name: str) -> object:
        """The value of a field; raises `Unreadable` when there is none to be had."""
        raise NotImplementedError

    def expect(
        self,
        *,
        name: str | None = None,
        level: Level = Level.MUST,
        tolerated: Mapping[str, object] | None = None,
        clause: str | None = None,
        for_: Sequence[str] | None = None,
        limit: float | None = None,
        **fields: object,
    ) -> None:
        """Record one check per named field, with the id ``<operation>.<field>``, or ``<name>.<field>``.

        `level` SHOULD turns a failure into a pass with a warning; `tolerated` gives, per field, what is
        permitted by another reading; `for_` narrows the requirements that the checks count for.

        Raises:
            CheckFailed: a MUST does not hold; the case ends there.
        """
        for field, expectation in fields.items():
            actual = None
            try:
                value = self.field(field)
            except UnreadableError as problem:
                value, actual = {"unreadable": str(problem)}, str(problem)
            self._record.judge(
                f"{name or self._operation}.{field}",
                expectation,
                value,
                subject=Subject(f"{self._operation}.{field}", self.frame),
                what=f"{self._label} with {field}",
                actual=f"{self._label}: {actual}" if actual else None,
                level=level,
                tolerated=(tolerated or {}).get(field),
                clause=clause,
                for_=for_,
                limit=limit,
                source=self.source,
            )

    def require(self, **fields: object) -> None:
        """Demand a step of the preamble.

        Raises:
            Inconclusive: a field is not as demanded, so that the subject of the case cannot be judged.
        """
        for field, expectation in fields.items():
            try:
                value = plain(self.field(field))
            except UnreadableError as problem:
                raise Inconclusive(f"preamble: {self._label}: {problem}") from None
            matcher = as_matcher(expectation)
            if not satisfies(matcher, value):
                raise Inconclusive(
                    f"preamble: {self._label} with {field} {describe(matcher)} was needed, "
                    f"{show(value)} came (frame {self.frame})"
                )

    def note(self, text: str, *, ambiguity: str | None = None) -> None:
        """Record an observation about this message."""
        self._record.note(f"{self._label}: {text}", frame=self.frame, ambiguity=ambiguity)


class UnreadableError(Exception):
    """A field cannot be read: nothing came, or the payload is malformed; the text says which."""
