"""What DTLS owes a device and a server that share a key: a suite for both, and nothing in clear."""

from conformance.dtls.suites import SUITES
from conformance.matching import one_of
from conformance.pair.listener import Listener
from conformance.pair.pair import Pair
from conformance.verdicts import HarnessError, Inconclusive, Level, Subject

CCM_8, CBC = "TLS_PSK_WITH_AES_128_CCM_8", "TLS_PSK_WITH_AES_128_CBC_SHA256"
MODE_CLAUSE = "LwM2M Transport 1.1.1 §5.2.8.1"


def judge_suites(pair: Pair) -> None:
    """Judge what the device offered and what the server chose of it.

    Records ``hello.suites`` and ``hello.beside-cbc`` for the device, ``hello.suite`` for the server.

    Raises:
        CheckFailed: the device offers none of the suites that a server has, or the server chose another.
        Inconclusive: no handshake passed.
    """
    listener = _listener(pair)
    client, server = listener.client_hello, listener.server_hello
    if client is None or server is None:
        raise Inconclusive("preamble: no handshake passed between device and server")
    offered = [_name(number) for number in client.suites]
    subject = Subject("hello")
    device = pair.device.context.record
    device.judge(
        "hello.suites",
        one_of(CCM_8, CBC),
        next((name for name in offered if name in (CCM_8, CBC)), None),
        what="ClientHello with a suite that every server has:",
        actual=f"ClientHello with {', '.join(offered)}",
        subject=subject,
        clause=MODE_CLAUSE,
    )
    device.judge(
        "hello.beside-cbc",
        True,
        any(name != CBC and name in _KNOWN for name in offered),
        what="ClientHello with a suite beside that of CBC:",
        actual=f"ClientHello with {', '.join(offered)}",
        subject=subject,
        clause=MODE_CLAUSE,
        level=Level.SHOULD,
    )
    pair.server.context.record.judge(
        "hello.suite",
        one_of(*offered),
        _name(server.suite),
        what="ServerHello with",
        subject=subject,
        clause="RFC 5246 §7.4.1.3",
    )


def judge_secrecy(pair: Pair) -> None:
    """Judge that neither side sent anything without protection; records ``clear.absent`` for both.

    Raises:
        CheckFailed: one did.
    """
    for sender, context in (("device", pair.device.context), ("server", pair.server.context)):
        leak = next((leak for leak in _listener(pair).leaks if leak.sender == sender), None)
        context.record.judge(
            "clear.absent",
            None,
            leak.what if leak else None,
            what="nothing in clear, not",
            actual=leak.what if leak else "nothing in clear",
            subject=Subject("datagram", leak.frame if leak else None),
            clause="LwM2M Transport 1.1.1 §5.2",
        )


def _listener(pair: Pair) -> Listener:
    if pair.wire.listener is None:
        raise HarnessError("nobody reads along here: the case runs without security")
    return pair.wire.listener


_KNOWN = {suite.name for suite in SUITES.values()}


def _name(number: int) -> str:
    return SUITES[number].name if number in SUITES else f"0x{number:04X}"
