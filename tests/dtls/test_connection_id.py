"""Connection IDs in the records of either direction (RFC 9146)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.dtls.events import DiscardReason
from conformance.dtls.records import ContentType, parse_datagram
from conformance.dtls.suites import CipherSuite
from tests.dtls.link import connect
from tests.dtls.modes import CBC, CCM_8, GCM, psk


@pytest.mark.parametrize("cipher", [CCM_8, CBC, GCM], ids=str)
@pytest.mark.parametrize(("ours", "theirs"), [(b"", b"12"), (b"1234", b""), (b"1", b"123"), (b"", b"")])
def test_connection_ids_in_either_direction(cipher: CipherSuite, ours: bytes, theirs: bytes) -> None:
    mode = psk(cipher)
    link = connect(replace(mode.client, cid=ours), replace(mode.server, cid=theirs))
    client, server = link.handshake()
    assert (client.read_cid, client.write_cid) == (server.write_cid, server.read_cid) == (ours, theirs)
    assert link.say(link.client, b"data\0\0") == [b"data\0\0"]
    (record,) = parse_datagram(link.carried[-1][1], len(theirs)).records
    assert (record.content_type, record.cid) == ((25, theirs) if theirs else (23, None))
    assert link.say(link.server, b"") == [b""]


def test_without_both_sides_there_is_no_connection_id() -> None:
    mode = psk()
    for client, server in ((b"1", None), (None, b"1")):
        link = connect(replace(mode.client, cid=client), replace(mode.server, cid=server))
        assert link.handshake()[0].read_cid is None
        assert link.say(link.client, b"data") == [b"data"]


def test_a_record_without_its_connection_id_is_dropped() -> None:
    link = connect(replace(psk().client, cid=b""), replace(psk().server, cid=b"12"))
    link.handshake()
    for cid in (b"", b"21"):
        link.client.forge(ContentType.APPLICATION_DATA, b"forged", cid=cid)
    assert link.say(link.client, b"data") == [b"data"]
    assert [each.reason for each in link.discarded(link.server)] == [DiscardReason.WRONG_CID] * 2
