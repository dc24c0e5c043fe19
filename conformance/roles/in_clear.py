"""A request that comes in clear where everything is to come over DTLS."""

from conformance.matching import one_of
from conformance.roles.answer import Answer


def expect_unserved(answer: Answer) -> None:
    """It is not served: silence is what DTLS makes of it (RFC 6347 §4.1.2.7).

    A Reset and an error, in clear as well, serve nobody either and are tolerated. Records
    ``<operation>.outcome``.

    Raises:
        CheckFailed: it was answered as if it had come over DTLS.
    """
    refused = answer.code is not None and answer.code[0] in "45"
    tolerated = one_of("reset", "response") if refused else "reset"
    answer.expect(outcome="timeout", tolerated={"outcome": tolerated})
