"""The run record as JUnit XML, in the shape that CI servers read."""

import os
from pathlib import Path
from xml.etree import ElementTree as ET

from conformance.reporting.failure import failure_lines
from conformance.reporting.record import Result, Run, Sut, Verdict
from conformance.reporting.visible import visible


def write_junit(run: Run, path: Path) -> None:
    """Write one suite a SUT; the file appears whole or not at all.

    fail: ``failure``; error: ``error``; inconclusive: ``failure`` of type ``inconclusive``; not applicable
    and known
    issue: ``skipped`` with the reason.
    """
    root = ET.Element("testsuites", name="lwm2m-conformance")
    counts = dict.fromkeys(("tests", "failures", "errors"), 0)
    for sut in run.suts:
        suite = _suite(run, sut)
        root.append(suite)
        for name in counts:
            counts[name] += int(suite.get(name, "0"))
    for name, count in counts.items():
        root.set(name, str(count))
    root.set("time", f"{run.seconds:.3f}")
    ET.indent(root)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    ET.ElementTree(root).write(partial, encoding="utf-8", xml_declaration=True)
    os.replace(partial, path)


def _suite(run: Run, sut: Sut) -> ET.Element:
    results = [result for result in run.results if result.sut == sut.name]
    outcomes = [_outcome(result) for result in results]
    suite = ET.Element(
        "testsuite",
        name=visible(sut.name),
        tests=str(len(results)),
        failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
        time=f"{sum(result.seconds for result in results):.3f}",
        timestamp=run.started.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    properties = ET.SubElement(suite, "properties")
    facts = {
        "role": sut.role,
        "lwm2m": " ".join(sut.lwm2m),
        "profile_sha256": sut.profile_sha256 or "",
        "tool": f"{run.tool.name} {run.tool.version}",
        "seed": str(run.seed),
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=visible(value))
    for result in results:
        suite.append(_case(run, result))
    return suite


def _outcome(result: Result) -> str:
    if result.verdict is Verdict.NOT_APPLICABLE or result.known_issue is not None:
        return "skipped"
    if result.verdict is Verdict.ERROR:
        return "error"
    return "passed" if result.verdict is Verdict.PASS else "failure"


def _case(run: Run, result: Result) -> ET.Element:
    topic = result.id.rpartition("-")[0] or result.id
    case = ET.Element(
        "testcase",
        classname=f"{result.role}.{topic}",
        name=visible(result.name),
        time=f"{result.seconds:.3f}",
    )
    properties = ET.SubElement(case, "properties")
    facts = [("requirement", label) for label in result.requirements]
    facts += [("clause", result.clause or ""), ("ets", result.ets or ""), ("verdict", result.verdict.value)]
    facts += [("title", result.title or result.purpose)]
    facts += [("observation", observation.text) for observation in result.observations]
    for name, value in facts:
        if value:
            ET.SubElement(properties, "property", name=name, value=visible(value))
    outcome = _outcome(result)
    if outcome == "passed":
        return case
    message, kind = _message(result)
    attributes = {"message": message} if outcome == "skipped" else {"message": message, "type": kind}
    told = ET.SubElement(case, outcome, attributes)
    if result.verdict is not Verdict.NOT_APPLICABLE:
        told.text = "\n".join(failure_lines(result, run.folder, None))
    return case


def _message(result: Result) -> tuple[str, str]:
    if result.known_issue is not None:
        known = result.known_issue
        return visible(f"known issue {known.link}: {known.reason}"), "known_issue"
    red = [check for check in result.judged if check.verdict is result.verdict]
    if red:
        check = red[0]
        return (
            f"{check.id}: expected {visible(check.expected, 300)}; actual {visible(check.actual, 300)}",
            result.verdict.value,
        )
    return visible(result.reason or "no reason recorded", 600), result.verdict.value
