"""Peers that send nonsense in between: every case ends with a verdict on the peer, none with an error of the
harness."""

from pathlib import Path

from conformance import bundle
from tests.run.conftest import Workplace

GARBLED = Path(__file__).with_name("garbled_peer.py")
CASES = ("REG-REG-01", "DM-READ-01", "SEC-AUTH-01", "SRG-REG-01", "SDM-READ-01")


def garbled(place: Workplace, role: str) -> Path:
    """A profile of the reference peer of a role; after the look at it every third datagram is bent."""
    right = bundle.fixtures() / "profiles" / f"reference-{role}.toml"
    text = right.read_text(encoding="utf-8").replace('"file:', f'"file:{right.parent}/')
    profile = place.folder / f"{role}.toml"
    started = f'"{GARBLED}", "3", "0.3", "20", "reference.{role}"'
    profile.write_text(text.replace(f'"-m", "reference.{role}"', started), encoding="utf-8")
    return profile


def test_nonsense_in_between_is_no_error(place: Workplace) -> None:
    suts = [part for role in ("device", "server") for part in ("--sut", garbled(place, role))]
    ended = place.suite("run", *CASES, *suts, "--lwm2m", "1.1", "--jobs", "1")
    assert ended.code in (0, 1, 5), ended.text
    verdicts = [row["verdict"] for row in ended.record["results"]]
    assert len(verdicts) >= len(CASES)
    assert "error" not in verdicts
    assert "fail" in verdicts, "nothing was garbled"
