"""All that `make test` does, step by step, with the time of each: static checks, unit tests, the cases on the
reference and on every real peer that is built, and the proof that the cases can fail. `--full` leaves nothing
out of the last two.

A peer that is not built is skipped with the reason; with REQUIRE_PEERS=1 it fails. The evidence of all
runs and the output of every step stay in `reports/test/` until the next time. What failed is shown
again at the end.
"""

import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
OUT = ROOT / "reports/test"
PEERS = {
    "leshan-device": ROOT / "fixtures/leshan/target/ready",
    "leshan-oscore-device": ROOT / "fixtures/leshan/target/ready",
    "coap-node-device": ROOT / "fixtures/npm/coap-node/node_modules/ready",
    "lwm2m-node-lib-device": ROOT / "fixtures/npm/lwm2m-node-lib/node_modules/ready",
    "leshan-server": ROOT / "fixtures/leshan/target/ready",
    "leshan-oscore-server": ROOT / "fixtures/leshan/target/ready",
    "leshan-bootstrap-server": ROOT / "fixtures/leshan/target/ready",
    "lwm2m-node-lib-server": ROOT / "fixtures/npm/lwm2m-node-lib/node_modules/ready",
}
"""coap-shepherd and Leshan's demonstration server are run by hand, to keep the time of `make test`."""

PARTS = {"leshan-oscore-device": ("SEC-OSC", "BS-OSC"), "leshan-oscore-server": ("SSEC-OSC",)}
"""The cases for a peer that is there for these alone."""

SHARES = {
    "leshan-device": ("REG", "DM", "BS", "FMT", "COAP", "SEC-AUTH"),
    "coap-node-device": ("REG",),
    "lwm2m-node-lib-device": ("REG",),
    "leshan-server": ("SRG", "SDM", "SSEC-AUTH"),
    "lwm2m-node-lib-server": ("SFM",),
}
"""The cases for a peer that waits long, unless it is `--full`: to keep the time of `make test`."""

FEW = {
    "leshan-oscore-device": 3,
    "leshan-oscore-server": 3,
    "leshan-bootstrap-server": 4,
    "lwm2m-node-lib-server": 4,
}
"""Workers for a peer with few cases: each has a peer of its own, whose start costs more than it saves."""

UNIT_TESTS = [sys.executable, "-m", "pytest", "tests", "-q", "-n", "4", "--dist", "loadgroup"]

FULL = "--full" in sys.argv
"""Nothing is left out, and the seeds are new ones each time."""


def seed_of_the_tree() -> int:
    """A number that the content of the last commit gives: a gate answers the same twice, and yet meets other
    values with each change. 1 where git tells nothing."""
    asked = ["git", "rev-parse", "--short=7", "HEAD^{tree}"]
    try:
        told = subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True).stdout
    except FileNotFoundError:
        told = ""
    return int(told.strip()[:7] or "1", 16)


FINDINGS = (0, 1, 4, 5)
"""A real peer may have faults, and races of its own, so that a known issue may not show for once: its table
tells, and its report in `reports/test/`. The harness must not fail."""

LAST = 60
"""Lines of a step that failed which are shown again at the end."""


@dataclass(frozen=True)
class Step:
    """One command, and the exit codes that are right."""

    name: str
    command: Sequence[str]
    right: tuple[int, ...] = (0,)
    waits: bool = False
    """Whether it mostly waits, so that two such steps fit beside each other; of a right one only the table of
    its results is shown."""

    @property
    def log(self) -> Path:
        """Where its output is kept."""
        return OUT / f"{self.name.replace(' ', '-')}.log"

    def run(self) -> bool:
        """Run it, and tell whether its exit code is right."""
        if not self.waits:
            print(f"\n=== {self.name}", flush=True)
        started = time.monotonic()
        with (
            self.log.open("w") as log,
            subprocess.Popen(
                self.command,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process,
        ):
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                if not self.waits:
                    print(end=line, flush=True)
        took = time.monotonic() - started
        right = process.returncode in self.right
        told = f"\n=== {self.name}\n{self.told(right)}" if self.waits else ""
        print(f"{told}=== {self.name}: {took:.1f} s, exit {process.returncode}", flush=True)
        return right

    def told(self, right: bool) -> str:
        """What is shown of the output of a step that ran beside another one."""
        lines = self.log.read_text().splitlines(keepends=True)
        tables = [number for number, line in enumerate(lines) if line.startswith("SUT ")]
        return "".join(lines[tables[-1] :] if right and tables else lines)

    def last(self) -> str:
        """The end of its output."""
        with self.log.open() as log:
            return "".join(deque(log, LAST))


def lacking(sign: Path) -> str | None:
    """What keeps a peer from being run, by the file that says it is ready; None for nothing."""
    if not sign.exists():
        return "not built"
    asked = ["make", "--question", str(sign.relative_to(ROOT))]
    return "older than its sources" if subprocess.run(asked, cwd=ROOT, check=False).returncode else None


def steps() -> list[Step]:
    """What there is to do, cheap things first."""
    suite = str(BIN / "lwm2m-conformance")
    number = seed_of_the_tree()
    seed = [] if FULL else ["--seed", str(number)]
    unit_tests = [*UNIT_TESTS] if FULL else [*UNIT_TESTS, f"--hypothesis-seed={number}"]
    found = [
        Step("ruff check", [str(BIN / "ruff"), "check", "."]),
        Step("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("import arrows", [str(BIN / "lint-imports"), "--no-cache"]),
        Step("types", [str(BIN / "mypy")]),
        Step("unit tests", unit_tests),
        Step("reference device", [suite, "run", *seed, "--out", str(OUT / "reference")]),
        Step("reference pair", [suite, "run", "--pair", *seed, "--out", str(OUT / "pair")]),
        Step("evidence of the reference", [suite, "verify", str(OUT / "reference")], waits=True),
        Step("evidence of the pair", [suite, "verify", str(OUT / "pair")], waits=True),
    ]
    for peer, sign in PEERS.items():
        command = [
            suite,
            "run",
            *PARTS.get(peer, () if FULL else SHARES.get(peer, ())),
            *seed,
            *(("--jobs", str(FEW[peer])) if peer in FEW and not FULL else ()),
            "--sut",
            str(ROOT / "fixtures/profiles" / f"{peer}.toml"),
        ]
        if (missing := lacking(sign)) is None:
            known = ROOT / "fixtures/profiles" / f"{peer}.known-issues.toml"
            command += ["--known-issues", str(known)] if known.exists() else []
            found.append(Step(peer, [*command, "--out", str(OUT / peer)], FINDINGS, waits=True))
        elif os.environ.get("REQUIRE_PEERS") == "1":
            found.append(Step(peer, [sys.executable, "-c", f"raise SystemExit('{peer} is {missing}')"]))
        else:
            print(f"SKIP  {peer}: {missing}, run `make peers`")
    found.append(Step("selftest", [suite, "selftest", "--full" if FULL else "--sample", *seed]))
    return found


def main() -> int:
    """Run every step, also after one that failed, and give the exit code."""
    # where this is set, each of some hundred processes compiles all that it imports
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    began = time.monotonic()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    failed: list[Step] = []
    for waits, these in groupby(steps(), lambda step: step.waits):
        with ThreadPoolExecutor(2 if waits else 1) as pool:
            together = list(these)
            ended = pool.map(Step.run, together)
            failed += [step for step, right in zip(together, ended, strict=True) if not right]
    for step in failed:
        print(f"\n=== {step.name} failed, {step.log.relative_to(ROOT)}\n{step.last()}")
    print(f"\n{time.monotonic() - began:.0f} s in all, evidence in {OUT.relative_to(ROOT)}")
    print(f"failed: {', '.join(step.name for step in failed)}" if failed else "everything passed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
