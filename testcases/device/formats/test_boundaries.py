"""Values at the boundaries of each type, written and read in each format (LwM2M Core 1.1.1 §7.4, §C)."""

from typing import NamedTuple

from conformance.formats import ContentFormat, ObjectLink, Value
from conformance.matching import between, one_of
from conformance.messages import Path
from conformance.messages.codes import CHANGED, CONTENT, NOT_FOUND
from conformance.model.ranges import permits
from conformance.roles import Answer, Device
from conformance.roles.preamble import defined, needs_room
from conformance.roles.refusal import expect_taken_or_refused
from conformance.testcase import testcase, vary
from conformance.verdicts import Level, NotApplicable

TEXT, CBOR, TLV = ContentFormat.TEXT, ContentFormat.CBOR, ContentFormat.TLV
SENML = [ContentFormat.SENML_JSON, ContentFormat.SENML_CBOR]
IN_JSON = (ContentFormat.SENML_JSON, ContentFormat.LWM2M_JSON)
EXACT_IN_JSON = 2**53
"""Up to here every reader of JSON agrees on an integer (RFC 8259 §6)."""
SINGLE_PRECISION = 3.4e38
CLAUSE = "LwM2M Core 1.1.1 §C"


class Boundary(NamedTuple):
    """A value, and what else than 2.04 a device may answer to it."""

    value: Value
    refusable: bool = False


def integers(*values: int) -> dict[str, Boundary]:
    """Whether a type has 8, 16, 32 or 64 bits is left to the device: it may refuse what needs more than 8."""
    return {str(value): Boundary(value, needs_room(value)) for value in values}


BOUNDARIES: dict[str, dict[str, Boundary]] = {
    "integer": integers(
        *(0, -1, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, -32769, 2**31 - 1, 2**31),
        *(-(2**31), -(2**31) - 1, 2**32, 2**53 + 1, 2**63 - 1, -(2**63)),
    ),
    "unsigned": integers(
        0, 127, 128, 255, 256, 32768, 65535, 65536, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**63, 2**64 - 1
    ),
    "float": {
        repr(value): Boundary(value, abs(value) > SINGLE_PRECISION)
        for value in (0.0, 1.0, -1.0, 0.1, -0.1, 16777216.0, 123456.5, 1e-7, -1e-30, 1e30, 3.4e38, 1e300)
    },
    "boolean": {"true": Boundary(True), "false": Boundary(False)},
    "string": {
        "empty": Boundary("", True),
        "one": Boundary("a"),
        "special": Boundary('"quotes" \\ / {[<,;>]} \t\n'),
        "number": Boundary("0042"),
        "beyond-bmp": Boundary("𝄞 and 😀"),
        "255-octets": Boundary("x" * 255, True),
        "256-octets": Boundary("x" * 256, True),
    },
    "opaque": {
        "empty": Boundary(b"", True),
        "nul": Boundary(b"\x00"),
        "ff": Boundary(b"\xff\xff"),
        "every-octet": Boundary(bytes(range(256)), True),
    },
    "time": {str(value): Boundary(value, True) for value in (0, -1, 1_000_000_000, 2**31 - 1, 2**31, 2**32)},
    "objlnk": {
        "device": Boundary(ObjectLink(3, 0)),
        "null": Boundary(ObjectLink(65535, 65535)),
    },
    "corelnk": {
        "instance": Boundary("</3/0>"),
        "attribute": Boundary("</3/0/9>;gt=20"),
    },
}
COMMON = [TEXT, CBOR, TLV, *SENML]


def expected(kind: str, value: Value) -> object:
    """What a Read gives: single precision may be lost, a clock runs on."""
    if isinstance(value, float):
        return between(*sorted((value * (1 - 1e-6), value * (1 + 1e-6))))
    return between(value, value + 60) if kind == "time" and isinstance(value, int) else value


def another(device: Device, kind: str, format: int) -> int:
    """Another format than that of the Write: what is wrong in the same way twice would not be seen."""
    plain = int(ContentFormat.OPAQUE if kind == "opaque" else TEXT)
    name = "opaque" if kind == "opaque" else "text"
    if format != plain and device.context.ics[f"format_{name}"]:
        return plain
    own = [item for item in ("tlv", "cbor", "senml_json") if device.context.ics[f"format_{item}"]]
    return next((int(ContentFormat[item.upper()]) for item in own), format)


def expect_value(answer: Answer, name: str, kind: str, value: Value, level: Level) -> None:
    """The answer gives the value; an empty one may count as none (Q15)."""
    if value in ("", b"") and (answer.code == NOT_FOUND or not answer.payload):
        answer.expect(name=name, code=one_of(CONTENT, NOT_FOUND))
        answer.note("an empty value counts as none", ambiguity="Q15")
        return
    answer.expect(name=name, code=CONTENT, value=expected(kind, value), level=level)


async def keeps_boundaries(device: Device, kind: str, format: ContentFormat) -> None:
    """Write each boundary in the format; read it in this one and, first, in another."""
    device.need_format(format)
    path, bounds = defined(device, kind)
    fitting = {name: item for name, item in BOUNDARIES[kind].items() if permits(bounds, item.value)}
    if not fitting:
        raise NotApplicable(f"no value that is tried is in the range {bounds} of {path}")
    await device.registered()
    for name, item in fitting.items():
        await keeps(device, kind, path, format, name, item)


async def keeps(
    device: Device, kind: str, path: Path, format: ContentFormat, name: str, item: Boundary
) -> None:
    """One of them."""
    value = item.value
    written = await device.write(path, value, format)
    if item.refusable or format == ContentFormat.LWM2M_CBOR:
        expect_taken_or_refused(written, name=f"write-{name}")
    else:
        written.expect(name=f"write-{name}", code=CHANGED)
    if written.code != CHANGED:
        return
    other = another(device, kind, format)
    for accept in dict.fromkeys([other, int(format)]):
        by_double = isinstance(value, int) and abs(value) > EXACT_IN_JSON
        inexact = by_double and (format in IN_JSON or accept in IN_JSON)
        answer = await device.read(path, accept)
        expect_value(answer, f"read-{name}-{accept}", kind, value, Level.SHOULD if inexact else Level.MUST)


@testcase("FMT-EDGE-01", verifies=["HLF-010", "HLF-014", "HLF-034"], clause=CLAUSE, applies="device")
@vary(kind=list(BOUNDARIES))
@vary(format=COMMON)
async def test_values_at_the_boundaries_are_kept(device: Device, kind: str, format: ContentFormat) -> None:
    """Every value at a boundary of its type is read as it was written, in this format and in another."""
    if kind == "time" and format == CBOR:
        raise NotApplicable("1.1.1 and 1.2 differ on a Time in CBOR: OMA_LwM2M_for_Developers#537")
    await keeps_boundaries(device, kind, format)


@testcase(
    "FMT-EDGE-02",
    verifies=["HLF-010", "HLF-014", "HLF-034"],
    clause="LwM2M Core 1.2 §7.4.4, §C",
    applies="device & format_lwm2m_cbor",
)
@vary(kind=[kind for kind in BOUNDARIES if kind != "time"])
async def test_values_at_the_boundaries_are_kept_in_lwm2m_cbor(device: Device, kind: str) -> None:
    """Every value at a boundary that is taken in LwM2M CBOR is read as it was written, in it and another."""
    await keeps_boundaries(device, kind, ContentFormat.LWM2M_CBOR)


@testcase(
    "FMT-EDGE-03",
    verifies=["HLF-010", "HLF-014", "HLF-034"],
    clause="LwM2M Core 1.0.2 §6.4.4",
    applies="device & lwm2m == 1.0 & format_lwm2m_json",
)
@vary(kind=[kind for kind in BOUNDARIES if kind not in ("unsigned", "corelnk")])
async def test_values_at_the_boundaries_are_kept_in_json(device: Device, kind: str) -> None:
    """Every value at a boundary of its type is read as it was written, in the JSON of 1.0 and in another."""
    await keeps_boundaries(device, kind, ContentFormat.LWM2M_JSON)
