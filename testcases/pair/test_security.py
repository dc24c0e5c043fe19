"""A device and a server that share a key speak in private (LwM2M Transport 1.1.1 §5.2)."""

from conformance.matching import PRESENT
from conformance.pair.pair import Pair
from conformance.pair.secrecy import judge_secrecy, judge_suites
from conformance.testcase import MODES, testcase


@testcase(
    "PAIR-SEC-01",
    verifies=["SEC-002", "SEC-003"],
    clause="LwM2M Transport 1.1.1 §5.2",
    applies="device",
    partner="server & verb_read",
    security=MODES,
)
async def test_nothing_is_said_in_clear(pair: Pair) -> None:
    """Device and server agree on a suite that both may use, and everything between them is protected."""
    await pair.registered()
    judge_suites(pair)
    read = await pair.read("/3/0/0")
    read.expect_value(PRESENT)
    judge_secrecy(pair)
