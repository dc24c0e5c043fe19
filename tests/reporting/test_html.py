"""The page: self-contained, whole, safe against a hostile SUT, quick for a large run."""

import json
import re
import time
from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from conformance.reporting import page
from conformance.reporting.report import write_report

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}</style></details>"


def parsed(run_folder: "RunFolder") -> "HtmlElement":
    return html.fromstring(write_report(run_folder.path).html.read_text(encoding="utf-8"))


def text(element: "HtmlElement") -> str:
    return " ".join(str(element.text_content()).split())


def test_drill_down(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    run_folder.write([a_result(), a_failure(id="REG-UPD-03", variant={"format": "tlv"})], exit_code=1)
    root = parsed(run_folder)
    assert "Failed" in text(root.xpath("//h1")[0])

    requirement = root.get_element_by_id("r-HLF-010")
    assert "not met" in text(requirement.xpath("./summary")[0])
    (link,) = [a for a in requirement.xpath(".//a") if a.text == "REG-UPD-03[format=tlv]"]
    case = root.get_element_by_id(link.get("href")[1:])
    assert case.tag == "details"
    shown = text(case)
    assert "Update with lt=120 within 3.0 s" in shown
    assert "Update without lt (frame 3)" in shown
    assert "replay" in shown

    (frame,) = {a.get("href") for a in case.xpath(".//a") if a.text == "3"}
    row = root.get_element_by_id(frame[1:])
    assert "hit" in row.get("class")
    assert "CON POST /rd?ep=dev-1" in text(row)
    assert len(case.xpath(".//tr[contains(@class, 'hit')]")) == 1
    other = root.xpath("//details[contains(@class, 'case')][contains(., 'REG-UPD-02')]")[0]
    assert not other.xpath(".//tr[contains(@class, 'hit')]")


def test_every_inner_link_leads_somewhere(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    run_folder.write(
        [
            a_result(sut="two", observations=[{"text": "odd", "ambiguity": "NONE"}]),
            a_failure(id="REG-UPD-03"),
            a_result(id="REG-UPD-04", verdict="not_applicable", reason="no", checks=[]),
        ]
    )
    root = parsed(run_folder)
    ids = [element.get("id") for element in root.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    targets = {a.get("href")[1:] for a in root.xpath("//a[starts-with(@href, '#')]")}
    assert targets - set(ids) == set()
    evidence = [link.get("href") for link in root.xpath("//a[starts-with(@href, '../cases')]")]
    assert len(evidence) == 2 * 3
    for link in evidence:
        assert (run_folder.path / "report" / link).exists()


def test_all_sections(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    known = {"link": "javascript:alert(1)", "reason": "not sent", "expires": "2027-01-31"}
    left_out: list[dict[str, Any]] = [
        {"sut": None, "id": "COAP-BLK-01", "variant": {}, "requirements": ["HLF-001"], "reason": "-k"}
    ]
    run_folder.write(
        [
            a_failure(known_issue=known),
            a_result(id="REG-UPD-04", verdict="not_applicable", reason="queue_mode is false", checks=[]),
            a_result(id="REG-UPD-05", verdict="inconclusive", reason="no Register came"),
        ],
        deselected=left_out,
        exit_code=5,
    )
    root = parsed(run_folder)
    assert "queue_mode is false" in text(root.get_element_by_id("na").getnext())
    assert "not sent" in text(root.get_element_by_id("known").getnext())
    assert "COAP-BLK-01" in text(root.get_element_by_id("deselected").getnext())
    assert "no Register came" in text(root.get_element_by_id("failures").getnext())
    assert not root.xpath("//a[starts-with(@href, 'javascript')]")


def test_a_lost_record_says_so(run_folder: "RunFolder", a_result: Data) -> None:
    run_folder.write([a_result()])
    (run_folder.path / "run.json").unlink()
    root = parsed(run_folder)
    assert "This record is not complete" in text(root.xpath("//*[@role='alert']")[0])
    assert len(root.xpath("//details[contains(@class, 'case')]")) == 1


class Tags(HTMLParser):
    """Start tags and attributes, as a browser's tokenizer would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_hostile_sut_cannot_inject(
    run_folder: "RunFolder", a_failure: Data, a_check: Data, a_message: Data
) -> None:
    red = a_check(verdict="fail", id=HOSTILE, actual=HOSTILE, expected=HOSTILE, clause=HOSTILE)
    result = a_failure(
        sut=HOSTILE,
        variant={"format": HOSTILE},
        title=HOSTILE,
        purpose=HOSTILE,
        clause=HOSTILE,
        ets=HOSTILE,
        reason=HOSTILE,
        checks=[red],
        rules=[red],
        requirements=[HOSTILE],
        observations=[{"text": HOSTILE, "ambiguity": HOSTILE}],
        known_issue={"link": f"https://x/{HOSTILE}", "reason": HOSTILE, "expires": None},
    )
    run_folder.write(
        [result | {"known_issue": None}, result | {"id": "REG-UPD-03", "sut": "two"}], messages=0
    )
    message = a_message(3, summary=HOSTILE, payload=HOSTILE.encode().hex(), malformed=HOSTILE)
    folder = run_folder.path / "cases" / "x" / "y" / "z"
    folder.mkdir(parents=True)
    (folder / "result.json").write_text(json.dumps(result | {"known_issue": None}))
    (folder / "messages.jsonl").write_text(json.dumps(message))
    report = write_report(run_folder.path)

    reader = Tags()
    reader.feed(report.html.read_text(encoding="utf-8"))
    tags = [tag for tag, _ in reader.tags]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    assert "{{7*7}}" in report.html.read_text(encoding="utf-8")


def test_nothing_is_loaded_from_elsewhere(run_folder: "RunFolder", a_failure: Data) -> None:
    run_folder.write([a_failure()])
    content = write_report(run_folder.path).html.read_text(encoding="utf-8")
    reader = Tags()
    reader.feed(content)
    assert not {"link", "iframe", "object", "embed", "img"} & {tag for tag, _ in reader.tags}
    assert not [attributes for _, attributes in reader.tags if "src" in attributes]
    assert "@import" not in content
    assert "url(" not in content


def test_what_the_script_filters_is_there(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    run_folder.write([a_result(), a_failure(id="REG-UPD-03")])
    root = parsed(run_folder)
    cases = root.xpath("//*[@id='cases']//details[contains(@class, 'case')]")
    boxes = root.xpath("//*[@id='filter']//input[@type='checkbox']/@value")
    assert len(cases) == 2
    assert {case.get("data-kind") for case in cases} == set(boxes)


def test_the_policy_admits_the_script(run_folder: "RunFolder", a_result: Data) -> None:
    import base64
    import hashlib

    run_folder.write([a_result()])
    content = write_report(run_folder.path).html.read_text(encoding="utf-8")
    (script,) = re.findall(r"<script>(.*?)</script>", content, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in content


def test_a_run_of_500_cases(run_folder: "RunFolder", a_result: Data, a_failure: Data, a_check: Data) -> None:
    checks = [a_check(id=f"check.{n}") for n in range(5)]
    results = [a_result(id=f"REG-UPD-{n}", checks=checks) for n in range(480)]
    results += [a_failure(id=f"REG-BAD-{n}") for n in range(20)]
    run_folder.write(results, messages=30)
    began = time.process_time()
    report = write_report(run_folder.path)
    assert time.process_time() - began < 6.0
    assert report.html.stat().st_size < 10_000_000
    assert report.html.read_text(encoding="utf-8").count("class=n") == 2 * 500 * 30


def test_a_budget_keeps_the_conversations_of_failures(
    run_folder: "RunFolder", a_result: Data, a_failure: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "CONVERSATION_BUDGET", 3000)
    run_folder.write([a_result(), a_result(id="REG-UPD-01"), a_failure(id="REG-UPD-03")], messages=10)
    root = parsed(run_folder)
    talking = root.xpath("//details[contains(@class, 'case')][.//table[@class='talk']]")
    assert [case.get("data-kind") for case in talking] == ["fail"]
    assert "left out to keep this page small" in text(root.get_element_by_id("c2"))


def test_no_result_is_still_a_page(run_folder: "RunFolder") -> None:
    run_folder.write([])
    assert "No case was run" in text(parsed(run_folder))


def test_errata_and_ambiguities_that_touched(run_folder: "RunFolder", a_result: Data) -> None:
    run_folder.write(
        [
            a_result(clause="LwM2M Core 1.1.1 §7.4.3", observations=[{"text": "odd", "ambiguity": "Q02"}]),
            a_result(id="REG-UPD-03", clause="not a clause"),
        ]
    )
    root = parsed(run_folder)
    for target in ("t-Q02", "t-E01"):
        (section,) = root.get_element_by_id(target).iterancestors("section")
        assert "REG-UPD-02" in text(section)
        assert "REG-UPD-03" not in text(section)
        assert root.xpath(f"//details[contains(@class, 'case')]//a[@href='#{target}']")
