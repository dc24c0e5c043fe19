"""Firmware packages in the IXIT: hexadecimal digits, or a file beside the profile."""

from pathlib import Path

import pytest

from conformance.sut.profile import ProfileError, load_profile

GOOD = """
[sut]
name = "Device under test"
role = "device"
lwm2m = ["1.1"]

[adapter]
kind = "command"
start = ["device", "{server_uri}"]
stop = "sigterm"
isolation = "process"

[ixit]
firmware_package = "PACKAGE"
"""


def written(folder: Path, package: str) -> Path:
    file = folder / "sut.toml"
    file.write_text(GOOD.replace("PACKAGE", package), encoding="utf-8")
    return file


def test_package_in_hexadecimal(tmp_path: Path) -> None:
    assert load_profile(written(tmp_path, "00 ff 46")).ixit.firmware_package == b"\x00\xff\x46"


def test_package_from_a_file_beside_the_profile(tmp_path: Path) -> None:
    (tmp_path / "image.bin").write_bytes(b"image")
    ixit = load_profile(written(tmp_path, "file:image.bin")).ixit
    assert ixit.firmware_package == b"image"
    assert ixit.merged(lifetime=5).firmware_package == b"image"


@pytest.mark.parametrize("package", ["", "image", "file:nowhere.bin"])
def test_package_that_is_none_is_refused(tmp_path: Path, package: str) -> None:
    with pytest.raises(ProfileError, match="firmware_package"):
        load_profile(written(tmp_path, package))
