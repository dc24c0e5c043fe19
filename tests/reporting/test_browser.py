"""The page in a real browser: hostile text runs nothing, a link to a frame opens its case."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from conformance.reporting.report import write_report

if TYPE_CHECKING:
    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("REQUIRE_PEERS") != "1",
    reason="chromium is not installed: apt-get install chromium",
)


def rendered(file: Path, anchor: str, profile: Path) -> html.HtmlElement:
    """The page as it stands in the browser after its script ran, opened at an anchor."""
    assert CHROMIUM is not None, "chromium is demanded and not installed"
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", f"{file.as_uri()}{anchor}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return html.fromstring(done.stdout)


def test_a_link_to_a_frame_opens_its_case(
    run_folder: "RunFolder", a_result: Data, a_failure: Data, tmp_path: Path
) -> None:
    run_folder.write([a_result(), a_failure(id="REG-UPD-03")], exit_code=1)
    file = write_report(run_folder.path).html
    static = html.fromstring(file.read_text(encoding="utf-8"))
    (row,) = [row for row in static.iter("tr") if "hit" in str(row.get("class"))]
    frame = str(row.get("id"))
    page = rendered(file, f"#{frame}", tmp_path / "browser")
    cases = [details for details in page.iter("details") if "case" in str(details.get("class"))]
    opened = [str(details.text_content()) for details in cases if details.get("open") is not None]
    assert ["REG-UPD-03" in text for text in opened] == [True]


def test_hostile_text_runs_nothing(run_folder: "RunFolder", a_failure: Data, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    run_folder.write([a_failure(reason=hostile, sut=hostile)], exit_code=1)
    page = rendered(write_report(run_folder.path).html, "", tmp_path / "browser")
    assert page.xpath("//title")[0].text_content() != "run"
    assert page.xpath("//img") == []
