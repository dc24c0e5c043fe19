"""Toy cases, one for each way in which a case can end; `write` puts them where pytest finds them."""

from pathlib import Path

HEAD = '''"""Toy cases."""

import asyncio
import os
import signal
from pathlib import Path

from conformance.messages import Register
from conformance.testcase import testcase, vary
from conformance.verdicts import Inconclusive, Level, NotApplicable

how = {"verifies": ["HLF-019"], "clause": "LwM2M Core 1.1.1 §6.2.1"}


async def registered(device):
    register = await device.next(Register)
    register.expect(endpoint=device.context.endpoint)
    return register


async def reads(device):
    await device.registered()
    (await device.read("/1/0/1")).expect(value=60)
'''

CASES = {
    "TOY-RUN-01": ('applies="device"', "await registered(device)"),
    "TOY-RUN-02": ('applies="device"', "(await registered(device)).expect(lifetime=1)"),
    "TOY-RUN-03": ('applies="device"', "await registered(device)\n    raise Inconclusive('no preamble')"),
    "TOY-RUN-04": ('applies="device"', "await registered(device)\n    raise RuntimeError('a slip')"),
    "TOY-RUN-05": ('applies="device"', "await registered(device)\n    raise NotApplicable('no such thing')"),
    "TOY-RUN-06": ('applies="device & ixit.reboot"', "await registered(device)"),
    "TOY-RUN-08": ('applies="device", wait=11', "await registered(device)"),
    "TOY-RUN-09": ('applies="device", wait=31', "await registered(device)"),
    "TOY-RUN-10": (
        'applies="device"',
        "await registered(device)\n    Path('hanging').touch()\n    await asyncio.sleep(25)",
    ),
    "TOY-RUN-11": (
        'applies="device"',
        "(await registered(device)).expect(lifetime=1, level=Level.SHOULD)",
    ),
    "TOY-RUN-12": ('applies="server"', "await registered(device)"),
    "TOY-RUN-13": (
        'applies="device"',
        "await registered(device)\n    os.kill(os.getpid(), signal.SIGKILL)",
    ),
    "TOY-RUN-14": ('applies="device & queue_mode"', "await registered(device)"),
    "TOY-RUN-15": ('applies="device & format_text"', "await registered(device)"),
    "TOY-RUN-16": ('applies="device", aliases=["TOY-OLD-01"]', "await registered(device)"),
    "TOY-RUN-17": ('applies="device"', "await reads(device)"),
    "TOY-RUN-18": ('applies="device"', "await reads(device)"),
    "TOY-RUN-19": ('applies="device", fresh=True', "await reads(device)"),
}

VARIED = '''

@testcase("TOY-RUN-07", applies="device", **how)
@vary(kind=["a-b", "c"])
@vary(number=[-1])
async def test_toy_run_07(device, kind, number):
    """Runs once for each kind."""
    await registered(device)
'''


def write(folder: Path, more: str = "") -> Path:
    """Write the toy cases below `folder` and give their tree; `more` is appended."""
    text = HEAD
    for name, (declaration, body) in CASES.items():
        function = name.lower().replace("-", "_")
        text += (
            f'\n\n@testcase("{name}", {declaration}, **how)\nasync def test_{function}(device):\n'
            f'    """Toy case {name}."""\n    {body}\n'
        )
    tree = folder / "testcases" / "device"
    tree.mkdir(parents=True)
    (tree / "test_toy.py").write_text(text + VARIED + more, encoding="utf-8")
    return folder / "testcases"
