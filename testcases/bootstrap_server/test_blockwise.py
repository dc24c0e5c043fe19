"""Block-wise transfer of what a bootstrap server writes (RFC 7959)."""

from conformance.coap.block import Block
from conformance.coap.endpoint import Response
from conformance.coap.message import Code
from conformance.coap.options import Option, OptionNumber
from conformance.messages.bootstrap import BootstrapWrite
from conformance.roles.bootstrap_server import BootstrapServer, account
from conformance.testcase import testcase
from conformance.verdicts import NotApplicable

SMALL = Block(num=0, more=False, szx=1)
"""Blocks of 32 octets, which no account fits in."""


@testcase(
    "BSS-BLK-01",
    verifies=["HLF-019"],
    clause="RFC 7959 §2.5, §2.9.3",
    applies="bootstrap_server & verb_provision & blockwise",
)
async def test_account_arrives_in_blocks(bootstrap_server: BootstrapServer) -> None:
    """A device that answers 4.13 with a block size gets the account in blocks, and Finish after it.

    To try again is left to the bootstrap server; one that does not cannot be judged here.
    """
    device = await bootstrap_server.provisioned(account(ssid=4711))
    too_large = Response(Code.REQUEST_ENTITY_TOO_LARGE, (Option.uint(OptionNumber.BLOCK1, SMALL.uint),))
    device.answer_next(BootstrapWrite, too_large)
    await device.requested()
    first = await device.next(BootstrapWrite)
    again = await device.take(BootstrapWrite, bootstrap_server.ixit.reaction_time)
    if again is None or again[1].message.block1 is None:
        raise NotApplicable("the SUT does not try again in blocks after 4.13")
    record = bootstrap_server.context.record
    record.judge("again.payload", first.payload, again[1].body, what="the payload, in blocks")
    await device.expect_finished()
    record.judge("account.security", [4711], device.short_server_ids, what="Short Server IDs of Object 0")
