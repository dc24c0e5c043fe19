"""Refusals by codes of CoAP that the tables of LwM2M do not have."""

from conformance.matching import one_of
from conformance.messages.codes import BAD_OPTION, BAD_REQUEST
from conformance.roles.answer import Answer
from conformance.verdicts import Level

INTERNAL_SERVER_ERROR = "5.00"


def expect_refused(answer: Answer, code: str = BAD_OPTION) -> None:
    """The request was refused by the code that CoAP demands; 4.02 is that of who does not know the option.

    LwM2M calls the codes in its tables the only valid ones, among which are neither 4.02 nor 4.12 nor 5.05,
    and demands 5.00 where none of them fits (LwM2M Transport 1.1 §6.7): 4.00 is tolerated, 5.00 a warning.

    Raises:
        CheckFailed: it was not refused, or otherwise.
    """
    unspecific = answer.answered and answer.code == INTERNAL_SERVER_ERROR
    answer.expect(
        code=code,
        tolerated={"code": one_of(BAD_OPTION, BAD_REQUEST)},
        level=Level.SHOULD if unspecific else Level.MUST,
    )
