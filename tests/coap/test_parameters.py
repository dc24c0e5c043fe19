"""The times that RFC 7252 §4.8.2 derives, and the schedule of retransmission."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from conformance.coap import TransmissionParameters
from conformance.coap.reliability import Reliability


def test_the_derived_values_of_the_specification() -> None:
    parameters = TransmissionParameters()
    assert parameters.max_transmit_span == 45
    assert parameters.max_transmit_wait == 93
    assert parameters.max_rtt == 202
    assert parameters.exchange_lifetime == 247
    assert parameters.non_lifetime == 145


def test_impossible_parameters_are_refused() -> None:
    with pytest.raises(ValueError, match="nstart >= 1"):
        TransmissionParameters(nstart=0)


def test_the_first_time_out_is_spread_by_the_random_factor() -> None:
    async def scenario() -> None:
        reliability = Reliability(lambda data, remote: 1, TransmissionParameters(), Random(1))
        timeouts = [reliability.start(b"", ("127.0.0.1", 1), mid).timeout for mid in range(200)]
        reliability.close()
        assert 2.0 <= min(timeouts) < 2.1
        assert 2.9 < max(timeouts) <= 3.0

    asyncio.run(scenario())
