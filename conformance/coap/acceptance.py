"""What the options of a message keep a receiver from doing (RFC 7252 §5.4.1)."""

from __future__ import annotations

from conformance.coap.codec import Finding, Kind
from conformance.coap.codes import Code
from conformance.coap.message import Message
from conformance.coap.options import DEFINITIONS, Option, OptionNumber, is_critical


def refusal_of(message: Message, faults: list[Finding]) -> tuple[Code, str] | None:
    """Why a critical option keeps the message from being processed, or None."""
    for fault in faults:
        if fault.option is not None and is_critical(fault.option):
            block = fault.option in (OptionNumber.BLOCK1, OptionNumber.BLOCK2)
            code = Code.BAD_REQUEST if block and fault.kind is Kind.OPTION_VALUE else Code.BAD_OPTION
            return code, fault.reason
    for option in message.options:
        if option.critical and option.number not in DEFINITIONS:
            return Code.BAD_OPTION, f"critical option {option.number} is unknown"
    return None


def without_bad_elective(message: Message, faults: list[Finding]) -> Message:
    """Elective options that break their definition are ignored (RFC 7252 §5.4.1, §5.4.3, §5.4.5)."""
    bad = {fault.option for fault in faults if fault.option is not None and not is_critical(fault.option)}
    repeated = {fault.option for fault in faults if fault.kind is Kind.OPTION_REPEATED}
    if not bad:
        return message
    kept: list[Option] = []
    for option in message.options:
        first = all(other.number != option.number for other in kept)
        if option.number not in bad or (option.number in repeated and first):
            kept.append(option)
    return message.with_(options=tuple(kept))
