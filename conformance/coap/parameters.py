"""Transmission parameters of CoAP and the times that follow from them (RFC 7252 §4.8)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TransmissionParameters:
    """Times are in seconds, `probing_rate` in bytes per second; the defaults are those of RFC 7252 §4.8."""

    ack_timeout: float = 2.0
    ack_random_factor: float = 1.5
    max_retransmit: int = 4
    nstart: int = 1
    default_leisure: float = 5.0
    probing_rate: float = 1.0
    max_latency: float = 100.0

    def __post_init__(self) -> None:
        if self.ack_timeout <= 0 or self.ack_random_factor < 1 or self.max_retransmit < 0 or self.nstart < 1:
            raise ValueError(
                "ack_timeout > 0, ack_random_factor >= 1, max_retransmit >= 0, nstart >= 1 expected, "
                f"not {self}"
            )

    @property
    def max_transmit_span(self) -> float:
        """From the first transmission of a Confirmable message to its last (RFC 7252 §4.8.2)."""
        return self.ack_timeout * ((1 << self.max_retransmit) - 1) * self.ack_random_factor

    @property
    def max_transmit_wait(self) -> float:
        """From the first transmission to the moment when the sender gives up (RFC 7252 §4.8.2)."""
        return self.ack_timeout * ((1 << (self.max_retransmit + 1)) - 1) * self.ack_random_factor

    @property
    def processing_delay(self) -> float:
        return self.ack_timeout

    @property
    def max_rtt(self) -> float:
        return 2 * self.max_latency + self.processing_delay

    @property
    def exchange_lifetime(self) -> float:
        """How long a Message ID of a Confirmable message must not be used again (RFC 7252 §4.8.2)."""
        return self.max_transmit_span + self.max_rtt

    @property
    def non_lifetime(self) -> float:
        """How long a Message ID of a Non-confirmable message must not be used again (RFC 7252 §4.8.2)."""
        return self.max_transmit_span + self.max_latency
