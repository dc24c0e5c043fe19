"""How a test case is declared, and what is refused."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest

from conformance.testcase import DeclarationError, printed_value, testcase, variant_text, vary

RIGHT: dict[str, Any] = {
    "verifies": ["HLF-001"],
    "clause": "LwM2M Core 1.1.1 §6.2.1",
    "applies": "device & lwm2m >= 1.1",
}


def documented() -> Callable[[], None]:
    def function() -> None:
        """The first line is the title.

        The rest explains.
        """

    return function


def bare() -> None:
    pass


def test_what_is_kept() -> None:
    declared = testcase("REG-UPD-02", **RIGHT, ets="int-102", aliases=["REG-OLD-02"], wait=4)(documented())
    case = declared.testcase  # type: ignore[attr-defined]
    assert (case.id, case.title, case.role) == ("REG-UPD-02", "The first line is the title", "device")
    assert (case.verifies, case.aliases, case.ets) == (("HLF-001",), ("REG-OLD-02",), "int-102")
    assert case.limit == 38
    assert "The rest explains." in case.docstring


@pytest.mark.parametrize(
    ("identifier", "change", "told"),
    [
        ("reg-upd-02", {}, "its id is not AREA-TOPIC-nn"),
        ("REG-UPD-2", {}, "its id is not AREA-TOPIC-nn"),
        ("REG-UPD-021", {}, "its id is not AREA-TOPIC-nn"),
        ("REG-UPD-02", {"verifies": []}, "it verifies no requirement"),
        ("REG-UPD-02", {"clause": ""}, "it names no clause"),
        ("REG-UPD-02", {"applies": "lwm2m >= 1.1"}, "has to name one role"),
        ("REG-UPD-02", {"applies": "device | server"}, "has to name one role"),
        ("REG-UPD-02", {"versions": "all"}, "versions is 'one' or 'each'"),
        ("REG-UPD-02", {"servers": 0}, "servers=0: the tester is at least one"),
        ("REG-UPD-02", {"servers": 2}, "several servers need applies="),
    ],
)
def test_what_is_refused(identifier: str, change: dict[str, Any], told: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        testcase(identifier, **{**RIGHT, **change})(documented())
    assert told in str(caught.value)
    assert identifier in str(caught.value)


def test_several_servers_start_the_sut_with_a_bootstrap_server() -> None:
    applies = "device & bootstrap & multiple_servers"
    declared = testcase("SRV-REG-01", **{**RIGHT, "applies": applies}, servers=2)(documented())
    case = declared.testcase  # type: ignore[attr-defined]
    assert (case.servers, case.launch_options) == (2, ("bootstrap",))


def test_a_case_without_a_docstring_is_refused() -> None:
    with pytest.raises(DeclarationError, match="it has no docstring"):
        testcase("REG-UPD-02", **RIGHT)(bare)


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(DeclarationError, match=r"no docstring.*; it verifies.*; it names no clause"):
        testcase("REG-UPD-02", verifies=[], clause="", applies="device")(bare)


def test_vary_names_every_value() -> None:
    class Kind(Enum):
        TLV = 1

    mark = vary(format=[Kind.TLV, "a b", -1, 0.5, 2.5]).mark
    assert mark.args[0] == "format"
    assert mark.kwargs["ids"] == ["format=TLV", "format=a%20b", "format=-1", "format=0.5", "format=2.5"]
    for wrong in ({}, {"a": [1], "b": [2]}):
        with pytest.raises(DeclarationError, match="vary takes one parameter"):
            vary(**wrong)


def test_a_variant_as_it_is_printed() -> None:
    values = {"lwm2m": "1.1", "path": "/3/0", "none": ""}
    printed = {name: printed_value(value) for name, value in values.items()}
    assert variant_text({}) == ""
    assert variant_text(printed) == "[lwm2m=1.1,path=%2F3%2F0,none=empty]"
