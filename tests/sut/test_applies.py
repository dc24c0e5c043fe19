"""ICS values with their origin, and the expressions over them."""

import pytest

from conformance.sut.applies import ApplicabilityError, Facts, Term, evaluate, parse
from conformance.sut.ics import Ics, Origin, UnknownIcsItemError, items
from conformance.sut.ixit import Ixit


def facts(
    *,
    role: str = "device",
    lwm2m: str = "1.1",
    objects: frozenset[int] | None = frozenset({1, 3}),
    **claims: bool | str,
) -> Facts:
    return Facts(Ics(role, lwm2m, claims), Ixit(writable_integer=(3442, 0, 120)), objects)


def test_an_observation_beats_a_claim_and_a_claim_the_default() -> None:
    ics = Ics("device", "1.1", {"queue_mode": True, "send": True})
    assert ics.claim("queue_mode") == (True, Origin.PROFILE)
    assert ics.claim("read_composite") == (False, Origin.DEFAULT)
    shown = ics.observed({"queue_mode": False, "send": True})
    assert shown.claim("queue_mode") == (False, Origin.OBSERVED)
    (contradiction,) = shown.contradictions()
    assert str(contradiction).startswith("the profile claims queue_mode = true, the SUT shows false (b=UQ")
    assert ics.contradictions() == ()


def test_defaults_follow_the_version() -> None:
    assert Ics("device", "1.0")["format_tlv"] is True
    assert Ics("device", "1.1")["format_tlv"] is False
    assert Ics("device", "1.2")["resource_instances"] is True


def test_the_list_is_closed() -> None:
    with pytest.raises(UnknownIcsItemError, match="did you mean 'format_tlv'"):
        Ics("device", "1.1", {"format_tvl": True})
    with pytest.raises(UnknownIcsItemError, match="not for the role server"):
        Ics("server", "1.1").observed({"queue_mode": True})
    assert all(item.meaning and item.roles for item in items().values())
    assert "format_text" not in Ics("server", "1.1").all()


@pytest.mark.parametrize(
    "expression",
    [
        "device",
        "device and lwm2m >= 1.1",
        "device & lwm2m >= 1.1 & !queue_mode",
        "(read_composite | object(3)) and ixit.writable_integer",
        "not server && (lwm2m != 1.0 || bootstrap)",
        "!bootstrap-server",
        "lwm2m == 1.1 & lwm2m < 1.2 & lwm2m <= 1.1 & lwm2m > 1.0",
        'binding == "U" & binding != "UQ"',
        "ixit.lifetime",
    ],
)
def test_expressions_that_hold(expression: str) -> None:
    found = evaluate(expression, facts())
    assert found.applies, found
    assert found.reason == ""


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("device & read_composite", "the SUT does not claim read_composite (profile)"),
        ("send", "the SUT does not claim send (default)"),
        ("!queue_mode", "the SUT claims queue_mode (profile)"),
        ("lwm2m >= 1.2", "the SUT speaks LwM2M 1.1, wanted is lwm2m >= 1.2"),
        ("server", "the SUT is a device, not a server"),
        ("bootstrap-server", "the SUT is a device, not a bootstrap-server"),
        ("not device", "the SUT is a device"),
        ("object(5)", "the SUT does not announce object 5 (observed)"),
        ("ixit.executable", "the profile gives no ixit.executable"),
        (
            "send | object(5)",
            "the SUT does not claim send (default); the SUT does not announce object 5 (observed)",
        ),
        ("device & send & object(3)", "the SUT does not claim send (default)"),
        ("!(device & queue_mode)", "the SUT is a device; the SUT claims queue_mode (profile)"),
        ('binding == "UQ"', "binding of the SUT is 'U' (default), wanted is 'UQ'"),
    ],
)
def test_the_reason_why_not(expression: str, reason: str) -> None:
    found = evaluate(expression, facts(read_composite=False, queue_mode=True))
    assert not found.applies
    assert found.reason == reason


def test_every_term_is_explained() -> None:
    found = evaluate("server | device & oscore", facts())
    assert found.terms == (
        Term("server", False, Origin.PROFILE),
        Term("device", True, Origin.PROFILE),
        Term("oscore", False, Origin.DEFAULT),
    )


def test_objects_nobody_looked_for_count_as_present() -> None:
    found = evaluate("object(5)", facts(objects=None))
    assert found == (True, "", (Term("object(5)", True, Origin.DEFAULT),))


def test_items_of_another_role_do_not_hold() -> None:
    assert evaluate("queue_mode", facts(role="server")).reason == "queue_mode is no matter of a server"
    assert not evaluate('binding == "U"', facts(role="server")).applies


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("read_compsite", "unknown name 'read_compsite', did you mean 'read_composite'?"),
        ("devise & send", "did you mean 'device'?"),
        ("ixit.writable_intger", "did you mean 'writable_integer'?"),
        ("ixit.has", "unknown IXIT key 'has'"),
        ("lwm2m >= 2", "a version such as 1.1"),
        ("lwm2m in (1.0,)", "is not a term"),
        ("lwm2m", "unknown name 'lwm2m'"),
        ("binding", "binding is a text, compare it"),
        ('send == "x"', "send is true or false"),
        ("object('5')", "is not a term"),
        ("__import__('os')", "is not a term"),
        ("device if send else server", "is not a term"),
        ("(device", "not a boolean expression"),
        ("", "not a boolean expression"),
        ("True", "is not a term"),
        ("(" * 500 + "device" + ")" * 500, "deeper than an expression may be"),
    ],
)
def test_what_cannot_be_understood_is_refused_when_parsed(expression: str, complaint: str) -> None:
    with pytest.raises(ApplicabilityError) as caught:
        parse(expression)
    assert complaint in str(caught.value)
