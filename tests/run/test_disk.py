"""A disk that is full: one clear line, exit code 3, and what was judged can be read and reported."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.coap.endpoint import Trace
from conformance.evidence.disk import EvidenceError
from conformance.evidence.recorder import MAX_OCTETS, ConversationRecorder
from conformance.evidence.run_record import write_json
from conformance.reporting.recovery import open_run
from conformance.sut.log import SutLog
from tests.run.conftest import PLAIN, Workplace

FILLS = '''

@testcase("TOY-RUN-20", applies="device", **how)
async def test_toy_run_20(device):
    """Fills the disk before it talks."""
    with open(Path(__file__).parents[2] / "disk/filler", "wb", buffering=0) as filler:
        try:
            while True:
                filler.write(bytes(4096))
        except OSError:
            pass
    await registered(device)
'''

SCRIPT = """
mount -t tmpfs -o size=400k none disk || exit 77
"$@"
code=$?
rm disk/filler
"$SUITE" report disk/run
cp -r disk/run kept
exit $code
"""

CAN_MOUNT = (
    shutil.which("unshare") is not None
    and subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    ).returncode
    == 0
)


@pytest.mark.skipif(not CAN_MOUNT, reason="no file system can be mounted in a namespace of one's own")
def test_a_full_disk_ends_the_run_and_loses_nothing_that_was_judged(place: Workplace) -> None:
    (place.folder / "disk").mkdir()
    cases = [part for number in ("08", "20", "16") for part in ("--case", f"TOY-RUN-{number}")]
    patient = place.profile(tables="[ixit]\nreaction_time = 10.0\nquiet_time = 0.1")
    chosen = (place.cases(FILLS), "--sut", patient, *cases, "-n", "1", "--out", "disk/run")
    command = [sys.executable, "-m", "pytest", *PLAIN, *map(str, chosen)]
    ended = subprocess.run(
        ["unshare", "-rm", "sh", "-c", SCRIPT, "sh", *command],
        cwd=place.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "SUITE": str(Path(sys.executable).with_name("lwm2m-conformance"))},
    )
    text = ended.stdout + ended.stderr
    assert ended.returncode == 3, text
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    said = ended.stdout.partition("= lwm2m-conformance =")[2].splitlines()[1:3]
    assert "TOY-RUN-20" in said[0]
    assert said[0].endswith("No space left on device; make room there, or run with another --out")
    assert said[1].startswith("what was judged is in ")
    verdicts = {result.id: str(result.verdict) for result in open_run(place.folder / "kept").results}
    assert verdicts.pop("TOY-RUN-20", "error") == "error"
    assert verdicts["TOY-RUN-08"] == "pass"
    assert set(verdicts.values()) == {"pass"}
    assert (place.folder / "kept/report/index.html").exists()
    assert not list((place.folder / "kept").rglob("*.part"))


def test_a_log_that_cannot_be_written_is_lost_and_says_so() -> None:
    log = SutLog()
    log.to_file(Path("/dev/full"))
    log.line("first")
    log.line("second")
    assert "No space left" in log.lost
    assert log.tail() == ["first", "second"]
    log.to_file(None)
    assert log.lost == ""


def test_a_recorder_goes_on_without_a_disk_and_tells_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "messages.jsonl").symlink_to("/dev/full")
    recorder = ConversationRecorder(tmp_path, lambda message, direction: None)
    here = ("127.0.0.1", 5683)
    for number in range(3):
        frame = recorder.datagram("in", bytes(9), here, here)
        recorder.message(Trace("in", None, bytes(9), "short", here, here, frame, float(number)))
    assert [line["frame"] for line in recorder.messages] == [1, 2, 3]
    with pytest.raises(EvidenceError, match="No space left on device; make room there"):
        recorder.close()


def test_the_evidence_of_a_case_is_bounded_in_octets(tmp_path: Path) -> None:
    recorder = ConversationRecorder(tmp_path, lambda message, direction: None)
    here, size = ("127.0.0.1", 5683), 60_000
    for _ in range(MAX_OCTETS // size + 2):
        frame = recorder.datagram("in", bytes(size), here, here)
        recorder.message(Trace("in", None, bytes(4), "short", here, here, frame, 0.0))
    kept = MAX_OCTETS // size
    assert f"the first {kept} datagrams only" in recorder.truncated
    assert len(recorder.messages) == kept
    recorder.close()
    assert (tmp_path / "capture.pcapng").stat().st_size < MAX_OCTETS + 100_000


def test_a_lone_surrogate_of_a_sut_is_written_as_it_came(tmp_path: Path) -> None:
    write_json(tmp_path / "result.json", {"actual": "\ud800 é"})
    assert json.loads((tmp_path / "result.json").read_text(encoding="utf-8")) == {"actual": "\ud800 é"}
