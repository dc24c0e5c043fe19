"""Measures the whole device run: against the reference device, and against Eclipse Leshan where it is built.

Prints cases a second, wall seconds, processor seconds of the harness for each case (the SUT's own are not
counted), and the longest time that a case waited for the next message.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUITE = Path(sys.executable).with_name("lwm2m-conformance")
AIMS = {"reference-device": 30.0, "leshan-device": 90.0}
"""Wall seconds within which the run should end on two cores."""
BUILT = {"leshan-device": ROOT / "fixtures/leshan/target/ready"}


def waits(folder: Path) -> Iterator[tuple[float, str]]:
    """The time between one message and the next in every case, with the name of the case."""
    for file in folder.glob("cases/*/*/*/messages.jsonl"):
        times = [json.loads(line)["time"] for line in file.read_text(encoding="utf-8").splitlines()]
        for before, after in pairwise(times):
            yield after - before, " ".join(file.parts[-3:-1])


def measure(profile: str, folder: Path) -> dict[str, object]:
    """Run everything against one SUT and take the figures from the record."""
    file = ROOT / "fixtures/profiles" / f"{profile}.toml"
    began = time.monotonic()
    command = [str(SUITE), "run", "--sut", str(file), "--out", str(folder), *sys.argv[1:]]
    code = subprocess.run(
        command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ).returncode
    wall = time.monotonic() - began
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    judged = [result for result in run["results"] if result["verdict"] != "not_applicable"]
    processor = float(run["environment"]["harness_processor_seconds"])
    longest, where = max(waits(folder), default=(0.0, ""))
    return {
        "SUT": profile,
        "exit": code,
        "judged": len(judged),
        "not applicable": len(run["results"]) - len(judged),
        "wall s": f"{wall:.1f} (aim {AIMS[profile]:.0f})",
        "cases/s": f"{len(judged) / wall:.1f}",
        "harness cpu s": f"{processor:.1f}",
        "cpu ms/case": f"{1000 * processor / max(len(judged), 1):.0f}",
        "longest wait": f"{longest:.1f} s in {where}",
    }


def main() -> int:
    """Measure every SUT that is there and print one line for each."""
    with tempfile.TemporaryDirectory(prefix="lwm2m-bench-") as scratch:
        for profile in AIMS:
            if profile in BUILT and not BUILT[profile].exists():
                print(f"{profile}: not built, run `make peers`")
                continue
            figures = measure(profile, Path(scratch) / profile)
            print("  ".join(f"{name}: {value}" for name, value in figures.items()), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
