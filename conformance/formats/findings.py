"""Irregularities that can be read over, and the record of those that were."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from conformance.formats.errors import MalformedPayload
from conformance.formats.values import DataType, Path, TypeOf, path_text


class Irregularity(StrEnum):
    """Deviations that leave the value readable. A decoder names them when told to tolerate them."""

    BASE64_STANDARD = "base64-standard"
    """SenML JSON ``vd`` with padding or ``+`` and ``/`` (RFC 8428 §4.3: base64url without padding)."""
    BASE64_URL = "base64-url"
    """Text or LwM2M JSON with base64url or without padding (App. C: base64 of RFC 4648 §4)."""
    FLOAT_EXPONENT = "float-exponent"
    """A Float as text in scientific notation (App. C wants plain decimal)."""
    CBOR_INTEGER_FOR_FLOAT = "cbor-integer-for-float"
    """A Float as CBOR integer in format 60 (App. C wants a floating-point number)."""
    CBOR_FLOAT_FOR_INTEGER = "cbor-float-for-integer"
    """An Integer or Time as integral CBOR float (App. C wants an integer)."""
    OBJLNK_AS_STRING = "objlnk-as-string"
    """An Object Link under ``vs`` or ``sv`` (Core 1.2 §7.4.6 wants ``vlo``, Core 1.0 §6.4.4 ``ov``)."""
    OBJLNK_HEX_NULL = "objlnk-hex-null"
    """The null link as ``FFFF:FFFF``, as an example of Core 1.2 §7.4.6 has it against App. C."""
    PLUS_SIGN = "plus-sign"
    """A number as text with a leading ``+``; App. C does not define the sign."""
    LEADING_ZEROS = "leading-zeros"
    """A number as text with leading zeros; App. C does not exclude them."""


NOTED: frozenset[str] = frozenset(
    {Irregularity.OBJLNK_HEX_NULL, Irregularity.PLUS_SIGN, Irregularity.LEADING_ZEROS}
)
"""What the texts leave open: always read over, always recorded."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An irregularity that a decoder read over, where, and what it saw."""

    kind: Irregularity
    path: Path
    detail: str

    def __str__(self) -> str:
        return f"{self.kind} at {path_text(self.path)}: {self.detail}"


class Reading:
    """One decoding under way: what is being read, against which types, and what has been read over so far."""

    def __init__(self, content_format: int, base: Path, type_of: TypeOf, tolerate: AbstractSet[str]) -> None:
        self.format = content_format
        self.base = tuple(base)
        self.findings: list[Finding] = []
        self._type_of = type_of
        self._tolerate = NOTED | tolerate

    def type_of(self, path: Path) -> DataType | None:
        """The data type of the Resource at the path; None when unknown."""
        found = self._type_of(path)
        return None if found is None else DataType(found)

    def malformed(
        self, reason: str, offset: int | None = None, *, path: Path | None = None
    ) -> MalformedPayload:
        """The error to raise."""
        return MalformedPayload(
            self.format, reason if path is None else f"{path_text(path)}: {reason}", offset
        )

    def irregular(self, kind: Irregularity, path: Path, detail: str, offset: int | None = None) -> None:
        """Record the irregularity when it is tolerated.

        Raises:
            MalformedPayload: it is not.
        """
        if kind not in self._tolerate:
            raise self.malformed(detail, offset, path=path)
        self.findings.append(Finding(kind, path, detail))
