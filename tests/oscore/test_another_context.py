"""A peer that names an ID Context derives its context anew, and is not blamed (RFC 8613 Appendix B.2)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.coap.codes import Code
from conformance.coap.endpoint import Endpoint
from conformance.oscore.carrier import OscoreCarrier
from conformance.oscore.context import Parameters
from conformance.roles.envelopes import Envelopes
from conformance.transports.udp import UdpTransport
from conformance.verdicts import CaseRecord, CheckFailed, NotApplicable

PEER = Parameters(b"d", b"s", bytes(range(16)), b"salt")


async def heard(own: Parameters) -> tuple[Envelopes, CaseRecord]:
    """The tester's end after a request of a peer that uses these parameters."""
    carrier = OscoreCarrier(await UdpTransport.open(), PEER.mirrored)
    tester, peer = Endpoint(carrier), Endpoint(OscoreCarrier(await UdpTransport.open(), own))
    try:
        await peer.request(tester.local, Code.POST, path=("rd",), limit=5)
    finally:
        await peer.close()
        await tester.close()
    record = CaseRecord(requirements=(), clause="RFC 8613")
    return Envelopes(cast(Any, SimpleNamespace(record=record)), carrier), record


def test_who_derives_a_context_anew_is_not_judged() -> None:
    envelopes, record = asyncio.run(heard(replace(PEER, id_context=b"drawn")))
    assert len(envelopes.incidents) == 1
    envelopes.expect_no_incident()
    assert [check.verdict for check in record.checks] == ["pass"]
    with pytest.raises(NotApplicable, match=r"B\.2"):
        envelopes.need_fixed_context()


def test_who_has_another_context_is() -> None:
    envelopes, _ = asyncio.run(heard(replace(PEER, master_salt=b"")))
    envelopes.need_fixed_context()
    with pytest.raises(CheckFailed):
        envelopes.expect_no_incident()
