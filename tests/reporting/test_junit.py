"""JUnit XML against the shape that CI servers accept."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from conformance.reporting.junit import write_junit
from conformance.reporting.record import load_run

if TYPE_CHECKING:
    from tests.reporting.conftest import RunFolder

Data = Callable[..., dict[str, Any]]
KNOWN = {"link": "https://example.org/1", "reason": "not sent", "expires": None}
COUNT = 'type="xs:nonNegativeInteger" use="required"'
SHAPE = f"""
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="properties"><xs:complexType><xs:sequence>
    <xs:element name="property" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
      <xs:attribute name="name" type="xs:string" use="required"/>
      <xs:attribute name="value" type="xs:string" use="required"/>
    </xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
  <xs:complexType name="told" mixed="true">
    <xs:attribute name="message" type="xs:string" use="required"/>
    <xs:attribute name="type" type="xs:string"/>
  </xs:complexType>
  <xs:element name="testsuites"><xs:complexType>
    <xs:sequence><xs:element ref="testsuite" minOccurs="0" maxOccurs="unbounded"/></xs:sequence>
    <xs:attribute name="name" type="xs:string"/><xs:attribute name="time" type="xs:decimal"/>
    <xs:attribute name="tests" {COUNT}/><xs:attribute name="failures" {COUNT}/>
    <xs:attribute name="errors" {COUNT}/>
  </xs:complexType></xs:element>
  <xs:element name="testsuite"><xs:complexType>
    <xs:sequence>
      <xs:element ref="properties" minOccurs="0"/>
      <xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
        <xs:sequence>
          <xs:element ref="properties" minOccurs="0"/>
          <xs:choice minOccurs="0">
            <xs:element name="skipped" type="told"/>
            <xs:element name="error" type="told"/>
            <xs:element name="failure" type="told"/>
          </xs:choice>
        </xs:sequence>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="classname" type="xs:string" use="required"/>
        <xs:attribute name="time" type="xs:decimal" use="required"/>
      </xs:complexType></xs:element>
    </xs:sequence>
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="tests" {COUNT}/><xs:attribute name="failures" {COUNT}/>
    <xs:attribute name="errors" {COUNT}/><xs:attribute name="skipped" {COUNT}/>
    <xs:attribute name="time" type="xs:decimal" use="required"/>
    <xs:attribute name="timestamp" type="xs:dateTime" use="required"/>
  </xs:complexType></xs:element>
</xs:schema>
"""


def written(run_folder: "RunFolder", results: list[dict[str, Any]]) -> ET.Element:
    run = load_run(run_folder.write(results))
    path = run_folder.path / "report" / "junit.xml"
    write_junit(run, path)
    assert [file.name for file in path.parent.iterdir()] == ["junit.xml"]
    etree.XMLSchema(etree.fromstring(SHAPE)).assertValid(etree.parse(str(path)))
    return ET.parse(path).getroot()


@pytest.mark.parametrize(
    ("changed", "element", "kind", "message"),
    [
        ({}, None, None, None),
        (
            {"verdict": "fail", "reason": "kept apart"},
            "failure",
            "fail",
            "update.lifetime: expected Update with lt=120 within 3.0 s; actual Update without lt (frame 3)",
        ),
        ({"verdict": "error", "reason": "no SUT", "checks": []}, "error", "error", "no SUT"),
        ({"verdict": "inconclusive", "reason": "no Register"}, "failure", "inconclusive", "no Register"),
        (
            {"verdict": "not_applicable", "reason": "queue_mode is false", "checks": []},
            "skipped",
            None,
            "queue_mode is false",
        ),
        (
            {"verdict": "fail", "known_issue": KNOWN},
            "skipped",
            None,
            "known issue https://example.org/1: not sent",
        ),
    ],
)
def test_outcomes(
    run_folder: "RunFolder",
    a_result: Data,
    a_failure: Data,
    *,
    changed: dict[str, Any],
    element: str | None,
    kind: str | None,
    message: str | None,
) -> None:
    make = a_failure if changed.get("verdict") == "fail" else a_result
    root = written(run_folder, [make(**changed)])
    case = root.find("testsuite/testcase")
    assert case is not None
    told = [child for child in case if child.tag != "properties"]
    assert [child.tag for child in told] == ([element] if element else [])
    if element:
        assert told[0].get("type") == kind
        assert told[0].get("message") == message


def test_counts_and_properties(run_folder: "RunFolder", a_result: Data, a_failure: Data) -> None:
    root = written(
        run_folder,
        [
            a_result(variant={"format": "tlv"}),
            a_failure(id="REG-UPD-03"),
            a_result(id="REG-UPD-04", verdict="error", reason="x"),
            a_result(id="REG-UPD-05", verdict="inconclusive", reason="x"),
            a_result(id="REG-UPD-06", verdict="not_applicable", reason="x", checks=[]),
            a_failure(sut="two"),
        ],
    )
    first, second = root.findall("testsuite")
    assert [first.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["5", "2", "1", "1"]
    assert [second.get(name) for name in ("name", "tests", "failures")] == ["two", "1", "1"]
    assert [root.get(name) for name in ("tests", "failures", "errors")] == ["6", "3", "1"]
    case = first.find("testcase")
    assert case is not None
    assert case.get("name") == "REG-UPD-02[format=tlv]"
    assert case.get("classname") == "device.REG-UPD"
    properties = [(p.get("name"), p.get("value")) for p in case.iterfind("properties/property")]
    assert properties[:3] == [
        ("requirement", "HLF-010"),
        ("requirement", "HLF-019"),
        ("clause", "LwM2M Core 1.1.1 §6.2.2"),
    ]


def test_text_of_a_sut_is_escaped(run_folder: "RunFolder", a_failure: Data, a_check: Data) -> None:
    hostile = "]]><failure message='x'/>\x00\x1b[31m\ufffe\ud800"
    red = a_check(verdict="fail", actual=hostile)
    root = written(run_folder, [a_failure(sut=f"x{hostile}", checks=[red])])
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert "]]><failure message='x'/>\\x00\\x1b[31m\\ufffe\\ud800" in str(failure.get("message"))
    assert len(root.findall(".//failure")) == 1


def test_no_result_is_still_a_file(run_folder: "RunFolder") -> None:
    assert written(run_folder, []).get("tests") == "0"
