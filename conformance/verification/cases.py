"""The evidence of one case: its result, its messages, its checks and its verdict."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from conformance.evidence.run_record import case_folder
from conformance.formats import DataType, TypeOf
from conformance.model import ObjectModel, core_model
from conformance.model.ddf import InvalidDefinitions
from conformance.reporting.record import Result, Verdict, printed_name, result_from_data
from conformance.reporting.schema import violation
from conformance.testcase import variant_text
from conformance.verdicts import worst
from conformance.verification.checks import judge_checks, judge_rules
from conformance.verification.conversation import Conversation
from conformance.verification.derivation import Deriving
from conformance.verification.finding import Account
from conformance.verification.transcript import Transcript, read_transcript

_VERSION = re.compile(r"[0-9]{1,4}\.[0-9]{1,4}")


def verify_case(
    raw: Mapping[str, Any], folder: Path, objects: Path | None, account: Account, place: str
) -> None:
    """Judge one result of the record again by the evidence in its folder.

    `objects` is the folder of object definitions that the run was given.
    """
    try:
        _verify(raw, folder, objects, account, place)
    except Exception as problem:
        account.found(place, f"its evidence is not what a run writes: {type(problem).__name__}: {problem}")
    account.judged["cases"] += 1


def _verify(raw: Mapping[str, Any], folder: Path, objects: Path | None, account: Account, place: str) -> None:
    result = result_from_data(raw)
    _compare_with(folder / "result.json", raw, account, place)
    role = result.role.replace("-", "_")
    transcript: Transcript | None = None
    deriving: Deriving | None = None
    if (folder / "messages.jsonl").exists() or (folder / "capture.pcapng").exists():
        transcript = read_transcript(folder, role)
        conversation = Conversation(transcript.messages)
        deriving = Deriving(conversation, role, resource_types(result, conversation, objects))
        _tell(transcript, account, place, result.verdict is Verdict.ERROR and not result.checks)
        judge_rules(raw, role, transcript.lines, account, place)
    elif result.verdict is not Verdict.NOT_APPLICABLE:
        account.found(place, "has neither messages.jsonl nor capture.pcapng")
    judge_checks(result, transcript, deriving, account, place)
    _judge_verdict(result, account, place)


def _compare_with(file: Path, raw: Mapping[str, Any], account: Account, place: str) -> None:
    """Whether the case's own file says the same as the run record."""
    try:
        own = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        account.found(place, f"result.json: {problem}")
        return
    if own == raw:
        return
    if wrong := violation(own, "result"):
        account.found(place, f"result.json: against the schema at {wrong}")
    for key in dict.fromkeys((*raw, *(own if isinstance(own, dict) else ()))):
        if not isinstance(own, dict) or own.get(key) != raw.get(key):
            account.found(place, f"{key} is not the same in result.json and in run.json")


def _tell(transcript: Transcript, account: Account, place: str, cut_off: bool) -> None:
    """`cut_off`: nothing was judged before the case broke off, so that nothing rests on its messages."""
    if cut_off and transcript.faults:
        account.left["messages of cases that were cut off"] += len(transcript.faults)
    for fault in () if cut_off else transcript.faults:
        account.found(place, fault)
    account.judged["frames"] += len(transcript.frames)
    account.judged["messages"] += len(transcript.messages)
    for reason, number in (
        ("messages inside OSCORE", transcript.sealed),
        ("messages that the tester protected wrongly on purpose", transcript.damaged),
        ("messages under DTLS that only the capture has", transcript.beside),
    ):
        if number:
            account.left[reason] += number


def _judge_verdict(result: Result, account: Account, place: str) -> None:
    """The verdict is the worst of the checks; a worse one has a reason."""
    judged = [Verdict(check.verdict) for check in result.judged]
    by_checks = Verdict(worst(judged)) if judged else None  # type: ignore[arg-type]
    verdict = result.verdict
    if verdict is Verdict.NOT_APPLICABLE:
        if not result.reason:
            account.found(place, "is not applicable without a reason")
        return
    if verdict is Verdict.PASS and by_checks is not Verdict.PASS:
        account.found(place, f"is recorded as pass, and its checks give {by_checks or 'nothing'}")
    elif verdict is Verdict.FAIL and by_checks is not Verdict.FAIL:
        account.found(place, f"is recorded as fail, and its checks give {by_checks or 'nothing'}")
    elif by_checks is Verdict.FAIL and verdict is Verdict.INCONCLUSIVE and not result.flaky:
        account.found(place, "is recorded as inconclusive, and its checks give fail")
    elif verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR) and not result.reason:
        account.found(place, f"is recorded as {verdict} without a reason")
    if verdict is Verdict.PASS and all(_is_control(check.id) for check in result.checks):
        account.found(place, "is recorded as pass, and judged nothing but controls")
    if result.known_issue is not None:
        account.left["marks of known issues: their file is not in the evidence"] += 1
    if verdict in (Verdict.INCONCLUSIVE, Verdict.ERROR):
        account.left[f"why a case is {verdict}, beyond its checks"] += 1


def _is_control(check: str) -> bool:
    return any(part.startswith("control-") for part in check.split("."))


def resource_types(result: Result, conversation: Conversation, objects: Path | None) -> TypeOf:
    """The types of Resources in the object versions that the device registered in this case."""
    told = conversation.registers[0].versions if conversation.registers else {}
    versions = {number: text.strip('"') for number, text in told.items()}
    chosen = {number: text for number, text in versions.items() if _VERSION.fullmatch(text)}
    model = _model(result.variant.get("lwm2m", "1.1"), objects).choose(chosen)

    def type_of(path: tuple[int, ...]) -> DataType | None:
        known = model.type_of(path)
        return None if known is None else DataType(known)

    return type_of


@cache
def _model(lwm2m: str, objects: Path | None) -> ObjectModel:
    model = core_model(lwm2m)
    try:
        return model if objects is None else model.with_directory(objects)
    except (InvalidDefinitions, OSError):
        return model


def folder_of(run: Path, slug: str, raw: Mapping[str, Any]) -> Path:
    """Where the evidence of a result has to lie."""
    return case_folder(run, slug, raw["id"], variant_text(raw["variant"]))


def name_of(raw: Mapping[str, Any], several: bool) -> str:
    """A case as a finding names it; with the SUT where there are several."""
    name = printed_name(raw["id"], raw["variant"])
    return f"{name} of {raw['sut']}" if several else name
